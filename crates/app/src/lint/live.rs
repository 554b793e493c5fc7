//! A live database, looked at over a session that cannot write: its catalog, the sizes of its tables, its queries.

use std::{collections::BTreeMap, sync::Arc};

use freehold_db::{ConnectTo, DbError, Session, catalog::CatalogReader};
use freehold_lint::{LiveQuery, Options, Production};
use freehold_model::{
    catalog::Catalog,
    name::{QualifiedName, quote_identifier},
};
use freehold_sql::{ObjectKind, tree};

use crate::report::NotVerified;

/// The most queries that are looked at, the most frequent first.
const QUERIES: i64 = 5_000;

/// Rows of every table, partitions counted with their parents too; none where nothing was ever counted.
const ROWS: &str = "
WITH own AS (
    SELECT c.oid,
           CASE WHEN c.relkind = 'p' THEN NULL
                WHEN c.reltuples < 0 AND pg_catalog.pg_stat_get_live_tuples(c.oid) = 0
                     AND pg_catalog.pg_relation_size(c.oid) > 0 THEN NULL
                ELSE greatest(c.reltuples::float8, pg_catalog.pg_stat_get_live_tuples(c.oid)::float8, 0)
           END AS counted
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'm', 'p')
)
SELECT n.nspname::text, c.relname::text,
       CASE WHEN c.relkind = 'p' THEN
           (SELECT CASE WHEN pg_catalog.bool_and(leaf.counted IS NOT NULL) THEN pg_catalog.sum(leaf.counted) END
            FROM pg_catalog.pg_partition_tree(c.oid) t JOIN own leaf ON leaf.oid = t.relid WHERE t.isleaf)
       ELSE own.counted END AS counted
FROM own
JOIN pg_catalog.pg_class c ON c.oid = own.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%'";

const INDEX_SCANS: &str =
    "SELECT schemaname::text, indexrelname::text, idx_scan FROM pg_catalog.pg_stat_user_indexes";

const STATEMENTS_SCHEMA: &str = "
SELECT n.nspname::text FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'";

/// What a live database shows.
pub(crate) struct Live {
    /// Its catalog.
    pub(crate) catalog: Arc<Catalog>,
    /// Rows of its tables.
    pub(crate) rows: BTreeMap<QualifiedName, u64>,
    /// Its queries and the use of its indexes.
    pub(crate) production: Production,
    /// What it is, for people.
    pub(crate) server: String,
    /// What could not be seen.
    pub(crate) gaps: Vec<NotVerified>,
}

impl Live {
    /// The same options with what is known of production.
    pub(crate) fn told(&self, mut options: Options) -> Options {
        // What a person wrote of a table wins over what its server has counted: it may be of the future.
        for (table, rows) in &self.rows {
            options.rows.entry(table.clone()).or_insert(*rows);
        }
        options.production = Some(self.production.clone());
        options
    }
}

/// Looks at a database.
///
/// # Errors
/// When it cannot be connected to, or the server refuses to show its catalog.
pub(super) async fn look(to: &ConnectTo) -> Result<Live, DbError> {
    let session = open(to).await?;
    let live = seen(&session, to).await?;
    session.close().await;
    Ok(live)
}

/// A session that cannot write and waits for nobody.
pub(crate) async fn open(to: &ConnectTo) -> Result<Session, DbError> {
    let read_only = to
        .with_setting("default_transaction_read_only", "on")
        .with_setting("statement_timeout", "60s")
        .with_setting("lock_timeout", "3s")
        .with_setting("application_name", "freehold lint");
    Session::open(&read_only).await
}

/// What such a session shows.
pub(super) async fn seen(session: &Session, to: &ConnectTo) -> Result<Live, DbError> {
    let catalog = CatalogReader::new().read(session).await?;
    let rows = rows(session).await?;
    let mut gaps = Vec::new();
    let production = Production {
        index_scans: index_scans(session).await?,
        ..statements(session, &catalog, &mut gaps).await?
    };
    let server = format!("PostgreSQL {}, {}, read only", session.version(), to.masked());
    Ok(Live { catalog, rows, production, server, gaps })
}

async fn rows(session: &Session) -> Result<BTreeMap<QualifiedName, u64>, DbError> {
    let mut all = BTreeMap::new();
    for row in session.query(ROWS, &[]).await? {
        let (schema, name, counted): (Option<String>, Option<String>, Option<f64>) =
            (row.try_get(0).ok(), row.try_get(1).ok(), row.try_get(2).ok().flatten());
        if let (Some(schema), Some(name), Some(counted)) = (schema, name, counted) {
            all.insert(QualifiedName::new(schema, name), whole(counted));
        }
    }
    Ok(all)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an estimate of rows is not negative, and a cast stops at the largest number"
)]
fn whole(counted: f64) -> u64 {
    counted.max(0.0).round() as u64
}

async fn index_scans(session: &Session) -> Result<BTreeMap<QualifiedName, u64>, DbError> {
    let mut all = BTreeMap::new();
    for row in session.query(INDEX_SCANS, &[]).await? {
        let (schema, name, scans): (Option<String>, Option<String>, Option<i64>) =
            (row.try_get(0).ok(), row.try_get(1).ok(), row.try_get(2).ok().flatten());
        if let (Some(schema), Some(name)) = (schema, name) {
            let scans = u64::try_from(scans.unwrap_or(0)).unwrap_or(0);
            all.insert(QualifiedName::new(schema, name), scans);
        }
    }
    Ok(all)
}

