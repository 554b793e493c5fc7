//! A down drops something that its up did not make.
//!
//! ## What it finds
//! `DROP TABLE`, `DROP COLUMN`, `DROP SCHEMA` and `DROP MATERIALIZED VIEW` in a down, of something that an earlier
//! migration of the history made. What the up or the down itself makes is left out, and so is what the history does
//! not know.
//!
//! ## Why it hurts
//! Going back over this migration destroys rows that were there before it. It happens when an up says `IF NOT
//! EXISTS` and finds the object there, when it renames what its down then drops, or when a down was copied from
//! another migration.
//!
//! ## Do instead
//! Let the down take back what the up did, and no more: a rename by a rename, an `ADD COLUMN IF NOT EXISTS` that
//! found the column by nothing.
//!
//! ## When to ignore
//! When the object was empty before the up, and the up filled it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, DROP TABLE; ALTER TABLE.

use freehold_model::{
    catalog,
    finding::{Category, Depth, Rule, Severity},
};
use freehold_sql::ObjectKind;

use crate::{
    Direction,
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "down-drops-more",
        code: "FH0416",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[67],
        summary: "a down drops something that its up did not make",
        source: include_str!("down_drops_more.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    if context.script.direction == Direction::Up {
        return;
    }
    for gone in context.walk.gone.iter().filter(|gone| gone.is_dropped() && !gone.made_here) {
        let Some(known) = &gone.known else { continue };
        let site = match (gone.kind, &gone.part) {
            (ObjectKind::Table | ObjectKind::MaterializedView, None) => known.made,
            (ObjectKind::Column, Some(column)) if known.relation.column(column).is_some() => {
                known.site_of(catalog::ObjectKind::Column, column)
            }
            _ => continue,
        };
        // The up is the script right before its down.
        let Some(site) = site.filter(|site| site.script + 1 < context.script_id) else { continue };
        if gone.is_back(context) || gone.copied.is_some() {
            continue;
        }
        let message = format!(
            "the down drops {}, which statement {} of an earlier migration made, not its own up: its rows are lost by going back",
            gone.shown(),
            site.statement + 1
        );
        findings.push(
            gone.found(context, findings.rule(), message)
                .advised("Take back what the up did and no more: leave this where it was."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "down-drops-more").count()
    }

    #[test]
    fn columns_that_were_there_are_told() {
        let made = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b text);\n-- migration: 2_b\nALTER TABLE a ADD COLUMN IF NOT EXISTS b text;\n-- down:\nALTER TABLE a DROP COLUMN b;";
        assert_eq!(count(made), 1);
        assert_eq!(count(&made.replace("IF NOT EXISTS b", "c").replace("COLUMN b;", "COLUMN c;")), 0);
        assert_eq!(count("-- migration: 1_a\nSELECT 1;\n-- down:\nDROP TABLE unheard_of;"), 0);
    }
}
