//! The index goes by which replication tells rows apart.
//!
//! ## What it finds
//! `DROP INDEX`, `DROP CONSTRAINT` and `DROP COLUMN` that take away the index which `REPLICA IDENTITY USING INDEX` named.
//!
//! ## Why it hurts
//! The table is left without a replica identity. If it is published, every UPDATE and DELETE fails from that moment on
//! ("cannot update table … because it does not have a replica identity and publishes updates").
//!
//! ## Do instead
//! Name another identity first: another unique index over NOT NULL columns, the primary key (`DEFAULT`), or `FULL`.
//!
//! ## When to ignore
//! When the table is in no publication and no logical slot reads it.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, ALTER TABLE, `REPLICA IDENTITY`, and Logical Replication, Publication; tried: the UPDATE fails.

use freehold_model::{
    catalog::Index,
    finding::{Category, Depth, Rule, Severity, Subject},
};
use freehold_sql::{Action, ObjectKind, StatementKind, Use};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
    state::Known,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "replica-identity-index-dropped",
        code: "FH0610",
        category: Category::Indexes,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[89],
        summary: "the index goes by which replication tells rows apart",
        source: include_str!("replica_identity_index_dropped.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    match context.statement.effect.kind {
        StatementKind::Drop { object: ObjectKind::Index, .. } => {
            for object in context.statement.effect.objects_used(Use::Drops) {
                let name = context.state.name_of(object);
                if let Some((known, index)) = context.state.index(&name) {
                    tell(context, findings, known, index);
                }
            }
        }
        StatementKind::AlterTable => {
            let Some((_, Some(known))) = context.main_relation() else { return };
            let Some(index) = known.relation.indexes.iter().find(|index| index.replica_identity) else {
                return;
            };
            let actions = &context.statement.effect.actions;
            let goes = actions.iter().any(|action| match action {
                Action::DropConstraint { name, .. } => index.constraint.as_ref() == Some(name),
                Action::DropColumn { name, .. } => {
                    index.columns.iter().any(|column| column.column() == Some(name))
                }
                _ => false,
            });
            if goes && !actions.iter().any(|action| matches!(action, Action::ReplicaIdentity { .. })) {
                tell(context, findings, known, index);
            }
        }
        _ => {}
    }
}

fn tell(context: &Context<'_>, findings: &mut Findings<'_>, known: &Known, index: &Index) {
    let table = &known.relation.name;
    if !index.replica_identity || context.is_new(table) {
        return;
    }
    let identity = if known.relation.primary_key().is_some() { "DEFAULT" } else { "FULL" };
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("index", index.name.as_str()),
                format!(
                    "{} is the replica identity of {table}: without it every UPDATE and DELETE fails as soon as the table \
                     is published",
                    index.name
                ),
            )
            .on(table)
            .fixed_by(
                "Give the table another replica identity first.",
                format!("ALTER TABLE {} REPLICA IDENTITY {identity};\n{}", table.quoted(), context.text),
            ),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(last: &str) -> bool {
        let sql = format!(
            "-- migration: 1\ncreate table t (id bigint primary key, a text not null, b text, constraint t_b_key unique (b));
             create unique index i on t (a); alter table t replica identity using index i;\n-- migration: 2\n{last}"
        );
        said(&sql).iter().any(|(id, _)| *id == "replica-identity-index-dropped")
    }

    #[test]
    fn every_way_to_lose_the_index_is_told() {
        assert!(fires("drop index i;"));
        assert!(fires("drop index if exists public.i;"));
        assert!(fires("alter table t drop column a;"));
    }

    #[test]
    fn other_indexes_and_new_identities_are_silent() {
        assert!(!fires("alter table t drop constraint t_b_key;"));
        assert!(!fires("alter table t drop column b;"));
        assert!(!fires("alter table t replica identity full; drop index i;"));
        assert!(!fires(
            "create unique index j on t (id, a); alter table t replica identity using index j; drop index i;"
        ));
        assert!(!fires("drop table t;"));
    }
}
