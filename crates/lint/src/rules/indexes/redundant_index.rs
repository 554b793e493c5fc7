//! An index is the beginning of another one.
//!
//! ## What it finds
//! Plain btree indexes whose key is the beginning of the key of another index of the table, or the whole key of one that
//! is unique, with the same condition. Unique indexes and those of constraints are never called redundant. Where the
//! longer index has three or more columns more it is only a note: the shorter one may be worth its price.
//!
//! ## Why it hurts
//! Whatever the shorter index can find, the longer one finds as well. Each write keeps both. `(tenant_id)`, `(tenant_id,
//! external_id)` and `UNIQUE (tenant_id, external_id)` together cost three writes where one would do.
//!
//! ## Do instead
//! Keep the longer one.
//!
//! ## When to ignore
//! When the shorter index is much smaller and read very often.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Multicolumn Indexes.

use freehold_model::{
    catalog::Index,
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};

use super::shape::{Shape, later, serves_searches_only};
use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "redundant-index",
        code: "FH0603",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[83],
        advice: &[10],
        summary: "an index is the beginning of another one",
        source: include_str!("redundant_index.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

/// By how many columns the other index may be longer while the shorter one is plainly not worth its price.
const MUCH_LONGER: usize = 3;

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    for known in context.state.relations.values() {
        let indexes: Vec<&Index> =
            known.relation.indexes.iter().filter(|index| index.valid && !index.attached).collect();
        if indexes.len() < 2 {
            continue;
        }
        let shapes: Vec<Shape> = indexes.iter().map(|index| Shape::of(index)).collect();
        for (index, shape) in indexes.iter().zip(&shapes).filter(|(index, _)| serves_searches_only(index)) {
            let longer = indexes.iter().zip(&shapes).filter(|(other, longer)| {
                other.name != index.name
                    && shape.is_start_of(longer)
                    // Two that are equal are duplicates, which another rule tells.
                    && (shape != *longer || other.unique)
            });
            // The shortest of them is the clearest case, and one that stays whatever happens.
            let clearest = longer.min_by_key(|(other, longer)| {
                (longer.key.len() + longer.included.len(), serves_searches_only(other))
            });
            if let Some((other, longer)) = clearest {
                let more = (longer.key.len() + longer.included.len())
                    .saturating_sub(shape.key.len() + shape.included.len());
                tell(context, findings, known, index, other, more >= MUCH_LONGER);
            }
        }
    }
}

fn tell(
    context: &SchemaContext<'_>,
    findings: &mut Findings<'_>,
    known: &Known,
    index: &Index,
    other: &Index,
    much_longer: bool,
) {
    let table = &known.relation.name;
    let name = QualifiedName::new(table.schema.as_str(), index.name.as_str());
    let found = context
        .found(
            findings.rule(),
            Subject::new("index", index.name.as_str()),
            later(known, index, other),
            format!(
                "whatever {} of {table} can find, {} finds as well: every write keeps both",
                index.name, other.name
            ),
        )
        .on(table)
        .advised(format!("Leave it out, or drop it: DROP INDEX CONCURRENTLY {name};"));
    findings.push(if much_longer { found.with_severity(Severity::Note) } else { found });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn redundant(indexes: &str) -> Vec<String> {
        let sql = format!(
            "create table t (id bigint primary key, a text, b text, c text, d text, e text);\n{indexes}"
        );
        said(&sql)
            .into_iter()
            .filter(|(id, _)| *id == "redundant-index")
            .map(|(_, message)| message)
            .collect()
    }

    #[test]
    fn the_beginning_of_another_index_is_told() {
        for indexes in [
            "create index i on t (a); create index j on t (a, b);",
            "create index j on t (a, b); create index i on t (a);",
            "create index i on t (a); alter table t add constraint u unique (a, b);",
            "create index i on t (a); create unique index j on t (a);",
            "create index i on t (a) where b is null; create index j on t (a, c) where b is null;",
            "create index i on t (lower(a)); create index j on t (lower(a), b);",
            "create index i on t (id);",
            "create index i on t (a); create index j on t (a) include (b);",
        ] {
            let found = redundant(indexes);
            assert_eq!(found.len(), 1, "{indexes}: {found:?}");
            assert!(found[0].contains("whatever i of t"), "{found:?}");
        }
    }

    #[test]
    fn an_index_that_does_something_of_its_own_is_silent() {
        for indexes in [
            "create index i on t (b); create index j on t (a, b);",
            "create unique index i on t (a); create index j on t (a, b);",
            "create index i on t (a) where b is null; create index j on t (a, c);",
            "create index i on t (a); create index j on t (a, c) where b is null;",
            "create index i on t using gin (a); create index j on t (a, c);",
            "create index i on t using hash (a); create index j on t (a, c);",
            "create index i on t (a text_pattern_ops); create index j on t (a, c);",
            "create index i on t (a) include (b); create index j on t (a, c);",
            "create index i on t (a desc); create index j on t (a, c);",
        ] {
            assert!(redundant(indexes).is_empty(), "{indexes}");
        }
    }
}
