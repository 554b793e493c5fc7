//! A migration runs a program on the database server.
//!
//! ## What it finds
//! `COPY … FROM PROGRAM` and `COPY … TO PROGRAM`.
//!
//! ## Why it hurts
//! The server's own account runs a shell command: it needs a superuser or `pg_execute_server_program`, what it does is
//! not undone by a rollback, and it works only where that program and its files happen to be.
//!
//! ## Do instead
//! Bring the rows with the script (`COPY … FROM stdin`, `INSERT`), or load them from the client.
//!
//! ## When to ignore
//! For scripts that are run by hand on one server.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, COPY, PROGRAM.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use freehold_sql::tree::NodeEnum;

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "server-program-run",
        code: "FH0920",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[],
        summary: "a program is run on the database server",
        source: include_str!("server_program_run.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(NodeEnum::CopyStmt(copy)) = context.tree else { return };
    if copy.is_program {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("script", context.script.label.clone()),
                    "this runs a shell command on the database server with the rights of the server's own account",
                )
                .advised("Bring the rows with the script, or load them from the client."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn a_copy_of_rows_is_silent() {
        let told = |sql: &str| said(sql).iter().any(|(id, _)| *id == "server-program-run");
        assert!(told("COPY t FROM PROGRAM 'curl example.org';"));
        assert!(told("COPY (SELECT 1) TO PROGRAM 'cat';"));
        assert!(!told("COPY t FROM stdin;\n1\n\\.\n"));
    }
}
