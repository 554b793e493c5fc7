//! `CREATE TABLE`, in PostgreSQL's own order: columns, checks, indexes, `LIKE`, foreign keys; for a partition then what
//! its parent hands down.

use freehold_model::{
    catalog::{Column, ForeignSource, Partition, PartitionKey, Relation, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{
        ConstrType, Constraint, CreateForeignTableStmt, CreateStmt, PartitionSpec, PartitionStrategy,
        TableLikeClause,
    },
};

use super::{Step, column::Home, constraint::Manner, nodes, sequence::persistence};
use crate::state::Known;

impl Step<'_> {
    pub(super) fn create_table(&mut self, create: &CreateStmt, foreign: Option<&CreateForeignTableStmt>) {
        let Some(range) = &create.relation else { return };
        let name = self.new_relation(range);
        if create.if_not_exists && self.state.is_relation_name(&name) {
            return;
        }
        self.state.forget_relation(&name);
        let mut known = Known {
            relation: Relation {
                name: name.clone(),
                kind: RelationKind::Table,
                persistence: persistence(&range.relpersistence),
                populated: true,
                ..Relation::default()
            },
            whole: true,
            ..Known::default()
        };
        self.describe(&mut known.relation, create, foreign);
        let parents: Vec<QualifiedName> = create
            .inh_relations
            .iter()
            .filter_map(|node| match node.node.as_ref()? {
                NodeEnum::RangeVar(range) => Some(self.relation(range)),
                _ => None,
            })
            .collect();
        self.take_over(&mut known, &parents, create.partbound.as_ref());
        let mut constraints: Vec<(Option<String>, Constraint)> = Vec::new();
        let mut likes: Vec<(QualifiedName, &TableLikeClause)> = Vec::new();
        for element in &create.table_elts {
            match element.node.as_ref() {
                Some(NodeEnum::ColumnDef(definition)) => {
                    let home = Home { table: &name, persistence: known.relation.persistence };
                    let made = self.column(&home, definition);
                    let column = made.column.name.clone();
                    add_column(&mut known.relation, made.column, definition.type_name.is_none());
                    constraints.extend(made.constraints.into_iter().map(|made| (Some(column.clone()), made)));
                }
                Some(NodeEnum::TableLikeClause(like)) => {
                    if let Some(range) = &like.relation {
                        let source = self.relation(range);
                        self.like_columns(&mut known, &source, like);
                        likes.push((source, like));
                    }
                }
                Some(NodeEnum::Constraint(constraint)) => constraints.push((None, (**constraint).clone())),
                _ => {}
            }
        }
        number(&mut known.relation.columns);
        self.put_relation(known);
        self.grant_new(&name);
        self.add_all(&name, constraints, &likes);
        if create.partbound.is_some() {
            for parent in &parents {
                self.hand_down(parent, &name);
            }
        }
    }

    /// Adds constraints in the order in which PostgreSQL does.
    fn add_all(
        &mut self,
        table: &QualifiedName,
        constraints: Vec<(Option<String>, Constraint)>,
        likes: &[(QualifiedName, &TableLikeClause)],
    ) {
        let is = |constraint: &Constraint, kind: ConstrType| constraint.contype == kind as i32;
        let manner = Manner { new_table: true, ..Manner::default() };
        let (mut indexes, mut keys) = (Vec::new(), Vec::new());
        for (column, constraint) in constraints {
            if is(&constraint, ConstrType::ConstrForeign) {
                keys.push((column, constraint));
            } else if is(&constraint, ConstrType::ConstrCheck) || is(&constraint, ConstrType::ConstrNotnull) {
                self.add_constraint(table, &constraint, column.as_deref(), manner);
            } else {
                indexes.push((column, constraint));
            }
        }
        // The primary key is built first; sorting keeps the order of the others.
        indexes.sort_by_key(|(_, constraint)| !is(constraint, ConstrType::ConstrPrimary));
        for (column, constraint) in without_repetition(indexes) {
            self.add_constraint(table, &constraint, column.as_deref(), manner);
        }
        for (source, like) in likes {
            self.like_parts(table, source, like);
        }
        for (column, constraint) in keys {
            self.add_constraint(table, &constraint, column.as_deref(), manner);
        }
    }

    /// What the statement says of the table as a whole.
    fn describe(
        &mut self,
        relation: &mut Relation,
        create: &CreateStmt,
        foreign: Option<&CreateForeignTableStmt>,
    ) {
        relation.owner = self.owner();
        relation.access_method = Some(nodes::written(&create.access_method).unwrap_or("heap").to_owned());
        relation.tablespace = nodes::written(&create.tablespacename).map(str::to_owned);
        for option in nodes::options(&create.options) {
            let text = nodes::option_text(option);
            if option.defnamespace == "toast" {
                relation.toast_options.push(text);
            } else if option.defname != "oids" {
                relation.options.push(text);
            }
        }
        if let Some(spec) = &create.partspec {
            relation.kind = RelationKind::PartitionedTable;
            relation.access_method = None;
            relation.partition_key = Some(partition_key(spec));
        }
        if let Some(foreign) = foreign {
            relation.kind = RelationKind::ForeignTable;
            relation.access_method = None;
            let options = nodes::options(&foreign.options).map(nodes::option_text).collect();
            relation.foreign = Some(ForeignSource { server: foreign.servername.clone(), options });
        }
        if let Some(type_) = &create.of_typename {
            relation.of_type = Some(self.state.type_text(type_));
            if let Some((schema, name)) = nodes::qualified(&type_.names) {
                let name = self.state.resolve_type(schema, name);
                let columns = self.state.relation(&name).map(|known| known.relation.columns.clone());
                relation.columns = columns.unwrap_or_default();
            }
        }
    }

    /// What a table takes over from its parents: columns, checks, its place among the partitions.
    fn take_over(
        &mut self,
        known: &mut Known,
        parents: &[QualifiedName],
        bound: Option<&freehold_sql::tree::protobuf::PartitionBoundSpec>,
    ) {
        for parent in parents {
            let Some(above) = self.state.relation(parent) else {
                known.whole = false;
                continue;
            };
            known.whole &= above.whole;
            for column in &above.relation.columns {
                super::inherit::merge_column(&mut known.relation, column, bound.is_some());
            }
            super::inherit::merge_checks(&mut known.relation, &above.relation, bound.is_some());
        }
        match (bound, parents.first()) {
            (Some(bound), Some(parent)) => {
                known.relation.partition = Some(Partition {
                    parent: parent.clone(),
                    bound: super::inherit::bound_text(bound),
                    detach_pending: false,
                });
            }
            _ => known.relation.inherits = parents.to_vec(),
        }
    }
}

