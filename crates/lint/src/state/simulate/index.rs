//! Indexes: those of `CREATE INDEX` and those behind constraints.

use freehold_model::{
    catalog::{Index, IndexColumn, ObjectKind, RelationKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{IndexElem, IndexStmt, Node, SortByDir, SortByNulls},
};

use super::{State, Step, names, nodes, sequence::shown};

/// What an index is for, which says how the server names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NameKind {
    Primary,
    Exclusion,
    Unique,
    Plain,
}

impl NameKind {
    pub(super) fn of(index: &Index) -> Self {
        match index {
            Index { primary: true, .. } => Self::Primary,
            Index { exclusion: true, .. } => Self::Exclusion,
            Index { constraint: Some(_), .. } => Self::Unique,
            _ => Self::Plain,
        }
    }
}

impl State {
    /// The name that the server chooses for an index with columns of these (distinct) names.
    pub(super) fn choose_index_name(
        &self,
        table: &QualifiedName,
        columns: &[String],
        kind: NameKind,
    ) -> String {
        let addition = names::addition(columns);
        let (addition, label, constraint) = match kind {
            NameKind::Primary => (None, "pkey", true),
            NameKind::Exclusion => (Some(addition.as_str()), "excl", true),
            NameKind::Unique => (Some(addition.as_str()), "key", true),
            NameKind::Plain => (Some(addition.as_str()), "idx", false),
        };
        self.choose_relation_name(&table.schema, &table.name, addition, label, constraint)
    }
}

/// An element of an index's key: what it is, the name that it has in the index, and its text.
pub(super) struct Element {
    pub(super) column: IndexColumn,
    pub(super) base: String,
    pub(super) text: String,
}

impl Step<'_> {
    pub(super) fn create_index(&mut self, create: &IndexStmt) {
        let Some(range) = &create.relation else { return };
        let table = self.relation(range);
        let name = QualifiedName::new(table.schema.as_str(), names::kept(&create.idxname));
        if create.if_not_exists && !create.idxname.is_empty() && self.state.is_relation_name(&name) {
            return;
        }
        if !self.state.suppose(&table) {
            return;
        }
        let elements: Vec<Element> = create.index_params.iter().filter_map(element).collect();
        let included: Vec<Element> = create.index_including_params.iter().filter_map(element).collect();
        let partitioned = self
            .state
            .relation(&table)
            .is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable);
        let name = if create.idxname.is_empty() {
            let base = elements.iter().chain(&included).map(|element| element.base.clone());
            let columns = names::distinct(base.collect());
            self.state.choose_index_name(&table, &columns, NameKind::Plain)
        } else {
            name.name
        };
        let mut index = Index {
            name,
            method: nodes::written(&create.access_method).unwrap_or("btree").to_owned(),
            columns: elements.iter().map(|element| element.column.clone()).collect(),
            included: included.into_iter().map(|element| element.base).collect(),
            predicate: nodes::expression(create.where_clause.as_deref()),
            unique: create.unique,
            nulls_not_distinct: create.nulls_not_distinct,
            // One on the parent alone is valid only when all partitions have theirs.
            valid: !(partitioned && !range.inh && !self.partitions(&table).is_empty()),
            ready: true,
            tablespace: nodes::written(&create.table_space).map(str::to_owned),
            ..Index::default()
        };
        let key: Vec<&str> = elements.iter().map(|element| element.text.as_str()).collect();
        let options: Vec<String> = nodes::options(&create.options).map(nodes::option_text).collect();
        index.definition = definition(&index, &table, &key, partitioned, &options);
        self.put_index(&table, index.clone());
        if partitioned && range.inh {
            for partition in self.partitions(&table) {
                self.index_of_partition(&table, &index, &partition);
            }
        }
    }

    /// Adds an index to its table.
    pub(super) fn put_index(&mut self, table: &QualifiedName, index: Index) {
        let site = self.site;
        let name = QualifiedName::new(table.schema.as_str(), index.name.as_str());
        let put = self.state.edit(table, |known| {
            known.touch(ObjectKind::Index, &index.name, site);
            let indexes = &mut known.relation.indexes;
            indexes.retain(|there| there.name != index.name);
            let at = indexes.partition_point(|there| there.name < index.name);
            indexes.insert(at, index);
        });
        if put.is_some() {
            self.state.index_tables.put(name, table.clone());
        }
    }

    /// Takes an index away, and the constraint that it serves, and what hangs on it below.
    pub(super) fn drop_index(&mut self, name: &QualifiedName) {
        let Some(table) = self.state.index_tables.take(name) else { return };
        let gone = self.state.edit(&table, |known| {
            known.untouch(ObjectKind::Index, &name.name);
            let at = known.relation.indexes.iter().position(|index| index.name == name.name)?;
            let index = known.relation.indexes.remove(at);
            if let Some(constraint) = &index.constraint {
                known.relation.constraints.retain(|there| there.name != *constraint);
                known.untouch(ObjectKind::Constraint, constraint);
            }
            Some(index)
        });
        if gone.flatten().is_none() {
            return;
        }
        for partition in self.partitions(&table) {
            let Some(known) = self.state.relation(&partition) else { continue };
            let below = known.relation.indexes.iter().find(|index| index.parent.as_ref() == Some(&name.name));
            if let Some(below) = below.map(|index| index.name.clone()) {
                self.drop_index(&QualifiedName::new(partition.schema.as_str(), below));
            }
        }
    }
}

