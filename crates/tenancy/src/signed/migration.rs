//! The SQL of a signed context: the table of keys, the function that checks, and the policies that ask it.

use std::time::Duration;

use freehold_model::name::{quote_identifier, quote_literal};

use super::SigningKey;
use crate::{Tenancy, TenantKind};

const UP: &str = include_str!("up.sql");
const FUNCTION: &str = include_str!("function.sql");
const CONVERT: &str = include_str!("convert.sql");

/// What a database needs for signed contexts, as text for migrations.
///
/// 1. a migration with [`SignedContext::up`], then [`SignedContext::accept_bare_keys`]: nothing changes yet for anybody;
/// 2. the key, by hand or by deployment, as the owner of the schema: `SELECT tenant_context.put_key(1, '\x…')`;
/// 3. a migration with [`SignedContext::convert_policies`]; the application is deployed with the key;
/// 4. a migration with [`SignedContext::refuse_bare_keys`]: from here on only signed tenants are taken.
///
/// ```
/// use freehold_tenancy::{Tenancy, signed::SignedContext};
///
/// let tenancy = Tenancy::from_toml("[tenancy]\ncolumn = 'org_id'\nrole = 'app_writer'")?;
/// let context = SignedContext::of(&tenancy).also_for("app_reader");
/// assert!(context.up().contains(r#"TO "app_writer", "app_reader""#));
/// assert!(context.down().contains("DROP FUNCTION"));
/// # Ok::<(), freehold_tenancy::SettingsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SignedContext {
    schema: String,
    setting: String,
    kind: TenantKind,
    roles: Vec<String>,
    skew: Duration,
}

impl SignedContext {
    /// For a database that tells tenants apart as `tenancy` says, in the schema `tenant_context`. Tenants are asked for by
    /// its role; by everybody who may log in, where it names none.
    pub fn of(tenancy: &Tenancy) -> Self {
        Self {
            schema: "tenant_context".to_owned(),
            setting: tenancy.setting.clone(),
            kind: tenancy.kind,
            roles: tenancy.role.iter().cloned().collect(),
            skew: Duration::from_secs(30),
        }
    }

    /// The same, in a schema of another name.
    #[must_use]
    pub fn in_schema(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.schema);
        self
    }

    /// The same, for one more role that is held by the policies.
    #[must_use]
    pub fn also_for(mut self, role: &str) -> Self {
        self.roles.push(role.to_owned());
        self
    }

    /// The same, for clocks of the application that run ahead of the database's by so many seconds; 30 by default.
    #[must_use]
    pub fn clocks_differ_by(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// The schema, the table of keys (which only its owner reads), `put_key`, `retire_key` and `current_tenant`.
    pub fn up(&self) -> String {
        self.fill(UP) + &self.refuse_bare_keys()
    }

    /// Takes [`SignedContext::up`] back. Refused by the server while a policy still asks.
    pub fn down(&self) -> String {
        self.fill(
            "DROP FUNCTION {schema}.current_tenant();\nDROP FUNCTION {schema}.retire_key(integer, timestamptz);\n\
             DROP FUNCTION {schema}.put_key(integer, bytea);\nDROP TABLE {schema}.keys;\nDROP SCHEMA {schema};\n",
        )
    }

    /// Replaces `current_tenant` by one that takes bare keys of tenants as well, for the time of a deployment. As long as it
    /// stands, nothing is proof against forging.
    pub fn accept_bare_keys(&self) -> String {
        let bare = "IF token !~ '^1[.][0-9]+[.]' THEN\n        RETURN token::{kind};\n    END IF;";
        self.fill(&FUNCTION.replace("{bare}", bare))
    }

    /// Replaces `current_tenant` by the one that takes signed tenants alone.
    pub fn refuse_bare_keys(&self) -> String {
        self.fill(&FUNCTION.replace("    {bare}\n", ""))
    }

    /// What stands in a policy in place of the setting: `tenant_id = (SELECT tenant_context.current_tenant())`. As a
    /// sub-select it is evaluated once for a query, not for each row.
    pub fn condition(&self) -> String {
        self.fill("(SELECT {schema}.current_tenant())")
    }

    /// Rewrites every policy that reads the setting so that it asks `current_tenant`, and fails when it can't.
    pub fn convert_policies(&self) -> String {
        let plain = self.plain();
        let named = ["\"nullif\"", "current_setting", "uuid", "int8"];
        let selected = plain.iter().flat_map(|read| named.map(|name| format!("( SELECT {read} AS {name})")));
        let from: Vec<String> = selected.chain(plain.iter().cloned()).collect();
        self.rewriting(&from, &self.condition(), &self.setting)
    }

    /// Takes [`SignedContext::convert_policies`] back.
    pub fn restore_policies(&self) -> String {
        let plain = format!("(SELECT {})", self.plain().first().map_or("", String::as_str));
        let asked = self.fill("{schema}.current_tenant()");
        let shown = format!("{}.current_tenant()", freehold_model::name::display_identifier(&self.schema));
        let from =
            [format!("( SELECT {shown} AS current_tenant)"), format!("( SELECT {asked} AS current_tenant)")];
        self.rewriting(&from, &plain, "current_tenant()")
    }

    /// The statement by which a session takes on a tenant without this library: for `[tenancy] assume`, where `freehold
    /// isolation` proves the tenant line of a database with signed contexts. `key` ends up in its text: use a key that is
    /// made for the proof, and put it only there.
    pub fn assume(&self, key: &SigningKey) -> String {
        let seconds = "extract(epoch FROM transaction_timestamp())::bigint";
        let pads =
            [key.pad(0x5c), key.pad(0x36)].map(|pad| quote_literal(&format!("\\x{}", hex::encode(pad))));
        let [outer, inner] = pads;
        format!(
            "SELECT set_config({setting}, head || '.' || encode(sha256({outer}::bytea || sha256({inner}::bytea || \
             convert_to(head || '.' || $1, 'UTF8'))), 'hex') || '.' || $1, true) FROM (SELECT '1.{id}.' || {seconds} || '.' \
             || {seconds} + 60 AS head) AS token",
            setting = quote_literal(&self.setting),
            id = key.id(),
        )
    }

    /// How policies read the setting, as the server prints it; the recommended form first.
    fn plain(&self) -> Vec<String> {
        let setting = quote_literal(&self.setting);
        let read = [
            format!("NULLIF(current_setting({setting}::text, true), ''::text)"),
            format!("current_setting({setting}::text, true)"),
            format!("current_setting({setting}::text)"),
        ];
        match self.kind {
            TenantKind::Text => read.to_vec(),
            kind => read.iter().map(|read| format!("({read})::{}", kind.sql_type())).collect(),
        }
    }

    fn rewriting(&self, from: &[String], to: &str, left: &str) -> String {
        let from: Vec<String> = from.iter().map(|text| quote_literal(text)).collect();
        self.fill(
            &CONVERT
                .replace("{from}", &from.join(",\n        "))
                .replace("{to}", &quote_literal(to))
                .replace("{left}", &quote_literal(left)),
        )
    }

    fn fill(&self, text: &str) -> String {
        let roles: Vec<String> = self.roles.iter().map(|role| quote_identifier(role)).collect();
        let roles = if roles.is_empty() { "PUBLIC".to_owned() } else { roles.join(", ") };
        text.replace("{schema}", &quote_identifier(&self.schema))
            .replace("{setting}", &quote_literal(&self.setting))
            .replace("{kind}", self.kind.sql_type())
            .replace("{skew}", &self.skew.as_secs().to_string())
            .replace("{roles}", &roles)
    }
}
