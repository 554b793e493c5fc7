//! `IF NOT EXISTS` keeps an index of that name with another definition.
//!
//! ## What it finds
//! `CREATE INDEX IF NOT EXISTS` where an index of that name is known (made by an earlier statement, or in the catalog)
//! and is another one: over another table, other columns, unique or not, with another condition, or INVALID.
//!
//! ## Why it hurts
//! `IF NOT EXISTS` compares names and nothing else. The statement does nothing and succeeds; the index that the author
//! wrote down is on no database that has the old one, and on every database that is made anew from a later schema.
//!
//! ## Do instead
//! Give the new index a name of its own, or drop the old one first.
//!
//! ## When to ignore
//! Never.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, `IF NOT EXISTS`.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::QualifiedName,
};
use freehold_sql::{StatementKind, tree::NodeEnum};

use super::made::MadeIndex;
use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "different-index-kept",
        code: "FH0607",
        category: Category::Indexes,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[86],
        summary: "IF NOT EXISTS keeps an index of that name with another definition",
        source: include_str!("different_index_kept.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if !matches!(effect.kind, StatementKind::CreateIndex { .. }) || !effect.may_exist_before {
        return;
    }
    let Some(NodeEnum::IndexStmt(create)) = context.tree else { return };
    let made = MadeIndex::of(context, create);
    let name = QualifiedName::new(made.table.schema.as_str(), create.idxname.as_str());
    let Some((known, there)) = context.state.index(&name) else { return };
    let Some(difference) = made.difference(context, known, there) else { return };
    let found = context
        .found(
            findings.rule(),
            Subject::new("index", create.idxname.as_str()),
            format!("there is an index {name} already, and it {difference}: this statement does nothing and succeeds"),
        )
        .on(&made.table);
    let concurrently = if create.concurrent { "CONCURRENTLY " } else { "" };
    let mut plain = create.clone();
    plain.if_not_exists = false;
    let advice = "Give the new index a name of its own, or drop the old one first.";
    // An index that a constraint needs is not dropped by itself.
    let build = freehold_sql::tree::write(&NodeEnum::IndexStmt(plain)).filter(|_| there.constraint.is_none());
    findings.push(match build {
        Some(build) => {
            found.fixed_by(advice, format!("DROP INDEX {concurrently}{};\n{build}", name.quoted()))
        }
        None => found.advised(advice),
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(second: &str) -> bool {
        let sql = format!(
            "create table t (id bigint primary key, a text, b text); create table u (id bigint primary key, a text);
             create index i on t (a); create index p on t (a) where b is null; create index e on t (lower(a));
             -- migration: 2\n{second}"
        );
        said(&sql).iter().any(|(id, _)| *id == "different-index-kept")
    }

    #[test]
    fn an_index_of_that_name_that_is_another_one_is_told() {
        for second in [
            "create index if not exists i on t (b);",
            "create index if not exists i on t (a, b);",
            "create unique index if not exists i on t (a);",
            "create index if not exists i on u (a);",
            "create index if not exists i on t (a) where b is null;",
            "create index if not exists p on t (a);",
            "create index if not exists p on t (a) where b is not null;",
            "create index if not exists i on t using hash (a);",
            "create index if not exists i on t (lower(a));",
            "create index if not exists i on t (a) include (b);",
        ] {
            assert!(fires(second), "{second}");
        }
    }

    #[test]
    fn the_same_index_and_other_names_are_silent() {
        for second in [
            "create index if not exists i on t (a);",
            "create index if not exists i on public.t using btree (a);",
            "create index if not exists p on t (a) where b IS NULL;",
            "create index if not exists e on t (lower(a));",
            "create index if not exists j on t (b);",
            "drop index i; create index if not exists i on t (b);",
            "create index if not exists on_other on other (b);",
        ] {
            assert!(!fires(second), "{second}");
        }
    }
}
