//! Queries that run in production still use what goes.
//!
//! ## What it finds
//! With a snapshot of production, or its URL: a table, view or column that the script drops, renames or moves, and
//! that queries counted by `pg_stat_statements` name. How often each was called is shown. This finding takes the
//! place of those that the text alone gives about the same statement.
//!
//! ## Why it hurts
//! These queries fail at the moment of the commit; it is not a suspicion.
//!
//! ## Do instead
//! Find the code that sends them, deploy code that does not, reset the statistics, wait, and look again.
//!
//! ## When to ignore
//! When the queries are known to come from code that is gone; better, reset `pg_stat_statements` and see.
//!
//! ## PostgreSQL versions
//! All, with the extension pg_stat_statements.
//!
//! ## Source
//! PostgreSQL manual, F.32 pg_stat_statements.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
    rules::compatibility::live,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "dropped-but-still-queried",
        code: "FH0520",
        category: Category::Compatibility,
        severity: Severity::Error,
        decided_by: &[Depth::Production],
        hazards: &[79],
        summary: "queries that run in production still use what goes",
        source: include_str!("dropped_but_still_queried.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

/// As many queries as are shown.
const SHOWN: usize = 3;

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in context.walk.gone.iter().filter(|gone| gone.may_be_missed(context)) {
        if !live::is_used(context, gone) {
            continue;
        }
        let users = live::users(context, gone);
        let calls: u64 = users.iter().map(|query| query.calls).sum();
        let what = match &gone.way {
            Way::Renamed(to) => format!("is called {to} from now on"),
            Way::Moved(schema) => format!("is in schema {schema} from now on"),
            _ => "goes".to_owned(),
        };
        let queries =
            if users.len() == 1 { "a query".to_owned() } else { format!("{} queries", users.len()) };
        let message =
            format!("{} {what}, and {queries} of production still name it ({calls} calls)", gone.shown());
        let mut found = gone.found(context, findings.rule(), message);
        for query in users.iter().take(SHOWN) {
            found =
                found.because(format!("{} calls: {}", query.calls, freehold_sql::headline(&query.text, 160)));
        }
        findings.push(found.advised(
            "Deploy code that does not send these queries, reset the statistics, and look again before dropping.",
        ));
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn ids(text: &str) -> Vec<&'static str> {
        said(text)
            .into_iter()
            .map(|(id, _)| id)
            .filter(|id| id.contains("dropped") || id.contains("renamed"))
            .collect()
    }

    #[test]
    fn it_takes_the_place_of_what_the_text_says() {
        let query = "-- option: query 7 SELECT b FROM a\n";
        assert_eq!(ids(&format!("{query}ALTER TABLE a DROP COLUMN b;")), ["dropped-but-still-queried"]);
        assert_eq!(ids(&format!("{query}ALTER TABLE a DROP COLUMN c;")), ["column-dropped"]);
        assert_eq!(ids(&format!("{query}ALTER TABLE a RENAME TO d;")), ["dropped-but-still-queried"]);
        assert_eq!(ids(&format!("{query}DROP TABLE a;")), ["dropped-but-still-queried"]);
    }
}
