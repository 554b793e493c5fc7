//! The SQL of the trail, as text for migrations.

use freehold_model::name::{quote_identifier, quote_literal};

use super::{IP, REQUEST, SCHEMA, USER};
use crate::{Tenancy, TenantKind, signed::SignedContext};

const UP: &str = include_str!("up.sql");
const FUNCTIONS: &str = include_str!("functions.sql");
const DOWN: &str = include_str!("down.sql");

/// What an entry `e` adds to its link's digest.
pub(super) const ENTRY: &str = "sha256(convert_to(jsonb_build_array(e.{column}::text, \
     (extract(epoch FROM e.at) * 1000000)::bigint, e.id, e.xid::text, e.table_name, e.row_key, e.action, e.acting_user, \
     e.request, e.ip::text, e.acting_role, encode(e.values_sum, 'hex'))::text, 'UTF8'))";

/// What a link `link` is worth to the next one.
pub(super) const LINK: &str = "sha256(convert_to(jsonb_build_array(link.{column}::text, link.seq, \
     (extract(epoch FROM link.at) * 1000000)::bigint, link.xid::text, link.entries, link.first_id, link.last_id, \
     encode(link.digest, 'hex'), encode(link.previous, 'hex'))::text, 'UTF8'))";

/// What a database needs for the trail.
///
/// ```
/// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
///
/// let tenancy = Tenancy::from_toml("[tenancy]\nrole = 'app_writer'\nsystem_role = 'app_system'")?;
/// let trail = AuditTrail::of(&tenancy).readable_by("app_reader");
/// let faces = Watched::table("faces").without("updated_at").masking("embedding_encrypted");
/// let up = trail.up() + &trail.watch(&faces);
/// let down = trail.unwatch(&faces) + &trail.down();
/// assert!(up.contains("FORCE ROW LEVEL SECURITY") && down.contains("DROP TABLE"));
/// # Ok::<(), freehold_tenancy::SettingsError>(())
/// ```
#[derive(Debug, Clone)]
pub struct AuditTrail {
    column: String,
    kind: TenantKind,
    tenant: String,
    readers: Vec<String>,
    system: Option<String>,
}

impl AuditTrail {
    /// For a database that tells tenants apart as `tenancy` says, in the schema [`SCHEMA`]. Tenants read their own entries
    /// as its role; its system role makes partitions and erases values.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::AuditTrail};
    ///
    /// let tenancy = Tenancy { column: "org_id".into(), setting: "app.org".into(), ..Tenancy::default() };
    /// let up = AuditTrail::of(&tenancy).up();
    /// assert!(up.contains(r#""org_id" = (SELECT nullif(current_setting(''app.org'', true), '''')::uuid)"#));
    /// ```
    pub fn of(tenancy: &Tenancy) -> Self {
        let kind = tenancy.kind.sql_type();
        let setting = quote_literal(&tenancy.setting);
        let read = format!("nullif(current_setting({setting}, true), '')");
        Self {
            column: tenancy.column.clone(),
            kind: tenancy.kind,
            tenant: match tenancy.kind {
                TenantKind::Text => format!("(SELECT {read})"),
                _ => format!("(SELECT {read}::{kind})"),
            },
            readers: tenancy.role.iter().cloned().collect(),
            system: tenancy.system_role.clone(),
        }
    }

    /// The same; this role, too, reads entries of the tenant that its session has taken on.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::AuditTrail};
    ///
    /// let tenancy = Tenancy { role: Some("app_writer".into()), ..Tenancy::default() };
    /// let up = AuditTrail::of(&tenancy).readable_by("app_reader").up();
    /// assert!(up.contains(r#"GRANT USAGE ON SCHEMA "audit" TO "app_writer", "app_reader";"#));
    /// ```
    #[must_use]
    pub fn readable_by(mut self, role: &str) -> Self {
        self.readers.push(role.to_owned());
        self
    }

    /// The same, for a database that takes signed tenants alone.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::AuditTrail, signed::SignedContext};
    ///
    /// let tenancy = Tenancy::default();
    /// let up = AuditTrail::of(&tenancy).signed(&SignedContext::of(&tenancy)).up();
    /// assert!(up.contains(r#""tenant_id" = (SELECT "tenant_context".current_tenant())"#));
    /// ```
    #[must_use]
    pub fn signed(mut self, context: &SignedContext) -> Self {
        self.tenant = context.condition();
        self
    }

