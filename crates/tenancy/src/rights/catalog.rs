//! The tables that the session sees, and how they refer to each other.

use std::collections::BTreeMap;

use super::RightsError;
use crate::{Execute, Transaction, quote_identifier};

/// A table; partitions are part of theirs.
#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) quoted: String,
    /// Columns and their types as SQL.
    pub(super) columns: BTreeMap<String, String>,
    pub(super) key: Vec<String>,
    pub(super) readable: bool,
}

/// A foreign key, or what was declared in place of one. Tables by their place in [`Catalog::tables`].
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) child: usize,
    pub(super) parent: usize,
    pub(super) columns: Vec<(String, String)>,
    pub(super) on_delete: OnDelete,
    /// No foreign key, but what the application says.
    pub(super) declared: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OnDelete {
    Refuse,
    Cascade,
    LetGo,
}

#[derive(Debug, Clone)]
pub(super) struct Catalog {
    pub(super) tables: Vec<Table>,
    pub(super) links: Vec<Link>,
    /// The column that names the tenant.
    pub(super) tenant: String,
    /// The table of tenants, and its key.
    pub(super) root: Option<(usize, String)>,
}

const TABLES: &str = "SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
        has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE') AS readable,
        array_agg(a.attname::text ORDER BY a.attnum) AS columns,
        array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS types,
        coalesce((SELECT array_agg(k.attname::text) FROM pg_catalog.pg_index AS i
            JOIN pg_catalog.pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey::int2[])
            WHERE i.indrelid = c.oid AND i.indisprimary), '{}') AS key
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'tenant_context')
      AND NOT (n.nspname = 'audit' AND c.relname IN ('audit_chain', 'audit_heads', 'audit_open'))
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = 'pg_catalog.pg_class'::regclass
                      AND d.objid = c.oid AND d.deptype = 'e')
    GROUP BY c.oid, n.oid, n.nspname, c.relname
    ORDER BY n.nspname, c.relname";

const LINKS: &str = "SELECT f.conrelid AS child, f.confrelid AS parent, f.confdeltype::text AS on_delete,
        array_agg(c.attname::text ORDER BY o.n) AS child_columns, array_agg(p.attname::text ORDER BY o.n) AS parent_columns
    FROM pg_catalog.pg_constraint AS f
    CROSS JOIN LATERAL unnest(f.conkey, f.confkey) WITH ORDINALITY AS o (child, parent, n)
    JOIN pg_catalog.pg_attribute AS c ON c.attrelid = f.conrelid AND c.attnum = o.child
    JOIN pg_catalog.pg_attribute AS p ON p.attrelid = f.confrelid AND p.attnum = o.parent
    WHERE f.contype = 'f' AND f.conparentid = 0
    GROUP BY f.oid, f.conrelid, f.confrelid, f.confdeltype
    ORDER BY f.oid";

impl Catalog {
    pub(super) async fn read(on: &Transaction) -> Result<Self, RightsError> {
        let mut by_oid = BTreeMap::new();
        let mut tables = Vec::new();
        for row in on.rows(&TABLES.into(), &[]).await? {
            let (schema, name): (String, String) = (row.get("schema")?, row.get("name")?);
            let columns: Vec<String> = row.get("columns")?;
            let types: Vec<String> = row.get("types")?;
            by_oid.insert(row.get::<u32>("oid")?, tables.len());
            tables.push(Table {
                quoted: format!("{}.{}", quote_identifier(&schema), quote_identifier(&name)),
                name: if schema == "public" { name } else { format!("{schema}.{name}") },
                columns: columns.into_iter().zip(types).collect(),
                key: row.get("key")?,
                readable: row.get("readable")?,
            });
        }
        let mut links = Vec::new();
        for row in on.rows(&LINKS.into(), &[]).await? {
            let ends = (by_oid.get(&row.get::<u32>("child")?), by_oid.get(&row.get::<u32>("parent")?));
            let (Some(&child), Some(&parent)) = ends else { continue };
            let columns = row.get::<Vec<String>>("child_columns")?.into_iter();
            links.push(Link {
                child,
                parent,
                columns: columns.zip(row.get::<Vec<String>>("parent_columns")?).collect(),
                on_delete: match row.get::<String>("on_delete")?.as_str() {
                    "c" => OnDelete::Cascade,
                    "n" | "d" => OnDelete::LetGo,
                    _ => OnDelete::Refuse,
                },
                declared: false,
            });
        }
        let tenancy = on.tenancy();
        let mut catalog = Self { tables, links, tenant: tenancy.column.clone(), root: None };
        if let Ok(root) = catalog.find(&tenancy.root) {
            let key = catalog.tables.get(root).and_then(|table| match table.key.as_slice() {
                [key] => Some(key.clone()),
                _ => None,
            });
            catalog.root = key.map(|key| (root, key));
        }
        Ok(catalog)
    }

    /// The place of a table, by its name in `public` or with its schema.
    pub(super) fn find(&self, name: &str) -> Result<usize, RightsError> {
        let name = name.strip_prefix("public.").unwrap_or(name);
        let mut found =
            self.tables.iter().enumerate().filter(|(_, table)| table.name == name).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (None, _) => Err(RightsError::Table(name.to_owned(), "which is not there")),
            _ => Err(RightsError::Table(name.to_owned(), "which several are called")),
        }
    }

    /// The type of a column.
    pub(super) fn type_of(&self, table: usize, column: &str) -> Result<&str, RightsError> {
        let table = self.tables.get(table);
        table.and_then(|table| table.columns.get(column)).map(String::as_str).ok_or_else(|| {
            RightsError::Column {
                table: table.map(|table| table.name.clone()).unwrap_or_default(),
                column: column.to_owned(),
            }
        })
    }

    pub(super) fn name(&self, table: usize) -> &str {
        self.tables.get(table).map_or("", |table| table.name.as_str())
    }

    /// What holds a row `alias` to the tenant `$1`, where the table says whose it is.
    pub(super) fn within(&self, table: usize, alias: &str) -> Option<String> {
        let column = match &self.root {
            Some((root, key)) if *root == table => key,
            _ => &self.tenant,
        };
        let ty = self.type_of(table, column).ok()?;
        Some(format!("{alias}.{} = $1::text::{ty}", quote_identifier(column)))
    }
}
