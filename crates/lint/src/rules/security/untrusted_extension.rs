//! An extension is made that reaches files, programs or other servers.
//!
//! ## What it finds
//! `CREATE EXTENSION` of languages without a sandbox (`plpython3u`, `plperlu`, `pltclu`, `plsh`), of access to files
//! (`file_fdw`, `adminpack`) and of connections to other servers (`dblink`, `postgres_fdw` and its kin, `http`).
//!
//! ## Why it hurts
//! Only a superuser can make it, so the migration needs one at deployment; and whoever may use it reaches beyond the
//! database with the rights of the server's own account.
//!
//! ## Do instead
//! Keep such extensions in a script for setting up the server, and grant their use to as few roles as can be.
//!
//! ## When to ignore
//! When the project needs it and knows it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE EXTENSION, and the pages of the extensions.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::{ObjectKind, StatementKind};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "untrusted-extension",
        code: "FH0918",
        category: Category::Security,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "an extension reaches out of the database",
        source: include_str!("untrusted_extension.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// What each reaches.
const REACH: &[(&str, &str)] = &[
    ("adminpack", "the server's files"),
    ("dblink", "other servers"),
    ("file_fdw", "the server's files and programs"),
    ("http", "other servers"),
    ("mysql_fdw", "other servers"),
    ("oracle_fdw", "other servers"),
    ("plperlu", "everything that the server's account can"),
    ("plpython2u", "everything that the server's account can"),
    ("plpython3u", "everything that the server's account can"),
    ("plpythonu", "everything that the server's account can"),
    ("plsh", "everything that the server's account can"),
    ("pltclu", "everything that the server's account can"),
    ("postgres_fdw", "other servers"),
    ("tds_fdw", "other servers"),
];

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::Create(ObjectKind::Extension) {
        return;
    }
    let Some(name) = effect.objects.first().map(|object| object.name.as_str()) else { return };
    let Some((_, reach)) = REACH.iter().find(|(extension, _)| *extension == name) else { return };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("extension", name),
                format!("{name} lets SQL reach {reach}, and only a superuser can make it"),
            )
            .advised("Make it when the server is set up, and grant its use to as few roles as can be."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn only_what_reaches_out_is_told() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "untrusted-extension");
        assert!(told("CREATE EXTENSION IF NOT EXISTS plpython3u;"));
        assert!(told("CREATE EXTENSION dblink WITH SCHEMA ext;"));
        assert!(!told("CREATE EXTENSION pgcrypto;"));
        assert!(!told("CREATE EXTENSION IF NOT EXISTS \"uuid-ossp\";"));
        assert!(!told("DROP EXTENSION dblink;"));
    }
}
