//! `[environment.NAME]`: a database that migrations are applied to, and what is allowed there.

use std::collections::BTreeMap;

use freehold_model::secret::Secret;
use toml::de::DeValue;

use super::{
    error::Problem,
    migrate::{MigrateSettings, migrate},
    names::{keys_of, refuse_unknown, sub_table},
    sections::url,
    table::{Section, span_of},
    tenants::{TenantsSettings, tenants},
};

/// The name of the environment that has the rules of production without being told.
pub const PRODUCTION: &str = "production";

/// The sections that an environment may have of its own, each over the one of the same name for all.
const OWN_SECTIONS: [&str; 2] = ["migrate", "tenants"];

/// `[environment.NAME]`: a database that migrations are applied to. What follows from `production` is worked out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentSettings {
    /// Its connection URL.
    pub url: Option<Secret>,
    /// The environment variable that holds the URL, so that the file holds no password.
    pub url_env: Option<String>,
    /// True when it matters: the rules below hold unless they are set themselves. True without being said for an
    /// environment that is called `production`.
    pub production: bool,
    /// True when migrations are never taken back there.
    pub forward_only: bool,
    /// True when statements that destroy need their author's word in the script.
    pub refuse_destructive: bool,
    /// True when every change names a ticket.
    pub require_ticket: bool,
    /// True when only what was rehearsed in this exact form is applied. Only ever by being set.
    pub require_rehearsal: bool,
    /// `[environment.NAME.migrate]`: what differs there from `[migrate]`.
    pub migrate: MigrateSettings,
    /// `[environment.NAME.tenants]`: what differs there from `[tenants]`.
    pub tenants: TenantsSettings,
}

impl EnvironmentSettings {
    /// An environment of which nothing but the name is known.
    pub fn named(name: &str) -> Self {
        Self::with_rules(name.eq_ignore_ascii_case(PRODUCTION))
    }

    fn with_rules(production: bool) -> Self {
        Self {
            production,
            forward_only: production,
            refuse_destructive: production,
            require_ticket: production,
            ..Self::default()
        }
    }
}

/// All environments.
pub(super) fn environments(
    top: &Section<'_>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, EnvironmentSettings> {
    let Some(all) = sub_table(top, "environment", problems) else { return BTreeMap::new() };
    let mut environments = BTreeMap::new();
    for (name, value) in all.table {
        let name = name.get_ref().as_ref();
        if !matches!(value.get_ref(), DeValue::Table(_)) {
            problems.push(Problem {
                span: span_of(value.span()),
                message: format!("`[environment] {name}` must be a section of its own"),
                help: Some(format!(
                    "an environment has a name: write `[environment.production]` and `{name}` below it"
                )),
            });
            continue;
        }
        if let Some(section) = sub_table(&all, name, problems) {
            environments.insert(name.to_owned(), environment(name, &section, problems));
        }
    }
    environments
}

fn environment(name: &str, section: &Section<'_>, problems: &mut Vec<Problem>) -> EnvironmentSettings {
    let mut known = keys_of("environment.NAME");
    known.extend(OWN_SECTIONS);
    refuse_unknown(section, &known, problems);
    let rules = match section.choice("production", problems) {
        Some(production) => EnvironmentSettings::with_rules(production),
        None => EnvironmentSettings::named(name),
    };
    let own = |key: &str, problems: &mut Vec<Problem>| {
        let found = sub_table(section, key, problems);
        if let Some(section) = &found {
            refuse_unknown(section, &keys_of(key), problems);
        }
        found
    };
    EnvironmentSettings {
        url: url(section, problems),
        url_env: section.string("url_env", problems).map(|(text, _)| text),
        forward_only: section.choice("forward_only", problems).unwrap_or(rules.forward_only),
        refuse_destructive: section
            .choice("allow_destructive", problems)
            .map_or(rules.refuse_destructive, |allowed| !allowed),
        require_ticket: section.choice("require_ticket", problems).unwrap_or(rules.require_ticket),
        require_rehearsal: section.choice("require_rehearsal", problems).unwrap_or(rules.require_rehearsal),
        migrate: own("migrate", problems).map(|s| migrate(&s, problems)).unwrap_or_default(),
        tenants: own("tenants", problems).map(|s| tenants(&s, problems)).unwrap_or_default(),
        production: rules.production,
    }
}