    /// The tables, functions and triggers of the trail; months are made ahead by
    /// `SELECT audit.make_coming_partitions(3)`, which a job calls every day as the system role.
    ///
    /// ```
    /// # use freehold_tenancy::{Tenancy, audit::AuditTrail};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let tenancy = Tenancy { role: Some("app_writer".into()), ..freehold_tenancy_ground::Ground::tenancy() };
    /// # use freehold_tenancy::Execute;
    /// ground.admin(&AuditTrail::of(&tenancy).up()).await;
    /// // Every day, as the system role: this month and the three that come.
    /// let db = ground.db().await;
    /// let system = db.system("making the audit trail's months")?;
    /// let made: i64 = system.query_value("SELECT audit.make_coming_partitions(3)", &[]).await?;
    /// assert_eq!(made, 4);
    /// # Ok(())
    /// # });
    /// ```
    pub fn up(&self) -> String {
        let mut text = self.fill(UP) + &self.fill(FUNCTIONS);
        if let Some(system) = &self.system {
            text += &self.fill(
                "GRANT USAGE ON SCHEMA {schema} TO {system};\n\
                 GRANT SELECT ON {schema}.audit_log, {schema}.audit_chain, {schema}.audit_heads TO {system};\n\
                 GRANT EXECUTE ON FUNCTION {schema}.make_coming_partitions(integer), {schema}.erase({kind}, text, jsonb) TO {system};\n",
            ).replace("{system}", &quote_identifier(system));
        }
        text
    }

    /// Takes [`AuditTrail::up`] back, with all entries. Refused by the server while a table is watched.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::AuditTrail};
    ///
    /// let down = AuditTrail::of(&Tenancy::default()).down();
    /// assert!(down.trim_end().ends_with(r#"DROP SCHEMA "audit";"#));
    /// ```
    pub fn down(&self) -> String {
        self.fill(DOWN)
    }

    /// Records every change of a table from now on. It needs a primary key and a tenant column that can't be null.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, Tenancy, audit::{AuditTrail, Page, Watched, head}};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let tenancy = Tenancy { role: Some("app_writer".into()), ..freehold_tenancy_ground::Ground::tenancy() };
    /// # let tenant = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// let trail = AuditTrail::of(&tenancy);
    /// ground.admin(&(trail.up() + &trail.watch(&Watched::table("notes")))).await;
    /// // What was there before is not in the trail; what is done from now on is.
    /// assert_eq!(head(&tenant).await?, None);
    /// tenant.execute("DELETE FROM notes WHERE id = 1", &[]).await?;
    /// assert_eq!(head(&tenant).await?.map(|head| head.seq), Some(1));
    /// # Ok(())
    /// # });
    /// ```
    pub fn watch(&self, watched: &Watched) -> String {
        let list = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| quote_literal(name)).collect();
            format!("ARRAY[{}]::name[]", names.join(", "))
        };
        format!(
            "SELECT {}.watch({}, {}, {}, {});\n",
            quote_identifier(SCHEMA),
            watched.regclass(),
            quote_literal(watched.column.as_ref().unwrap_or(&self.column)),
            list(&watched.excluded),
            list(&watched.masked)
        )
    }

    /// Takes [`AuditTrail::watch`] back.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
    ///
    /// let trail = AuditTrail::of(&Tenancy::default());
    /// let faces = Watched::table("faces").masking("embedding");
    /// // What was said of columns does not matter any more.
    /// assert_eq!(trail.unwatch(&faces), trail.unwatch(&Watched::table("faces")));
    /// ```
    pub fn unwatch(&self, watched: &Watched) -> String {
        format!("SELECT {}.unwatch({});\n", quote_identifier(SCHEMA), watched.regclass())
    }

    fn fill(&self, text: &str) -> String {
        let readers: Vec<String> = self.readers.iter().map(|role| quote_identifier(role)).collect();
        let readers = if readers.is_empty() { "PUBLIC".to_owned() } else { readers.join(", ") };
        let schema = quote_identifier(SCHEMA);
        let condition = format!("{} = {}", quote_identifier(&self.column), self.tenant);
        text.replace("{entry}", ENTRY)
            .replace("{link}", LINK)
            .replace("{schema}", &schema)
            .replace("{schema_text}", &quote_literal(SCHEMA))
            .replace("{sequence}", &quote_literal(&format!("{schema}.audit_log_id_seq")))
            .replace("{column}", &quote_identifier(&self.column))
            .replace("{kind}", self.kind.sql_type())
            .replace("{condition_text}", &quote_literal(&condition))
            .replace("{readers_text}", &quote_literal(&readers))
            .replace("{readers}", &readers)
            .replace("{user}", &quote_literal(USER))
            .replace("{request}", &quote_literal(REQUEST))
            .replace("{ip}", &quote_literal(IP))
    }
}

