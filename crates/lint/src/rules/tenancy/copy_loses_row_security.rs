//! A copy of guarded rows has no row level security.
//!
//! ## What it finds
//! `CREATE TABLE ... AS SELECT` and `SELECT ... INTO` from a table under row level security, when the copy is there at the end of
//! the history and is not under row level security. Temporary tables and copies that are dropped again are left out. A warning
//! as long as nothing was granted on the copy.
//!
//! ## Why it hurts
//! A copy takes rows along, but neither policies nor the switch. Whoever may read the copy reads the rows of all tenants; in an
//! expand and contract migration it takes the place of the guarded table.
//!
//! ## Do instead
//! Switch row level security on for the copy before it is filled, with the same policies; or drop it when it has served.
//!
//! ## When to ignore
//! When only the owner will ever read it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE TABLE AS.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "copy-loses-row-security",
        code: "FH0827",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[110],
        summary: "a copy of guarded rows has no row level security",
        source: include_str!("copy_loses_row_security.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    for (name, copied) in context.state.marks.copies() {
        let Some(known) = context.state.relation(name).filter(|known| !known.relation.row_security) else {
            continue;
        };
        if context.state.marks.row_security(name).is_some() || !known.relation.is_table() {
            continue;
        }
        let guarded = copied
            .from
            .iter()
            .find(|from| context.state.relation(from).is_some_and(|known| known.relation.row_security));
        let Some(from) = guarded else { continue };
        let granted = !tenancy.grantees(&known.relation, None).is_empty();
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("table", name.to_string()),
                    Some(copied.site),
                    format!("{name} takes rows of all tenants from {from}, but not its row level security"),
                )
                .with_severity(if granted { Severity::Error } else { Severity::Warning })
                .on(name)
                .advised(format!(
                    "Add: ALTER TABLE {name} ENABLE ROW LEVEL SECURITY; ALTER TABLE {name} FORCE ROW LEVEL SECURITY; with the policies of {from}, before anything is granted on it."
                )),
        );
    }
}
