//! Which findings of a check are told: not those of applied history, not what comments allow or a baseline knows.

use std::collections::{BTreeMap, BTreeSet};

use freehold_migrate::Folder;
use freehold_model::{
    finding::{Category, Depth, Finding, Rule},
    name::QualifiedName,
    place::Place,
};

use super::{CheckError, Request};
use crate::{
    isolation::together::together,
    lint::{
        Baseline, Flags,
        allow::Comments,
        baseline::{Looked, Names},
        heard::Heard,
        scope::Scope,
        select::Selection,
    },
    report::{Sources, slashed},
};

/// The tables that findings of rules are about, by place and rule.
pub(super) type Relations = BTreeMap<(Place, &'static str), QualifiedName>;

/// Without these nothing after them could be rehearsed, however old they are.
const ALWAYS: &[&str] = &["syntax-error", "migration-fails"];

/// The findings that are told, each with the severity that is wanted for it.
pub(super) fn told(
    request: &Request,
    folder: &Folder,
    scope: &Scope,
    sources: &Sources,
    findings: Vec<Finding>,
    relations: &Relations,
) -> Result<Vec<Finding>, CheckError> {
    let flags = Flags::default();
    let selection = Selection::new(&request.settings, &flags, request.snapshot.is_some());
    let (names, old) = names(request, folder, scope);
    let is_old = |finding: &Finding| {
        let file = finding.place.as_ref().map(|place| slashed(&place.file));
        // What leaks, leaks now, however old the table is.
        let always = ALWAYS.contains(&finding.rule.id) || finding.rule.category == Category::Isolation;
        file.is_some_and(|file| old.contains(&file)) && !always
    };
    let mut heard: Vec<Heard> = findings
        .into_iter()
        .filter(|finding| !is_old(finding))
        .map(|finding| Heard { relation: relation(&finding, relations), finding, found: None })
        .collect();
    let mut comments = Comments::read(folder, &request.project_dir, &|number| scope.wants(number));
    heard = comments.apply(heard);
    let production = |rule: &Rule| rule.decided_by.iter().all(|depth| *depth == Depth::Production);
    let looked = |rule: &Rule| selection.looks(rule) && (request.snapshot.is_some() || !production(rule));
    heard.extend(comments.remarks(&looked).into_iter().map(Heard::from));
    heard = selection.apply(heard);
    if let Some(path) = &request.settings.lint.baseline {
        let looked = Looked { rule: &|_| false, passed_over: &|_| true };
        let baseline = Baseline::read(path).map_err(|error| CheckError::Lint(Box::new(error.into())))?;
        (heard, _) = baseline.sifted(heard, sources, &names, &looked);
    }
    Ok(together(heard.into_iter().map(|heard| (heard.finding, heard.relation)).collect()))
}

fn relation(finding: &Finding, relations: &Relations) -> Option<QualifiedName> {
    let place = finding.place.as_ref()?;
    let mut rules = std::iter::once(finding.rule).chain(finding.also.iter().copied());
    rules.find_map(|rule| relations.get(&(place.clone(), rule.id))).cloned()
}

/// What a baseline calls the files, and the files of applied history, both as reports name them.
fn names(request: &Request, folder: &Folder, scope: &Scope) -> (Names, BTreeSet<String>) {
    let (mut names, mut old, mut new) = (Names::new(), BTreeSet::new(), BTreeSet::new());
    for (number, migration) in folder.migrations.iter().enumerate() {
        for script in std::iter::once(&migration.up).chain(migration.down.as_ref()) {
            let path = &script.file.path;
            let file = slashed(path.strip_prefix(&request.project_dir).unwrap_or(path));
            let name = if migration.version.is_empty() { file.clone() } else { migration.version.clone() };
            names.insert(file.clone(), name);
            if scope.wants(number) {
                new.insert(file)
            } else {
                old.insert(file)
            };
        }
    }
    old.retain(|file| !new.contains(file));
    (names, old)
}
