//! Which database is meant, and which environment it is.

use freehold_db::{ConnectTo, ConnectToError};
use freehold_model::secret::Secret;

use super::policy::{Policy, address_of};
use crate::settings::{EnvironmentSettings, Settings, nearest};

/// What a person said of the database.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// A URL, which wins over all else.
    pub url: Option<Secret>,
    /// The name of an environment in `freehold.toml`.
    pub environment: Option<String>,
}

/// A database and the environment that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Destination {
    /// The database.
    pub to: ConnectTo,
    /// The environment's name: the one that was named, else the one whose URL has the same address.
    pub environment: Option<String>,
    /// What `freehold.toml` says of that environment; all defaults where there is none.
    pub settings: EnvironmentSettings,
}

/// Why it is not known which database is meant.
#[derive(Debug, thiserror::Error)]
pub enum DestinationError {
    /// Nothing names a database.
    #[error("no database is named")]
    NoDatabase {
        /// The environments that could be named.
        environments: Vec<String>,
    },
    /// The environment is not in the settings.
    #[error("there is no environment `{name}` in freehold.toml")]
    NoSuchEnvironment {
        /// What was written.
        name: String,
        /// What is there.
        known: Vec<String>,
    },
    /// The environment has no URL.
    #[error("the environment `{name}` has no URL")]
    NoUrl {
        /// The environment.
        name: String,
    },
    /// The variable that should hold the URL is not set.
    #[error("the variable {variable}, which holds the URL of the environment `{name}`, is not set")]
    VariableNotSet {
        /// The environment.
        name: String,
        /// The variable.
        variable: String,
    },
    /// It is no URL of a database.
    #[error("{of} cannot be used")]
    Url {
        /// What names it: `--url`, `[environment.production] url`.
        of: String,
        /// Why.
        #[source]
        source: ConnectToError,
    },
}

impl DestinationError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Self::NoDatabase { environments } if environments.is_empty() => {
                "Name it with --url, as DATABASE_URL, or in freehold.toml as [database] url or \
                 [environment.NAME] url."
                    .to_owned()
            }
            Self::NoDatabase { environments } => format!(
                "Name an environment with --env ({}), or a database with --url or DATABASE_URL.",
                environments.join(", ")
            ),
            Self::NoSuchEnvironment { name, known } => {
                match nearest(name, &known.iter().map(String::as_str).collect::<Vec<_>>()) {
                    Some(near) => format!("Did you mean `{near}`?"),
                    None if known.is_empty() => format!("Add a section [environment.{name}] with a url."),
                    None => format!("The environments are: {}.", known.join(", ")),
                }
            }
            Self::NoUrl { name } => format!(
                "Write url or url_env under [environment.{name}] in freehold.toml, or give it with --url."
            ),
            Self::VariableNotSet { variable, .. } => {
                format!("Set {variable} to a URL such as postgres://USER:PASSWORD@HOST/DATABASE.")
            }
            Self::Url { source, .. } => source.help().to_owned(),
        })
    }
}

/// Decides: `--url`, else the environment that was named, else the project's own database. `variable` reads an
/// environment variable.
///
/// # Errors
/// When nothing names a database, or what names it cannot be used.
pub fn destination(
    settings: &Settings,
    wanted: &Wanted,
    variable: &dyn Fn(&str) -> Option<Secret>,
) -> Result<Destination, DestinationError> {
    let environment = wanted.environment.as_deref().map(|name| named(settings, name)).transpose()?;
    let (url, of) = if let Some(url) = &wanted.url {
        (url.clone(), "the URL given with --url".to_owned())
    } else if let Some((name, environment)) = environment {
        let url = url_of(name, environment, variable)?;
        (url, format!("the URL of the environment `{name}`"))
    } else if let Some(url) = &settings.database.url {
        (url.clone(), "the URL of the project's database".to_owned())
    } else {
        let environments = settings.environments.keys().cloned().collect();
        return Err(DestinationError::NoDatabase { environments });
    };
    let to = ConnectTo::from_url(url.reveal()).map_err(|source| DestinationError::Url { of, source })?;
    // Who gives production's URL by hand shall not do so past production's rules.
    let environment = environment.or_else(|| at_address(settings, &to, variable));
    Ok(Destination {
        to,
        environment: environment.map(|(name, _)| name.to_owned()),
        settings: environment.map(|(_, settings)| settings.clone()).unwrap_or_default(),
    })
}

/// The environment whose URL leads to the same host, port and database. Of several, the one with the most rules: the
/// stricter one counts.
fn at_address<'s>(
    settings: &'s Settings,
    to: &ConnectTo,
    variable: &dyn Fn(&str) -> Option<Secret>,
) -> Option<(&'s str, &'s EnvironmentSettings)> {
    let address = address_of(to);
    let same = |(name, environment): &(&String, &EnvironmentSettings)| {
        let url = url_of(name, environment, variable).ok();
        let there = url.and_then(|url| ConnectTo::from_url(url.reveal()).ok());
        there.is_some_and(|there| address_of(&there) == address)
    };
    let found = settings.environments.iter().filter(same);
    let strictness = |(name, environment): &(&String, &EnvironmentSettings)| {
        Policy::of_environment(name, environment).strictness()
    };
    found.max_by_key(strictness).map(|(name, environment)| (name.as_str(), environment))
}

fn named<'s>(
    settings: &'s Settings,
    name: &str,
) -> Result<(&'s str, &'s EnvironmentSettings), DestinationError> {
    let found = settings.environments.get_key_value(name);
    found.map(|(name, environment)| (name.as_str(), environment)).ok_or_else(|| {
        let known = settings.environments.keys().cloned().collect();
        DestinationError::NoSuchEnvironment { name: name.to_owned(), known }
    })
}

fn url_of(
    name: &str,
    environment: &EnvironmentSettings,
    variable: &dyn Fn(&str) -> Option<Secret>,
) -> Result<Secret, DestinationError> {
    // The variable wins: it is what differs between machines.
    match (&environment.url_env, &environment.url) {
        (Some(holder), url) => variable(holder).or_else(|| url.clone()).ok_or_else(|| {
            DestinationError::VariableNotSet { name: name.to_owned(), variable: holder.clone() }
        }),
        (None, Some(url)) => Ok(url.clone()),
        (None, None) => Err(DestinationError::NoUrl { name: name.to_owned() }),
    }
}
