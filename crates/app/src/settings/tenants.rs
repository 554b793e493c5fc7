//! `[tenants]`: which schemas or databases of tenants migrations are applied to.

use std::collections::HashSet;

use freehold_model::{place::Span, secret::Secret};

use super::{
    error::Problem,
    migrate::LONGEST_NAME,
    names::one_of,
    table::{At, Section},
};

/// What stands for a tenant's database in a URL.
pub const PLACEHOLDER: &str = "{name}";

/// `[tenants]`: schemas or databases, one for each tenant, that migrations are applied to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TenantsSettings {
    /// What a tenant has.
    pub kind: Option<TenantKind>,
    /// Which tenants there are.
    pub source: Option<TenantSource>,
    /// The URL of a tenant's database, with [`PLACEHOLDER`] where its name goes.
    pub url: Option<Secret>,
    /// The environment variable that holds that URL.
    pub url_env: Option<String>,
    /// The schemas after the tenant's own in `search_path`.
    pub shared: Option<Vec<String>>,
}

/// What a tenant has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TenantKind {
    /// A schema.
    Schema,
    /// A database.
    Database,
}

impl TenantKind {
    /// `schema`, `database`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Database => "database",
        }
    }
}

/// Where the names of the tenants' schemas or databases come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TenantSource {
    /// They are listed.
    Listed(TenantKind, Vec<String>),
    /// A query on the environment's own database gives them.
    Query(TenantKind, String),
}

impl TenantSource {
    /// What the names are names of.
    pub fn kind(&self) -> TenantKind {
        match self {
            Self::Listed(kind, _) | Self::Query(kind, _) => *kind,
        }
    }
}

impl TenantsSettings {
    /// These, and where they are silent, those.
    #[must_use]
    pub fn over(&self, base: &Self) -> Self {
        let own_source = self.source.is_some();
        Self {
            kind: self.kind.or(if own_source { None } else { base.kind }),
            source: self.source.clone().or_else(|| base.source.clone()),
            url: self.url.clone().or_else(|| if self.url_env.is_some() { None } else { base.url.clone() }),
            url_env: self
                .url_env
                .clone()
                .or_else(|| if self.url.is_some() { None } else { base.url_env.clone() }),
            shared: self.shared.clone().or_else(|| base.shared.clone()),
        }
    }
}

/// Why a schema cannot be a tenant's, as a clause; `None` when it can.
pub fn not_a_tenants(kind: TenantKind, name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    match kind {
        _ if name.trim().is_empty() => Some("is empty"),
        _ if name.contains('\0') => Some("contains a NUL character, which no name can"),
        _ if name.len() > LONGEST_NAME => Some("is longer than 63 bytes, which PostgreSQL would cut off"),
        TenantKind::Schema if lower.starts_with("pg_") || lower == "information_schema" => {
            Some("is a schema of the server itself")
        }
        TenantKind::Database if matches!(lower.as_str(), "template0" | "template1") => {
            Some("is the pattern for new databases")
        }
        _ => None,
    }
}

pub(super) fn tenants(section: &Section<'_>, problems: &mut Vec<Problem>) -> TenantsSettings {
    let kind = kind(section, problems);
    let (source, at) = match source(section, problems) {
        Some((source, at)) => (Some(source), Some(at)),
        None => (None, None),
    };
    if let (Some(kind), Some(source), Some((key, span))) = (kind, &source, at)
        && source.kind() != kind
    {
        problems.push(Problem {
            span,
            message: format!("{} does not fit kind = \"{}\"", section.full_name(key), kind.word()),
            help: Some(format!("name {0}s, or write kind = \"{1}\"", kind.word(), source.kind().word())),
        });
    }
    let url = section.string("url", problems).and_then(|(text, span)| {
        if text.contains(PLACEHOLDER) {
            return Some(Secret::new(text));
        }
        problems.push(Problem {
            span,
            message: format!("{} must say with {PLACEHOLDER} where the name goes", section.full_name("url")),
            help: Some(format!("such as \"postgres://deploy@db.internal/{PLACEHOLDER}\"")),
        });
        None
    });
    let shared =
        names(section, "shared", problems).map(|names| names.into_iter().map(|(name, _)| name).collect());
    let url_env = section.string("url_env", problems).map(|(text, _)| text);
    TenantsSettings { kind, source, url, url_env, shared }
}

