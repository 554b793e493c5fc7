//! The SQL of the outbox: a table in which triggers note, in the same transaction, what changed.

use crate::{Tenancy, quote_identifier};

/// The channel on which triggers say that something was noted.
pub(crate) const CHANNEL: &str = "freehold_outbox";

/// The outbox in PostgreSQL: gives the SQL for a migration, and is what a [`Relay`](super::Relay) reads.
///
/// ```
/// use freehold_tenancy::{Tenancy, cache::Outbox};
///
/// let outbox = Outbox::new(["app_writer"], "app_system");
/// let create = outbox.create(&Tenancy::default());
/// assert!(create.contains("FORCE ROW LEVEL SECURITY"));
/// // Rows of `people` are told as the entity `person`, by their column `id`:
/// let watch = outbox.watch(&Tenancy::default(), "people", "person", "id");
/// assert!(watch.contains("AFTER UPDATE"));
/// ```
#[derive(Debug, Clone)]
pub struct Outbox {
    schema: String,
    writers: Vec<String>,
    relay: String,
    notify: bool,
}

impl Outbox {
    /// In the schema `public`: `writers` are the roles that change watched tables, `relay` the role of work across
    /// tenants ([`Tenancy::system_role`], with BYPASSRLS).
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, cache::Outbox};
    ///
    /// let sql = Outbox::new(["app_writer", "app_jobs"], "app_system").create(&Tenancy::default());
    /// assert!(sql.contains(r#"GRANT INSERT ON "public".freehold_outbox TO "app_jobs""#));
    /// assert!(sql.contains(r#"DELETE ON "public".freehold_outbox TO "app_system""#));
    /// ```
    pub fn new<R: Into<String>>(writers: impl IntoIterator<Item = R>, relay: impl Into<String>) -> Self {
        Self {
            schema: "public".to_owned(),
            writers: writers.into_iter().map(Into::into).collect(),
            relay: relay.into(),
            notify: true,
        }
    }

    /// The same in another schema.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, cache::Outbox};
    ///
    /// let outbox = Outbox::new(["app_writer"], "app_system").in_schema("plumbing");
    /// assert!(outbox.create(&Tenancy::default()).starts_with(r#"CREATE TABLE "plumbing".freehold_outbox"#));
    /// ```
    #[must_use]
    pub fn in_schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = schema.into();
        self
    }

    /// The same without NOTIFY: the relay looks at its interval alone. PostgreSQL lets transactions that notify commit
    /// one after the other, which a database with very many small writes feels.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, cache::Outbox};
    ///
    /// let outbox = Outbox::new(["app_writer"], "app_system");
    /// assert!(outbox.create(&Tenancy::default()).contains("pg_notify"));
    /// assert!(!outbox.without_notify().create(&Tenancy::default()).contains("pg_notify"));
    /// ```
    #[must_use]
    pub fn without_notify(mut self) -> Self {
        self.notify = false;
        self
    }

    /// The table's name, quoted.
    pub(crate) fn table(&self) -> String {
        format!("{}.freehold_outbox", quote_identifier(&self.schema))
    }

    /// The SQL that makes the table, its policy and the trigger's function. Put it into a migration.
    ///
    /// A tenant's role may only add rows of its own tenant, and reads none. The relay's role needs BYPASSRLS.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Tenancy, cache::Outbox};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (db, tenant) = (ground.db().await, freehold_tenancy_ground::tenant(1));
    /// let outbox = Outbox::new(["app_writer"], "app_system");
    /// ground.admin(&outbox.create(&Tenancy::default())).await;
    /// let read = db.tenant(&tenant).execute("SELECT FROM freehold_outbox", &[]).await;
    /// assert!(read.is_err(), "a tenant only adds");
    /// # Ok(())
    /// # });
    /// ```
    pub fn create(&self, tenancy: &Tenancy) -> String {
        let (table, schema) = (self.table(), quote_identifier(&self.schema));
        let (column, kind) = (quote_identifier(&tenancy.column), tenancy.kind.sql_type());
        let setting = tenancy.setting.replace('\'', "''");
        let writers: String = self
            .writers
            .iter()
            .map(|role| format!("GRANT INSERT ON {table} TO {};\n", quote_identifier(role)))
            .collect();
        let relay = quote_identifier(&self.relay);
        // Subscribers across tenants know a notification by this tag.
        let notify = if self.notify {
            format!("    PERFORM pg_catalog.pg_notify('{CHANNEL}', repeat('-', 32) || ':');\n")
        } else {
            String::new()
        };
        format!(
            "CREATE TABLE {table} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    {column} {kind} NOT NULL,
    entity text NOT NULL,
    row_key text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    told_at timestamptz
);
CREATE INDEX freehold_outbox_waiting ON {table} (id) WHERE told_at IS NULL;
CREATE INDEX freehold_outbox_told ON {table} (told_at) WHERE told_at IS NOT NULL;
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY freehold_outbox_note ON {table} FOR INSERT
    WITH CHECK ({column} = (SELECT nullif(current_setting('{setting}', true), '')::{kind}));
{writers}GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {relay};
CREATE FUNCTION {schema}.freehold_outbox_note() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $note$
DECLARE
    changed text := 'SELECT %1$I AS tenant, %2$I::text AS row_key FROM ';
BEGIN
    -- Arguments: entity, tenant column, key column. An update can move a row from one key to another: both are noted.
    changed := CASE TG_OP
        WHEN 'INSERT' THEN changed || 'new_rows'
        WHEN 'DELETE' THEN changed || 'old_rows'
        ELSE changed || 'old_rows UNION ' || changed || 'new_rows'
    END;
    EXECUTE format('INSERT INTO {table} ({column}, entity, row_key) SELECT DISTINCT tenant, $1, row_key FROM ('
        || changed || ') AS changed', TG_ARGV[1], TG_ARGV[2]) USING TG_ARGV[0];
{notify}    RETURN NULL;
END
$note$;
"
        )
    }

    /// The SQL of the triggers that note changes of a table: once for each statement, however many rows it changes.
    ///
    /// `table` is a name, or schema and name with a dot between them; `entity` is the name of the
    /// [`Entity`](super::Entity), `key` the column whose text is the id that the cache is asked with. TRUNCATE fires
    /// none of them.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, Tenancy, cache::Outbox};
    ///
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let (db, tenant) = (ground.db().await, freehold_tenancy_ground::tenant(1));
    /// let (outbox, tenancy) = (Outbox::new(["app_writer"], "app_system"), Tenancy::default());
    /// ground.admin(&outbox.create(&tenancy)).await;
    /// ground.admin(&outbox.watch(&tenancy, "public.notes", "note", "id")).await;
    /// db.tenant(&tenant).execute("UPDATE notes SET body = '' WHERE id = 2", &[]).await?;
    /// let noted: (String, String) =
    ///     db.system("looking")?.query_one("SELECT entity, row_key FROM freehold_outbox", &[]).await?;
    /// assert_eq!(noted, ("note".to_owned(), "2".to_owned()));
    /// # Ok(())
    /// # });
    /// ```
    pub fn watch(&self, tenancy: &Tenancy, table: &str, entity: &str, key: &str) -> String {
        let quoted: Vec<String> = table.split('.').map(quote_identifier).collect();
        let function = format!("{}.freehold_outbox_note", quote_identifier(&self.schema));
        let arguments: Vec<String> = [entity, &tenancy.column, key].into_iter().map(literal).collect();
        let events = [
            ("insert", "INSERT", "NEW TABLE AS new_rows"),
            ("update", "UPDATE", "OLD TABLE AS old_rows NEW TABLE AS new_rows"),
            ("delete", "DELETE", "OLD TABLE AS old_rows"),
        ];
        let triggers = events.map(|(name, event, rows)| {
            format!(
                "CREATE TRIGGER freehold_outbox_{name} AFTER {event} ON {} REFERENCING {rows}\n    FOR EACH STATEMENT EXECUTE FUNCTION {function}({});\n",
                quoted.join("."),
                arguments.join(", ")
            )
        });
        triggers.concat()
    }
}

/// A string of SQL; a backslash is itself, as `standard_conforming_strings` has it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
