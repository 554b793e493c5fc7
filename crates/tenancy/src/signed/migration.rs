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
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, TenantKind, signed::SignedContext};
    ///
    /// let tenancy = Tenancy { kind: TenantKind::BigInt, ..Tenancy::default() };
    /// let up = SignedContext::of(&tenancy).up();
    /// assert!(up.contains(r#"FUNCTION "tenant_context".current_tenant() RETURNS bigint"#));
    /// // No role is named in the settings.
    /// assert!(up.contains(r#"GRANT USAGE ON SCHEMA "tenant_context" TO PUBLIC;"#));
    /// ```
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
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, signed::SignedContext};
    ///
    /// let context = SignedContext::of(&Tenancy::default()).in_schema("guarded");
    /// assert_eq!(context.condition(), r#"(SELECT "guarded".current_tenant())"#);
    /// ```
    #[must_use]
    pub fn in_schema(mut self, schema: &str) -> Self {
        schema.clone_into(&mut self.schema);
        self
    }

    /// The same, for one more role that is held by the policies.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, signed::SignedContext};
    ///
    /// let tenancy = Tenancy { role: Some("app_writer".into()), ..Tenancy::default() };
    /// let up = SignedContext::of(&tenancy).also_for("app_reader").up();
    /// assert!(up.contains(r#"GRANT USAGE ON SCHEMA "tenant_context" TO "app_writer", "app_reader";"#));
    /// ```
    #[must_use]
    pub fn also_for(mut self, role: &str) -> Self {
        self.roles.push(role.to_owned());
        self
    }

    /// The same, for clocks of the application that run ahead of the database's by so many seconds; 30 by default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use freehold_tenancy::{Tenancy, signed::SignedContext};
    ///
    /// let context = SignedContext::of(&Tenancy::default()).clocks_differ_by(Duration::from_secs(5));
    /// assert!(context.up().contains("begun < issued::bigint - 5"));
    /// ```
    #[must_use]
    pub fn clocks_differ_by(mut self, skew: Duration) -> Self {
        self.skew = skew;
        self
    }

    /// The schema, the table of keys (which only its owner reads), `put_key`, `retire_key` and `current_tenant`.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, signed::SignedContext};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let context = SignedContext::of(&freehold_tenancy_ground::Ground::tenancy());
    /// # let tenant = freehold_tenancy_ground::tenant(1);
    /// ground.admin(&context.up()).await;
    /// // No policy asks yet, so nothing has changed; and the key is out of the application's reach.
    /// let tenant = ground.db().await.tenant(&tenant);
    /// assert_eq!(tenant.query_value::<i64>("SELECT count(*) FROM notes", &[]).await?, 3);
    /// assert!(tenant.execute("SELECT * FROM tenant_context.keys", &[]).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    pub fn up(&self) -> String {
        self.fill(UP) + &self.refuse_bare_keys()
    }

    /// Takes [`SignedContext::up`] back. Refused by the server while a policy still asks.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
    /// # let tenant = freehold_tenancy_ground::tenant(1);
    /// # use freehold_tenancy::Execute;
    /// // In this order: the server keeps what a policy needs.
    /// ground.admin(&context.restore_policies()).await;
    /// ground.admin(&context.down()).await;
    /// let notes: i64 = ground.db().await.tenant(&tenant).query_value("SELECT count(*) FROM notes", &[]).await?;
    /// assert_eq!(notes, 3);
    /// # Ok(())
    /// # });
    /// ```
    pub fn down(&self) -> String {
        self.fill(
            "DROP FUNCTION {schema}.current_tenant();\nDROP FUNCTION {schema}.retire_key(integer, timestamptz);\n\
             DROP FUNCTION {schema}.put_key(integer, bytea);\nDROP TABLE {schema}.keys;\nDROP SCHEMA {schema};\n",
        )
    }

    /// Replaces `current_tenant` by one that takes bare keys of tenants as well, for the time of a deployment. As long as it
    /// stands, nothing is proof against forging.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
    /// # let tenant = freehold_tenancy_ground::tenant(1);
    /// # use freehold_tenancy::Execute;
    /// let unsigned = ground.db().await.tenant(&tenant);
    /// assert!(unsigned.execute("SELECT FROM notes", &[]).await.is_err());
    /// ground.admin(&context.accept_bare_keys()).await;
    /// assert_eq!(unsigned.execute("SELECT FROM notes", &[]).await?, 3);
    /// # Ok(())
    /// # });
    /// ```
    pub fn accept_bare_keys(&self) -> String {
        let bare = "IF token !~ '^1[.][0-9]+[.]' THEN\n        RETURN token::{kind};\n    END IF;";
        self.fill(&FUNCTION.replace("{bare}", bare))
    }

    /// Replaces `current_tenant` by the one that takes signed tenants alone.
    ///
    /// ```
    /// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
    /// # let tenant = freehold_tenancy_ground::tenant(1);
    /// # use freehold_tenancy::Execute;
    /// # let unsigned = ground.db().await.tenant(&tenant);
    /// ground.admin(&context.accept_bare_keys()).await;
    /// // Every process that signs is deployed; whoever does not is shut out from here on.
    /// ground.admin(&context.refuse_bare_keys()).await;
    /// assert!(unsigned.execute("SELECT FROM notes", &[]).await.is_err());
    /// # Ok(())
    /// # });
    /// ```
    pub fn refuse_bare_keys(&self) -> String {
        self.fill(&FUNCTION.replace("    {bare}\n", ""))
    }

    /// What stands in a policy in place of the setting: `tenant_id = (SELECT tenant_context.current_tenant())`. As a
    /// sub-select it is evaluated once for a query, not for each row.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, signed::SignedContext};
    ///
    /// let context = SignedContext::of(&Tenancy::default());
    /// let policy = format!("CREATE POLICY own ON invoices USING (tenant_id = {})", context.condition());
    /// assert!(policy.ends_with(r#"(tenant_id = (SELECT "tenant_context".current_tenant()))"#));
    /// ```
    pub fn condition(&self) -> String {
        self.fill("(SELECT {schema}.current_tenant())")
    }

    /// Rewrites every policy that reads the setting so that it asks `current_tenant`, and fails when it can't.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, signed::SignedContext};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let context = SignedContext::of(&freehold_tenancy_ground::Ground::tenancy());
    /// # let tenant = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// ground.admin(&context.up()).await;
    /// ground.admin(&context.convert_policies()).await;
    /// let sql = "SELECT qual FROM pg_policies WHERE tablename = 'notes'";
    /// let policy: String = tenant.query_value(sql, &[]).await?;
    /// assert!(policy.contains("tenant_context.current_tenant()"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn convert_policies(&self) -> String {
        let plain = self.plain();
        let named = ["\"nullif\"", "current_setting", "uuid", "int8"];
        let selected = plain.iter().flat_map(|read| named.map(|name| format!("( SELECT {read} AS {name})")));
        let from: Vec<String> = selected.chain(plain.iter().cloned()).collect();
        self.rewriting(&from, &self.condition(), &self.setting)
    }

    /// Takes [`SignedContext::convert_policies`] back.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, signed::SignedContext};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let context = SignedContext::of(&freehold_tenancy_ground::Ground::tenancy());
    /// # let tenant = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// let sql = "SELECT qual FROM pg_policies WHERE tablename = 'notes'";
    /// let before: String = tenant.query_value(sql, &[]).await?;
    /// ground.admin(&(context.up() + &context.convert_policies())).await;
    /// ground.admin(&context.restore_policies()).await;
    /// assert_eq!(tenant.query_value::<String>(sql, &[]).await?, before);
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, Sql};
    /// # freehold_tenancy_ground::with_signed(|ground, context, key| async move {
    /// # let (one, two) = (freehold_tenancy_ground::tenant(1), freehold_tenancy_ground::tenant(2));
    /// # let db = ground.db().await;
    /// let transaction = db.tenant(&one).begin().await?;
    /// transaction.execute(Sql::vouched(context.assume(&key)), &[&two.to_string()]).await?;
    /// let notes: Vec<(String,)> = transaction.query("SELECT body FROM notes", &[]).await?;
    /// assert_eq!(notes, [("a secret of tenant 2".to_owned(),)]);
    /// # Ok(())
    /// # });
    /// ```
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
