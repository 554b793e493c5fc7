//! A statement locks a table that live queries use all the time: they will queue behind it.
//!
//! ## What it finds
//! With statistics of production at hand: for each lock on a table that was there, the queries that cannot run beside it,
//! how often they come, and how many of them will be waiting when the statement is through.
//!
//! ## Why it hurts
//! A lock that conflicts with running queries waits for the longest of them, and every query that comes later waits
//! behind the lock. The queue grows with the calls per second and with the time that the lock is waited for and held;
//! when it is longer than the pool of connections, the application stands still, for other tables too.
//!
//! ## Do instead
//! Set a `lock_timeout` shorter than users can bear to wait, and try again when it strikes; do what takes long without
//! the lock; choose an hour with fewer calls.
//!
//! ## When to ignore
//! When the statistics are not those of the hours in which the migration will run.
//!
//! ## PostgreSQL versions
//! All with `pg_stat_statements`.
//!
//! ## Source
//! PostgreSQL manual, 13.3.1, table of conflicting lock modes; F.32 pg_stat_statements.

use std::time::Duration;

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
    name::QualifiedName,
};
use freehold_sql::{StatementKind, headline};

use crate::{
    context::Context,
    found::Findings,
    options::{LiveQuery, Production},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "busy-table-locked",
        code: "FH0121",
        category: Category::Locks,
        severity: Severity::Warning,
        decided_by: &[Depth::Production],
        hazards: &[21],
        summary: "live queries will queue behind a lock",
        source: include_str!("busy_table_locked.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// From how many queries in the queue on it is worth a note, a warning, an error: a pool of connections has some tens.
const QUEUES: [(f64, Severity); 3] =
    [(200.0, Severity::Error), (10.0, Severity::Warning), (1.0, Severity::Note)];

/// Rows that a server reads, checks or copies in a second, as a rule of thumb for a table that nobody has measured.
const ROWS_PER_SECOND: f64 = 500_000.0;

/// The least time for which a lock is held: a round trip or two, and the commit.
const LEAST: f64 = 0.02;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(production) = context.options.production.as_ref().filter(|live| live.seconds > 0.0) else {
        return;
    };
    for lock in context.locks {
        // Weaker locks let readers and writers go on.
        if lock.mode < LockMode::Share || context.is_new(&lock.relation) {
            continue;
        }
        let held_before = context.walk.held.get(&lock.relation).is_some_and(|held| held.mode >= lock.mode);
        if held_before {
            continue;
        }
        look(context, production, (&lock.relation, lock.mode), findings);
    }
}

fn look(
    context: &Context<'_>,
    production: &Production,
    (table, mode): (&QualifiedName, LockMode),
    findings: &mut Findings<'_>,
) {
    let mut waiting: Vec<&LiveQuery> = production
        .queries
        .iter()
        .filter(|query| query.relations.contains(table) && mode.conflicts_with(lock_of(query)))
        .collect();
    waiting.sort_by_key(|query| std::cmp::Reverse(query.calls));
    let rate = waiting.iter().map(|query| per_second(query, production)).sum::<f64>();
    let slowest = waiting.iter().map(|query| query.mean_ms / 1_000.0).fold(0.0, f64::max);
    let waited = match context.walk.timeout("lock_timeout").flatten() {
        Some(limit) => slowest.min(limit.as_secs_f64()),
        None => slowest,
    };
    let held = LEAST + work(context, table);
    let queue = rate * (waited + held);
    let Some((_, severity)) = QUEUES.iter().find(|(least, _)| queue >= *least) else { return };
    let mut found = context
        .found(
            findings.rule(),
            Subject::new("table", table.to_string()),
            format!(
                "{mode} on {table} keeps {} waiting that come {} a second: about {} in the queue after the {} that it is \
                 waited for and held",
                if waiting.len() == 1 { "a live query".to_owned() } else { format!("{} live queries", waiting.len()) },
                shown(rate),
                shown(queue),
                time(waited + held),
            ),
        )
        .with_severity(*severity)
        .on(table);
    for query in waiting.iter().take(3) {
        found = found.because(format!(
            "{} a second, {:.1} ms each: {}",
            shown(per_second(query, production)),
            query.mean_ms,
            headline(&query.text, 100)
        ));
    }
    findings.push(found.advised(
        "Set a lock_timeout that users can bear and try again when it strikes; choose an hour with fewer calls.",
    ));
}

/// The lock that a query needs on the tables that it names.
fn lock_of(query: &LiveQuery) -> LockMode {
    let text = query.text.to_ascii_lowercase();
    let first = text.split_whitespace().next().unwrap_or_default();
    let changes = |word: &str| text.split(|c: char| !c.is_ascii_alphabetic()).any(|part| part == word);
    match first {
        "insert" | "update" | "delete" | "merge" | "copy" => LockMode::RowExclusive,
        "with" if ["insert", "update", "delete", "merge"].iter().any(|word| changes(word)) => {
            LockMode::RowExclusive
        }
        _ if text.contains(" for update") || text.contains(" for share") => LockMode::RowShare,
        _ => LockMode::AccessShare,
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate needs no more digits than a float has")]
fn per_second(query: &LiveQuery, production: &Production) -> f64 {
    query.calls as f64 / production.seconds
}

/// Seconds for which the statement works on the rows of the table, by what an execution saw, or by its kind.
fn work(context: &Context<'_>, table: &QualifiedName) -> f64 {
    let grows = match context.executed {
        Some(seen) => {
            seen.rewrites.contains(table) || seen.scans.contains(table) || seen.index_builds.contains(table)
        }
        None => matches!(
            context.statement.effect.kind,
            StatementKind::CreateIndex { concurrently: false, .. }
                | StatementKind::Reindex { concurrently: false }
                | StatementKind::Cluster
                | StatementKind::Vacuum { full: true }
        ),
    };
    let rows = context.options.rows.get(table).copied().unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "an estimate needs no more digits than a float has")]
    let seconds = rows as f64 / ROWS_PER_SECOND;
    if grows { seconds } else { 0.0 }
}

fn shown(number: f64) -> String {
    if number >= 10.0 { format!("{number:.0}") } else { format!("{number:.1}") }
}

fn time(seconds: f64) -> String {
    let time = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    if time.as_millis() < 1_000 { format!("{} ms", time.as_millis()) } else { format!("{seconds:.1} s") }
}

#[cfg(test)]
mod tests {
    use freehold_model::finding::Severity;

    use crate::example::Example;

    fn told(live: &str, statement: &str) -> Option<(Severity, String)> {
        let text = format!(
            "-- option: rows t 50000000\n-- option: live {live}\n-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, b int);\n\
             -- migration: 2_b\n{statement};\n"
        );
        let work = move || {
            let found = Example::read(&text).lint().found;
            found.into_iter().find(|f| f.rule.rule.id == "busy-table-locked").map(|f| (f.severity, f.message))
        };
        freehold_sql::deep_thread().spawn(work).unwrap().join().unwrap()
    }

    #[test]
    fn the_severity_follows_from_the_length_of_the_queue() {
        let add = "ALTER TABLE t ADD COLUMN c int";
        assert_eq!(told("1 1 select * from t where id = $1", add), None);
        let (severity, said) = told("300 20 select * from t where id = $1", add).unwrap();
        assert!(
            severity == Severity::Warning
                && said.contains("300 a second")
                && said.contains("12 in the queue"),
            "{said}"
        );
        assert_eq!(told("300 4000 select * from t", add).unwrap().0, Severity::Error);
    }

    #[test]
    fn reads_do_not_wait_for_an_index_and_writes_wait_for_all_of_it() {
        let build = "CREATE INDEX t_b ON t (b)";
        assert_eq!(told("300 20 select * from t where id = $1", build), None);
        assert_eq!(told("300 20 update t set b = $2 where id = $1", build).unwrap().0, Severity::Error);
    }

    #[test]
    fn other_tables_and_weak_locks_are_silent() {
        assert_eq!(told("300 20 select * from u", "ALTER TABLE t ADD COLUMN c int"), None);
        assert_eq!(told("300 20 update t set b = 1", "CREATE INDEX CONCURRENTLY t_b ON t (b)"), None);
    }
}
