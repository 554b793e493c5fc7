//! The SQL that finds every row of a subject: from the declared rows along the foreign keys, in any number of steps.
//!
//! A row is told by its partition and its place in it, which stay as they are within one snapshot.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    RightsError, Subject,
    catalog::{Catalog, Link, OnDelete},
};
use crate::quote_identifier;

pub(super) struct Reach {
    pub(super) catalog: Catalog,
    /// Tables in which the subject may have rows.
    pub(super) tables: BTreeSet<usize>,
    /// Those of them that the session may not read.
    pub(super) unreadable: BTreeSet<usize>,
    /// Links that are followed.
    pub(super) links: Vec<Link>,
    roots: Vec<(usize, String)>,
    /// Values of the parameters from `$2` on; `$1` is the tenant.
    pub(super) values: Vec<String>,
}

impl Reach {
    pub(super) fn of(subject: &Subject, mut catalog: Catalog) -> Result<Self, RightsError> {
        for link in &subject.links {
            let (child, parent) = (catalog.find(&link.child)?, catalog.find(&link.parent)?);
            catalog.type_of(child, &link.child_column)?;
            catalog.type_of(parent, &link.parent_column)?;
            let columns = vec![(link.child_column.clone(), link.parent_column.clone())];
            catalog.links.push(Link { child, parent, columns, on_delete: OnDelete::LetGo, declared: true });
        }
        let mut passed_over = Vec::new();
        for (table, column) in &subject.not_following {
            let table = catalog.find(table)?;
            catalog.type_of(table, column)?;
            passed_over.push((table, column.as_str()));
        }
        let mut without = BTreeSet::new();
        for table in &subject.without {
            without.insert(catalog.find(table)?);
        }
        let (roots, values) = roots(subject, &catalog, &without)?;
        if roots.is_empty() {
            return Err(RightsError::Nothing);
        }
        let follow = |link: &&Link| {
            let over = passed_over.iter().any(|(table, column)| {
                *table == link.child && link.columns.iter().any(|(own, _)| own == column)
            });
            !over && !without.contains(&link.child)
        };
        let links: Vec<Link> = catalog.links.iter().filter(follow).cloned().collect();
        let mut tables: BTreeSet<usize> = roots.iter().map(|(table, _)| *table).collect();
        loop {
            let further: Vec<usize> = links
                .iter()
                .filter(|link| tables.contains(&link.parent) && !tables.contains(&link.child))
                .map(|link| link.child)
                .collect();
            if further.is_empty() {
                break;
            }
            tables.extend(further);
        }
        let readable = |at: &usize| catalog.tables.get(*at).is_some_and(|table| table.readable);
        let (tables, unreadable): (BTreeSet<usize>, BTreeSet<usize>) = tables.into_iter().partition(readable);
        let links = links
            .into_iter()
            .filter(|link| tables.contains(&link.parent) && tables.contains(&link.child))
            // What a tenant owns is found by its key, so that only tables without one have to be reached.
            .filter(|link| !(subject.whole_tenant && roots.iter().any(|(table, _)| *table == link.child)))
            .collect();
        let roots = roots.into_iter().filter(|(table, _)| tables.contains(table)).collect();
        Ok(Self { catalog, tables, unreadable, links, roots, values })
    }

    /// `WITH RECURSIVE reached (tab, part, tid) AS (...)`.
    pub(super) fn with(&self) -> String {
        let catalog = &self.catalog;
        let mut of: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (table, condition) in &self.roots {
            of.entry(*table).or_default().push(condition);
        }
        let first: Vec<String> = of
            .iter()
            .map(|(table, conditions)| {
                format!(
                    "SELECT {table}, x.tableoid, x.ctid FROM {} AS x WHERE $1::text IS NOT NULL AND ({})",
                    catalog.tables.get(*table).map_or("", |table| table.quoted.as_str()),
                    conditions.join(" OR ")
                )
            })
            .collect();
        let first = first.join("\n  UNION ALL ");
        if self.links.is_empty() {
            return format!("WITH RECURSIVE reached (tab, part, tid) AS (\n  {first}\n)");
        }
        let steps: Vec<String> = self.links.iter().map(|link| self.step(link)).collect();
        format!(
            "WITH RECURSIVE reached (tab, part, tid) AS (\n  SELECT * FROM ({first}) AS f\n  UNION\n  \
             SELECT s.* FROM reached AS r, LATERAL (\n    {}\n  ) AS s\n)",
            steps.join("\n    UNION ALL ")
        )
    }

    fn step(&self, link: &Link) -> String {
        let catalog = &self.catalog;
        let quoted = |at: usize| catalog.tables.get(at).map_or("", |table| table.quoted.as_str());
        let mut conditions: Vec<String> = link
            .columns
            .iter()
            .map(|(child, parent)| {
                let types =
                    (catalog.type_of(link.child, child).ok(), catalog.type_of(link.parent, parent).ok());
                // Declared links may join a text to a uuid; foreign keys are compared as they are.
                let cast = if link.declared && types.0 != types.1 { "::text" } else { "" };
                format!("c.{}{cast} = p.{}{cast}", quote_identifier(child), quote_identifier(parent))
            })
            .collect();
        conditions.extend(catalog.within(link.child, "c"));
        format!(
            "SELECT {child}, c.tableoid, c.ctid FROM {} AS p JOIN {} AS c ON {} WHERE r.tab = {} AND p.tableoid = r.part AND p.ctid = r.tid",
            quoted(link.parent),
            quoted(link.child),
            conditions.join(" AND "),
            link.parent,
            child = link.child,
        )
    }
}

type Roots = (Vec<(usize, String)>, Vec<String>);

fn roots(subject: &Subject, catalog: &Catalog, without: &BTreeSet<usize>) -> Result<Roots, RightsError> {
    let mut values = Vec::new();
    let mut roots = Vec::new();
    if subject.whole_tenant {
        let owned = (0..catalog.tables.len()).filter(|at| !without.contains(at));
        roots.extend(owned.filter_map(|at| catalog.within(at, "x").map(|within| (at, within))));
    }
    for root in &subject.roots {
        let table = catalog.find(&root.table)?;
        let ty = catalog.type_of(table, &root.column)?;
        let within = catalog.within(table, "x").map_or(String::new(), |within| format!("{within} AND "));
        values.push(root.value.clone());
        let place = values.len() + 1;
        roots.push((table, format!("({within}x.{} = ${place}::text::{ty})", quote_identifier(&root.column))));
    }
    Ok((roots, values))
}
