//! After a down, or after up, down and up again, the columns of a table are the same but in another order.
//!
//! ## What it finds
//! A column that was dropped and added again stands last. Nothing else differs.
//!
//! ## Why it hurts
//! Only code that relies on the order does: `SELECT *` by position, `INSERT` without a column list, `COPY` without
//! one. Two databases of one project are then no longer the same, which makes later comparisons harder to read.
//!
//! ## Do instead
//! Nothing, usually. PostgreSQL cannot put a column back in its place; where order matters, do not drop the column.
//!
//! ## When to ignore
//! Nearly always; this is a note.

use freehold_model::finding::{Category, Depth, Evidence, Finding, Rule, Severity};

use super::{Case, refusal};

pub(super) static RULE: Rule = Rule {
    id: "column-order-changes",
    code: "FH1111",
    category: Category::Rehearsal,
    decided_by: &[Depth::Execution],
    hazards: &[65],
    severity: Severity::Note,
    summary: "up and down leave the columns of a table in another order",
    source: include_str!("column_order_changes.rs"),
    ..Rule::NEW
};

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Some(down) = &case.step.down else { return Vec::new() };
    let refused = case.run.down.as_ref().is_none_or(|run| run.refused.is_some());
    let mut lines: Vec<String> = Vec::new();
    if !refused {
        lines.extend(case.run.down_differences.iter().filter(|d| d.order_only()).map(ToString::to_string));
    }
    if lines.is_empty() {
        lines.extend(case.run.reapply_differences.iter().filter(|d| d.order_only()).map(ToString::to_string));
    }
    if lines.is_empty() {
        return Vec::new();
    }
    let message = "after up and down the columns are the same but stand in another order";
    vec![
        Finding::new(&RULE, refusal::subject(case.step), message)
            .at(refusal::top(down))
            .because(Evidence::Differs(lines)),
    ]
}
