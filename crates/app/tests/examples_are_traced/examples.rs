//! Every rule's bad and good example.

use std::{collections::BTreeSet, fs, path::PathBuf, sync::Arc};

use freehold_lint::{Check, Claim, Executed, Found, LintRule, example::Example, rules};
use freehold_model::{finding::Depth, lock::LockMode, name::QualifiedName};
use futures_util::StreamExt;

use crate::{
    fixes,
    play::{Record, lint_again, parts, play},
    world::tidy_server,
};

/// Rules that somebody is working on.
#[expect(clippy::disallowed_methods, reason = "tests have no face that could read the environment for them")]
fn asked_for(rule: &LintRule) -> bool {
    std::env::var("FREEHOLD_RULE").map_or(true, |part| rule.rule.id.contains(&part))
}

fn text(rule: &LintRule, file: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../lint/examples");
    fs::read_to_string(folder.join(rule.rule.id.replace('-', "_")).join(file)).unwrap_or_default()
}

/// True when it makes roles or changes the server: such examples run one after the other.
pub(crate) fn reaches_beyond_its_database(example: &Example) -> bool {
    example.scripts.iter().flat_map(|script| parts(&script.text)).flatten().any(|s| s.effect.cluster_wide)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_every_rule_says_of_its_examples_is_seen_on_a_server() {
    let mut together = Vec::new();
    let mut alone = Vec::new();
    for rule in rules::all().filter(|rule| asked_for(rule)) {
        for file in ["bad.sql", "good.sql"] {
            let text = text(rule, file);
            let list =
                if reaches_beyond_its_database(&Example::read(&text)) { &mut alone } else { &mut together };
            list.push((rule, file, text));
        }
    }
    let mut wrong: Vec<String> = futures_util::stream::iter(together)
        .map(|(rule, file, text)| tokio::spawn(complaints(rule, file, text)))
        .buffer_unordered(4)
        .map(|joined| joined.unwrap_or_else(|error| vec![format!("a test broke down: {error}")]))
        .collect::<Vec<_>>()
        .await
        .concat();
    for (rule, file, text) in alone {
        wrong.extend(complaints(rule, file, text).await);
        tidy_server().await;
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

async fn complaints(rule: &'static LintRule, file: &'static str, text: String) -> Vec<String> {
    let example = Example::read(&text);
    let record = Arc::new(play(&example).await);
    let found = lint_again(example.clone(), Arc::clone(&record)).found;
    let mut wrong =
        if file == "bad.sql" { bad(rule, &example, &record, &found).await } else { good(&record, &found) };
    if let Some((script, played)) = record.scripts.iter().enumerate().next_back()
        && let Some((number, error)) = &played.refused
    {
        let complained_about = found.iter().any(|found| {
            found.script == Some(script) && found.statement.is_none_or(|statement| statement == *number)
        });
        if file == "good.sql" || !complained_about {
            wrong.push(format!("script {script} statement {number} is refused: {error}"));
        }
    }
    wrong.into_iter().map(|what| format!("{} {file}: {what}", rule.rule.id)).collect()
}

fn good(record: &Record, found: &[Found]) -> Vec<String> {
    let _ = record;
    found
        .iter()
        .map(|found| {
            format!(
                "with the server's facts it gives {} at {:?}: {}",
                found.rule.rule.id, found.statement, found.message
            )
        })
        .collect()
}

async fn bad(rule: &'static LintRule, example: &Example, record: &Record, found: &[Found]) -> Vec<String> {
    let mut wrong = Vec::new();
    let ids: BTreeSet<&str> = found.iter().map(|found| found.rule.rule.id).collect();
    // What was executed was checked.
    let unexecuted = rule.rule.id == "dynamic-sql-not-checked";
    let needs_production = unexecuted || rule.rule.decided_by.first() == Some(&Depth::Production);
    if ids != BTreeSet::from([rule.rule.id]) && !(needs_production && ids.is_empty()) {
        let said: Vec<String> =
            found.iter().map(|found| format!("{}: {}", found.rule.rule.id, found.message)).collect();
        wrong.push(format!("with the server's facts it gives {said:#?}"));
        if ids.is_empty() {
            wrong.push(format!("seen was {:#?}", record.scripts.last().map(|played| &played.seen)));
        }
    }
    let same_version = example.options.majors.contains(&record.major);
    for found in found.iter().filter(|found| found.rule.rule.id == rule.rule.id) {
        if same_version {
            wrong.extend(unseen(found, record));
        }
        wrong.extend(fixes::refusal(example, found).await);
    }
    wrong
}

/// What a finding claims and nobody saw.
fn unseen(found: &Found, record: &Record) -> Vec<String> {
    let Some(played) = found.script.and_then(|script| record.scripts.get(script)) else { return Vec::new() };
    let of_script =
        found.statement.is_none() || matches!(found.rule.check, Check::Script(_) | Check::Schema(_));
    let seen: Vec<&Executed> = match found.statement {
        // A lock that an earlier statement of the transaction took is held still.
        Some(statement) if !of_script => {
            if played.refused.as_ref().is_some_and(|(number, _)| *number <= statement) {
                return Vec::new();
            }
            played.seen.iter().take(statement + 1).flatten().collect()
        }
        _ => played.seen.iter().flatten().collect(),
    };
    let Some(own) = seen.last() else { return Vec::new() };
    let locked = |relation: Option<&QualifiedName>, mode: LockMode| {
        seen.iter()
            .flat_map(|seen| &seen.locks)
            .any(|lock| lock.mode >= mode && relation.is_none_or(|name| lock.relation == *name))
    };
    let mut wrong = Vec::new();
    if let Some(mode) = found.rule.rule.lock
        && !locked(found.relation.as_ref(), mode)
    {
        wrong.push(format!("its lock {mode} on {:?} was not seen but {:?}", found.relation, own.locks));
    }
    for claim in &found.claims {
        let any = |pick: fn(&Executed) -> &Vec<QualifiedName>, name: &QualifiedName| {
            if of_script {
                seen.iter().any(|seen| pick(seen).contains(name))
            } else {
                pick(own).contains(name)
            }
        };
        let confirmed = match claim {
            Claim::Locks { relation, mode } => locked(Some(relation), *mode),
            Claim::Rewrites(name) => any(|seen| &seen.rewrites, name),
            Claim::Scans(name) => {
                any(|seen| &seen.scans, name)
                    || any(|seen| &seen.rewrites, name)
                    || any(|seen| &seen.index_builds, name)
            }
            Claim::BuildsIndex(name) => {
                any(|seen| &seen.index_builds, name) || any(|seen| &seen.rewrites, name)
            }
        };
        if !confirmed {
            wrong.push(format!("{claim:?} was not seen but {own:?}"));
        }
    }
    wrong
}
