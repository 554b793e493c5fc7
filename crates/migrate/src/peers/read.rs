//! Finding other tools' tables in a database and reading them, without changing anything.

use freehold_db::{DbError, Session};
use freehold_model::name::QualifiedName;
use freehold_model::sqlstate::SqlState;

use crate::peers::dbmate::RAILS;
use crate::peers::history::PeerHistory;
use crate::peers::peer::{Peer, RawRow};
use crate::peers::table::{PeerColumn, PeerTable};
use crate::peers::{PEERS, peer_named};

/// The columns of tables by name and schema, in the order of the schemas as they were given.
const FIND: &str = "
    select n.nspname::text, c.relname::text, a.attname::text, pg_catalog.format_type(a.atttypid, null)
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    where c.relname = any($1::name[]) and n.nspname = any($2::name[]) and c.relkind in ('r', 'p', 'v', 'm', 'f')
    order by pg_catalog.array_position($2::name[], n.nspname), c.relname collate \"C\", a.attnum";

const SEARCH_PATH: &str =
    "select schema::text from pg_catalog.unnest(pg_catalog.current_schemas(false)) as schema";

/// One snapshot for all of it; a row that row security would hide is an error instead of a gap; a table that is being
/// truncated, as golang-migrate does, is not waited for endlessly.
const BEGIN: &str = "begin transaction isolation level repeatable read read only; \
                     set local row_security = off; set local lock_timeout = '10s'";

/// Why another tool's history could not be read.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The database could not be asked.
    #[error("looking for the histories of other tools failed")]
    Search(#[source] DbError),
    /// A table is there and could not be read.
    #[error("reading the history of {tool} in {table} failed")]
    Unreadable {
        /// The tool.
        tool: &'static str,
        /// The table.
        table: QualifiedName,
        /// What the server said.
        #[source]
        source: Box<DbError>,
    },
    /// The table that was named does not exist.
    #[error("there is no table {table}")]
    NoTable {
        /// The table as it was looked for.
        table: String,
    },
    /// A name is no `table` and no `schema.table`.
    #[error("`{name}` is no name of a table: {why}")]
    BadName {
        /// What was given.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The table that was named is no tool's, or not that of the tool that was named.
    #[error("{table} ({columns}) is not the history of {wanted}")]
    NotRecognised {
        /// The table.
        table: QualifiedName,
        /// Its columns with their types.
        columns: String,
        /// The tool that was asked for, or `any known tool`.
        wanted: String,
        /// How the tables of the tools look that were thought of.
        looks_like: Vec<String>,
    },
    /// The columns fit more than one tool.
    #[error("{table} can be the history of {}", tools.join(" or of "))]
    Ambiguous {
        /// The table.
        table: QualifiedName,
        /// The tools.
        tools: Vec<&'static str>,
    },
    /// The tool that was named is not on the list.
    #[error("no history of a tool called `{name}` can be read; the tools are {}", known.join(", "))]
    UnknownTool {
        /// The name.
        name: String,
        /// The names that are known.
        known: Vec<&'static str>,
    },
}

impl PeerError {
    /// What to do next, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Unreadable { table, source, .. } => match source.sqlstate() {
                Some(SqlState::INSUFFICIENT_PRIVILEGE) => Some(format!(
                    "connect as a role that may read the whole table: `grant select on {} to …`, and no row security \
                     in the way",
                    table.quoted()
                )),
                Some(SqlState::LOCK_NOT_AVAILABLE) => {
                    Some("the tool itself seems to be at work; try again when it is done".to_owned())
                }
                _ => None,
            },
            Self::NotRecognised { looks_like, .. } => Some(format!("looked for {}", looks_like.join("; "))),
            Self::Ambiguous { .. } => Some("name the tool as well".to_owned()),
            Self::NoTable { .. } => {
                Some("name it as `schema.table`, in quotes where PostgreSQL needs them".to_owned())
            }
            _ => None,
        }
    }
}

