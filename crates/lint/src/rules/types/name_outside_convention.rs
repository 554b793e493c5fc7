//! A name is written another way than the names around it.
//!
//! ## What it finds
//! Tables and columns in mixed case in a schema that otherwise writes `snake_case`, and the other way round. It speaks
//! only where four fifths of the names that have an opinion agree; one-word names in lower case have none. Once a table.
//!
//! ## Why it hurts
//! A name with a capital letter has to be quoted for ever, in every query by hand, in every tool; and nobody remembers
//! which of two ways a given column is written.
//!
//! ## Do instead
//! Write the name as the others are written, while it is new.
//!
//! ## When to ignore
//! When another system gives the names.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Identifiers and Key Words (folding to lower case).

use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    finding::{Category, Depth, Rule, Severity, Subject},
    name::display_identifier,
};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::{Known, Site},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "name-outside-convention",
        code: "FH0714",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[100],
        summary: "a name is written another way than the names around it",
        source: include_str!("name_outside_convention.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

/// How a name is written, where that can be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Snake,
    Mixed,
}

/// From how many names on one can speak of a convention.
const ENOUGH: usize = 10;

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tables = || context.state.relations.values().map(AsRef::as_ref).filter(|known| is_own_table(known));
    let (mut snake, mut mixed) = (0_usize, 0_usize);
    for way in tables().flat_map(names).filter_map(|(name, _)| way(name)) {
        match way {
            Way::Snake => snake += 1,
            Way::Mixed => mixed += 1,
        }
    }
    let (odd, usual, example) = if snake >= ENOUGH && mixed * 4 <= snake {
        (Way::Mixed, "snake_case", snake)
    } else if mixed >= ENOUGH && snake * 4 <= mixed {
        (Way::Snake, "mixed case", mixed)
    } else {
        return;
    };
    if snake == 0 || mixed == 0 {
        return;
    }
    for known in tables() {
        let mut odd_ones = names(known).filter(|(name, _)| way(name) == Some(odd));
        let Some((name, site)) = odd_ones.next() else { continue };
        let more = odd_ones.count();
        let also = if more > 0 { format!(" (and {more} more of its names)") } else { String::new() };
        let table = &known.relation.name;
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("name", name),
                    site,
                    format!(
                        "{}{also} of {table} is not written in {usual}, as {example} other names here are",
                        display_identifier(name)
                    ),
                )
                .on(table)
                .advised(format!("Write it in {usual} while it is new.")),
        );
    }
}

fn is_own_table(known: &Known) -> bool {
    matches!(known.relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
        && known.relation.partition.is_none()
        && known.relation.name.schema != "pg_temp"
}

/// The names of a table and of its columns, with where they were given.
fn names(known: &Known) -> impl Iterator<Item = (&str, Option<Site>)> {
    let columns = known.relation.columns.iter().filter(|column| column.is_local || column.inherited == 0);
    std::iter::once((known.relation.name.name.as_str(), known.made))
        .chain(columns.map(|column| (column.name.as_str(), known.site_of(ObjectKind::Column, &column.name))))
}

fn way(name: &str) -> Option<Way> {
    if name.chars().any(char::is_uppercase) {
        Some(Way::Mixed)
    } else if name.trim_matches('_').contains('_') {
        Some(Way::Snake)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn told(sql: &str) -> Vec<String> {
        said(sql)
            .into_iter()
            .filter(|(id, _)| *id == "name-outside-convention")
            .map(|(_, message)| message)
            .collect()
    }

    const SNAKE: &str = "create table order_items (id uuid primary key, order_id text, item_id text, unit_price text, sold_at text, a_b text, c_d text, e_f text, g_h text, i_j text);";

    #[test]
    fn the_odd_one_out_is_told_once_for_its_table() {
        let found = told(&format!(
            "{SNAKE} create table parts (id uuid primary key, \"unitPrice\" text, \"soldAt\" text);"
        ));
        assert_eq!(found.len(), 1, "{found:?}");
        let camel = SNAKE.replace("_id", "\"Id").replace(" text", "\" text");
        assert!(told(&camel.replace("order\"", "\"order")).is_empty());
    }

    #[test]
    fn without_a_clear_majority_there_is_no_convention() {
        assert!(told(SNAKE).is_empty());
        assert!(
            told("create table parts (id uuid primary key, \"unitPrice\" text, sold_at text);").is_empty()
        );
        let half = SNAKE
            .replace("a_b", "\"aB\"")
            .replace("c_d", "\"cD\"")
            .replace("e_f", "\"eF\"")
            .replace("g_h", "\"gH\"");
        assert!(told(&half).is_empty());
    }
}
