//! Which columns and tables were copied into others by the history, so that dropping the original loses nothing.

use freehold_model::name::QualifiedName;
use freehold_sql::{
    Action, StatementKind,
    tree::{
        NodeEnum,
        protobuf::{InsertStmt, Node, RangeVar, SelectStmt, UpdateStmt},
        read,
    },
};

use crate::{
    context::Context,
    expression::{Mentioned, columns, text},
    state::{Site, State},
};

/// One column, or with no column a whole table.
pub type Place = (QualifiedName, Option<String>);

/// Values that were copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Out of.
    pub from: Place,
    /// Into.
    pub to: Place,
    /// The statement that did it.
    pub site: Site,
}

/// What the history has copied so far.
#[derive(Debug, Clone, Default)]
pub struct Copies {
    list: Vec<Transfer>,
}

/// What a statement adds.
#[derive(Debug)]
pub(crate) enum CopyNote {
    Made(Vec<Transfer>),
    Renamed(Place, Place),
}

impl Copies {
    /// The copies of a table as a whole.
    pub fn of_table<'a>(&'a self, table: &'a QualifiedName) -> impl Iterator<Item = &'a Transfer> {
        self.list.iter().filter(move |copy| copy.from.0 == *table && copy.to.0 != *table)
    }

    /// The copies of a column: into another column, or with its whole table.
    pub fn of_column<'a>(
        &'a self,
        table: &'a QualifiedName,
        column: &'a str,
    ) -> impl Iterator<Item = &'a Transfer> {
        self.list.iter().filter(move |copy| {
            copy.from.0 == *table
                && copy.from.1.as_deref().is_none_or(|from| from == column)
                && (copy.from != copy.to)
        })
    }

    /// Copies that went into this table from another one.
    pub fn into_table<'a>(&'a self, table: &'a QualifiedName) -> impl Iterator<Item = &'a Transfer> {
        self.list.iter().filter(move |copy| copy.to.0 == *table && copy.from.0 != *table)
    }

    pub(crate) fn take(&mut self, note: CopyNote) {
        match note {
            CopyNote::Made(copies) => {
                self.list.extend(copies.into_iter().filter(|copy| copy.from != copy.to));
            }
            CopyNote::Renamed(from, to) => {
                for copy in &mut self.list {
                    rename(&mut copy.from, &from, &to);
                    rename(&mut copy.to, &from, &to);
                }
            }
        }
    }
}

fn rename(place: &mut Place, from: &Place, to: &Place) {
    if place.0 != from.0 {
        return;
    }
    match (&from.1, &to.1) {
        (None, None) => place.0 = to.0.clone(),
        (Some(_), Some(new)) if place.1 == from.1 => place.1 = Some(new.clone()),
        _ => {}
    }
}

/// What a statement copies or calls by another name.
pub(crate) fn noted(context: &Context<'_>) -> Option<CopyNote> {
    let site =
        Site { script: context.script_id, statement: context.walk.number, span: context.statement.span };
    let effect = &context.statement.effect;
    let copied = match effect.kind {
        StatementKind::Update
        | StatementKind::Insert
        | StatementKind::CreateTableAs
        | StatementKind::Select => tree(context.state, context.tree?, site),
        StatementKind::Do => block(context.state, context.text, site),
        StatementKind::AlterTable => return renamed(context),
        _ => return None,
    };
    (!copied.is_empty()).then_some(CopyNote::Made(copied))
}

fn renamed(context: &Context<'_>) -> Option<CopyNote> {
    let (table, _) = context.main_relation()?;
    context.statement.effect.actions.iter().find_map(|action| match action {
        Action::Rename { to } => Some(CopyNote::Renamed(
            (table.clone(), None),
            (QualifiedName::new(table.schema.as_str(), to.as_str()), None),
        )),
        Action::SetSchema { schema } => Some(CopyNote::Renamed(
            (table.clone(), None),
            (QualifiedName::new(schema.as_str(), table.name.as_str()), None),
        )),
        Action::RenameColumn { from, to } => {
            Some(CopyNote::Renamed((table.clone(), Some(from.clone())), (table.clone(), Some(to.clone()))))
        }
        _ => None,
    })
}

/// The static changes of rows that stand in a block: batches are written so.
fn block(state: &State, body: &str, site: Site) -> Vec<Transfer> {
    let lower = body.to_ascii_lowercase();
    let mut found = Vec::new();
    for word in ["update ", "insert into "] {
        for (at, _) in lower.match_indices(word) {
            let rest = body.get(at..).unwrap_or("");
            let end = rest.find(';').unwrap_or(rest.len());
            if let Some(node) = rest.get(..end).and_then(read) {
                found.extend(tree(state, &node, site));
            }
        }
    }
    found
}

