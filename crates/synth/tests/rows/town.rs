//! A schema filled for several tenants, and whose every row is.

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::catalog::CatalogReader;
use freehold_model::{
    catalog::{Catalog, RelationKind},
    name::quote_identifier,
};
use freehold_synth::{Populated, Population, populate};

use super::stage::Stage;

/// A schema with its tenancy, by names.
#[derive(Default, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) schema: &'a str,
    pub(crate) root: &'a str,
    /// Tenant columns as `table.column`.
    pub(crate) columns: &'a [&'a str],
    pub(crate) shared: &'a [&'a str],
}

pub(crate) struct Town {
    pub(crate) stage: Stage,
    pub(crate) catalog: std::sync::Arc<Catalog>,
    pub(crate) population: Population,
}

impl Town {
    pub(crate) async fn found(plan: Plan<'_>) -> Self {
        let stage = Stage::set(plan.schema).await;
        let catalog = CatalogReader::new().read(&stage.session).await.expect("the catalog");
        let mut population = Population { tenants: 3, rows: 4, seed: 1, ..Population::default() };
        if !plan.root.is_empty() {
            population.root = Some(stage.oid(plan.root).await);
        }
        for column in plan.columns {
            let (table, column) = column.rsplit_once('.').expect("table.column");
            population.columns.insert(stage.oid(table).await, column.to_owned());
        }
        for table in plan.shared {
            population.shared.insert(stage.oid(table).await);
        }
        Self { stage, catalog, population }
    }

    pub(crate) async fn fill(&self) -> Populated {
        populate(&self.stage.session, &self.catalog, &self.population).await.expect("a population")
    }

    /// What is wrong with the rows: orphans, references that cross from tenant to tenant, and tenant columns with the
    /// key of another.
    pub(crate) async fn faults(&self, populated: &Populated) -> Vec<String> {
        let mut faults: Vec<String> = populated.unsatisfied.iter().map(ToString::to_string).collect();
        faults.extend(self.stage.orphans().await.into_iter().map(|key| format!("orphans of {key}")));
        if let Err(error) = self.stage.session.run("SET CONSTRAINTS ALL IMMEDIATE").await {
            faults.push(super::stage::chain(&error));
        }
        let shared: BTreeSet<u32> = self
            .population
            .shared
            .iter()
            .copied()
            .chain(populated.shared.iter().map(|(oid, _)| *oid))
            .collect();
        let mut families = Families::default();
        for relation in self.catalog.relations.iter().filter(|r| r.kind == RelationKind::Table) {
            let top = self.top(relation.oid);
            if shared.contains(&top) {
                continue;
            }
            let name = relation.name.quoted();
            let known =
                self.population.columns.get(&relation.oid).or_else(|| self.population.columns.get(&top));
            if let Some(column) = known.filter(|column| {
                // Where a key says it, the key is looked at.
                self.population.root != Some(top)
                    && !relation.foreign_keys().any(|key| key.columns == [(*column).clone()])
            }) {
                let sql = format!(
                    "select tableoid::text || ctid::text, {}::text from only {name}",
                    quote_identifier(column)
                );
                for (row, key) in self.pairs(&sql).await {
                    families.join(&row, &format!("tenant {key}"));
                }
            }
            if self.population.root == Some(top) {
                let key = relation.primary_key().map(|key| quote_identifier(&key.columns[0])).expect("a key");
                let sql = format!("select tableoid::text || ctid::text, {key}::text from only {name}");
                for (row, key) in self.pairs(&sql).await {
                    families.join(&row, &format!("tenant {key}"));
                }
            }
            for key in relation.foreign_keys() {
                let parent = key.referenced_oid.expect("a parent");
                if shared.contains(&self.top(parent)) {
                    continue;
                }
                let same: Vec<String> = key
                    .columns
                    .iter()
                    .zip(&key.referenced_columns)
                    .map(|(own, other)| {
                        format!("t.{} = p.{}", quote_identifier(own), quote_identifier(other))
                    })
                    .collect();
                let parent = key.referenced_table.as_ref().expect("its name").quoted();
                let sql = format!(
                    "select t.tableoid::text || t.ctid::text, p.tableoid::text || p.ctid::text from only {name} t join {parent} p on {}",
                    same.join(" and ")
                );
                for (row, other) in self.pairs(&sql).await {
                    families.join(&row, &other);
                }
            }
        }
        faults.extend(families.mixed());
        faults
    }

    fn top(&self, oid: u32) -> u32 {
        let relation = self.catalog.relation_by_oid(oid).expect("a relation");
        let above =
            relation.partition.as_ref().and_then(|partition| self.catalog.relation(&partition.parent));
        above.map_or(oid, |above| self.top(above.oid))
    }

    async fn pairs(&self, sql: &str) -> Vec<(String, String)> {
        let rows =
            self.stage.session.client().query(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        rows.iter().map(|row| (row.get(0), row.get::<_, Option<String>>(1).unwrap_or_default())).collect()
    }
}

/// Rows that hang together.
#[derive(Default)]
struct Families {
    above: BTreeMap<String, String>,
}

impl Families {
    fn head(&mut self, row: &str) -> String {
        let mut at = row.to_owned();
        while let Some(above) = self.above.get(&at).cloned() {
            at = above;
        }
        at
    }

    fn join(&mut self, one: &str, other: &str) {
        let (one, other) = (self.head(one), self.head(other));
        if one != other {
            self.above.insert(one, other);
        }
    }

    /// Families with several tenants.
    fn mixed(&mut self) -> Vec<String> {
        let tenants: BTreeSet<String> = self
            .above
            .iter()
            .flat_map(|(one, other)| [one, other])
            .filter(|row| row.starts_with("tenant "))
            .cloned()
            .collect();
        let mut heads: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for tenant in tenants {
            heads.entry(self.head(&tenant)).or_default().push(tenant);
        }
        heads
            .into_values()
            .filter(|tenants| tenants.len() > 1)
            .map(|tenants| format!("hang together: {tenants:?}"))
            .collect()
    }
}
