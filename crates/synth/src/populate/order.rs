//! In which order tables are filled: parents first, circles together.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::catalog::{Catalog, Relation, RelationKind};
use petgraph::{algo::tarjan_scc, graphmap::DiGraphMap};

use super::Population;
use crate::book::Book;

/// A book without anything.
pub(super) static NOTHING: Book = Book::EMPTY;

fn holds_rows(relation: &Relation) -> bool {
    matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
}

/// The tables above each partition, the nearest first.
pub(super) fn above(catalog: &Catalog) -> BTreeMap<u32, Vec<u32>> {
    let parent = |relation: &Relation| {
        relation.partition.as_ref().and_then(|partition| catalog.relation(&partition.parent))
    };
    let mut found = BTreeMap::new();
    for relation in catalog.relations.iter().filter(|relation| relation.partition.is_some()) {
        let chain: Vec<u32> =
            std::iter::successors(parent(relation), |above| parent(above)).map(|above| above.oid).collect();
        if !chain.is_empty() {
            found.insert(relation.oid, chain);
        }
    }
    found
}

/// The tables that are filled: those asked for, and those that they need.
pub(super) fn planned(
    catalog: &Catalog,
    population: &Population,
    above: &BTreeMap<u32, Vec<u32>>,
) -> BTreeSet<u32> {
    let whole = |oid: u32| above.get(&oid).and_then(|above| above.last()).copied().unwrap_or(oid);
    let all: BTreeSet<u32> = catalog
        .relations
        .iter()
        .filter(|relation| holds_rows(relation) && !above.contains_key(&relation.oid))
        .map(|relation| relation.oid)
        .filter(|oid| !population.except.contains(oid))
        .collect();
    let Some(tables) = &population.tables else { return all };
    let mut wanted: BTreeSet<u32> = BTreeSet::new();
    let mut next: Vec<u32> = tables.iter().copied().map(whole).chain(population.root).collect();
    while let Some(oid) = next.pop() {
        if all.contains(&oid) && wanted.insert(oid) {
            next.extend(parents(catalog, above, oid).into_iter().map(|(parent, _)| parent));
        }
    }
    wanted
}

/// Tables that are not filled: whatever they hold is everybody's.
pub(super) fn left_out(
    catalog: &Catalog,
    planned: &BTreeSet<u32>,
    above: &BTreeMap<u32, Vec<u32>>,
) -> Vec<u32> {
    let wholes = catalog.relations.iter().filter(|relation| !above.contains_key(&relation.oid));
    wholes.map(|relation| relation.oid).filter(|oid| !planned.contains(oid)).collect()
}

/// The partitions of a table that hold rows themselves.
pub(super) fn leaves(catalog: &Catalog, book: &Book, oid: u32) -> Vec<u32> {
    let below = book.above.iter().filter(|(_, above)| above.contains(&oid)).map(|(below, _)| *below);
    below
        .filter(|below| catalog.relation_by_oid(*below).is_some_and(|leaf| leaf.kind == RelationKind::Table))
        .collect()
}

/// True for a table that is divided by nothing but whose a row is.
pub(super) fn by_tenant(catalog: &Catalog, population: &Population, relation: &Relation) -> bool {
    let Some(key) = relation.partition_key.as_ref().filter(|key| !key.columns.is_empty()) else {
        return false;
    };
    // An expression of the key is not among its columns.
    let plain =
        key.definition.matches(',').count() + 1 == key.columns.len() && !key.definition.contains("((");
    let to_root = relation.foreign_keys().filter(|key| key.referenced_oid == population.root);
    let to_root: Vec<&String> = to_root.flat_map(|key| &key.columns).collect();
    let tells =
        |name: &String| population.columns.get(&relation.oid) == Some(name) || to_root.contains(&name);
    let below = catalog
        .relations
        .iter()
        .filter(|part| part.partition.as_ref().is_some_and(|partition| partition.parent == relation.name));
    plain && key.columns.iter().all(tells) && below.into_iter().all(|part| part.kind == RelationKind::Table)
}

/// The tables that a table and its partitions point to; true where they must.
fn parents(catalog: &Catalog, above: &BTreeMap<u32, Vec<u32>>, oid: u32) -> Vec<(u32, bool)> {
    let whole = |oid: u32| above.get(&oid).and_then(|above| above.last()).copied().unwrap_or(oid);
    let parts = above.iter().filter(|(_, above)| above.last() == Some(&oid)).map(|(part, _)| *part);
    let mut found = Vec::new();
    for relation in std::iter::once(oid).chain(parts).filter_map(|oid| catalog.relation_by_oid(oid)) {
        for key in relation.foreign_keys() {
            let Some(parent) = key.referenced_oid else { continue };
            let must =
                key.columns.iter().all(|name| relation.column(name).is_some_and(|column| column.not_null));
            found.push((whole(parent), must));
        }
    }
    found
}

/// Tables that point at each other are together; what they point to comes before them.
pub(super) fn circles(catalog: &Catalog, book: &Book) -> Vec<Vec<u32>> {
    let mut graph: DiGraphMap<u32, bool> = DiGraphMap::new();
    for &oid in &book.planned {
        graph.add_node(oid);
    }
    for &oid in &book.planned {
        let mut edges = parents(catalog, &book.above, oid);
        if let (Some(root), true) = (book.root, tells_tenant(book, oid)) {
            edges.push((root, true));
        }
        for (parent, must) in edges {
            if parent != oid && book.planned.contains(&parent) {
                let known = graph.edge_weight(oid, parent).copied().unwrap_or(false);
                graph.add_edge(oid, parent, known || must);
            }
        }
    }
    tarjan_scc(&graph).into_iter().map(|circle| within(&graph, circle)).collect()
}

fn tells_tenant(book: &Book, oid: u32) -> bool {
    book.columns.keys().any(|table| book.whole(*table) == oid)
}

/// The order inside a circle: first what can do without the others for now.
fn within(graph: &DiGraphMap<u32, bool>, circle: Vec<u32>) -> Vec<u32> {
    let mut left: BTreeSet<u32> = circle.into_iter().collect();
    let mut order = Vec::new();
    let lacking = |oid: u32, left: &BTreeSet<u32>, must: bool| {
        graph.edges(oid).filter(|(_, parent, needed)| left.contains(parent) && (**needed || !must)).count()
    };
    while let Some(next) =
        left.iter().copied().min_by_key(|oid| (lacking(*oid, &left, true), lacking(*oid, &left, false), *oid))
    {
        left.remove(&next);
        order.push(next);
    }
    order
}
