//! A mark of a template stands in the script, and PostgreSQL takes it for something else.
//!
//! ## What it finds
//! Marks that do not stop the grammar: names in double quotes that hold `${…}`, `{{…}}` or `<%…%>`, and `%%` as an
//! operator, which is the doubled percent sign of a format string. A mark in a string constant is text and silent; one
//! that stops the grammar is a syntax error, which names it.
//!
//! ## Why it hurts
//! Run as it stands, the script makes a table that is called `${schema}`, or fails because no operator is called `%%`.
//! What a template makes of it was not checked.
//!
//! ## Do instead
//! Write the SQL that the mark stands for, or let the tool fill it in before it is checked.
//!
//! ## When to ignore
//! When the migration tool fills it in.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 4.1.1 and 4.1.3.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::tree::{Lexeme, LexemeKind, lexemes};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "mark-not-filled-in",
        code: "FH0921",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "a mark of a template stands where SQL takes it for something else",
        source: include_str!("mark_not_filled_in.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text;
    if !["${", "{{", "<%", "%%"].iter().any(|mark| text.contains(mark)) {
        return;
    }
    let mut before: Option<Lexeme<'_>> = None;
    for word in lexemes(text) {
        let name = word.kind == LexemeKind::QuotedIdentifier && holds_mark(word.text);
        let doubled = word.text == "%"
            && before.is_some_and(|before| before.text == "%" && before.span.end == word.span.start);
        if name || doubled {
            let message = if name {
                format!(
                    "the name {} holds a mark of a template that nobody has filled in: PostgreSQL takes it as it stands",
                    word.text
                )
            } else {
                "%% is a doubled percent sign of a format string: PostgreSQL has no operator of that name"
                    .to_owned()
            };
            let start = context.statement.span.start;
            let found = context
                .found(findings.rule(), Subject::new("script", context.script.label.clone()), message)
                .at(word.span.shifted(start))
                .advised("Write the SQL that it stands for.");
            findings.push(found);
            return;
        }
        before = Some(word);
    }
}

fn holds_mark(name: &str) -> bool {
    [("${", "}"), ("{{", "}}"), ("<%", "%>")].iter().any(|(open, close)| {
        name.find(open).is_some_and(|at| name.get(at..).is_some_and(|rest| rest.contains(close)))
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn marks_in_strings_are_text() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "mark-not-filled-in");
        assert!(told("CREATE SCHEMA \"${schema}\";"));
        assert!(told("GRANT USAGE ON SCHEMA public TO \"{{ role }}\";"));
        assert!(told("SELECT 5 %% 2;"));
        assert!(!told("INSERT INTO mails (body) VALUES ('Dear {{ name }}, ${sum} is 10%% off');"));
        assert!(!told("SELECT format('%%', 1), 5 % 2;"));
        assert!(!told("SELECT 1 /* ${x} %% */;"));
    }
}
