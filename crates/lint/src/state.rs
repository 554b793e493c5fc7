//! The schema as far as it is known: simulated from the history, or taken from a server's own catalog.

mod from_catalog;
mod lookup;
mod marks;
mod moments;
pub mod questions;
mod simulate;
mod store;

use std::{collections::BTreeSet, sync::Arc};

use freehold_model::{
    catalog::{Function, Grants, ObjectKind, Relation, Role, TypeObject},
    name::QualifiedName,
    place::Span,
};

use crate::{copies::Copies, found::ScriptId};
pub use marks::{Copied, DroppedPolicy, Marks};
pub use store::{Link, Linked, Store};

/// Where something was made or last changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The script.
    pub script: ScriptId,
    /// Its statement, counted from 0.
    pub statement: usize,
    /// The statement's bytes in the script's text.
    pub span: Span,
}

/// A relation with where it comes from.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// What it is, in the catalog's own terms: type names as `format_type` writes them, definitions as the server or,
    /// when simulated, the grammar writes them. Object ids are 0 when simulated.
    pub relation: Relation,
    /// The statement that made it, if it is in the history.
    pub made: Option<Site>,
    /// The statements that made its parts, or changed them last, where that was not the one that made it: kind, name,
    /// site; the newest last, each part once.
    pub parts: Vec<(ObjectKind, String, Site)>,
    /// Everything in `relation` was read from a server, or follows from statements that are understood. When false,
    /// what is there is there, and there may be more.
    pub whole: bool,
    /// For views: the relations that it reads.
    pub reads: Vec<QualifiedName>,
}

/// A type with where it comes from.
#[derive(Debug, Clone)]
pub struct KnownType {
    /// What it is.
    pub object: TypeObject,
    /// The statement that made it, if it is in the history.
    pub made: Option<Site>,
}

/// A function with where it comes from.
#[derive(Debug, Clone)]
pub struct KnownFunction {
    /// What it is.
    pub function: Function,
    /// The statement that made it, or replaced it last, if it is in the history.
    pub made: Option<Site>,
}

/// The schema as far as it is known.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Tables, views, sequences and their kin, by name. Temporary ones are in the schema `pg_temp`.
    pub relations: Store<Arc<Known>>,
    /// The table of each index, by the index's name.
    pub index_tables: Store<QualifiedName>,
    /// Enums, domains, ranges.
    pub types: Store<Arc<KnownType>>,
    /// Functions and procedures: all of one name.
    pub functions: Store<Arc<Vec<KnownFunction>>>,
    /// Schemas that are known; the owner where that is known, and privileges.
    pub schemas: Store<Arc<(Option<String>, Grants)>>,
    /// Roles that are known: made in the history, or read from a server. The name is the bare one, in schema "".
    pub roles: Store<Arc<Role>>,
    /// Extensions, by name in schema "".
    pub extensions: Store<Option<Site>>,
    /// Sites of what has no place in a relation.
    pub marks: Marks,
    /// What the history has copied from column to column and from table to table.
    pub copies: Copies,
    /// The schemas that bare names are looked up in, first the one that new objects go to.
    pub search_path: Vec<String>,
    /// The role that new objects belong to, where the script has set one.
    pub role: Option<String>,
    /// What is not here does not exist: the state was read from a server. When false it may exist.
    pub complete: bool,
    /// Reasons why what is known may be out of date since the last reading: statements that run code.
    pub doubts: BTreeSet<String>,
    /// How many constraints have a name, by schema and name.
    constraint_names: Store<u32>,
    /// Privileges that new objects get: by `ALTER DEFAULT PRIVILEGES`.
    default_grants: Vec<simulate::DefaultGrant>,
    /// The moments that are remembered, the oldest first.
    moments: Vec<moments::Moment>,
}

impl State {
    /// Nothing is known.
    pub fn new() -> Self {
        Self { search_path: vec!["public".to_owned()], ..Self::default() }
    }
}

impl Known {
    /// The statement that made this part, or changed it last: its own, else the relation's.
    pub fn site_of(&self, kind: ObjectKind, name: &str) -> Option<Site> {
        let own = self.parts.iter().rev().find(|(k, n, _)| *k == kind && n == name);
        own.map(|(_, _, site)| *site).or(self.made)
    }
}