/// Puts a column in, or merges it with an inherited one or with one of the type that the table is of.
fn add_column(relation: &mut Relation, column: Column, options_only: bool) {
    let Some(there) = relation.columns.iter_mut().find(|there| there.name == column.name) else {
        relation.columns.push(column);
        return;
    };
    there.is_local = relation.partition.is_none();
    there.not_null |= column.not_null;
    if column.default.is_some() {
        there.default = column.default;
    }
    if column.generated.is_some() {
        there.generated = column.generated;
    }
    if column.identity.is_some() {
        there.identity = column.identity;
    }
    if !options_only && there.inherited == 0 {
        there.type_name = column.type_name;
    }
}

/// Gives columns their numbers and places.
pub(super) fn number(columns: &mut [Column]) {
    for (place, column) in (1_i16..).zip(columns.iter_mut()) {
        column.number = place;
        column.position = u32::from(place.unsigned_abs());
    }
}

/// A unique constraint that says the same as one before it is no index of its own.
fn without_repetition(indexes: Vec<(Option<String>, Constraint)>) -> Vec<(Option<String>, Constraint)> {
    let columns = |column: &Option<String>, constraint: &Constraint| match column {
        Some(column) => vec![column.clone()],
        None => nodes::texts(&constraint.keys),
    };
    let mut kept: Vec<(Option<String>, Constraint)> = Vec::new();
    for (column, constraint) in indexes {
        let same = kept.iter_mut().find(|(other_column, other)| {
            constraint.contype == ConstrType::ConstrUnique as i32
                && other.contype != ConstrType::ConstrExclusion as i32
                && columns(&column, &constraint) == columns(other_column, other)
                && nodes::texts(&constraint.including) == nodes::texts(&other.including)
                && constraint.nulls_not_distinct == other.nulls_not_distinct
                && (constraint.deferrable, constraint.initdeferred) == (other.deferrable, other.initdeferred)
        });
        match same {
            Some((_, other)) => {
                if other.conname.is_empty() {
                    other.conname = constraint.conname;
                }
            }
            None => kept.push((column, constraint)),
        }
    }
    kept
}

fn partition_key(spec: &PartitionSpec) -> PartitionKey {
    let strategy = match PartitionStrategy::try_from(spec.strategy) {
        Ok(PartitionStrategy::List) => "LIST",
        Ok(PartitionStrategy::Hash) => "HASH",
        _ => "RANGE",
    };
    let (mut columns, mut shown) = (Vec::new(), Vec::new());
    for node in &spec.part_params {
        let Some(NodeEnum::PartitionElem(element)) = node.node.as_ref() else { continue };
        if element.name.is_empty() {
            let text = nodes::expression(element.expr.as_deref()).unwrap_or_default();
            shown.push(if is_call(element.expr.as_deref()) { text } else { format!("({text})") });
        } else {
            columns.push(element.name.clone());
            shown.push(super::names::quoted(&element.name));
        }
    }
    PartitionKey {
        strategy: strategy.to_owned(),
        definition: format!("{strategy} ({})", shown.join(", ")),
        columns,
    }
}

/// True for an expression that needs no parentheses of its own in a list of keys.
pub(super) fn is_call(node: Option<&freehold_sql::tree::protobuf::Node>) -> bool {
    matches!(node.and_then(|node| node.node.as_ref()), Some(NodeEnum::FuncCall(_)))
}
