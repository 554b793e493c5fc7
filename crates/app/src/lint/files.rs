//! What the files of a folder give away by their names and by having nothing in them.

use std::{collections::BTreeSet, path::Path};

use freehold_migrate::{FileWarning, Folder};
use freehold_model::finding::Finding;

use super::scope::Scope;
use crate::file_rules;

/// What is wrong with the files of the migrations that are judged and, where all are, with the others.
pub(super) fn findings(folder: &Folder, project: &Path, scope: &Scope) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Of these an empty script is told by another rule, or is the way to say that there is nothing to undo.
    let mut empty = BTreeSet::new();
    let mut passed_over = BTreeSet::new();
    for (number, migration) in folder.migrations.iter().enumerate() {
        let wanted = scope.wants(number);
        if wanted && migration.up.is_empty() {
            findings.push(file_rules::script_empty(&migration.label(), &migration.up));
        }
        for script in std::iter::once(&migration.up).chain(migration.down.as_ref()) {
            if !wanted {
                passed_over.insert(&script.file.path);
            } else if script.is_empty() {
                empty.insert(&script.file.path);
            }
        }
    }
    let judged: BTreeSet<&std::path::PathBuf> = folder
        .migrations
        .iter()
        .enumerate()
        .filter(|(number, _)| scope.wants(*number))
        .flat_map(|(_, migration)| std::iter::once(&migration.up).chain(migration.down.as_ref()))
        .map(|script| &script.file.path)
        .collect();
    let told = |warning: &&FileWarning| {
        let path = &warning.path;
        !empty.contains(path) && (judged.contains(path) || (scope.is_whole() && !passed_over.contains(path)))
    };
    findings.extend(folder.warnings.iter().filter(told).map(file_rules::file_not_read));
    for place in findings.iter_mut().filter_map(|finding| finding.place.as_mut()) {
        place.file = place.file.strip_prefix(project).map_or_else(|_| place.file.clone(), Path::to_owned);
    }
    findings
}
