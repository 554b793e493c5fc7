//! `docs/rules/`: a page for each rule, the index of them, and the hazards that they decide.

use std::fmt::Write;

use freehold_app::hazards::{ADVICE, HAZARDS, Hazard};
use freehold_model::finding::{Category, Rule};

use super::Files;

/// The pages of all rules, and their index.
pub(super) fn files() -> Files {
    let rules: Vec<&Rule> = freehold_app::rules::ALL.to_vec();
    let mut files = pages(&rules);
    files.insert("docs/rules/hazards.md".to_owned(), hazards(&rules));
    files
}

fn pages(rules: &[&Rule]) -> Files {
    let mut rules = rules.to_vec();
    rules.sort_by_key(|rule| rule.code);
    let mut index = String::from(
        "# Rules\n\nWhat `freehold lint` and `freehold check` can find. `[rules]` in `freehold.toml` sets a rule's \
         severity or switches it\noff; see [lint.md](../lint.md). What each hazard of the field is decided by is in \
         [hazards.md](hazards.md).\nThese pages are made by `cargo xtask generate` from the rules' own files; do not \
         edit them.\n",
    );
    let mut files = Files::new();
    for category in Category::ALL {
        let those: Vec<&&Rule> = rules.iter().filter(|rule| rule.category == category).collect();
        if those.is_empty() {
            continue;
        }
        let _ = write!(
            index,
            "\n## {}\n\n| code | rule | severity | decided by | lock | found when |\n|---|---|---|---|---|---|\n",
            category.word()
        );
        for rule in those {
            let _ = writeln!(
                index,
                "| {} | [{id}]({id}.md) | {} | {} | {} | {} |",
                rule.code,
                rule.severity.word(),
                depths(rule),
                rule.lock.map_or_else(String::new, |lock| lock.to_string()),
                rule.summary.replace('|', "\\|"),
                id = rule.id,
            );
        }
    }
    for rule in &rules {
        files.insert(format!("docs/rules/{}.md", rule.id), page(rule));
    }
    files.insert("docs/rules/README.md".to_owned(), index);
    files
}

/// A rule's page with its facts under the title.
fn page(rule: &Rule) -> String {
    let page = rule.page();
    let (title, rest) = page.split_once("\n\n").unwrap_or((page.as_str(), ""));
    let lock = rule.lock.map_or_else(String::new, |lock| format!(" · takes {lock}"));
    format!(
        "{title}\n\n`{}` · {} · {} · decided by {}{lock}\n\n{rest}",
        rule.code,
        rule.category.word(),
        rule.severity.word(),
        depths(rule)
    )
}

fn depths(rule: &Rule) -> String {
    rule.decided_by.iter().map(|depth| depth.word()).collect::<Vec<_>>().join(", ")
}

fn hazards(rules: &[&Rule]) -> String {
    let mut page = String::from(
        "# Hazards, and what decides them\n\nEach hazard of a schema change that Freehold knows, with the rules that \
         decide it and from what they are sure. Made by\n`cargo xtask generate` from the rules' own files; do not edit \
         it.\n\n| # | hazard | decided by | depth |\n|---|---|---|---|\n",
    );
    for hazard in HAZARDS {
        row(&mut page, hazard, rules, |rule| rule.hazards);
    }
    page.push_str(
        "\n## Common advice that fails\n\n| # | advice | shown wrong by | depth |\n|---|---|---|---|\n",
    );
    for advice in ADVICE {
        row(&mut page, advice, rules, |rule| rule.advice);
    }
    page
}

fn row(page: &mut String, hazard: &Hazard, rules: &[&Rule], named: fn(&Rule) -> &'static [u8]) {
    let deciding: Vec<&&Rule> = rules.iter().filter(|rule| named(rule).contains(&hazard.number)).collect();
    let mut by: Vec<String> =
        deciding.iter().map(|rule| format!("[{} {id}]({id}.md)", rule.code, id = rule.id)).collect();
    by.extend(hazard.elsewhere.map(str::to_owned));
    let mut depths: Vec<_> = deciding.iter().flat_map(|rule| rule.decided_by.iter().copied()).collect();
    depths.sort();
    depths.dedup();
    let depths: Vec<&str> = depths.iter().map(|depth| depth.word()).collect();
    let _ = writeln!(
        page,
        "| {} | {} | {} | {} |",
        hazard.number,
        hazard.title,
        by.join(", "),
        depths.join(", ")
    );
}

#[cfg(test)]
mod tests {
    use freehold_model::finding::Severity;

    use super::*;

    static LATER: Rule = Rule {
        id: "z-last",
        code: "FH0902",
        severity: Severity::Note,
        summary: "a|b",
        source: "//! Last.\nfn",
        ..Rule::NEW
    };
    static EARLIER: Rule = Rule {
        id: "a-first",
        code: "FH0901",
        severity: Severity::Error,
        summary: "s",
        source: "//! First.\n",
        ..Rule::NEW
    };

    #[test]
    fn every_rule_has_a_page_and_a_line_of_the_index() {
        let files = pages(&[&LATER, &EARLIER]);
        assert_eq!(
            files["docs/rules/z-last.md"],
            "# z-last\n\n`FH0902` · design · note · decided by text\n\nLast.\n"
        );
        let lines: Vec<&str> =
            files["docs/rules/README.md"].lines().filter(|l| l.starts_with("| FH")).collect();
        assert_eq!(
            lines,
            [
                "| FH0901 | [a-first](a-first.md) | error | text |  | s |",
                "| FH0902 | [z-last](z-last.md) | note | text |  | a\\|b |"
            ]
        );
    }

    #[test]
    fn every_hazard_and_every_advice_is_decided() {
        let rules: Vec<&Rule> = freehold_app::rules::ALL.to_vec();
        let open = |list: &[Hazard], named: fn(&Rule) -> &'static [u8]| -> Vec<u8> {
            let decided = |hazard: &Hazard| rules.iter().any(|rule| named(rule).contains(&hazard.number));
            list.iter().filter(|h| h.elsewhere.is_none() && !decided(h)).map(|h| h.number).collect()
        };
        assert_eq!(open(HAZARDS, |rule| rule.hazards), [0u8; 0], "hazards that no rule decides");
        assert_eq!(open(ADVICE, |rule| rule.advice), [0u8; 0], "advice that no rule shows wrong");
        assert_eq!(HAZARDS.len(), 118);
        assert_eq!(ADVICE.len(), 18);
    }
}
