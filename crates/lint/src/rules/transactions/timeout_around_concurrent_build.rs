//! A short timeout is in force around work that takes long by its nature.
//!
//! ## What it finds
//! A `statement_timeout` below ten minutes around `CREATE INDEX CONCURRENTLY` and `REINDEX CONCURRENTLY` of a table
//! that may be large, and, as a note, around `VALIDATE CONSTRAINT`. A `lock_timeout` around a concurrent build, too:
//! its waiting for other transactions to end obeys that (tried on a server), so that one transaction longer than the
//! limit ends the build. Where the script drops the index of that name first, a run that was cut off is mended by the
//! next one, and a `lock_timeout` is silent.
//!
//! ## Why it hurts
//! The build that is cut off leaves an INVALID index: every write keeps it up to date, no query uses it, and `IF NOT
//! EXISTS` finds its name on the next run and is content. A validation that is cut off leaves nothing, but is never
//! done.
//!
//! ## Do instead
//! `SET statement_timeout = 0` and `SET lock_timeout = 0` for the build, which blocks nobody, and drop an INVALID
//! index of that name first.
//!
//! ## When to ignore
//! When the table is known to be small: say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, "Building Indexes Concurrently".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::{QualifiedName, quote_identifier},
};
use freehold_sql::{Action, StatementKind};

use std::time::Duration;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "timeout-around-concurrent-build",
        code: "FH0114",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[14],
        summary: "a timeout that is in force cuts long work off half-way",
        source: include_str!("timeout_around_concurrent_build.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// Up to this long a timeout is too short for work that reads a large table.
const SHORT: Duration = Duration::from_secs(600);

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let builds = matches!(
        effect.kind,
        StatementKind::CreateIndex { concurrently: true, .. } | StatementKind::Reindex { concurrently: true }
    );
    let validates = effect.kind == StatementKind::AlterTable
        && effect.actions.iter().any(|action| matches!(action, Action::ValidateConstraint { .. }));
    if !builds && !validates {
        return;
    }
    let Some((main, _)) = context.main_relation() else { return };
    let table = context.state.index_tables.get(&main).unwrap_or(&main).clone();
    if !context.may_be_large(&table) {
        return;
    }
    let short = |name: &str| context.walk.timeout(name).flatten().filter(|time| *time < SHORT);
    let index = effect.objects.first().filter(|_| matches!(effect.kind, StatementKind::CreateIndex { .. }));
    let index = index.map(|index| QualifiedName::new(table.schema.as_str(), index.name.as_str()));
    let is_dropped_first = index.as_ref().is_some_and(|index| {
        context.walk.marks.dropped_indexes.iter().any(|dropped| dropped.name == index.name)
    });
    let (setting, time) = match (short("statement_timeout"), short("lock_timeout")) {
        (Some(time), _) => ("statement_timeout", time),
        (None, Some(time)) if builds && !is_dropped_first => ("lock_timeout", time),
        _ => return,
    };
    let time = shown(time);
    let (message, severity) = if validates {
        (
            format!(
                "a validation of {table} that takes longer than {time} is cut off by statement_timeout and is never done"
            ),
            Severity::Note,
        )
    } else if setting == "lock_timeout" {
        (
            format!(
                "a transaction on {table} that lasts longer than {time} ends this build by lock_timeout and leaves an INVALID index behind"
            ),
            Severity::Warning,
        )
    } else {
        (
            format!(
                "a build over {table} that takes longer than {time} is cut off by statement_timeout and leaves an INVALID index behind"
            ),
            Severity::Warning,
        )
    };
    let found = context
        .found(findings.rule(), Subject::new("table", table.to_string()), message)
        .on(&table)
        .with_severity(severity);
    let advice = format!("Switch {setting} off for it, and drop an INVALID index of that name first.");
    findings.push(match index.filter(|index| !index.name.is_empty() && !context.walk.in_transaction()) {
        Some(index) => {
            let name = format!("{}.{}", quote_identifier(&index.schema), quote_identifier(&index.name));
            let sql = format!(
                "SET {setting} = 0;\nDROP INDEX CONCURRENTLY IF EXISTS {name};\n{};\nRESET {setting}",
                context.text
            );
            found.fixed_by(advice, sql)
        }
        None if validates => found
            .advised(format!("Set {setting} to 0 for the validation: it blocks neither reads nor writes.")),
        None => found.advised(advice),
    });
}

fn shown(time: Duration) -> String {
    if time.as_secs() >= 60 && time.as_secs().is_multiple_of(60) {
        format!("{} min", time.as_secs() / 60)
    } else if time.subsec_millis() == 0 {
        format!("{} s", time.as_secs())
    } else {
        format!("{} ms", time.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(sql: &str) -> bool {
        let made =
            "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a int);\nCREATE INDEX j ON t (a);\n";
        said(&format!("{made}-- migration: 2_b (no transaction)\n{sql}"))
            .iter()
            .any(|(id, _)| *id == "timeout-around-concurrent-build")
    }

    #[test]
    fn short_timeouts_around_long_work_are_told() {
        for sql in [
            "SET statement_timeout = '30s';\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = 30000;\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a);",
            "SET statement_timeout = '5min';\nREINDEX INDEX CONCURRENTLY j;",
            "SET statement_timeout = '5min';\nREINDEX TABLE CONCURRENTLY t;",
            "SET lock_timeout = '2s';\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = '30s';\nDROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = '1s';\nALTER TABLE t VALIDATE CONSTRAINT c;",
        ] {
            assert!(told(sql), "{sql}");
        }
    }

    #[test]
    fn long_or_no_timeouts_and_what_mends_itself_are_silent() {
        for sql in [
            "CREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = 0;\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = '2h';\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET statement_timeout = '5s';\nRESET statement_timeout;\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET LOCAL statement_timeout = '5s';\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET lock_timeout = '2s';\nDROP INDEX CONCURRENTLY IF EXISTS i;\nCREATE INDEX CONCURRENTLY i ON t (a);",
            "SET lock_timeout = '2s';\nALTER TABLE t VALIDATE CONSTRAINT c;",
            "SET statement_timeout = '5s';\nCREATE TABLE u (id bigint PRIMARY KEY);\nCREATE INDEX CONCURRENTLY i ON u (id);",
        ] {
            assert!(!told(sql), "{sql}");
        }
    }
}
