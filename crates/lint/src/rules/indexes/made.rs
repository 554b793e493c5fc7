//! The index that a `CREATE INDEX` would make.

use freehold_model::{
    catalog::{Index, IndexColumn},
    name::QualifiedName,
};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{IndexElem, IndexStmt, Node},
};

use crate::{context::Context, state::Known};

/// What a `CREATE INDEX` would make.
#[derive(Debug)]
pub(super) struct MadeIndex<'a> {
    /// The table.
    pub(super) table: QualifiedName,
    create: &'a IndexStmt,
}

impl<'a> MadeIndex<'a> {
    /// The index of a statement.
    pub(super) fn of(context: &Context<'_>, create: &'a IndexStmt) -> Self {
        let (schema, name) = create
            .relation
            .as_ref()
            .map_or((None, ""), |range| (Some(range.schemaname.as_str()), range.relname.as_str()));
        let table = context.state.resolve(schema.filter(|schema| !schema.is_empty()), name);
        Self { table, create }
    }

    /// The items of its key.
    pub(super) fn key(&self) -> impl Iterator<Item = &'a IndexElem> {
        self.create.index_params.iter().filter_map(element)
    }

    /// `btree` where nothing else is written.
    pub(super) fn method(&self) -> &'a str {
        if self.create.access_method.is_empty() { "btree" } else { &self.create.access_method }
    }

    /// In what an index that is there differs, in words that follow "it"; none when it is the same as far as can be told.
    pub(super) fn difference(&self, context: &Context<'_>, known: &Known, there: &Index) -> Option<String> {
        if known.relation.name != self.table {
            return Some(format!("belongs to {}", known.relation.name));
        }
        if !there.valid {
            return Some("is INVALID".to_owned());
        }
        if there.unique != self.create.unique {
            return Some(if there.unique { "is unique" } else { "is not unique" }.to_owned());
        }
        if !there.method.is_empty() && there.method != self.method() {
            return Some(format!("is a {} index", there.method));
        }
        let key: Vec<&IndexElem> = self.key().collect();
        let same_key = key.len() == there.columns.len()
            && key.iter().zip(&there.columns).all(|(mine, theirs)| match theirs {
                IndexColumn::Column(name) => mine.name == *name,
                IndexColumn::Expression(_) => mine.name.is_empty(),
            });
        if !same_key {
            return Some(format!("is over ({})", shown(there)));
        }
        let included: Vec<&str> = self
            .create
            .index_including_params
            .iter()
            .filter_map(element)
            .map(|item| item.name.as_str())
            .collect();
        if included != there.included {
            return Some(if there.included.is_empty() {
                "includes no further columns".to_owned()
            } else {
                format!("includes ({})", there.included.join(", "))
            });
        }
        self.other_condition(context, there)
    }

    fn other_condition(&self, context: &Context<'_>, there: &Index) -> Option<String> {
        let mine = self.create.where_clause.as_deref().and_then(tree::write_expression);
        match (mine, &there.predicate) {
            (None, None) => None,
            (Some(_), None) => Some("has no condition".to_owned()),
            (None, Some(theirs)) => Some(format!("has the condition {theirs}")),
            // A server writes conditions in its own way; those that the grammar wrote can be compared.
            (Some(mine), Some(theirs)) => (!context.state.complete && bare(&mine) != bare(theirs))
                .then(|| format!("has the condition {theirs}")),
        }
    }
}

/// Without blanks and parentheses, lower case.
fn bare(condition: &str) -> String {
    condition
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '(' && *c != ')')
        .flat_map(char::to_lowercase)
        .collect()
}

fn element(node: &Node) -> Option<&IndexElem> {
    match node.node.as_ref()? {
        NodeEnum::IndexElem(element) => Some(element),
        _ => None,
    }
}

fn shown(index: &Index) -> String {
    let items = index.columns.iter().map(|column| match column {
        IndexColumn::Column(name) | IndexColumn::Expression(name) => name.as_str(),
    });
    items.collect::<Vec<_>>().join(", ")
}
