//! The statements that put a plan's rows in.

use super::{COLOUR, Instead, NUMBER, Parts, Plan, Span, numbers};
use crate::{ask::Bound, table::Column, table::Condition};

/// Where the keys of rows that were made are written down, by colour.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    /// The temporary table, quoted.
    pub(crate) name: String,
    /// The columns that are written down, unquoted.
    pub(crate) columns: Vec<String>,
}

impl Page {
    fn quoted(&self) -> String {
        self.columns
            .iter()
            .map(|name| freehold_model::name::quote_identifier(name))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

impl Plan<'_> {
    /// Some row numbers to try conditions on.
    pub(crate) fn samples(&self) -> String {
        numbers::samples(&self.spans)
    }

    /// `INSERT` of the rows of all spans.
    pub(crate) fn insert(&self) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(&self.spans, &mut parts);
        (format!("{}INSERT INTO {into} SELECT {columns} FROM ({rows}) AS made", parts.with()), parts.bound)
    }

    /// The same, with what the rows are known by written down as it was made. Answers with the number of rows.
    pub(crate) fn insert_noted(&self, pages: &[Page]) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(&self.spans, &mut parts);
        let notes: Vec<String> = pages
            .iter()
            .enumerate()
            .map(|(at, page)| {
                let (name, list) = (&page.name, page.quoted());
                format!(
                    ", noted{at} AS (INSERT INTO {name} ({COLOUR}, {NUMBER}, {list}) \
                     SELECT {COLOUR}, {NUMBER}, {list} FROM made)"
                )
            })
            .collect();
        let sql = format!(
            "{} made AS MATERIALIZED ({rows}), \
             stored AS (INSERT INTO {into} SELECT {columns} FROM made RETURNING 1){} \
             SELECT pg_catalog.count(*) FROM stored",
            parts.with_more(),
            notes.concat()
        );
        (sql, parts.bound)
    }

    /// `INSERT` of one span, with what the stored rows are known by written down as it was stored. Answers with the
    /// number of rows.
    pub(crate) fn insert_returned(&self, span: Span, pages: &[Page]) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(&[span], &mut parts);
        let sql = format!(
            "{} made AS MATERIALIZED ({rows}), {} SELECT pg_catalog.count(*) FROM stored",
            parts.with_more(),
            stored(&into, &format!("SELECT {columns} FROM made"), "", span, pages),
        );
        (sql, parts.bound)
    }

    /// `INSERT` of only those rows of a span that meet the conditions and collide with nothing, at most `limit` of
    /// them. Answers with how many went in, how many met the conditions, and the number of the last of these.
    pub(crate) fn sifted(&self, span: Span, limit: u64, pages: &[Page]) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(&[span], &mut parts);
        let conditions = self.judged(|condition: &Condition| condition.enforced);
        let all: Vec<String> =
            conditions.iter().map(|c| format!(" AND ({}) IS NOT FALSE", c.expression)).collect();
        parts.with.insert(
            "sifted".to_owned(),
            format!("SELECT * FROM ({rows}) AS made WHERE true{} LIMIT {limit}", all.concat()),
        );
        let stored =
            stored(&into, &format!("SELECT {columns} FROM sifted"), " ON CONFLICT DO NOTHING", span, pages);
        let sql = format!(
            "{} {stored} SELECT (SELECT pg_catalog.count(*) FROM stored), pg_catalog.count(*), \
             pg_catalog.max({NUMBER}) FROM sifted",
            parts.with_more(),
        );
        (sql, parts.bound)
    }

    /// The rows, the table with its columns, and the columns alone.
    fn rows_into(&self, spans: &[Span], parts: &mut Parts) -> (String, String, String) {
        let given = self.given();
        let rows = self.select(&given, &Instead::new(), &numbers::numbers(spans), true, parts);
        let columns: Vec<String> =
            given.iter().filter_map(|at| self.table.columns.get(*at)).map(Column::quoted).collect();
        let columns = columns.join(", ");
        let table = self.table.name.quoted();
        let into =
            if columns.is_empty() { table } else { format!("{table} ({columns}) OVERRIDING SYSTEM VALUE") };
        (rows, into, columns)
    }
}

/// The expressions that store rows and write down what was stored.
fn stored(into: &str, from: &str, conflict: &str, span: Span, pages: &[Page]) -> String {
    let mut names: Vec<String> = pages
        .iter()
        .flat_map(|page| &page.columns)
        .map(|name| freehold_model::name::quote_identifier(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let returned = if names.is_empty() { "1".to_owned() } else { names.join(", ") };
    let mut sql = format!("stored AS (INSERT INTO {into} {from}{conflict} RETURNING {returned})");
    for (at, page) in pages.iter().enumerate() {
        let (name, list) = (&page.name, page.quoted());
        sql += &format!(
            ", noted{at} AS (INSERT INTO {name} ({COLOUR}, {NUMBER}, {list}) SELECT {}, \
             {} + pg_catalog.row_number() OVER (), {list} FROM stored)",
            span.colour, span.first
        );
    }
    sql
}
