//! A `DO` block runs SQL that it puts together, which no rule has seen.
//!
//! ## What it finds
//! `EXECUTE` in a `DO` block, when the script was not executed. In a rehearsal the statements that it really runs are
//! observed, and this is silent.
//!
//! ## Why it hurts
//! Whatever the text becomes when it runs, its locks, rewrites and losses are not among the findings. Silence about it
//! means nothing.
//!
//! ## Do instead
//! Rehearse the script (`freehold check`), or write the statements out.
//!
//! ## When to ignore
//! When the block was read by a person.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, PL/pgSQL, "Executing Dynamic Commands".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::Context,
    found::Findings,
    routine::{Routine, dynamic},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "dynamic-sql-not-checked",
        code: "FH0915",
        category: Category::Security,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[118],
        summary: "SQL that a DO block puts together was not checked",
        source: include_str!("dynamic_sql_not_checked.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if context.executed.is_some() {
        return;
    }
    let Some(routine) = context.tree.and_then(Routine::of).filter(|routine| routine.word == "block") else {
        return;
    };
    let Some(body) = routine.body.filter(|_| routine.language == "plpgsql") else { return };
    let places = dynamic(body, &[], &[]).len();
    if places == 0 {
        return;
    }
    let times = if places == 1 { "once".to_owned() } else { format!("in {places} places") };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("script", context.script.label.clone()),
                format!("this block runs SQL {times} that it puts together itself: it was not checked"),
            )
            .advised("Rehearse the script with freehold check, or write the statements out."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_dynamic_sql_that_runs_now_is_told() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "dynamic-sql-not-checked");
        assert!(told("DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $$;"));
        assert!(told("DO $$ DECLARE r record; BEGIN FOR r IN SELECT 1 LOOP EXECUTE r.q; END LOOP; END $$;"));
        assert!(!told(
            "DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
        ));
        assert!(!told("DO $$ BEGIN GRANT EXECUTE ON FUNCTION f() TO a; END $$;"));
        assert!(!told(
            "CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE q; END $$;"
        ));
    }
}
