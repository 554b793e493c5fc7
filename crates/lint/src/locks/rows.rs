//! Reading and changing rows: queries, and whatever else reads tables.

use freehold_model::{catalog::RelationKind, lock::LockMode, name::QualifiedName};
use freehold_sql::{
    ObjectKind, StatementKind, Use, parse_each,
    tree::{
        NodeEnum,
        protobuf::{Node, SelectStmt},
    },
};

use super::{Taking, remove::resolved};
use crate::state::{Link, State};

/// Views upon views upon views: how deep they are followed.
const DEPTH: usize = 12;

pub(super) fn take(taking: &mut Taking<'_>) {
    let effect = taking.effect;
    let is_query = effect.is_query
        || matches!(
            effect.kind,
            StatementKind::Copy { .. }
                | StatementKind::Explain { .. }
                | StatementKind::CreateTableAs
                | StatementKind::Create(ObjectKind::MaterializedView)
                | StatementKind::Cursor
        );
    for object in &effect.objects {
        let mode = match object.use_ {
            Use::Writes if is_query => LockMode::RowExclusive,
            Use::Reads => LockMode::AccessShare,
            _ => continue,
        };
        if !matches!(
            object.kind,
            ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable
        ) {
            continue;
        }
        let name = taking.state.name_of(object);
        // Other commands that name a table only look at itself: `LIKE`, `OWNED BY`, a view's query.
        if is_query {
            relation(taking, &name, mode);
        } else {
            taking.take(name, mode);
        }
    }
    if let StatementKind::RefreshMaterializedView { .. } = effect.kind
        && let Some(view) = taking.subject()
        && let Some(known) = taking.known(&view)
    {
        for below in reads(taking.state, known.relation.definition.as_deref().unwrap_or_default()) {
            relation(taking, &below, LockMode::AccessShare);
        }
    }
    match taking.tree {
        Some(NodeEnum::SelectStmt(select)) => locked_rows(taking, select),
        Some(NodeEnum::ExplainStmt(explain)) => planned(taking, explain.query.as_deref()),
        Some(NodeEnum::PrepareStmt(prepare)) => planned(taking, prepare.query.as_deref()),
        _ => {}
    }
}

/// A relation whose rows a query reads or changes, with what a view stands for, and the partitions.
fn relation(taking: &mut Taking<'_>, name: &QualifiedName, mode: LockMode) {
    for below in underneath(taking.state, name) {
        taking.take_all(&below, mode);
    }
    // Into which partition a new row goes is not in the text.
    if taking.effect.kind == StatementKind::Insert && mode == LockMode::RowExclusive {
        taking.take(name.clone(), mode);
    } else {
        taking.take_all(name, mode);
    }
}

/// The tables and views that a view reads, and those that they read; empty for what is no view.
pub(super) fn underneath(state: &State, name: &QualifiedName) -> Vec<QualifiedName> {
    let mut found = Vec::new();
    let mut open = vec![(name.clone(), 0)];
    while let Some((name, depth)) = open.pop() {
        let Some(known) = state.relation(&name).filter(|known| known.relation.kind == RelationKind::View)
        else {
            continue;
        };
        let definition = known.relation.definition.as_deref().unwrap_or_default();
        for read in reads(state, definition) {
            if depth < DEPTH && !found.contains(&read) {
                found.push(read.clone());
                open.push((read, depth + 1));
            }
        }
    }
    found
}

fn reads(state: &State, definition: &str) -> Vec<QualifiedName> {
    let mut names = Vec::new();
    parse_each(definition, &mut |outcome| {
        let Ok(parsed) = outcome else { return };
        let read = parsed.statement.effect.objects.iter().filter(|object| object.kind == ObjectKind::Table);
        names.extend(read.map(|object| state.name_of(object)));
    });
    names
}

/// What is dropped with these relations: the views that read them, and those that read the views. Of a column only
/// those that name it.
pub(super) fn views_upon(taking: &mut Taking<'_>, mut open: Vec<QualifiedName>, column: Option<&String>) {
    let state = taking.state;
    let mut column = column;
    while !open.is_empty() {
        let mut next = Vec::new();
        for (name, known) in state.relations.having(Link::Definition) {
            let Some(definition) = known.relation.definition.as_deref() else { continue };
            let names_it = |below: &QualifiedName| {
                definition.contains(below.name.as_str()) && reads(state, definition).contains(below)
            };
            let of_column = column.is_none_or(|column| definition.contains(column.as_str()));
            if of_column && !taking.locks.contains_key(name) && open.iter().any(names_it) {
                taking.take(name.clone(), LockMode::AccessExclusive);
                next.push(name.clone());
            }
        }
        column = None;
        open = next;
    }
}

/// `FOR UPDATE` and its kin: of the tables that it names, or of all in the `FROM`.
fn locked_rows(taking: &mut Taking<'_>, select: &SelectStmt) {
    for clause in &select.locking_clause {
        let Some(NodeEnum::LockingClause(clause)) = clause.node.as_ref() else { continue };
        let wanted: Vec<&str> = clause
            .locked_rels
            .iter()
            .filter_map(|node| match node.node.as_ref() {
                Some(NodeEnum::RangeVar(range)) => Some(range.relname.as_str()),
                _ => None,
            })
            .collect();
        for (alias, name) in from(taking, &select.from_clause) {
            // A query of a `WITH` is no relation.
            let is_relation = taking.objects(Use::Reads).any(|object| taking.state.name_of(object) == name);
            if is_relation && (wanted.is_empty() || wanted.contains(&alias.as_str())) {
                relation(taking, &name, LockMode::RowShare);
            }
        }
    }
}

/// The relations of a `FROM`, with the names that they go by.
fn from(taking: &Taking<'_>, nodes: &[Node]) -> Vec<(String, QualifiedName)> {
    let mut found = Vec::new();
    let mut open: Vec<&Node> = nodes.iter().collect();
    while let Some(node) = open.pop() {
        match node.node.as_ref() {
            Some(NodeEnum::RangeVar(range)) => {
                let alias = range.alias.as_ref().map_or(&range.relname, |alias| &alias.aliasname);
                found.push((alias.clone(), resolved(taking, range)));
            }
            Some(NodeEnum::JoinExpr(join)) => {
                open.extend(join.larg.as_deref());
                open.extend(join.rarg.as_deref());
            }
            _ => {}
        }
    }
    found
}

/// A change of rows that is only planned locks as one that is carried out.
fn planned(taking: &mut Taking<'_>, query: Option<&Node>) {
    let range = match query.and_then(|query| query.node.as_ref()) {
        Some(NodeEnum::InsertStmt(insert)) => insert.relation.as_ref(),
        Some(NodeEnum::UpdateStmt(update)) => update.relation.as_ref(),
        Some(NodeEnum::DeleteStmt(delete)) => delete.relation.as_ref(),
        Some(NodeEnum::MergeStmt(merge)) => merge.relation.as_ref(),
        _ => None,
    };
    if let Some(range) = range {
        let name = resolved(taking, range);
        taking.take(name, LockMode::RowExclusive);
    }
}
