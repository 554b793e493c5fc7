//! Constraints.

use freehold_model::{
    catalog::{Column, Constraint, ConstraintKind, Deferrable, Index, IndexColumn, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{self, ConstrType},
};

use super::{
    Step,
    index::{Element, NameKind, columns_text, definition, element},
    names, nodes,
};

/// How a constraint is added.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Manner {
    /// To a table that is made by the same statement: there is nothing to validate.
    pub(super) new_table: bool,
    /// With `ONLY`.
    pub(super) only: bool,
}

impl Step<'_> {
    /// Adds a constraint to a table that is known; `column` is the one that it is written at.
    pub(super) fn add_constraint(
        &mut self,
        table: &QualifiedName,
        constraint: &protobuf::Constraint,
        column: Option<&str>,
        manner: Manner,
    ) {
        match ConstrType::try_from(constraint.contype).unwrap_or(ConstrType::Undefined) {
            ConstrType::ConstrCheck => self.add_check(table, constraint, manner),
            ConstrType::ConstrForeign => self.add_foreign_key(table, constraint, column, manner),
            ConstrType::ConstrPrimary | ConstrType::ConstrUnique | ConstrType::ConstrExclusion => {
                self.add_key(table, constraint, column, manner);
            }
            ConstrType::ConstrNotnull => {
                let columns = nodes::texts(&constraint.keys);
                for name in self.state.family(table) {
                    self.change_column(&name, columns.first().map_or("", String::as_str), |column| {
                        column.not_null = true;
                    });
                }
            }
            _ => {}
        }
    }

    pub(super) fn base(&self, constraint: &protobuf::Constraint, manner: Manner) -> Constraint {
        // The grammar says so of checks and foreign keys only.
        let can_be_off = [ConstrType::ConstrCheck as i32, ConstrType::ConstrForeign as i32];
        let enforced = constraint.is_enforced || !can_be_off.contains(&constraint.contype);
        Constraint {
            validated: enforced && (manner.new_table || !constraint.skip_validation),
            enforced,
            deferrable: deferrable(constraint.deferrable, constraint.initdeferred),
            no_inherit: constraint.is_no_inherit,
            is_local: true,
            triggers_enabled: true,
            ..Constraint::default()
        }
    }

    fn add_check(&mut self, table: &QualifiedName, constraint: &protobuf::Constraint, manner: Manner) {
        let Some(expression) = constraint.raw_expr.as_deref() else { return };
        let Some(known) = self.state.relation(table) else { return };
        let is_column = |name: &String| !known.whole || known.relation.column(name).is_some();
        let columns: Vec<String> = nodes::columns(expression).into_iter().filter(is_column).collect();
        let name = match nodes::written(&constraint.conname) {
            Some(name) => names::kept(name).to_owned(),
            None => {
                let one = columns.first().filter(|_| columns.len() == 1).map(String::as_str);
                self.state.choose_constraint_name(&table.schema, &table.name, one, "check")
            }
        };
        let text = nodes::expression(Some(expression)).unwrap_or_default();
        let mut made = Constraint { name, columns, ..self.base(constraint, manner) };
        made.definition =
            format!("CHECK ({text}){}{}", if made.no_inherit { " NO INHERIT" } else { "" }, tail(&made));
        self.put_constraint(table, made.clone());
        if made.no_inherit || manner.new_table || manner.only {
            return;
        }
        for heir in self.state.heirs(table) {
            self.inherit_check(&made, &heir);
        }
    }

    fn inherit_check(&mut self, check: &Constraint, table: &QualifiedName) {
        let partition = self.state.relation(table).is_some_and(|known| known.relation.partition.is_some());
        let there = self.state.edit(table, |known| {
            let there = known.relation.constraints.iter_mut().find(|there| there.name == check.name);
            let found = there.is_some();
            if let Some(there) = there {
                there.is_local &= !partition;
            }
            found
        });
        if there == Some(false) {
            self.put_constraint(table, Constraint { is_local: false, ..check.clone() });
        }
        for heir in self.state.heirs(table) {
            self.inherit_check(check, &heir);
        }
    }

    fn add_key(
        &mut self,
        table: &QualifiedName,
        constraint: &protobuf::Constraint,
        column: Option<&str>,
        manner: Manner,
    ) {
        let kind = match ConstrType::try_from(constraint.contype) {
            Ok(ConstrType::ConstrPrimary) => ConstraintKind::PrimaryKey,
            Ok(ConstrType::ConstrExclusion) => ConstraintKind::Exclusion,
            _ => ConstraintKind::Unique,
        };
        if let Some(index) = nodes::written(&constraint.indexname) {
            self.adopt_index(table, constraint, index, kind);
            return;
        }
        let mut elements: Vec<Element> = Vec::new();
        let mut operators = Vec::new();
        for node in &constraint.exclusions {
            // A pair: the element and its operator.
            let [part, operator] = nodes::list(node) else { continue };
            elements.extend(element(part));
            operators.push(nodes::texts(nodes::list(operator)).pop().unwrap_or_default());
        }
        let columns: Vec<String> = match column {
            Some(column) if constraint.keys.is_empty() => vec![column.to_owned()],
            _ => nodes::texts(&constraint.keys),
        };
        elements.extend(columns.iter().map(|column| Element {
            column: IndexColumn::Column(column.clone()),
            base: column.clone(),
            text: super::names::quoted(column),
        }));
        let included = nodes::texts(&constraint.including);
        let name_kind = match kind {
            ConstraintKind::PrimaryKey => NameKind::Primary,
            ConstraintKind::Exclusion => NameKind::Exclusion,
            _ => NameKind::Unique,
        };
        let name = match nodes::written(&constraint.conname) {
            Some(name) => names::kept(name).to_owned(),
            None => {
                let base =
                    elements.iter().map(|element| element.base.clone()).chain(included.iter().cloned());
                self.state.choose_index_name(table, &names::distinct(base.collect()), name_kind)
            }
        };
        let partitioned = self
            .state
            .relation(table)
            .is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable);
        let default_method = if kind == ConstraintKind::Exclusion { "gist" } else { "btree" };
        let mut index = Index {
            name: name.clone(),
            method: nodes::written(&constraint.access_method).unwrap_or(default_method).to_owned(),
            columns: elements.iter().map(|element| element.column.clone()).collect(),
            included,
            predicate: nodes::expression(constraint.where_clause.as_deref()),
            unique: kind != ConstraintKind::Exclusion,
            nulls_not_distinct: constraint.nulls_not_distinct,
            primary: kind == ConstraintKind::PrimaryKey,
            exclusion: kind == ConstraintKind::Exclusion,
            valid: true,
            ready: true,
            constraint: Some(name.clone()),
            tablespace: nodes::written(&constraint.indexspace).map(str::to_owned),
            ..Index::default()
        };
        let key: Vec<&str> = elements.iter().map(|element| element.text.as_str()).collect();
        let options: Vec<String> = nodes::options(&constraint.options).map(nodes::option_text).collect();
        index.definition = definition(&index, table, &key, partitioned, &options);
        let columns = index.columns.iter().filter_map(|c| c.column().map(str::to_owned)).collect();
        let mut made = Constraint { name, kind, columns, no_inherit: true, ..self.base(constraint, manner) };
        made.definition = key_text(&made, &index, &elements, &operators);
        self.put_index(table, index.clone());
        self.put_key(table, made);
        if partitioned && !manner.only {
            for partition in self.partitions(table) {
                self.index_of_partition(table, &index, &partition);
            }
        }
    }

    /// `ADD CONSTRAINT ... USING INDEX`: the index takes the constraint's name.
    fn adopt_index(
        &mut self,
        table: &QualifiedName,
        constraint: &protobuf::Constraint,
        index: &str,
        kind: ConstraintKind,
    ) {
        let name = nodes::written(&constraint.conname).map_or(index, names::kept).to_owned();
        if name != index {
            self.rename_index(&QualifiedName::new(table.schema.as_str(), index), &name);
        }
        let adopted = self.state.edit(table, |known| {
            let index = known.relation.indexes.iter_mut().find(|there| there.name == name)?;
            index.constraint = Some(name.clone());
            index.primary = kind == ConstraintKind::PrimaryKey;
            Some(index.clone())
        });
        let index = adopted.flatten();
        let columns = index.iter().flat_map(|index| &index.columns);
        let columns = columns.filter_map(|column| column.column().map(str::to_owned)).collect();
        let mut made =
            Constraint { name, kind, columns, no_inherit: true, ..self.base(constraint, Manner::default()) };
        let index = index.unwrap_or_default();
        made.definition = key_text(&made, &index, &[], &[]);
        self.put_key(table, made);
    }

    fn put_key(&mut self, table: &QualifiedName, made: Constraint) {
        let primary = made.kind == ConstraintKind::PrimaryKey;
        let columns = made.columns.clone();
        self.put_constraint(table, made);
        if primary {
            for name in self.state.family(table) {
                for column in &columns {
                    self.change_column(&name, column, |column| column.not_null = true);
                }
            }
        }
    }

    /// Adds a constraint to its table.
    pub(super) fn put_constraint(&mut self, table: &QualifiedName, made: Constraint) {
        let site = self.site;
        self.state.edit_constraint(table, made, site);
    }

    /// Changes a column where it is known, and notes nothing.
    pub(super) fn change_column(
        &mut self,
        table: &QualifiedName,
        column: &str,
        change: impl FnOnce(&mut Column),
    ) {
        self.state.edit(table, |known| {
            if let Some(column) = known.relation.columns.iter_mut().find(|there| there.name == column) {
                change(column);
            }
        });
    }
}