/// The element of a key that a node of the tree means.
pub(super) fn element(node: &Node) -> Option<Element> {
    let Some(NodeEnum::IndexElem(element)) = node.node.as_ref() else { return None };
    let (column, base, mut text) = if element.name.is_empty() {
        let expression = element.expr.as_deref()?;
        let text = nodes::expression(Some(expression)).unwrap_or_default();
        let shown =
            if super::create_table::is_call(Some(expression)) { text.clone() } else { format!("({text})") };
        let base = figured_name(expression).unwrap_or_else(|| "expr".to_owned());
        (IndexColumn::Expression(shown.clone()), base, shown)
    } else {
        (IndexColumn::Column(element.name.clone()), element.name.clone(), super::names::quoted(&element.name))
    };
    text.push_str(&order(element));
    Some(Element { column, base, text })
}

fn order(element: &IndexElem) -> String {
    let mut text = String::new();
    if let Some(collation) = super::column::collation(&element.collation) {
        text.push_str(&format!(" COLLATE {collation}"));
    }
    if let Some((schema, class)) = nodes::qualified(&element.opclass) {
        let schema = schema.map(|schema| format!("{}.", super::names::quoted(schema))).unwrap_or_default();
        text.push_str(&format!(" {schema}{}", super::names::quoted(class)));
    }
    let options: Vec<String> = nodes::options(&element.opclassopts).map(nodes::option_text).collect();
    if !options.is_empty() {
        text.push_str(&format!(" ({})", options.join(", ")));
    }
    let descending = SortByDir::try_from(element.ordering) == Ok(SortByDir::SortbyDesc);
    if descending {
        text.push_str(" DESC");
    }
    match SortByNulls::try_from(element.nulls_ordering) {
        Ok(SortByNulls::SortbyNullsFirst) if !descending => text.push_str(" NULLS FIRST"),
        Ok(SortByNulls::SortbyNullsLast) if descending => text.push_str(" NULLS LAST"),
        _ => {}
    }
    text
}

/// The name that the server finds for an expression: of its function, its column, its construct.
pub(super) fn figured_name(node: &Node) -> Option<String> {
    match node.node.as_ref()? {
        NodeEnum::FuncCall(call) => nodes::texts(&call.funcname).pop(),
        NodeEnum::ColumnRef(column) => nodes::texts(&column.fields).pop(),
        NodeEnum::AIndirection(inner) => {
            nodes::texts(&inner.indirection).pop().or_else(|| figured_name(inner.arg.as_deref()?))
        }
        NodeEnum::TypeCast(cast) => {
            figured_name(cast.arg.as_deref()?).or_else(|| nodes::texts(&cast.type_name.as_ref()?.names).pop())
        }
        NodeEnum::CollateClause(clause) => figured_name(clause.arg.as_deref()?),
        NodeEnum::CaseExpr(case) => {
            case.defresult.as_deref().and_then(figured_name).or_else(|| Some("case".to_owned()))
        }
        NodeEnum::AArrayExpr(_) => Some("array".to_owned()),
        NodeEnum::RowExpr(_) => Some("row".to_owned()),
        NodeEnum::CoalesceExpr(_) => Some("coalesce".to_owned()),
        NodeEnum::MinMaxExpr(least) => Some(if least.op == 2 { "least" } else { "greatest" }.to_owned()),
        NodeEnum::AExpr(expression)
            if expression.kind == freehold_sql::tree::protobuf::AExprKind::AexprNullif as i32 =>
        {
            Some("nullif".to_owned())
        }
        _ => None,
    }
}

/// The name that a column of an index has before names are told apart.
pub(super) fn base_name(column: &IndexColumn) -> String {
    match column {
        IndexColumn::Column(name) => name.clone(),
        IndexColumn::Expression(text) => freehold_sql::tree::read_expression(text)
            .and_then(|node| figured_name(&node))
            .unwrap_or_else(|| "expr".to_owned()),
    }
}

/// What `CREATE INDEX` would make it again.
pub(super) fn definition(
    index: &Index,
    table: &QualifiedName,
    key: &[&str],
    partitioned: bool,
    options: &[String],
) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let only = if partitioned { "ONLY " } else { "" };
    let mut text = format!(
        "CREATE {unique}INDEX {} ON {only}{} USING {} ({})",
        super::names::quoted(&index.name),
        shown(table),
        index.method,
        key.join(", ")
    );
    if !index.included.is_empty() {
        text.push_str(&format!(" INCLUDE ({})", columns_text(&index.included)));
    }
    if index.nulls_not_distinct {
        text.push_str(" NULLS NOT DISTINCT");
    }
    if !options.is_empty() {
        let shown: Vec<String> = options.iter().map(|option| option_shown(option)).collect();
        text.push_str(&format!(" WITH ({})", shown.join(", ")));
    }
    if let Some(predicate) = &index.predicate {
        text.push_str(&format!(" WHERE ({predicate})"));
    }
    text
}

/// The definition of another table's index for this table.
pub(super) fn defined_for(index: &Index, table: &QualifiedName, name: &str, partitioned: bool) -> String {
    let Some((_, key)) = index.definition.split_once(" USING ") else { return String::new() };
    let unique = if index.unique { "UNIQUE " } else { "" };
    let only = if partitioned { "ONLY " } else { "" };
    format!("CREATE {unique}INDEX {} ON {only}{} USING {key}", super::names::quoted(name), shown(table))
}

/// Names of columns in a list.
pub(super) fn columns_text(columns: &[String]) -> String {
    columns.iter().map(|column| super::names::quoted(column)).collect::<Vec<_>>().join(", ")
}

/// An option as the server writes it: values that are no plain word stand in quotes.
fn option_shown(option: &str) -> String {
    match option.split_once('=') {
        Some((name, value)) if !freehold_model::name::is_plain(value) => {
            format!("{name}={}", freehold_model::name::quote_literal(value))
        }
        _ => option.to_owned(),
    }
}
