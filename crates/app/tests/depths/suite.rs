//! Every case at every depth.

use std::{fs, path::PathBuf};

use freehold_lint::rules;
use futures_util::StreamExt as _;

use crate::{
    case::Case,
    depth::{Said, by, by_text},
};

/// How many cases are judged at once.
const AT_ONCE: usize = 4;

/// Cases that somebody is working on.
#[expect(clippy::disallowed_methods, reason = "tests have no face that could read the environment for them")]
fn asked_for(case: &Case) -> bool {
    std::env::var("FREEHOLD_CASE").map_or(true, |part| case.name.contains(&part))
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/depths/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| Case::read(file)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_text_must_fear_is_taken_back_where_the_catalog_knows_better_and_stays_where_it_is_right() {
    let cases = cases();
    assert!(cases.len() >= 25, "only {} cases", cases.len());
    let judged = futures_util::stream::iter(cases.into_iter().filter(asked_for))
        .map(|case| tokio::spawn(complaints(case)))
        .buffer_unordered(AT_ONCE)
        .map(|joined| joined.unwrap_or_else(|error| vec![format!("a test broke down: {error}")]));
    let mut wrong: Vec<String> = judged.collect::<Vec<_>>().await.concat();
    wrong.sort();
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

async fn complaints(case: Case) -> Vec<String> {
    let mut wrong = Vec::new();
    if case.fears.is_empty() || case.depths.is_empty() {
        wrong.push("it names no rule or no depth".to_owned());
    }
    for (half, history) in [("harmless", &case.harmless), ("hazard", &case.hazard)] {
        match by_text(history).await {
            Err(error) => wrong.push(format!("{half} by text: {error}")),
            Ok(said) => {
                let silent = case.fears.iter().filter(|rule| !says(&said, rule));
                wrong
                    .extend(silent.map(|rule| format!("{half}: the text does not say {rule} but {said:#?}")));
            }
        }
        for depth in &case.depths {
            match by(*depth, history).await {
                Err(error) => wrong.push(format!("{half} by {depth:?}: {error}")),
                Ok(said) if half == "harmless" => {
                    let more = accused(&case, &said).into_iter();
                    wrong.extend(more.map(|line| format!("{half} by {depth:?} still says {line}")));
                }
                Ok(said) => {
                    let silent = case.fears.iter().filter(|rule| !says(&said, rule));
                    wrong.extend(
                        silent.map(|rule| format!("{half} by {depth:?} lost {rule}, it says {said:#?}")),
                    );
                }
            }
        }
    }
    wrong.into_iter().map(|what| format!("{}: {what}", case.name)).collect()
}

/// The rule, or a proof under whose name it goes where both say the same.
fn is(id: &str, rule: &str) -> bool {
    id == rule || rules::named(rule).is_some_and(|rule| rule.same_as.contains(&id))
}

fn says(said: &Said, rule: &str) -> bool {
    said.iter().any(|(id, ..)| is(id, rule))
}

/// What is said of a harmless script: the rule of the case, however softly, and whatever is more than an opinion.
fn accused(case: &Case, said: &Said) -> Vec<String> {
    let feared = |id: &str| case.fears.iter().any(|rule| is(id, rule));
    let beside = |id: &str| case.beside.iter().any(|rule| is(id, rule));
    said.iter()
        .filter(|(id, grave, _)| feared(id) || (*grave && !beside(id)))
        .map(|(id, _, message)| format!("{id}: {message}"))
        .collect()
}
