//! A type or sequence gets another name.
//!
//! ## What it finds
//! `RENAME TO` of an enum, composite type, domain or sequence that was there before the script.
//!
//! ## Why it hurts
//! Columns and defaults follow the rename. Code does not: casts such as `$1::mood`, `nextval('orders_id_seq')`, and
//! drivers that look types up by name fail, as do bodies of functions that write the name.
//!
//! ## Do instead
//! Leave the name alone, or look for it in all code first and deploy code that does without it.
//!
//! ## When to ignore
//! When nothing but columns and defaults uses it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TYPE; ALTER SEQUENCE.

use freehold_model::{
    catalog::RelationKind,
    finding::{Category, Depth, Rule, Severity},
};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::Way,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "type-or-sequence-renamed",
        code: "FH0506",
        category: Category::Compatibility,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[70],
        summary: "a type or sequence gets another name",
        source: include_str!("type_or_sequence_renamed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in &context.walk.gone {
        let Way::Renamed(to) = &gone.way else { continue };
        // `ALTER TABLE` renames sequences too.
        let sequence = gone.known.as_ref().is_some_and(|known| known.relation.kind == RelationKind::Sequence);
        let kind = match gone.kind {
            ObjectKind::Type | ObjectKind::Domain => "type",
            ObjectKind::Sequence => "sequence",
            ObjectKind::Table if sequence => "sequence",
            _ => continue,
        };
        let swapped = context.walk.gone.iter().any(|other| gone.new_name().as_ref() == Some(&other.name));
        let back = context.state.type_named(&gone.name).is_some() || gone.is_back(context);
        if gone.part.is_some() || !gone.may_be_missed(context) || swapped || back {
            continue;
        }
        let message = format!(
            "code that names {kind} {} in a cast or call fails: it is called {to} from now on",
            gone.shown()
        );
        findings.push(
            gone.found(context, findings.rule(), message)
                .advised("Leave the name alone until no running code mentions it."),
        );
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "type-or-sequence-renamed").count()
    }

    #[test]
    fn enums_and_sequences_count() {
        assert_eq!(count("ALTER TYPE mood RENAME TO temper; ALTER SEQUENCE s RENAME TO t;"), 2);
        assert_eq!(count("ALTER TYPE mood RENAME VALUE 'a' TO 'b';"), 0);
    }

    #[test]
    fn an_enum_that_is_replaced_keeps_its_name() {
        assert_eq!(count("ALTER TYPE mood RENAME TO mood_old; CREATE TYPE mood AS ENUM ('a', 'b');"), 0);
    }
}
