//! `CREATE TABLE ... (LIKE ...)`.

use freehold_model::{
    catalog::{Column, ConstraintKind, Index, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::protobuf::TableLikeClause;

use super::{Step, column::Home, index, names};
use crate::state::Known;

/// Bits of `TableLikeOption` in PostgreSQL's `parsenodes.h`.
const COMMENTS: u32 = 1 << 0;
const COMPRESSION: u32 = 1 << 1;
const CONSTRAINTS: u32 = 1 << 2;
const DEFAULTS: u32 = 1 << 3;
const GENERATED: u32 = 1 << 4;
const IDENTITY: u32 = 1 << 5;
const INDEXES: u32 = 1 << 6;
const STORAGE: u32 = 1 << 8;

impl Step<'_> {
    /// The columns of the other table.
    pub(super) fn like_columns(&mut self, known: &mut Known, source: &QualifiedName, like: &TableLikeClause) {
        let Some(other) = self.state.relation(source) else {
            known.whole = false;
            return;
        };
        known.whole &= other.whole;
        let has = |option: u32| like.options & option != 0;
        let columns = other.relation.columns.clone();
        for from in columns {
            let generated = from.generated.filter(|_| has(GENERATED));
            let keeps_default = if from.generated.is_some() { has(GENERATED) } else { has(DEFAULTS) };
            let mut column = Column {
                name: from.name,
                type_name: from.type_name,
                not_null: from.not_null,
                default: from.default.filter(|_| keeps_default && from.identity.is_none()),
                generated,
                collation: from.collation,
                storage: from.storage.filter(|_| has(STORAGE)),
                compression: from.compression.filter(|_| has(COMPRESSION)),
                comment: from.comment.filter(|_| has(COMMENTS)),
                is_local: true,
                ..Column::default()
            };
            if from.identity.is_some() && has(IDENTITY) {
                column.identity = from.identity;
                let home = Home { table: &known.relation.name, persistence: known.relation.persistence };
                let made = self.column_sequence(&home, &column, true, &[]);
                self.copy_sequence(source, &column.name, &made);
            }
            known.relation.columns.push(column);
        }
    }

    /// The parameters of the other column's sequence.
    fn copy_sequence(&mut self, source: &QualifiedName, column: &str, to: &QualifiedName) {
        let from = self.sequences_of(source, Some(column));
        let from = from.iter().filter_map(|name| self.state.relation(name)?.relation.sequence.clone());
        let Some(from) = from.into_iter().find(|s| s.owned_by.as_ref().is_some_and(|o| o.identity)) else {
            return;
        };
        self.state.edit(to, |known| {
            if let Some(sequence) = &mut known.relation.sequence {
                let owned_by = sequence.owned_by.take();
                *sequence =
                    freehold_model::catalog::Sequence { type_name: "bigint".to_owned(), owned_by, ..from };
            }
        });
    }

    /// The checks and indexes of the other table.
    pub(super) fn like_parts(
        &mut self,
        table: &QualifiedName,
        source: &QualifiedName,
        like: &TableLikeClause,
    ) {
        let has = |option: u32| like.options & option != 0;
        let Some(other) = self.state.relation(source).map(|known| known.relation.clone()) else { return };
        if has(CONSTRAINTS) {
            for check in other.constraints.iter().filter(|c| c.kind == ConstraintKind::Check) {
                let mut made = check.clone();
                (made.oid, made.comment, made.is_local, made.has_parent) = (0, None, true, false);
                made.validated = true;
                made.definition = made.definition.replace(" NOT VALID", "");
                self.put_constraint(table, made);
            }
        }
        if !has(INDEXES) {
            return;
        }
        let kind = self.state.relation(table).map(|known| known.relation.kind);
        let partitioned = kind == Some(RelationKind::PartitionedTable);
        for from in &other.indexes {
            let base = from.columns.iter().map(index::base_name).chain(from.included.iter().cloned());
            let columns = names::distinct(base.collect());
            let name = self.state.choose_index_name(table, &columns, index::NameKind::of(from));
            let made = Index {
                oid: 0,
                relfilenode: 0,
                name: name.clone(),
                definition: index::defined_for(from, table, &name, partitioned),
                valid: true,
                clustered: false,
                replica_identity: false,
                constraint: from.constraint.as_ref().map(|_| name.clone()),
                attached: false,
                parent: None,
                comment: None,
                ..from.clone()
            };
            self.put_index(table, made);
            let constraint = from.constraint.as_deref().and_then(|constraint| other.constraint(constraint));
            if let Some(constraint) = constraint {
                let mut made = constraint.clone();
                (made.oid, made.index_oid, made.comment) = (0, None, None);
                (made.is_local, made.has_parent) = (true, false);
                made.name = name;
                self.put_constraint(table, made);
            }
        }
    }
}
