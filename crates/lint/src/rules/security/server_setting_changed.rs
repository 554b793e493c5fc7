//! A migration changes the configuration of the whole server.
//!
//! ## What it finds
//! `ALTER SYSTEM`.
//!
//! ## Why it hurts
//! It writes into the server's configuration file: it is no part of the database, is not copied by a dump, is not
//! undone by a down, applies to all databases, needs a superuser and waits for a reload or restart by somebody else.
//!
//! ## Do instead
//! `ALTER DATABASE … SET` or `ALTER ROLE … SET` for settings that may differ, and the server's own configuration for
//! the rest.
//!
//! ## When to ignore
//! For scripts that set up a server.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER SYSTEM.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::StatementKind;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "server-setting-changed",
        code: "FH0919",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "a migration changes the configuration of the whole server",
        source: include_str!("server_setting_changed.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterSystem {
        return;
    }
    let name = effect.objects.first().map_or("", |object| object.name.as_str());
    let name = if name.is_empty() { "all settings" } else { name };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("setting", name),
                format!("this changes {name} for every database of the server, and takes effect only after a reload or a restart"),
            )
            .advised("Use ALTER DATABASE or ALTER ROLE ... SET, or change the server's own configuration."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn settings_of_a_database_are_silent() {
        let told = |sql: &str| {
            said(&format!("-- migration: 1_a (no transaction)\n{sql}"))
                .iter()
                .any(|(id, _)| *id == "server-setting-changed")
        };
        assert!(told("ALTER SYSTEM SET work_mem = '8MB';"));
        assert!(told("ALTER SYSTEM RESET ALL;"));
        assert!(!told("ALTER DATABASE app SET work_mem = '8MB';"));
    }
}