fn tree(state: &State, tree: &NodeEnum, site: Site) -> Vec<Transfer> {
    let mut found = Vec::new();
    match tree {
        NodeEnum::UpdateStmt(update) => from_update(state, update, site, &mut found),
        NodeEnum::InsertStmt(insert) => from_insert(state, insert, site, &mut found),
        NodeEnum::CreateTableAsStmt(create) => {
            let into = create.into.as_ref().and_then(|into| into.rel.as_ref());
            if let (Some(into), Some(NodeEnum::SelectStmt(select))) =
                (into, create.query.as_ref().and_then(|query| query.node.as_ref()))
            {
                let to =
                    state.new_name(Some(into.schemaname.as_str()).filter(|s| !s.is_empty()), &into.relname);
                from_select(state, select, &to, &[], site, &mut found);
            }
        }
        NodeEnum::SelectStmt(select) => {
            if let Some(into) = select.into_clause.as_ref().and_then(|into| into.rel.as_ref()) {
                let to =
                    state.new_name(Some(into.schemaname.as_str()).filter(|s| !s.is_empty()), &into.relname);
                from_select(state, select, &to, &[], site, &mut found);
            }
            // A change of rows in a WITH.
            for with in select.with_clause.iter().flat_map(|with| &with.ctes) {
                if let Some(NodeEnum::CommonTableExpr(query)) = with.node.as_ref()
                    && let Some(inner) = query.ctequery.as_ref().and_then(|query| query.node.as_ref())
                    && !matches!(inner, NodeEnum::SelectStmt(_))
                {
                    found.extend(self::tree(state, inner, site));
                }
            }
        }
        _ => {}
    }
    found
}

/// What names of a query mean: alias or name, and the table.
struct Sources(Vec<(String, QualifiedName)>);

impl Sources {
    fn add(&mut self, state: &State, node: &Node) {
        match node.node.as_ref() {
            Some(NodeEnum::RangeVar(range)) => self.add_range(state, range),
            Some(NodeEnum::JoinExpr(join)) => {
                for side in [join.larg.as_deref(), join.rarg.as_deref()].into_iter().flatten() {
                    self.add(state, side);
                }
            }
            _ => {}
        }
    }

    fn add_range(&mut self, state: &State, range: &RangeVar) {
        let name = named(state, range);
        let alias = range.alias.as_ref().map_or_else(|| range.relname.clone(), |a| a.aliasname.clone());
        self.0.push((alias, name));
    }

    /// The tables that a mentioned column may be of.
    fn of(&self, column: &Mentioned) -> Vec<&QualifiedName> {
        match &column.qualifier {
            Some(alias) => self.0.iter().filter(|(name, _)| name == alias).map(|(_, table)| table).collect(),
            None => self.0.iter().map(|(_, table)| table).collect(),
        }
    }
}

fn named(state: &State, range: &RangeVar) -> QualifiedName {
    state.resolve(Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty()), &range.relname)
}

fn from_update(state: &State, update: &UpdateStmt, site: Site, found: &mut Vec<Transfer>) {
    let Some(range) = &update.relation else { return };
    let table = named(state, range);
    let mut sources = Sources(Vec::new());
    sources.add_range(state, range);
    for from in &update.from_clause {
        sources.add(state, from);
    }
    for target in &update.target_list {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { continue };
        let Some(value) = target.val.as_deref() else { continue };
        let to = (table.clone(), Some(target.name.clone()));
        copy_columns(&sources, value, &to, site, found);
    }
}

fn copy_columns(sources: &Sources, value: &Node, to: &Place, site: Site, found: &mut Vec<Transfer>) {
    for column in columns(value) {
        for table in sources.of(&column) {
            if column.name.is_some() {
                found.push(Transfer { from: (table.clone(), column.name.clone()), to: to.clone(), site });
            }
        }
    }
}

fn from_insert(state: &State, insert: &InsertStmt, site: Site, found: &mut Vec<Transfer>) {
    let Some(range) = &insert.relation else { return };
    let Some(NodeEnum::SelectStmt(select)) = insert.select_stmt.as_ref().and_then(|s| s.node.as_ref()) else {
        return;
    };
    let names: Vec<&str> = insert
        .cols
        .iter()
        .filter_map(|column| match column.node.as_ref() {
            Some(NodeEnum::ResTarget(target)) => Some(target.name.as_str()),
            _ => None,
        })
        .collect();
    from_select(state, select, &named(state, range), &names, site, found);
}

/// What a query puts into a table; `names` are the columns that its results go to, empty when they are not written.
fn from_select(
    state: &State,
    select: &SelectStmt,
    to: &QualifiedName,
    names: &[&str],
    site: Site,
    found: &mut Vec<Transfer>,
) {
    for half in [select.larg.as_deref(), select.rarg.as_deref()].into_iter().flatten() {
        from_select(state, half, to, names, site, found);
    }
    let mut sources = Sources(Vec::new());
    for from in &select.from_clause {
        sources.add(state, from);
    }
    for (at, target) in select.target_list.iter().enumerate() {
        let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { continue };
        let Some(value) = target.val.as_deref() else { continue };
        for column in columns(value).iter().filter(|column| column.name.is_none()) {
            for table in sources.of(column) {
                found.push(Transfer { from: (table.clone(), None), to: (to.clone(), None), site });
            }
        }
        let own = (!target.name.is_empty()).then(|| target.name.clone());
        let name = names.get(at).map(|name| (*name).to_owned()).or(own).or_else(|| result_name(value));
        copy_columns(&sources, value, &(to.clone(), name), site, found);
    }
}

/// The name of a result that is a bare column.
fn result_name(value: &Node) -> Option<String> {
    match value.node.as_ref()? {
        NodeEnum::ColumnRef(reference) => reference.fields.last().and_then(text).map(str::to_owned),
        _ => None,
    }
}