/// The queries of `pg_stat_statements`. Where they cannot be seen, a gap says so.
async fn statements(
    session: &Session,
    catalog: &Catalog,
    gaps: &mut Vec<NotVerified>,
) -> Result<Production, DbError> {
    let what = "which live queries a change would hurt";
    let schema = session.query(STATEMENTS_SCHEMA, &[]).await?;
    let Some(schema) = schema.first().and_then(|row| row.try_get::<_, String>(0).ok()) else {
        gaps.push(NotVerified::for_completeness(
            what,
            "the extension pg_stat_statements is not installed there",
        ));
        return Ok(Production::default());
    };
    let schema = quote_identifier(&schema);
    let ask = format!(
        "SELECT query, calls, mean_exec_time FROM {schema}.pg_stat_statements \
         WHERE dbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) \
         ORDER BY calls DESC LIMIT {QUERIES}"
    );
    let found = match session.query(&ask, &[]).await {
        Ok(found) => found,
        Err(error) => {
            gaps.push(NotVerified::for_completeness(
                what,
                format!("pg_stat_statements cannot be read: {error}"),
            ));
            return Ok(Production::default());
        }
    };
    let age = format!(
        "SELECT extract(epoch FROM pg_catalog.now() - stats_reset)::float8 FROM {schema}.pg_stat_statements_info"
    );
    let seconds = match session.query(&age, &[]).await {
        Ok(rows) => {
            rows.first().and_then(|row| row.try_get::<_, Option<f64>>(0).ok().flatten()).unwrap_or(0.0)
        }
        Err(_) => 0.0,
    };
    let mut hidden = 0_usize;
    let mut texts = Vec::new();
    for row in found {
        let text: Option<String> = row.try_get(0).ok().flatten();
        let calls: Option<i64> = row.try_get(1).ok();
        let mean_ms: Option<f64> = row.try_get(2).ok();
        match text.filter(|text| text != "<insufficient privilege>") {
            Some(text) => {
                let calls = u64::try_from(calls.unwrap_or(0)).unwrap_or(0);
                texts.push((text, calls, mean_ms.unwrap_or(0.0)));
            }
            None => hidden += 1,
        }
    }
    if hidden > 0 {
        let why = "their texts are hidden from this role: grant it pg_read_all_stats";
        gaps.push(NotVerified::for_completeness(format!("{hidden} live queries"), why));
    }
    Ok(Production { queries: queries(texts, catalog), seconds, ..Production::default() })
}

/// The schemas that have a relation of a name.
type Schemas = BTreeMap<String, Vec<String>>;

fn schemas(catalog: &Catalog) -> Schemas {
    let mut all = Schemas::new();
    for relation in &catalog.relations {
        all.entry(relation.name.name.clone()).or_default().push(relation.name.schema.clone());
    }
    all
}

/// The schema that a bare name means: the search path of the session that ran it is not known, so `public` if it is
/// there, else the only one that has it.
fn schema_of<'s>(name: &str, schemas: &'s Schemas) -> Option<&'s str> {
    let of_name = schemas.get(name)?;
    let public = of_name.iter().find(|schema| *schema == "public");
    public.or_else(|| of_name.first().filter(|_| of_name.len() == 1)).map(String::as_str)
}

/// Queries with their calls and mean times, as a snapshot keeps them.
pub(super) fn queries(texts: Vec<(String, u64, f64)>, catalog: &Catalog) -> Vec<LiveQuery> {
    read(texts, schemas(catalog))
}

/// What the queries read and write, by their text. On a thread with a deep stack; none when the system gives none.
fn read(texts: Vec<(String, u64, f64)>, schemas: Schemas) -> Vec<LiveQuery> {
    let work = move || {
        let all = texts.into_iter();
        all.map(|(text, calls, mean_ms)| query(text, calls, mean_ms, &schemas)).collect()
    };
    freehold_sql::deep_thread().spawn(work).ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
}

fn query(text: String, calls: u64, mean_ms: f64, schemas: &Schemas) -> LiveQuery {
    let mut relations: Vec<QualifiedName> = Vec::new();
    let mut columns: Vec<String> = Vec::new();
    freehold_sql::parse_each(&text, &mut |outcome| {
        let Ok(parsed) = outcome else { return };
        for object in &parsed.statement.effect.objects {
            if !is_relation(object.kind) {
                continue;
            }
            let schema = object.schema.as_deref().or_else(|| schema_of(&object.name, schemas));
            let name = QualifiedName::new(schema.unwrap_or("public"), object.name.as_str());
            if !relations.contains(&name) {
                relations.push(name);
            }
        }
        let node = parsed.tree.map(|node| tree::protobuf::Node { node: Some(node) });
        for parts in node.iter().flat_map(tree::columns) {
            if let Some(column) = parts.last().filter(|column| !columns.contains(column)) {
                columns.push(column.clone());
            }
        }
    });
    LiveQuery { text, calls, mean_ms, relations, columns }
}

fn is_relation(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Table | ObjectKind::View | ObjectKind::MaterializedView | ObjectKind::ForeignTable
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_tells_its_relations_and_columns() {
        let texts = vec![(
            "SELECT o.id, email FROM orders o JOIN app.users u ON u.id = o.user_id WHERE o.paid = $1"
                .to_owned(),
            7,
            0.5,
        )];
        let queries = read(texts, Schemas::from([("orders".to_owned(), vec!["shop".to_owned()])]));
        let names: Vec<String> = queries[0].relations.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["shop.orders", "app.users"]);
        for column in ["id", "email", "user_id", "paid"] {
            assert!(queries[0].columns.iter().any(|one| one == column), "{column}: {:?}", queries[0].columns);
        }
    }

    #[test]
    fn what_is_cut_off_or_no_sql_is_a_query_that_reads_nothing() {
        let queries = read(vec![("SELECT * FROM a WHERE".to_owned(), 1, 1.0)], Schemas::new());
        assert_eq!((queries.len(), queries[0].relations.len()), (1, 0));
    }
}
