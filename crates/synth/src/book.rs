//! What a call knows that fills many tables for several tenants: which rows are whose.
//!
//! Every row has a colour, that of its tenant. The keys of new rows are written down with their colours, one temporary
//! table (a page) for each table that others point to, and a row takes its parents from the page of its own colour.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    plan::{Page, Span},
    table::{Foreign, Parent, Table},
};

/// A key whose parents were not there yet when its rows were made.
#[derive(Debug, Clone)]
pub(crate) struct Patch {
    pub(crate) relation: u32,
    /// The table for statements, quoted.
    pub(crate) table: String,
    /// The table for people.
    pub(crate) name: String,
    pub(crate) key: Foreign,
    /// Columns that no other key needs.
    pub(crate) own: Vec<String>,
    /// The key points to its own table.
    pub(crate) itself: bool,
    /// The rows cannot stay as they are.
    pub(crate) must: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Book {
    /// Rows of each colour.
    pub(crate) shares: Vec<u64>,
    pub(crate) root: Option<u32>,
    /// The tenant column of each table.
    pub(crate) columns: BTreeMap<u32, String>,
    /// The page with the tenants' keys as text, once they are known.
    pub(crate) tenants: Option<String>,
    /// Tables that are to be filled, partitions left out.
    pub(crate) planned: BTreeSet<u32>,
    pub(crate) done: BTreeSet<u32>,
    /// Tables whose rows all tenants share.
    pub(crate) open: BTreeSet<u32>,
    pub(crate) pages: BTreeMap<u32, Page>,
    /// Columns by which a row of a table is found again.
    pub(crate) identities: BTreeMap<u32, Vec<String>>,
    /// The tables above each partition, the nearest first.
    pub(crate) above: BTreeMap<u32, Vec<u32>>,
    /// The next place of each table and colour.
    pub(crate) places: BTreeMap<(u32, u32), u64>,
    pub(crate) patches: Vec<Patch>,
    pub(crate) generators: BTreeMap<(u32, String), String>,
    pub(crate) triggers: bool,
}

impl Book {
    /// Nothing is known.
    pub(crate) const EMPTY: Self = Self {
        shares: Vec::new(),
        root: None,
        columns: BTreeMap::new(),
        tenants: None,
        planned: BTreeSet::new(),
        done: BTreeSet::new(),
        open: BTreeSet::new(),
        pages: BTreeMap::new(),
        identities: BTreeMap::new(),
        above: BTreeMap::new(),
        places: BTreeMap::new(),
        patches: Vec::new(),
        generators: BTreeMap::new(),
        triggers: false,
    };

    /// The table that a partition finally belongs to; itself for anything else.
    pub(crate) fn whole(&self, oid: u32) -> u32 {
        self.above.get(&oid).and_then(|above| above.last()).copied().unwrap_or(oid)
    }

    /// The key as its rows find their parents; nothing when the parents are not there yet, or are not to be had.
    pub(crate) fn source(&self, table: &Table, key: &Foreign) -> Option<Foreign> {
        let Parent::Relation(oid) = key.parent else { return Some(key.clone()) };
        let whole = self.whole(oid);
        if whole == table.whole_oid || (self.planned.contains(&whole) && !self.done.contains(&whole)) {
            return None;
        }
        let page =
            self.pages.get(&oid).filter(|_| self.planned.contains(&whole) && !self.open.contains(&whole));
        let Some(page) = page else { return Some(key.clone()) };
        // What all share does not point to what is somebody's.
        let nullable = |name: &String| table.column(name).is_some_and(|column| column.nullable);
        if self.open.contains(&table.whole_oid) && key.columns.iter().any(nullable) {
            return None;
        }
        Some(Foreign { from: page.name.clone(), coloured: true, ..key.clone() })
    }

    /// The tenant column as a key to the tenants, where no key of the table says which tenant it is.
    pub(crate) fn tenant_key(&self, table: &Table, keys: &[Foreign]) -> Option<Foreign> {
        let column = self.columns.get(&table.oid).or_else(|| self.columns.get(&table.whole_oid))?;
        let page = self.tenants.as_ref()?;
        let told = keys.iter().any(|key| key.coloured && key.columns.contains(column));
        if told || self.root == Some(table.whole_oid) || self.open.contains(&table.whole_oid) {
            return None;
        }
        let cast = &table.column(column).filter(|column| !column.generated)?.kind.base().cast;
        Some(Foreign {
            constraint: format!("the tenant column {column}"),
            columns: vec![column.clone()],
            parent: Parent::Query,
            from: format!(
                "(SELECT {}, {}, key::{cast} AS key FROM {page}) AS tenants",
                crate::plan::COLOUR,
                crate::plan::NUMBER
            ),
            parent_columns: vec!["key".to_owned()],
            coloured: true,
        })
    }

    /// Where the keys of a table's rows are written down: its own page and those of the tables above.
    pub(crate) fn pages_of(&self, oid: u32) -> Vec<Page> {
        let above = self.above.get(&oid).map(Vec::as_slice).unwrap_or_default();
        std::iter::once(&oid).chain(above).filter_map(|oid| self.pages.get(oid)).cloned().collect()
    }

    /// The spans of so many rows of each colour, numbered from `base` on.
    pub(crate) fn spans(&self, table: &Table, base: u64, rows: &[(u32, u64)]) -> Vec<Span> {
        let mut first = base;
        let mut spans = Vec::new();
        for &(colour, count) in rows.iter().filter(|(_, count)| *count > 0) {
            let place = self.places.get(&(table.whole_oid, colour)).copied().unwrap_or(0);
            spans.push(Span { colour, first, place, count });
            first += count;
        }
        spans
    }

    /// Remembers a key whose parents are not there yet.
    pub(crate) fn note_open(&mut self, table: &Table, key: &Foreign, own: &[String]) {
        let Parent::Relation(parent) = key.parent else { return };
        let nullable = |name: &String| table.column(name).is_some_and(|column| column.nullable);
        let spare = own.iter().any(nullable);
        let itself = self.whole(parent) == table.whole_oid;
        if self.open.contains(&table.whole_oid) || own.is_empty() || (itself && !spare) {
            return;
        }
        self.patches.push(Patch {
            relation: table.oid,
            table: table.name.quoted(),
            name: table.name.to_string(),
            key: key.clone(),
            own: own.to_vec(),
            itself,
            must: !spare,
        });
    }
}
