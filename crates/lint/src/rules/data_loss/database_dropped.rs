//! A migration drops a database.
//!
//! ## What it finds
//! `DROP DATABASE` in any script.
//!
//! ## Why it hurts
//! Everything in the database is gone, and no transaction protects it: `DROP DATABASE` cannot be rolled back. A
//! migration is run against one database; another one that it drops belongs to somebody whom the migration does not
//! know.
//!
//! ## Do instead
//! Retire databases by hand or by a tool for operations, after a backup that was restored once for trial.
//!
//! ## When to ignore
//! In set-up scripts for development: keep those out of the migrations folder.
//!
//! ## PostgreSQL versions
//! All; `WITH (FORCE)`, which also ends the sessions of others, since 13.
//!
//! ## Source
//! PostgreSQL manual, DROP DATABASE.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};
use freehold_sql::{ObjectKind, StatementKind, Use};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "database-dropped",
        code: "FH0404",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[53],
        summary: "a migration drops a database",
        source: include_str!("database_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if !matches!(effect.kind, StatementKind::Drop { object: ObjectKind::Database, .. }) {
        return;
    }
    for object in effect.objects_used(Use::Drops) {
        let name = display_identifier(&object.name);
        let message = format!("this drops the whole database {name}, and no transaction can take it back");
        findings.push(
            context
                .found(findings.rule(), Subject::new("database", name), message)
                .advised("Take this out of the migrations; drop the database by hand once a backup was restored for trial."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn forced_drops_are_told_too() {
        assert_eq!(
            said("DROP DATABASE IF EXISTS a WITH (FORCE);")
                .iter()
                .filter(|(id, _)| *id == "database-dropped")
                .count(),
            1
        );
    }
}
