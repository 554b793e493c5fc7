//! Which targets are meant: the environment's own database, or the schemas or databases of its tenants.

mod database;
mod error;
mod names;

use freehold_db::ConnectTo;
use freehold_migrate::{HistoryTable, Target};
use freehold_model::secret::Secret;

use super::destination::Destination;
use crate::settings::{HistoryName, Settings, TenantKind, TenantSource, TenantsSettings};
pub use error::TargetsError;
use names::{Found, chosen, judged};

/// The schema after a tenant's own in `search_path`, where nothing else is said.
pub const SHARED: &str = "public";

/// What a person said of tenants. What is said here wins over the settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AskedTenants {
    /// These schemas.
    pub schemas: Vec<String>,
    /// The schemas that this query gives.
    pub schemas_query: Option<String>,
    /// These databases.
    pub databases: Vec<String>,
    /// The databases that this query gives.
    pub databases_query: Option<String>,
    /// Which of them.
    pub which: Which,
}

/// Which of the tenants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Which {
    /// All if there are any in the settings or asked for, else the database itself.
    #[default]
    AsConfigured,
    /// All; that there are none configured is an error.
    All,
    /// Only these.
    Only(Vec<String>),
    /// None: the database itself, whatever the settings say of tenants.
    Itself,
}

/// Decides. Reads the names of tenants from the environment's database, in a transaction that cannot write, where a
/// query gives them; looks there whether listed ones exist. `variable` reads an environment variable.
///
/// # Errors
/// When it is not clear what is meant, when a name cannot be a tenant's, or when the database does not answer.
pub async fn targets(
    destination: &Destination,
    settings: &Settings,
    asked: &AskedTenants,
    variable: &dyn Fn(&str) -> Option<Secret>,
) -> Result<Vec<Target>, TargetsError> {
    let tenants = destination.settings.tenants.over(&settings.tenants);
    let history = destination.settings.migrate.over(&settings.migrate).history;
    let source = source(asked, &tenants)?;
    let Some((source, of)) = source.filter(|_| asked.which != Which::Itself) else {
        return match asked.which {
            Which::AsConfigured | Which::Itself => Ok(vec![itself(&destination.to, history.as_ref())]),
            Which::All | Which::Only(_) => Err(TargetsError::NoTenants),
        };
    };
    let kind = source.kind();
    if kind == TenantKind::Schema
        && let Some(HistoryName { schema: Some(schema), table }) = &history
    {
        return Err(TargetsError::HistoryElsewhere { schema: schema.clone(), table: table.clone() });
    }
    let pattern = pattern(kind, &tenants, variable)?;
    let shared = tenants.shared.clone().unwrap_or_else(|| vec![SHARED.to_owned()]);
    let found = match source {
        TenantSource::Listed(_, names) => Found { names, of, kind },
        TenantSource::Query(_, sql) => {
            let names = database::ask(&destination.to, &sql, &of).await?;
            Found { names, of, kind }
        }
    };
    let listed = found.of.is_list();
    judged(&found, if kind == TenantKind::Schema { &shared } else { &[] })?;
    let names = chosen(found, &asked.which)?;
    if listed && pattern.is_none() {
        database::demand(&destination.to, kind, &names).await?;
    }
    let table = history.as_ref().map(|history| history.table.as_str());
    names
        .into_iter()
        .map(|name| match kind {
            TenantKind::Schema => {
                let target = Target::schema(destination.to.clone(), name.as_str(), shared.clone());
                Ok(match table {
                    Some(table) => target.with_history(HistoryTable::new(name, table)),
                    None => target,
                })
            }
            TenantKind::Database => {
                let to = match &pattern {
                    Some(pattern) => pattern.database(&name)?,
                    None => destination.to.with_database(&name),
                };
                Ok(Target { name, ..itself(&to, history.as_ref()) })
            }
        })
        .collect()
}

fn itself(to: &ConnectTo, history: Option<&HistoryName>) -> Target {
    let target = Target::database(to.database(), to.clone());
    match history {
        Some(HistoryName { schema, table }) => {
            target.with_history(HistoryTable::new(schema.as_deref().unwrap_or("public"), table))
        }
        None => target,
    }
}

/// What names the tenants: a flag, or the settings.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Of {
    List(&'static str),
    Query(&'static str),
}

impl Of {
    fn is_list(&self) -> bool {
        matches!(self, Self::List(_))
    }

    fn shown(&self) -> &'static str {
        match self {
            Self::List(of) | Self::Query(of) => of,
        }
    }
}

fn source(
    asked: &AskedTenants,
    tenants: &TenantsSettings,
) -> Result<Option<(TenantSource, Of)>, TargetsError> {
    let mut named: Vec<(TenantSource, Of)> = Vec::new();
    let lists = [
        (&asked.schemas, TenantKind::Schema, "--schema"),
        (&asked.databases, TenantKind::Database, "--database"),
    ];
    for (names, kind, flag) in lists.into_iter().filter(|(names, ..)| !names.is_empty()) {
        named.push((TenantSource::Listed(kind, names.clone()), Of::List(flag)));
    }
    let queries = [
        (&asked.schemas_query, TenantKind::Schema, "--schemas-query"),
        (&asked.databases_query, TenantKind::Database, "--databases-query"),
    ];
    for (sql, kind, flag) in queries {
        named.extend(sql.iter().map(|sql| (TenantSource::Query(kind, sql.clone()), Of::Query(flag))));
    }
    if let [(_, first), (_, second), ..] = named.as_slice() {
        return Err(TargetsError::TwoSources { first: first.shown(), second: second.shown() });
    }
    if let Some(flag) = named.pop() {
        if asked.which == Which::Itself {
            return Err(TargetsError::TwoSources { first: flag.1.shown(), second: "--no-tenants" });
        }
        return Ok(Some(flag));
    }
    let configured = tenants.source.clone().map(|source| {
        let of = match &source {
            TenantSource::Listed(TenantKind::Schema, _) => Of::List("[tenants] schemas"),
            TenantSource::Listed(TenantKind::Database, _) => Of::List("[tenants] databases"),
            TenantSource::Query(TenantKind::Schema, _) => Of::Query("[tenants] schemas_query"),
            TenantSource::Query(TenantKind::Database, _) => Of::Query("[tenants] databases_query"),
        };
        (source, of)
    });
    match (configured, tenants.kind) {
        // A kind that came from elsewhere than the source, such as from the section for all environments.
        (Some((source, of)), Some(kind)) if source.kind() != kind => {
            Err(TargetsError::OtherKind { of: of.shown(), kind: kind.word() })
        }
        (None, Some(kind)) if asked.which != Which::Itself => {
            Err(TargetsError::KindOnly { kind: kind.word() })
        }
        (configured, _) => Ok(configured),
    }
}

fn pattern(
    kind: TenantKind,
    tenants: &TenantsSettings,
    variable: &dyn Fn(&str) -> Option<Secret>,
) -> Result<Option<database::Pattern>, TargetsError> {
    if kind == TenantKind::Schema {
        return match (&tenants.url, &tenants.url_env) {
            (None, None) => Ok(None),
            _ => Err(TargetsError::UrlOfSchemas),
        };
    }
    if let Some(name) = &tenants.url_env {
        if let Some(url) = variable(name) {
            return database::Pattern::new(url, format!("the URL in {name}")).map(Some);
        }
        if tenants.url.is_none() {
            return Err(TargetsError::VariableNotSet { variable: name.clone() });
        }
    }
    let url = tenants.url.clone();
    url.map(|url| database::Pattern::new(url, "[tenants] url".to_owned())).transpose()
}
