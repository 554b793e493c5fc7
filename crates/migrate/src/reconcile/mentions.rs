//! Which objects of a catalog a definition mentions.
//!
//! The server prints definitions with every name qualified that is not its own, for the catalog is read with nothing but
//! `pg_catalog` in the search path. So the names that stand in a definition are its dependencies. What is found is
//! sometimes too much (a column's name may be meant of another table), never harmful: a thing is then only made later
//! than it had to be, or made anew.

use std::collections::{BTreeSet, HashMap, HashSet};

use freehold_model::{
    catalog::{Catalog, CatalogObject, ObjectKind, RelationKind},
    name::QualifiedName,
};

use super::{
    key::Key,
    tokens::{Token, tokens},
};

/// The names of a catalog, for looking up.
#[derive(Debug, Default)]
pub(super) struct Names {
    objects: HashMap<(String, String), Vec<Key>>,
    /// Columns of tables, by name of the relation.
    columns: HashMap<QualifiedName, Vec<String>>,
}

impl Names {
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut names = Self::default();
        for relation in &catalog.relations {
            names.add(&relation.name, Key::Relation(relation.name.clone()));
            if relation.is_table() || relation.kind == RelationKind::CompositeType {
                let columns = relation.columns.iter().map(|column| column.name.clone()).collect();
                names.columns.insert(relation.name.clone(), columns);
            }
        }
        for object in &catalog.types {
            names.add(&object.name, Key::Type(object.name.clone()));
        }
        for function in &catalog.functions {
            let key =
                Key::Function(function.kind(), function.name.clone(), function.identity_arguments.clone());
            names.add(&function.name, key);
        }
        for other in &catalog.others {
            let pair = match (other.kind, qualified(&tokens(&other.name)).into_iter().next()) {
                // Their names hold the names of others.
                (
                    ObjectKind::Cast
                    | ObjectKind::Transform
                    | ObjectKind::DefaultPrivileges
                    | ObjectKind::DatabaseSetting
                    | ObjectKind::UserMapping,
                    _,
                )
                | (_, None) => continue,
                (_, Some(pair)) => pair,
            };
            names.objects.entry(pair).or_default().push(Key::Other(other.kind, other.name.clone()));
        }
        names
    }

    fn add(&mut self, name: &QualifiedName, key: Key) {
        self.objects.entry((name.schema.clone(), name.name.clone())).or_default().push(key);
    }

    /// What a definition mentions. Bare names that are columns of `own` count as these.
    pub(super) fn in_text(&self, text: &str, own: Option<&QualifiedName>) -> BTreeSet<Key> {
        let tokens = tokens(text);
        let mut found = BTreeSet::new();
        let inside = tokens.iter().filter_map(|token| match token {
            // `'public.s'::regclass` and its kin.
            Token::Text(text) if text.contains('.') => Some(qualified(&self::tokens(text))),
            _ => None,
        });
        for pair in qualified(&tokens).into_iter().chain(inside.flatten()) {
            found.extend(self.objects.get(&pair).into_iter().flatten().cloned());
        }
        let words: HashSet<&str> = tokens.iter().filter_map(word).collect();
        let whole_rows = tokens
            .windows(2)
            .any(|pair| matches!(pair, [Token::Sign('.'), Token::Operator(sign)] if sign.starts_with('*')));
        let tables: Vec<QualifiedName> = found.iter().filter_map(Key::relation).chain(own).cloned().collect();
        for table in tables {
            for column in self.columns.get(&table).into_iter().flatten() {
                if whole_rows || words.contains(column.as_str()) {
                    found.insert(Key::column(&table, column));
                }
            }
        }
        found
    }

    /// What the text of a function's body seems to mention: also bare names, taken to be of one of the `schemas`.
    pub(super) fn in_body(&self, text: &str, schemas: &[&str]) -> BTreeSet<Key> {
        let tokens = tokens(text);
        let bare = tokens
            .iter()
            .filter_map(word)
            .flat_map(|name| schemas.iter().map(move |schema| ((*schema).to_owned(), name.to_owned())));
        let pairs: HashSet<(String, String)> = qualified(&tokens).into_iter().chain(bare).collect();
        let found: BTreeSet<Key> =
            pairs.iter().filter_map(|pair| self.objects.get(pair)).flatten().cloned().collect();
        let words: HashSet<&str> = tokens.iter().filter_map(word).collect();
        let tables = found.iter().filter_map(Key::relation);
        let columns = tables.flat_map(|table| {
            let named = self.columns.get(table).into_iter().flatten();
            named.filter(|column| words.contains(column.as_str())).map(|column| Key::column(table, column))
        });
        let columns: Vec<Key> = columns.collect();
        found.into_iter().chain(columns).collect()
    }
}

fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word(word) => Some(word),
        _ => None,
    }
}

/// All `a.b` of a text; `b` may be an operator.
fn qualified(tokens: &[Token]) -> Vec<(String, String)> {
    let pairs = tokens.windows(3).filter_map(|three| match three {
        [Token::Word(a), Token::Sign('.'), Token::Word(b) | Token::Operator(b)] => {
            Some((a.clone(), b.clone()))
        }
        _ => None,
    });
    pairs.collect()
}
