//! A statement waits for a strong lock on an existing table, and nothing limits how long.
//!
//! ## What it finds
//! The first statement of a script that takes SHARE or a stronger lock on a table that was there before, while no
//! `lock_timeout` is in force: none set by the script (`SET`, `SET LOCAL`, `set_config`), none given to the role or
//! database by an earlier migration, none by the runner. A `statement_timeout` of at most a minute counts as a limit,
//! too.
//!
//! ## Why it hurts
//! The statement may need a millisecond; but behind one long query it waits, and while it waits everybody who comes
//! later waits behind it, readers as well. Nothing looks wrong but the application stands still.
//!
//! ## Do instead
//! `SET LOCAL lock_timeout = '3s';` first, and run the migration again when it gives up: Freehold's own runner does
//! both.
//!
//! ## When to ignore
//! When the tool or the role sets it where the text does not show.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 20.11.1, lock_timeout; 13.3, Explicit Locking.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    lock::LockMode,
};

use crate::{
    context::Context,
    executed::LockTaken,
    found::{Claim, Findings, Remedy},
    rule::{Check, LintRule},
    walk::{Block, counts},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "lock-timeout-missing",
        code: "FH0112",
        category: Category::Locks,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[12],
        summary: "a strong lock is waited for without a limit",
        source: include_str!("lock_timeout_missing.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let walk = context.walk;
    let told = walk.marks.unguarded.is_some();
    if context.locks.is_empty()
        || told
        || context.options.runner_sets_lock_timeout
        || walk.waits_are_bounded()
    {
        return;
    }
    let strong =
        context.locks.iter().filter(|lock| lock.mode >= LockMode::Share && counts(context, &lock.relation));
    // Of equal ones, that of the relation that the statement is about.
    let main = context.main_relation().map(|(name, _)| name);
    let weight = |lock: &&LockTaken| (lock.mode, main.as_ref() == Some(&lock.relation));
    let Some(lock) = strong.max_by_key(weight) else { return };
    let (relation, mode) = (&lock.relation, lock.mode);
    let waits = if mode == LockMode::AccessExclusive { "everybody, readers too," } else { "every writer" };
    let found = context
        .found(
            findings.rule(),
            Subject::new("table", relation.to_string()),
            format!("this waits for {mode} on {relation} as long as it takes, and {waits} waits behind it"),
        )
        .on(relation)
        .claiming(Claim::Locks { relation: relation.clone(), mode });
    let advice = "Set a lock_timeout first, and run the script again when it gives up.";
    findings.push(if walk.block == Block::Alone {
        found.fixed_by(advice, format!("SET lock_timeout = '3s';\n{};\nRESET lock_timeout", context.text))
    } else {
        let limited = found.fixed_by(advice, format!("SET LOCAL lock_timeout = '3s';\n{}", context.text));
        match walk.block {
            Block::Tool => {
                limited.mended_by(Remedy::Preamble(vec!["SET LOCAL lock_timeout = '3s'".to_owned()]))
            }
            _ => limited,
        }
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(sql: &str) -> usize {
        let made = "-- migration: 1_a\nCREATE TABLE t (id bigint PRIMARY KEY, a int);\n";
        said(&format!("{made}-- migration: 2_b\n{sql}"))
            .iter()
            .filter(|(id, _)| *id == "lock-timeout-missing")
            .count()
    }

    #[test]
    fn the_first_strong_lock_of_a_script_is_told_once() {
        assert_eq!(told("ALTER TABLE t ADD COLUMN b text;\nALTER TABLE t ADD COLUMN c text;"), 1);
        assert_eq!(told("SET lock_timeout = 0;\nALTER TABLE t ADD COLUMN b text;"), 1);
        assert_eq!(told("SET statement_timeout = '1h';\nALTER TABLE t ADD COLUMN b text;"), 1);
    }

    #[test]
    fn a_limit_however_it_is_set_is_enough() {
        for sql in [
            "SET LOCAL lock_timeout = '3s';\nALTER TABLE t ADD COLUMN b text;",
            "SET lock_timeout TO 3000;\nALTER TABLE t ADD COLUMN b text;",
            "SELECT set_config('lock_timeout', '3s', true);\nALTER TABLE t ADD COLUMN b text;",
            "SELECT set_config('lock_timeout', current_setting('app.wait'), true);\nALTER TABLE t ADD COLUMN b text;",
            "SET LOCAL statement_timeout = '5s';\nALTER TABLE t ADD COLUMN b text;",
            "ALTER ROLE fh_migrator SET lock_timeout = '3s';\n-- migration: 3_c\nALTER TABLE t ADD COLUMN b text;",
        ] {
            assert_eq!(told(sql), 0, "{sql}");
        }
    }

    #[test]
    fn weak_locks_and_new_tables_are_silent() {
        for sql in [
            "UPDATE t SET a = 1 WHERE id = 1;",
            "CREATE TABLE u (id bigint PRIMARY KEY);\nALTER TABLE u ADD COLUMN b text;",
            "SELECT * FROM t;",
            "COMMENT ON TABLE t IS 'x';",
        ] {
            assert_eq!(told(sql), 0, "{sql}");
        }
    }
}
