//! The statements by which a session becomes the application in a tenant's context.

use std::collections::BTreeSet;

use freehold_model::name::{quote_identifier, quote_literal};

use super::World;
use crate::isolation::trial::Who;

impl World<'_> {
    /// The statements by which a session of the superuser becomes the application in the context of `who`.
    pub fn becoming(&self, who: &Who) -> Vec<String> {
        let role = who.role.as_ref().unwrap_or(&self.role);
        let mut statements = vec![format!("SET LOCAL SESSION AUTHORIZATION {}", quote_identifier(role))];
        if let Some(tenant) = who.tenant {
            statements.extend(self.assuming(tenant));
        }
        statements
    }

    /// The statements by which a transaction takes on a tenant.
    pub fn assuming(&self, tenant: usize) -> Vec<String> {
        let key = self.tenants.get(tenant).map_or("", String::as_str);
        let user = self.users.get(tenant).map_or("", String::as_str);
        self.assuming_as(key, user)
    }

    /// The statements by which a transaction takes on a tenant of that key, by a user of that key, whether or not there
    /// are such.
    pub fn assuming_as(&self, key: &str, user: &str) -> Vec<String> {
        let fill = |sql: &String| sql.replace("$1", &quote_literal(key)).replace("$2", &quote_literal(user));
        self.tenancy.assume.iter().map(fill).collect()
    }

    /// The settings that hold the tenant, and those that its context sets.
    pub fn settings_of_the_context(&self) -> Vec<String> {
        let set = self.tenancy.assume.iter().flat_map(|sql| set_by(sql));
        let names: BTreeSet<String> = self.tenancy.settings.iter().cloned().chain(set).collect();
        names.into_iter().collect()
    }
}

/// The settings that a statement sets: `set_config('name', …)`, `SET LOCAL name = …`.
pub(in crate::isolation) fn set_by(sql: &str) -> Vec<String> {
    let called = sql.split("set_config(").skip(1).filter_map(|rest| {
        rest.trim_start().strip_prefix('\'')?.split_once('\'').map(|(name, _)| name.to_owned())
    });
    let mut names: Vec<String> = called.collect();
    let mut words = sql.split(|c: char| c.is_whitespace() || c == '=').filter(|word| !word.is_empty());
    if words.next().is_some_and(|word| word.eq_ignore_ascii_case("set")) {
        let name = words.find(|word| !["local", "session"].contains(&word.to_ascii_lowercase().as_str()));
        names.extend(name.filter(|name| name.contains('.')).map(|name| name.replace('"', "")));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_of_a_statement_are_found() {
        assert_eq!(set_by("SELECT set_config('app.tenant', $1, true)"), ["app.tenant"]);
        assert_eq!(set_by("SET LOCAL app.tenant = $1"), ["app.tenant"]);
        assert!(set_by("SET LOCAL ROLE authenticated").is_empty());
    }
}
