//! `docs/rules/`: a page for each rule, and the index of them.

use freehold_model::finding::Rule;

use super::Files;

/// The pages of all rules, and their index.
pub(super) fn files() -> Files {
    pages(&freehold_app::rules::ALL)
}

fn pages(rules: &[&Rule]) -> Files {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.id);
    let mut index = String::from(
        "# Rules\n\nWhat `freehold check` can find. `[rules]` in `freehold.toml` sets a rule's severity or switches it \
         off.\nThese pages are made by `cargo xtask generate` from the rules' own files; do not edit them.\n\n\
         | rule | severity | found when |\n|---|---|---|\n",
    );
    let mut files = Files::new();
    for rule in rules {
        index.push_str(&format!(
            "| [{id}]({id}.md) | {severity} | {summary} |\n",
            id = rule.id,
            severity = rule.severity.word(),
            summary = rule.summary.replace('|', "\\|")
        ));
        files.insert(format!("docs/rules/{}.md", rule.id), rule.page());
    }
    files.insert("docs/rules/README.md".to_owned(), index);
    files
}

#[cfg(test)]
mod tests {
    use freehold_model::finding::Severity;

    use super::*;

    static LATER: Rule =
        Rule { id: "z-last", severity: Severity::Note, summary: "a|b", source: "//! Last.\nfn" };
    static EARLIER: Rule =
        Rule { id: "a-first", severity: Severity::Error, summary: "s", source: "//! First.\n" };

    #[test]
    fn every_rule_has_a_page_and_a_line_of_the_index() {
        let files = pages(&[&LATER, &EARLIER]);
        assert_eq!(files["docs/rules/z-last.md"], "# z-last\n\nLast.\n");
        let lines: Vec<&str> =
            files["docs/rules/README.md"].lines().filter(|l| l.starts_with("| [")).collect();
        assert_eq!(
            lines,
            ["| [a-first](a-first.md) | error | s |", "| [z-last](z-last.md) | note | a\\|b |"]
        );
    }
}