/// The histories of other tools in one schema, or in the schemas of the session's search path in their order and where
/// a tool has a schema of its own. Tables of those names that look like no tool's are passed over.
///
/// Everything is read in one read-only transaction, so the session must not be inside one.
///
/// # Errors
/// When the database cannot be asked, or a tool's table is there and cannot be read.
pub async fn find_peers(session: &Session, schema: Option<&str>) -> Result<Vec<PeerHistory>, PeerError> {
    in_snapshot(session, async {
        let path = match schema {
            Some(schema) => vec![schema.to_owned()],
            None => search_path(session).await?,
        };
        let mut schemas: Vec<String> = path.clone();
        let mut names: Vec<&str> = Vec::new();
        for place in PEERS.iter().flat_map(|peer| peer.tables()) {
            let (own, name) = split(place);
            names.push(name);
            let own = own.filter(|own| schema.is_none() && !schemas.iter().any(|known| known == own));
            schemas.extend(own.map(str::to_owned));
        }
        let mut found = Vec::new();
        for table in tables(session, &names, &schemas).await? {
            let is_default = |place: &&'static str| {
                let (own, name) = split(place);
                name == table.name.name
                    && own.map_or(path.contains(&table.name.schema), |own| own == table.name.schema)
            };
            let mut peers = PEERS.iter().copied();
            let peer = peers.find(|p| p.tables().iter().any(is_default) && p.recognises(&table));
            if let Some(peer) = peer {
                found.push(history(session, peer, &table).await?);
            }
        }
        Ok(found)
    })
    .await
}

/// The history in a table of any name, `table` or `schema.table`, of the named tool or of the one whose columns fit.
///
/// The session must not be inside a transaction.
///
/// # Errors
/// When the name is none, the table is not there, is not (that) tool's, could be several tools', or cannot be read.
pub async fn read_peer(session: &Session, table: &str, tool: Option<&str>) -> Result<PeerHistory, PeerError> {
    let (schema, name) = table_named(table)?;
    let asked = tool.map(|name| {
        let known = PEERS.iter().map(|peer| peer.tool()).collect();
        peer_named(name).ok_or_else(|| PeerError::UnknownTool { name: name.to_owned(), known })
    });
    let asked = asked.transpose()?;
    in_snapshot(session, async {
        let schemas = match schema {
            Some(schema) => vec![schema],
            None => search_path(session).await?,
        };
        let found = tables(session, &[&name], &schemas).await?.into_iter().next();
        let found = found.ok_or_else(|| PeerError::NoTable { table: table.to_owned() })?;
        let peer = owner(&found, asked)?;
        history(session, peer, &found).await
    })
    .await
}

/// Schema and name of `table`, `schema.table`, `"Schema"."Table"`; unquoted parts are folded to lower case as the
/// server does.
///
/// # Errors
/// When it is neither.
pub fn table_named(text: &str) -> Result<(Option<String>, String), PeerError> {
    let bad = |why| PeerError::BadName { name: text.to_owned(), why };
    let mut parts = Vec::new();
    let mut rest = text.trim();
    loop {
        let (part, after) = match rest.strip_prefix('"') {
            Some(quoted) => unquote(quoted).ok_or_else(|| bad("a quote does not end"))?,
            None => {
                let end = rest.find('.').unwrap_or(rest.len());
                let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                (part.trim().to_ascii_lowercase(), after)
            }
        };
        if part.is_empty() {
            return Err(bad("a part of it is empty"));
        }
        parts.push(part);
        match after.strip_prefix('.') {
            Some(after) => rest = after,
            None if after.trim().is_empty() => break,
            None => return Err(bad("something stands behind a quote")),
        }
    }
    match parts.as_slice() {
        [name] => Ok((None, name.clone())),
        [schema, name] => Ok((Some(schema.clone()), name.clone())),
        _ => Err(bad("it has more than two parts")),
    }
}

/// What stands before the closing quote, doubled quotes made single, and what comes after it.
fn unquote(quoted: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = quoted;
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after)),
        }
    }
}

/// Whose history a table is: the tool's that was asked for, or the only one whose columns fit, or of several the one
/// whose own name for its table it has.
fn owner(table: &PeerTable, asked: Option<&'static dyn Peer>) -> Result<&'static dyn Peer, PeerError> {
    let thought_of: Vec<&'static dyn Peer> = asked.map_or_else(|| PEERS.to_vec(), |peer| vec![peer]);
    let fitting: Vec<_> = thought_of.iter().copied().filter(|peer| peer.recognises(table)).collect();
    let named = |peer: &&&'static dyn Peer| {
        peer.tables().iter().any(|place| split(place) == (None, table.name.name.as_str()))
    };
    match fitting.as_slice() {
        [] => Err(PeerError::NotRecognised {
            table: table.name.clone(),
            columns: table.in_words(),
            wanted: asked.map_or("any known tool", |peer| peer.tool()).to_owned(),
            looks_like: thought_of.iter().map(|p| format!("{}: {}", p.tool(), p.looks_like())).collect(),
        }),
        [peer] => Ok(*peer),
        several => several.iter().find(named).copied().ok_or_else(|| PeerError::Ambiguous {
            table: table.name.clone(),
            tools: several.iter().map(|peer| peer.tool()).collect(),
        }),
    }
}

