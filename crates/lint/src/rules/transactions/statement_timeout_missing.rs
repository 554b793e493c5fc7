//! A change of an unknown number of rows runs in a transaction that limits its waiting but not its running.
//!
//! ## What it finds
//! `UPDATE` and `DELETE` with a condition that any number of rows may meet (an open range, `IS NULL`, `LIKE`) on a
//! table that was there and may be large, in a transaction that sets `lock_timeout` but neither `statement_timeout`
//! nor `transaction_timeout`. Changes by an equality, a list, a closed range or a `LIMIT` are bounded and silent.
//!
//! ## Why it hurts
//! `lock_timeout` ends waiting only. A change that turns out to touch a hundred million rows runs for hours, holds its
//! row locks and keeps VACUUM from cleaning anything, in all tables.
//!
//! ## Do instead
//! `SET LOCAL statement_timeout` beside the `lock_timeout`, or change the rows in batches, each in its own
//! transaction.
//!
//! ## When to ignore
//! When the number of rows is known to be small.
//!
//! ## PostgreSQL versions
//! All; `transaction_timeout` from 17 on.
//!
//! ## Source
//! PostgreSQL manual, 20.11.1.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::{
    StatementKind,
    tree::{Lexeme, LexemeKind, lexemes},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "statement-timeout-missing",
        code: "FH0113",
        category: Category::Locks,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[13],
        summary: "nothing limits how long a change of many rows may run",
        source: include_str!("statement_timeout_missing.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let walk = context.walk;
    if !matches!(effect.kind, StatementKind::Update | StatementKind::Delete) || !walk.in_transaction() {
        return;
    }
    let limits_waiting = walk.timeout("lock_timeout").flatten().is_some();
    let limits_running = walk.settings.contains_key("statement_timeout")
        || walk.settings.contains_key("transaction_timeout")
        || walk.marks.standing.contains("statement_timeout");
    if !limits_waiting || limits_running {
        return;
    }
    let Some((table, _)) = context.main_relation() else { return };
    if walk.changed_rows.contains_key(&table) || !context.may_be_large(&table) || !is_open(context.text) {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", table.to_string()),
                format!("any number of rows of {table} may be changed here, and nothing limits how long that runs: lock_timeout ends waiting only"),
            )
            .on(&table)
            .fixed_by(
                "Set a statement_timeout, or change the rows in batches.",
                format!("SET LOCAL statement_timeout = '15min';\n{}", context.text),
            ),
    );
}

/// True for a condition that any number of rows may meet.
fn is_open(text: &str) -> bool {
    let words: Vec<Lexeme<'_>> = lexemes(text).collect();
    let Some(from) = words.iter().position(|word| word.is("where")) else { return false };
    let condition = words.get(from + 1..).unwrap_or(&[]);
    let bounding = ["in", "between", "limit", "exists", "any", "current", "ctid"];
    let symbol = |at: usize| {
        condition.get(at).filter(|word| word.kind == LexemeKind::Symbol).map_or("", |word| word.text)
    };
    let equals = (0..condition.len()).any(|at| {
        symbol(at) == "="
            && !at.checked_sub(1).is_some_and(|before| matches!(symbol(before), "<" | ">" | "!"))
    });
    let (below, above) = (condition.iter().any(|w| w.text == "<"), condition.iter().any(|w| w.text == ">"));
    !(equals || (below && above) || condition.iter().any(|word| bounding.iter().any(|bound| word.is(bound))))
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(sql: &str) -> bool {
        let made = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a int, b text);\n";
        said(&format!("{made}-- migration: 2_b\n{sql}"))
            .iter()
            .any(|(id, _)| *id == "statement-timeout-missing")
    }

    #[test]
    fn only_open_conditions_under_a_lock_timeout_are_told() {
        let set = "SET LOCAL lock_timeout = '3s';\n";
        assert!(told(&format!("{set}DELETE FROM t WHERE a < 5;")));
        assert!(told(&format!("{set}UPDATE t SET a = 1 WHERE b IS NULL;")));
        assert!(!told("DELETE FROM t WHERE a < 5;"));
        assert!(!told(&format!("{set}SET LOCAL statement_timeout = '1min';\nDELETE FROM t WHERE a < 5;")));
        assert!(!told(&format!("{set}DELETE FROM t WHERE id = 5;")));
        assert!(!told(&format!("{set}DELETE FROM t WHERE id IN (1, 2);")));
        assert!(!told(&format!("{set}UPDATE t SET a = 1 WHERE id >= 1 AND id < 1000;")));
        assert!(!told(&format!("{set}UPDATE t SET a = 1 WHERE id BETWEEN 1 AND 1000;")));
        assert!(!told(&format!(
            "{set}DELETE FROM t WHERE ctid IN (SELECT ctid FROM t WHERE a < 5 LIMIT 100);"
        )));
    }
}
