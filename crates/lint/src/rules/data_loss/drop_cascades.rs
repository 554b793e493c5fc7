//! DROP CASCADE takes more with it than it names.
//!
//! ## What it finds
//! `DROP ... CASCADE`, `DROP COLUMN ... CASCADE` and `DROP CONSTRAINT ... CASCADE` that take views, foreign keys,
//! policies, generated columns or children with them: each is named, also those that hang on the others. What the
//! script drops itself, or makes again before it ends, is left out, and in a down what its up has made. Types,
//! sequences and schemas have rules of their own.
//!
//! ## Why it hurts
//! CASCADE drops in silence. A foreign key that goes leaves the table without its check, a policy that goes leaves
//! rows without their guard, a view that goes breaks the code that reads it; nothing in the script tells its
//! readers.
//!
//! ## Do instead
//! Drop what hangs on the object by name, first, and without CASCADE: PostgreSQL then refuses when something was
//! forgotten.
//!
//! ## When to ignore
//! When the things named are known to be unused.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, 5.15 Dependency Tracking.

use freehold_model::finding::{Category, Depth, Rule, Severity};
use freehold_sql::ObjectKind;

use crate::{
    context::ScriptContext,
    found::Findings,
    gone::{Fate, Gone, Hanging, list},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "drop-cascades",
        code: "FH0409",
        category: Category::DataLoss,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[58, 67],
        summary: "DROP CASCADE takes more with it than it names",
        source: include_str!("drop_cascades.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &[],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    for gone in
        context.walk.gone.iter().filter(|gone| gone.cascades() && !gone.made_here && !gone.was_missing)
    {
        let other_rule = matches!(
            gone.kind,
            ObjectKind::Type | ObjectKind::Domain | ObjectKind::Sequence | ObjectKind::Schema
        );
        if other_rule {
            continue;
        }
        let victims: Vec<&Hanging> = victims(context, gone).collect();
        let own_rule = matches!(
            gone.kind,
            ObjectKind::Table | ObjectKind::Column | ObjectKind::View | ObjectKind::MaterializedView
        );
        let (severity, message) = if !victims.is_empty() {
            let list = list(victims.into_iter());
            (Severity::Error, format!("CASCADE drops more than {}: with it go {list}", gone.shown()))
        } else if gone.whole || own_rule || !gone.may_be_missed(context) {
            continue;
        } else {
            let name = gone.shown();
            (
                Severity::Warning,
                format!("CASCADE drops whatever hangs on {name}; the text does not tell what that is"),
            )
        };
        findings.push(
            gone.found(context, findings.rule(), message)
                .with_severity(severity)
                .advised("Drop what hangs on it by name first, and then this without CASCADE."),
        );
    }
}

/// What falls by the CASCADE and is neither dropped by name nor made again, nor meant to fall.
pub(super) fn victims<'g>(
    context: &'g ScriptContext<'_>,
    gone: &'g Gone,
) -> impl Iterator<Item = &'g Hanging> {
    gone.hanging.iter().filter(move |hanging| {
        hanging.fate == Fate::Forbids
            && !is_expected(context, hanging)
            && !is_dropped_by_name(context, gone, hanging)
            && !is_made_again(context, gone, hanging)
    })
}

/// The script made it; or it is a down, and its up did.
fn is_expected(context: &ScriptContext<'_>, hanging: &Hanging) -> bool {
    let Some(made) = hanging.made else { return false };
    let up = context.script.direction == crate::Direction::Down && made.script + 1 == context.script_id;
    made.script == context.script_id || up
}

fn is_dropped_by_name(context: &ScriptContext<'_>, gone: &Gone, hanging: &Hanging) -> bool {
    context.walk.gone.iter().any(|other| {
        let whole = other.part.is_none() && other.is_dropped();
        whole && Some(&other.name) == hanging.relation.as_ref() && other.name != gone.name
    })
}

fn is_made_again(context: &ScriptContext<'_>, gone: &Gone, hanging: &Hanging) -> bool {
    let Some(relation) = &hanging.relation else { return false };
    let later =
        |site: crate::state::Site| site.script == context.script_id && site.statement > gone.statement;
    let Some(known) = context.state.relation(relation) else {
        let functions = context.state.functions_named(relation);
        return functions.iter().any(|known| known.made.is_some_and(later));
    };
    match &hanging.part {
        None => known.made.is_some_and(later),
        Some(part) => {
            let table = &known.relation;
            known.made.is_some_and(later)
                || table.constraint(part).is_some()
                || table.column(part).is_some_and(|column| !hanging.default_only || column.default.is_some())
                || table.policies.iter().any(|policy| policy.name == *part)
                || table.triggers.iter().any(|trigger| trigger.name == *part)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn messages(text: &str) -> Vec<String> {
        said(text).into_iter().filter(|(id, _)| *id == "drop-cascades").map(|(_, message)| message).collect()
    }

    const VIEWS: &str = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY, b text); CREATE VIEW v AS SELECT id, b FROM a; CREATE VIEW w AS SELECT id FROM v;\n-- migration: 2_b\n";

    #[test]
    fn views_at_second_hand_are_named() {
        let said = messages(&format!("{VIEWS}ALTER TABLE a DROP COLUMN b CASCADE;"));
        assert!(said.len() == 1 && said[0].contains("view v") && said[0].contains("view w"), "{said:?}");
    }

    #[test]
    fn what_is_made_again_is_no_victim() {
        let again =
            "DROP VIEW v CASCADE; CREATE VIEW v AS SELECT id, b FROM a; CREATE VIEW w AS SELECT id FROM v;";
        assert!(messages(&format!("{VIEWS}{again}")).is_empty());
    }

    #[test]
    fn a_down_may_cascade_over_what_its_up_made_only() {
        let down = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY); CREATE VIEW v AS SELECT id FROM a;\n-- down:\nDROP TABLE a CASCADE;";
        assert!(messages(down).is_empty());
        let other = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY);\n-- migration: 2_b\nCREATE VIEW v AS SELECT id FROM a;\n-- migration: 3_c\nSELECT 1;\n-- down:\nDROP TABLE a CASCADE;";
        assert_eq!(messages(other).len(), 1);
    }

    #[test]
    fn triggers_that_call_a_function_are_named() {
        let made = "-- migration: 1_a\nCREATE TABLE a (id bigint PRIMARY KEY); CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f();\n-- migration: 2_b\n";
        let said = messages(&format!("{made}DROP FUNCTION f() CASCADE;"));
        assert!(said.len() == 1 && said[0].contains("trigger t of a"), "{said:?}");
        assert!(messages(&format!("{made}DROP TRIGGER t ON a; DROP FUNCTION f() CASCADE;")).is_empty());
    }

    #[test]
    fn what_hangs_on_the_unknown_is_told_to_be_unknown() {
        assert_eq!(messages("ALTER TABLE a DROP CONSTRAINT b CASCADE;").len(), 1);
        assert_eq!(messages("DROP EXTENSION citext CASCADE;").len(), 1);
    }
}
