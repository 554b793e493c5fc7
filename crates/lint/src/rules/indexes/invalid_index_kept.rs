//! `IF NOT EXISTS` makes a second attempt to build an index concurrently find the INVALID one of the first.
//!
//! ## What it finds
//! `CREATE INDEX CONCURRENTLY IF NOT EXISTS`, unless the script drops an index of that name before.
//!
//! ## Why it hurts
//! A concurrent build that fails or is cancelled leaves its index behind, INVALID. `IF NOT EXISTS` looks at the name and
//! at nothing else: the second attempt does nothing and reports success. From then on every write keeps an index that no
//! query uses, and a unique one guards nothing.
//!
//! ## Do instead
//! `DROP INDEX CONCURRENTLY IF EXISTS` first, then `CREATE INDEX CONCURRENTLY` without `IF NOT EXISTS`.
//!
//! ## When to ignore
//! When the deployment looks for invalid indexes by itself and drops them.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, `IF NOT EXISTS` and "Building Indexes Concurrently"; tried: a unique build over two
//! equal rows fails, the same statement with `IF NOT EXISTS` then succeeds, and the index is INVALID.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::{QualifiedName, quote_identifier},
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
        id: "invalid-index-kept",
        code: "FH0606",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[86],
        summary: "IF NOT EXISTS keeps an INVALID index that an interrupted build left",
        source: include_str!("invalid_index_kept.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    let StatementKind::CreateIndex { concurrently: true, .. } = effect.kind else { return };
    if !effect.may_exist_before {
        return;
    }
    let Some(NodeEnum::IndexStmt(create)) = context.tree else { return };
    let made = MadeIndex::of(context, create);
    let name = QualifiedName::new(made.table.schema.as_str(), create.idxname.as_str());
    // What is known to be there already is no matter of a second attempt: see the rule on different indexes.
    if create.idxname.is_empty()
        || context.walk.marks.dropped_indexes.contains(&name)
        || context.state.index(&name).is_some()
    {
        return;
    }
    let found = context
        .found(
            findings.rule(),
            Subject::new("index", create.idxname.as_str()),
            format!(
                "if a first attempt is interrupted, {} is left INVALID; this statement then finds its name, does \
                 nothing and succeeds",
                create.idxname
            ),
        )
        .on(&made.table);
    let advice = "Drop what an interrupted attempt may have left, then build without IF NOT EXISTS.";
    let mut plain = create.clone();
    plain.if_not_exists = false;
    let dropped = format!(
        "DROP INDEX CONCURRENTLY IF EXISTS {}.{}",
        quote_identifier(&name.schema),
        quote_identifier(&name.name)
    );
    findings.push(match freehold_sql::tree::write(&NodeEnum::IndexStmt(plain)) {
        Some(build) => found.fixed_by(advice, format!("{dropped};\n{build}")),
        None => found.advised(advice),
    });
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(sql: &str) -> bool {
        said(&format!("-- migration: 1 (no transaction)\n{sql}"))
            .iter()
            .any(|(id, _)| *id == "invalid-index-kept")
    }

    #[test]
    fn only_a_concurrent_build_that_looks_at_the_name_is_told() {
        assert!(fires("create index concurrently if not exists i on app.t (a);"));
        assert!(fires("create unique index concurrently if not exists \"I\" on t (a);"));
        assert!(!fires("create index concurrently i on t (a);"));
        assert!(!fires("create index if not exists i on t (a);"));
        assert!(!fires(
            "drop index concurrently if exists i; create index concurrently if not exists i on t (a);"
        ));
        assert!(!fires(
            "drop index concurrently if exists app.i; create index concurrently if not exists i on app.t (a);"
        ));
    }
}
