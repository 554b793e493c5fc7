//! Two indexes of a table are the same.
//!
//! ## What it finds
//! Indexes of one table with the same method, key, order, operator classes, included columns, condition and uniqueness.
//! Said where the later one was made.
//!
//! ## Why it hurts
//! Each write keeps both, each vacuum cleans both, both take space and memory, and no query gains anything by the second.
//!
//! ## Do instead
//! Leave the second out, or drop it with `DROP INDEX CONCURRENTLY`.
//!
//! ## When to ignore
//! For the moment at which one index replaces a bloated other.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Indexes, introduction (the cost of an index to writes).

use freehold_model::{
    catalog::Index,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use super::shape::{Shape, later};
use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "duplicate-index",
        code: "FH0602",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[82],
        summary: "two indexes of a table are the same",
        source: include_str!("duplicate_index.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.relations.values() {
        let indexes: Vec<&Index> =
            known.relation.indexes.iter().filter(|index| index.valid && !index.attached).collect();
        if indexes.len() < 2 {
            continue;
        }
        let shapes: Vec<Shape> = indexes.iter().map(|index| Shape::of(index)).collect();
        for (at, second) in indexes.iter().enumerate() {
            let twin = indexes.iter().zip(&shapes).take(at).find(|(first, shape)| {
                shapes.get(at) == Some(*shape)
                    && first.unique == second.unique
                    && first.nulls_not_distinct == second.nulls_not_distinct
            });
            if let Some((first, _)) = twin {
                tell(context, findings, known, first, second);
            }
        }
    }
}

fn tell(
    context: &SchemaContext<'_>,
    findings: &mut Findings<'_>,
    known: &Known,
    first: &Index,
    second: &Index,
) {
    let table = &known.relation.name;
    // A constraint needs its index; of two equal ones the later is the one too many.
    let made = |index: &Index| known.site_of(freehold_model::catalog::ObjectKind::Index, &index.name);
    let second_goes = match (first.constraint.is_some(), second.constraint.is_some()) {
        (true, false) => true,
        (false, true) => false,
        _ => made(second) >= made(first),
    };
    let (kept, extra) = if second_goes { (first, second) } else { (second, first) };
    let name = QualifiedName::new(table.schema.as_str(), extra.name.as_str());
    let advice = match &extra.constraint {
        Some(constraint) => format!("Drop the constraint {constraint} of {table}."),
        None => format!("Leave it out, or drop it: DROP INDEX CONCURRENTLY {name};"),
    };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("index", extra.name.as_str()),
                later(known, first, second),
                format!(
                    "{} of {table} is the same index as {}: every write keeps both, no query gains by it",
                    extra.name, kept.name
                ),
            )
            .on(table)
            .advised(advice),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    #[test]
    fn equal_indexes_are_found_and_different_ones_are_not() {
        let one = "create index i on t (a, b)";
        let fires = |two: &str| {
            let sql = format!("create table t (id bigint primary key, a text, b text); {one}; {two};");
            said(&sql).iter().any(|(id, _)| *id == "duplicate-index")
        };
        assert!(fires("create index j on public.t using btree (a asc, b nulls last)"));
        for two in [
            "create index j on t (b, a)",
            "create index j on t (a, b desc)",
            "create index j on t (a, b text_pattern_ops)",
            "create index j on t (a, b) where a is not null",
            "create index j on t using brin (a, b)",
        ] {
            assert!(!fires(two), "{two}");
        }
    }

    #[test]
    fn a_unique_constraint_on_the_primary_key_is_one_too_many() {
        let said =
            said("create table t (id bigint primary key); alter table t add constraint again unique (id);");
        assert!(
            said.iter().any(|(id, message)| *id == "duplicate-index" && message.contains("again")),
            "{said:?}"
        );
    }
}