fn kind(section: &Section<'_>, problems: &mut Vec<Problem>) -> Option<TenantKind> {
    let (word, span) = section.string("kind", problems)?;
    let kind = [TenantKind::Schema, TenantKind::Database].into_iter().find(|kind| kind.word() == word);
    if kind.is_none() {
        problems.push(one_of(&section.full_name("kind"), span, &word, &["schema", "database"]));
    }
    kind
}

type Source = (TenantSource, (&'static str, Span));

/// The one source that there may be.
fn source(section: &Section<'_>, problems: &mut Vec<Problem>) -> Option<Source> {
    let mut found: Vec<Source> = Vec::new();
    let lists = [("schemas", TenantKind::Schema), ("databases", TenantKind::Database)];
    for (key, kind) in lists {
        if let Some((names, span)) = listed(section, key, kind, problems) {
            found.push((TenantSource::Listed(kind, names), (key, span)));
        }
    }
    for (key, kind) in [("schemas_query", TenantKind::Schema), ("databases_query", TenantKind::Database)] {
        let Some((sql, span)) = section.string(key, problems) else { continue };
        if let Err(why) = one_select(&sql) {
            problems.push(Problem {
                span,
                message: format!("{} {why}", section.full_name(key)),
                help: Some("write one SELECT that gives one column with the names".to_owned()),
            });
        }
        found.push((TenantSource::Query(kind, sql), (key, span)));
    }
    found.sort_by_key(|(_, (_, span))| span.start);
    for (_, (key, span)) in found.iter().skip(1) {
        problems.push(Problem {
            span: *span,
            message: format!("{} is one too many", section.full_name(key)),
            help: Some(
                "tenants are named in one way: keep one of schemas, schemas_query, databases and \
                        databases_query"
                    .to_owned(),
            ),
        });
    }
    found.into_iter().next()
}

/// Whether a text is one query that only reads, as far as its text can tell.
///
/// # Errors
/// Why it is not, as a clause.
pub fn one_select(sql: &str) -> Result<(), String> {
    let statements = freehold_sql::parse(sql).map_err(|error| format!("is no SQL: {error}"))?;
    match statements.as_slice() {
        [only] if only.effect.kind == freehold_sql::StatementKind::Select && only.effect.is_query => Ok(()),
        [_] => Err("is no SELECT".to_owned()),
        [] => Err("is empty".to_owned()),
        many => Err(format!("holds {} statements instead of one", many.len())),
    }
}

fn listed(
    section: &Section<'_>,
    key: &'static str,
    kind: TenantKind,
    problems: &mut Vec<Problem>,
) -> Option<At<Vec<String>>> {
    let span = section.span(key)?;
    let names = names(section, key, problems)?;
    if names.is_empty() {
        let message = format!("{} names none", section.full_name(key));
        problems.push(Problem { span, message, help: None });
    }
    let mut seen = HashSet::new();
    for (name, at) in &names {
        let why =
            not_a_tenants(kind, name).or_else(|| (!seen.insert(name.as_str())).then_some("is there twice"));
        if let Some(why) = why {
            let message = format!("{}: `{name}` {why}", section.full_name(key));
            problems.push(Problem { span: *at, message, help: None });
        }
    }
    Some((names.into_iter().map(|(name, _)| name).collect(), span))
}

fn names(section: &Section<'_>, key: &str, problems: &mut Vec<Problem>) -> Option<Vec<At<String>>> {
    section.span(key)?;
    Some(section.strings_at(key, problems))
}