/// A table whose changes are recorded.
///
/// ```
/// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
///
/// let faces = Watched::table("faces").without("updated_at").masking("embedding");
/// let watch = AuditTrail::of(&Tenancy::default()).watch(&faces);
/// assert!(watch.contains("'tenant_id', ARRAY['updated_at']::name[], ARRAY['embedding']::name[]"));
/// ```
#[derive(Debug, Clone)]
pub struct Watched {
    table: String,
    schema: Option<String>,
    column: Option<String>,
    excluded: Vec<String>,
    masked: Vec<String>,
}

impl Watched {
    /// A table, by its bare name.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
    ///
    /// // The name as it is; it is quoted where it has to be.
    /// let watch = AuditTrail::of(&Tenancy::default()).watch(&Watched::table("Door log"));
    /// assert!(watch.contains(r#"'"Door log"'"#));
    /// ```
    pub fn table(name: &str) -> Self {
        Self { table: name.to_owned(), schema: None, column: None, excluded: Vec::new(), masked: Vec::new() }
    }

    /// The same, in a schema that is not on the migration's search path.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
    ///
    /// let invoices = Watched::table("invoices").in_schema("billing");
    /// assert!(AuditTrail::of(&Tenancy::default()).watch(&invoices).contains(r#"'"billing"."invoices"'"#));
    /// ```
    #[must_use]
    pub fn in_schema(mut self, schema: &str) -> Self {
        self.schema = Some(schema.to_owned());
        self
    }

    /// The same, where another column than the usual one names the tenant: `id` in the table of tenants itself.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, audit::{AuditTrail, Watched}};
    ///
    /// let tenants = Watched::table("tenants").told_apart_by("id");
    /// assert!(AuditTrail::of(&Tenancy::default()).watch(&tenants).contains(r#"'"tenants"', 'id'"#));
    /// ```
    #[must_use]
    pub fn told_apart_by(mut self, column: &str) -> Self {
        self.column = Some(column.to_owned());
        self
    }

    /// The same; of this column nothing is recorded, and an UPDATE that changes nothing else leaves no entry.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, Tenancy, audit::{AuditTrail, Watched, head}};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let tenancy = Tenancy { role: Some("app_writer".into()), ..freehold_tenancy_ground::Ground::tenancy() };
    /// # let tenant = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1));
    /// # let trail = AuditTrail::of(&tenancy);
    /// let notes = Watched::table("notes").without("created_at");
    /// ground.admin(&(trail.up() + &trail.watch(&notes))).await;
    /// tenant.execute("UPDATE notes SET created_at = now()", &[]).await?;
    /// assert_eq!(head(&tenant).await?, None);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn without(mut self, column: &str) -> Self {
        self.excluded.push(column.to_owned());
        self
    }

    /// The same; of this column is recorded that it changed, with `***` in place of the values.
    ///
    /// ```
    /// # use freehold_tenancy::{Execute, Tenancy, audit::{self, Actor, AuditTrail, Page, Watched}};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let tenancy = Tenancy { role: Some("app_writer".into()), ..freehold_tenancy_ground::Ground::tenancy() };
    /// # let ada = ground.db().await.tenant(&freehold_tenancy_ground::tenant(1)).acting_as(&Actor::user("ada")?);
    /// # let trail = AuditTrail::of(&tenancy);
    /// let notes = Watched::table("notes").masking("body");
    /// ground.admin(&(trail.up() + &trail.watch(&notes))).await;
    /// ada.execute("UPDATE notes SET body = 'nobody reads this' WHERE id = 1", &[]).await?;
    /// let entries = audit::of_actor(&ada, "ada", &Page::first(1)).await?.entries;
    /// assert_eq!(entries[0].new_values, Some(serde_json::json!({ "body": "***" })));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn masking(mut self, column: &str) -> Self {
        self.masked.push(column.to_owned());
        self
    }

    fn regclass(&self) -> String {
        let table = quote_identifier(&self.table);
        quote_literal(&match &self.schema {
            Some(schema) => format!("{}.{table}", quote_identifier(schema)),
            None => table,
        })
    }
}