/// When a constraint with these words is checked.
pub(super) fn deferrable(deferrable: bool, deferred: bool) -> Deferrable {
    match (deferrable, deferred) {
        (_, true) => Deferrable::InitiallyDeferred,
        (true, false) => Deferrable::InitiallyImmediate,
        (false, false) => Deferrable::No,
    }
}

pub(super) fn tail(made: &Constraint) -> &'static str {
    match (made.enforced, made.validated) {
        (false, _) => " NOT ENFORCED",
        (true, false) => " NOT VALID",
        (true, true) => "",
    }
}

pub(super) fn deferrable_text(made: &Constraint) -> &'static str {
    match made.deferrable {
        Deferrable::No => "",
        Deferrable::InitiallyImmediate => " DEFERRABLE",
        Deferrable::InitiallyDeferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn key_text(made: &Constraint, index: &Index, elements: &[Element], operators: &[String]) -> String {
    let mut text = match made.kind {
        ConstraintKind::PrimaryKey => format!("PRIMARY KEY ({})", columns_text(&made.columns)),
        ConstraintKind::Exclusion => {
            let parts = elements.iter().zip(operators);
            let parts: Vec<String> =
                parts.map(|(element, operator)| format!("{} WITH {operator}", element.text)).collect();
            format!("EXCLUDE USING {} ({})", index.method, parts.join(", "))
        }
        _ => {
            let nulls = if index.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
            format!("UNIQUE{nulls} ({})", columns_text(&made.columns))
        }
    };
    if !index.included.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", columns_text(&index.included)));
    }
    if let Some(predicate) = index.predicate.as_ref().filter(|_| made.kind == ConstraintKind::Exclusion) {
        text.push_str(&format!(" WHERE ({predicate})"));
    }
    text.push_str(deferrable_text(made));
    text
}

/// The constraint that a node of the tree is.
pub(super) fn of_node(node: &NodeEnum) -> Option<&protobuf::Constraint> {
    match node {
        NodeEnum::Constraint(constraint) => Some(constraint),
        _ => None,
    }
}
