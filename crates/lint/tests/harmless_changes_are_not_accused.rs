//! Changes that look like hazards and are none: no rule says anything of them at warning or above, by the text alone.

use std::{fs, path::PathBuf};

use freehold_lint::example::Example;
use freehold_model::finding::Severity;

#[test]
fn no_harmless_script_gives_a_warning_or_an_error() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("harmless");
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "sql") {
            continue;
        }
        count += 1;
        let text = fs::read_to_string(&path).unwrap();
        let said = move || {
            let linted = Example::read(&text).lint();
            let grave = linted.found.into_iter().filter(|found| found.severity > Severity::Note);
            grave.map(|found| format!("  {}: {}", found.rule.rule.id, found.message)).collect::<Vec<_>>()
        };
        let said = freehold_sql::deep_thread().spawn(said).unwrap().join().unwrap();
        if !said.is_empty() {
            wrong.push(format!("{}:\n{}", path.file_name().unwrap().to_string_lossy(), said.join("\n")));
        }
    }
    assert!(count >= 40, "only {count} harmless scripts");
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
