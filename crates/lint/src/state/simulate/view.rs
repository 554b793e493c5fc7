//! Views, materialised views and tables that are made from queries.

use freehold_model::{
    catalog::{Column, ObjectKind, Relation, RelationKind, ReplicaIdentity},
    name::QualifiedName,
};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{
        CreateTableAsStmt, IntoClause, Node, ObjectType, RangeVar, SelectStmt, SetOperation, ViewCheckOption,
        ViewStmt,
    },
};

use super::{Step, nodes, sequence::persistence};
use crate::state::Known;

impl Step<'_> {
    pub(super) fn create_view(&mut self, create: &ViewStmt) {
        let (Some(range), Some(query)) = (&create.view, create.query.as_deref()) else { return };
        let Some(body) = query.node.as_ref() else { return };
        let name = self.new_relation(range);
        let (columns, whole) = self.columns_of_query(query, &nodes::texts(&create.aliases));
        let mut options: Vec<String> = nodes::options(&create.options).map(nodes::option_text).collect();
        match ViewCheckOption::try_from(create.with_check_option) {
            Ok(ViewCheckOption::LocalCheckOption) => options.push("check_option=local".to_owned()),
            Ok(ViewCheckOption::CascadedCheckOption) => options.push("check_option=cascaded".to_owned()),
            _ => {}
        }
        let relation = Relation {
            name: name.clone(),
            kind: RelationKind::View,
            owner: self.owner(),
            options,
            definition: tree::write(body),
            populated: true,
            replica_identity: ReplicaIdentity::Nothing,
            columns,
            ..Relation::default()
        };
        let reads = self.reads_of(body);
        let before = self.state.relation(&name).filter(|_| create.replace).cloned();
        let Some(mut before) = before else {
            self.put_relation(Known { relation, whole, reads, ..Known::default() });
            self.grant_new(&name);
            return;
        };
        // What was granted, who owns it and its triggers stay.
        before.relation.definition = relation.definition;
        before.relation.columns = relation.columns;
        before.relation.options = relation.options;
        before.whole = whole;
        before.reads = reads;
        before.touch(ObjectKind::View, &name.name, self.site);
        self.state.put_relation(before);
    }

    pub(super) fn create_table_as(&mut self, create: &CreateTableAsStmt) {
        let (Some(into), Some(query)) = (create.into.as_deref(), create.query.as_deref()) else { return };
        let kind = match ObjectType::try_from(create.objtype) {
            Ok(ObjectType::ObjectMatview) => RelationKind::MaterializedView,
            _ => RelationKind::Table,
        };
        self.make_from(into, query, kind, create.if_not_exists);
    }

    /// `SELECT ... INTO`.
    pub(super) fn select_into(&mut self, select: &SelectStmt) {
        let mut first = select;
        while let Some(left) = first.larg.as_deref() {
            first = left;
        }
        let Some(into) = first.into_clause.as_deref() else { return };
        let query = Node { node: Some(NodeEnum::SelectStmt(Box::new(select.clone()))) };
        self.make_from(into, &query, RelationKind::Table, false);
    }

    fn make_from(&mut self, into: &IntoClause, query: &Node, kind: RelationKind, if_not_exists: bool) {
        let Some(range) = &into.rel else { return };
        let name = self.new_relation(range);
        if if_not_exists && self.state.is_relation_name(&name) {
            return;
        }
        let (columns, whole) = self.columns_of_query(query, &nodes::texts(&into.col_names));
        let body = query.node.as_ref();
        let is_view = kind == RelationKind::MaterializedView;
        let relation = Relation {
            name: name.clone(),
            kind,
            owner: self.owner(),
            persistence: persistence(&range.relpersistence),
            access_method: Some(nodes::written(&into.access_method).unwrap_or("heap").to_owned()),
            options: nodes::options(&into.options).map(nodes::option_text).collect(),
            definition: body.filter(|_| is_view).and_then(tree::write),
            populated: !into.skip_data || !is_view,
            columns,
            ..Relation::default()
        };
        let reads = body.filter(|_| is_view).map(|body| self.reads_of(body)).unwrap_or_default();
        self.put_relation(Known { relation, whole, reads, ..Known::default() });
        self.grant_new(&name);
    }

    fn reads_of(&self, body: &NodeEnum) -> Vec<QualifiedName> {
        let mut reads: Vec<QualifiedName> = Vec::new();
        for (schema, name) in tree::relations(body) {
            let name = self.state.resolve(schema.as_deref(), &name);
            if !reads.contains(&name) {
                reads.push(name);
            }
        }
        reads
    }

    /// The columns of a query, and whether they are known with their types. Those of which only the name is known have
    /// an empty type.
    fn columns_of_query(&self, query: &Node, names: &[String]) -> (Vec<Column>, bool) {
        let found = match query.node.as_ref() {
            Some(NodeEnum::SelectStmt(select)) => self.columns_of_select(select),
            _ => None,
        };
        let Some(mut columns) = found else {
            let named = names.iter().map(|name| (name.clone(), String::new())).collect();
            return (made(named), false);
        };
        for (column, name) in columns.iter_mut().zip(names) {
            name.clone_into(&mut column.0);
        }
        let whole = columns.iter().all(|(_, type_name)| !type_name.is_empty());
        (made(columns), whole)
    }

    /// Names and types; none when a part of the list is not known.
    fn columns_of_select(&self, select: &SelectStmt) -> Option<Vec<(String, String)>> {
        if select.op != SetOperation::SetopNone as i32 {
            let left = self.columns_of_select(select.larg.as_deref()?)?;
            // The types of the other side may widen those of this one.
            let right = self.columns_of_select(select.rarg.as_deref()?).unwrap_or_default();
            let both = left.into_iter().enumerate().map(|(at, (name, type_name))| {
                let same = right.get(at).is_some_and(|(_, other)| *other == type_name);
                (name, if same { type_name } else { String::new() })
            });
            return Some(both.collect());
        }
        if let Some(row) = select.values_lists.first() {
            let values = nodes::list(row).iter().enumerate();
            return Some(
                values
                    .map(|(at, value)| (format!("column{}", at + 1), self.type_of_value(value, &[])))
                    .collect(),
            );
        }
        let sources = self.sources(select);
        let mut columns = Vec::new();
        for node in &select.target_list {
            let Some(NodeEnum::ResTarget(target)) = node.node.as_ref() else { return None };
            let value = target.val.as_deref()?;
            if let Some(NodeEnum::ColumnRef(column)) = value.node.as_ref()
                && column.fields.last().is_some_and(|last| matches!(last.node, Some(NodeEnum::AStar(_))))
            {
                let of = nodes::texts(&column.fields).pop();
                columns.extend(self.all_columns(&sources, of.as_deref())?);
                continue;
            }
            let name = nodes::written(&target.name).map(str::to_owned);
            let name = name.or_else(|| super::index::figured_name(value));
            let type_name = self.type_of_value(value, &sources);
            columns.push((name.unwrap_or_else(|| "?column?".to_owned()), type_name));
        }
        Some(columns)
    }

    /// The relations of `FROM`: the name that they have in the query, and their own; none for what is no relation.
    fn sources(&self, select: &SelectStmt) -> Vec<(String, Option<QualifiedName>)> {
        let ctes: Vec<&str> = select
            .with_clause
            .iter()
            .flat_map(|with| &with.ctes)
            .filter_map(|node| match node.node.as_ref()? {
                NodeEnum::CommonTableExpr(query) => Some(query.ctename.as_str()),
                _ => None,
            })
            .collect();
        let mut sources = Vec::new();
        let mut waiting: Vec<&Node> = select.from_clause.iter().rev().collect();
        while let Some(node) = waiting.pop() {
            match node.node.as_ref() {
                Some(NodeEnum::RangeVar(range)) => sources.push(self.source(range, &ctes)),
                // USING and NATURAL merge columns.
                Some(NodeEnum::JoinExpr(join)) if join.using_clause.is_empty() && !join.is_natural => {
                    waiting.extend(join.rarg.as_deref());
                    waiting.extend(join.larg.as_deref());
                }
                _ => sources.push((String::new(), None)),
            }
        }
        sources
    }

    fn source(&self, range: &RangeVar, ctes: &[&str]) -> (String, Option<QualifiedName>) {
        let alias = range.alias.as_ref();
        let shown = alias.map_or(&range.relname, |alias| &alias.aliasname).clone();
        let renamed = alias.is_some_and(|alias| !alias.colnames.is_empty());
        let is_query = range.schemaname.is_empty() && ctes.contains(&range.relname.as_str());
        (shown, (!renamed && !is_query).then(|| self.relation(range)))
    }

    fn all_columns(
        &self,
        sources: &[(String, Option<QualifiedName>)],
        of: Option<&str>,
    ) -> Option<Vec<(String, String)>> {
        let mut columns = Vec::new();
        for (_, relation) in sources.iter().filter(|(shown, _)| of.is_none_or(|of| of == shown)) {
            let known = self.state.relation(relation.as_ref()?).filter(|known| known.whole)?;
            columns.extend(known.relation.columns.iter().map(|c| (c.name.clone(), c.type_name.clone())));
        }
        Some(columns).filter(|columns| !columns.is_empty())
    }

    /// The type of a value; empty when it is not known.
    fn type_of_value(&self, value: &Node, sources: &[(String, Option<QualifiedName>)]) -> String {
        match value.node.as_ref() {
            Some(NodeEnum::TypeCast(cast)) => {
                cast.type_name.as_ref().map(|type_| self.state.type_text(type_)).unwrap_or_default()
            }
            Some(NodeEnum::ColumnRef(column)) => {
                let parts = nodes::texts(&column.fields);
                let (name, of) = match parts.as_slice() {
                    [name] => (name, None),
                    [of, name] => (name, Some(of)),
                    _ => return String::new(),
                };
                let meant = sources.iter().filter(|(shown, _)| of.is_none_or(|of| of == shown));
                let mut types = meant.filter_map(|(_, relation)| {
                    let known = self.state.relation(relation.as_ref()?)?;
                    known.relation.column(name).map(|column| column.type_name.clone())
                });
                types.next().unwrap_or_default()
            }
            Some(NodeEnum::AConst(_)) => constant_type(value).to_owned(),
            _ => String::new(),
        }
    }

    /// Gives a new relation what `ALTER DEFAULT PRIVILEGES` said.
    pub(super) fn grant_new(&mut self, name: &QualifiedName) {
        let Some(known) = self.state.relation(name) else { return };
        let kind = match known.relation.kind {
            RelationKind::Sequence => super::grant::Kind::Sequence,
            RelationKind::CompositeType => super::grant::Kind::Type,
            _ => super::grant::Kind::Table,
        };
        let mut grants = known.relation.grants.clone();
        self.state.grant_defaults(&mut grants, &name.schema, kind);
        self.state.edit(name, |known| known.relation.grants = grants);
    }
}

fn constant_type(value: &Node) -> &'static str {
    use freehold_sql::tree::protobuf::a_const::Val;
    match value.node.as_ref() {
        Some(NodeEnum::AConst(constant)) => match constant.val {
            Some(Val::Ival(_)) => "integer",
            Some(Val::Sval(_)) => "text",
            Some(Val::Boolval(_)) => "boolean",
            _ => "",
        },
        _ => "",
    }
}

fn made(columns: Vec<(String, String)>) -> Vec<Column> {
    let mut columns: Vec<Column> = columns
        .into_iter()
        .map(|(name, type_name)| Column { name, type_name, is_local: true, ..Column::default() })
        .collect();
    super::create_table::number(&mut columns);
    columns
}