fn split(place: &str) -> (Option<&str>, &str) {
    place.split_once('.').map_or((None, place), |(schema, name)| (Some(schema), name))
}

async fn in_snapshot<T>(
    session: &Session,
    work: impl Future<Output = Result<T, PeerError>>,
) -> Result<T, PeerError> {
    session.run(BEGIN).await.map_err(PeerError::Search)?;
    let outcome = work.await;
    let ended = session.run("rollback").await.map_err(PeerError::Search);
    let found = outcome?;
    ended.map(|()| found)
}

async fn search_path(session: &Session) -> Result<Vec<String>, PeerError> {
    let rows = session.query(SEARCH_PATH, &[]).await.map_err(PeerError::Search)?;
    rows.iter().map(|row| row.try_get(0).map_err(answer)).collect()
}

async fn tables(session: &Session, names: &[&str], schemas: &[String]) -> Result<Vec<PeerTable>, PeerError> {
    let mut wanted = names.to_vec();
    wanted.push(RAILS);
    let rows = session.query(FIND, &[&wanted, &schemas]).await.map_err(PeerError::Search)?;
    let mut tables: Vec<PeerTable> = Vec::new();
    for row in &rows {
        let text = |index: usize| row.try_get::<_, String>(index).map_err(answer);
        let (name, column) =
            (QualifiedName::new(text(0)?, text(1)?), PeerColumn { name: text(2)?, type_name: text(3)? });
        match tables.last_mut().filter(|table| table.name == name) {
            Some(table) => table.columns.push(column),
            None => tables.push(PeerTable { name, columns: vec![column], beside: Vec::new() }),
        }
    }
    let names_of: Vec<QualifiedName> = tables.iter().map(|table| table.name.clone()).collect();
    for table in &mut tables {
        let beside = names_of.iter().filter(|other| other.schema == table.name.schema);
        table.beside =
            beside.map(|other| other.name.clone()).filter(|name| *name != table.name.name).collect();
    }
    tables.retain(|table| names.contains(&table.name.name.as_str()));
    Ok(tables)
}

async fn history(session: &Session, peer: &dyn Peer, table: &PeerTable) -> Result<PeerHistory, PeerError> {
    let unreadable = |source| PeerError::Unreadable {
        tool: peer.tool(),
        table: table.name.clone(),
        source: Box::new(source),
    };
    let columns = peer.select(table);
    let sql = format!("select {} from {} order by {}", columns.join(", "), table.name.quoted(), peer.order());
    let mut read = Vec::new();
    for row in session.query(&sql, &[]).await.map_err(unreadable)? {
        let cells = (0..columns.len()).map(|index| row.try_get::<_, Option<String>>(index));
        let cells = cells.collect::<Result<Vec<_>, _>>();
        let doing = || format!("reading a row of {}", table.name);
        read.push(RawRow(cells.map_err(|e| unreadable(DbError::from_postgres(doing(), e)))?));
    }
    Ok(peer.interpret(table, &read).of(peer, table))
}

fn answer(error: tokio_postgres::Error) -> PeerError {
    PeerError::Search(DbError::from_postgres("reading what the catalog answered", error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_tables_are_read_as_the_server_reads_them() {
        let named = |text: &str| table_named(text).map(|(schema, name)| format!("{schema:?} {name}"));
        assert_eq!(named("Schema_Migrations").unwrap(), "None schema_migrations");
        assert_eq!(named("app.history").unwrap(), "Some(\"app\") history");
        assert_eq!(named(r#""My.App"."Hist""ory""#).unwrap(), r#"Some("My.App") Hist"ory"#);
        for bad in ["", ".", "a.", "a.b.c", "\"a", "\"a\"b", "\"\""] {
            assert!(matches!(named(bad), Err(PeerError::BadName { .. })), "{bad:?}");
        }
    }

    #[test]
    fn every_tool_has_the_name_of_a_format_and_they_differ() {
        let mut tools: Vec<_> = PEERS.iter().map(|peer| peer.tool()).collect();
        for tool in &tools {
            assert!(crate::format_named(tool).is_some(), "{tool}");
        }
        tools.sort_unstable();
        tools.dedup();
        assert_eq!(tools.len(), PEERS.len());
    }
}
