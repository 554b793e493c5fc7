//! The tables that data keys and rotations are kept in.

use freehold_model::name::quote_literal;

use crate::{Tenancy, quote_identifier};

/// The migration that makes the two tables of this module: data keys, wrapped, and the progress of rotations. Both are
/// tenant-owned, with row security forced.
///
/// ```
/// use freehold_tenancy::{Tenancy, secrets::Schema};
///
/// let tenancy = Tenancy { role: Some("app_writer".into()), system_role: Some("app_system".into()), ..Tenancy::default() };
/// let schema = Schema::new(&tenancy);
/// assert!(schema.up().contains("FORCE ROW LEVEL SECURITY"));
/// assert!(schema.down().contains("DROP TABLE IF EXISTS"));
/// ```
#[derive(Debug, Clone)]
pub struct Schema {
    tenancy: Tenancy,
    root_key: String,
    keys: String,
    rotations: String,
}

impl Schema {
    /// For these settings: the tables refer to `root (id)` and are granted to the roles that the settings name.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, secrets::Schema};
    ///
    /// let tenancy = Tenancy { column: "org_id".into(), root: "orgs".into(), ..Tenancy::default() };
    /// assert!(Schema::new(&tenancy).up().contains(r#"FOREIGN KEY ("org_id") REFERENCES "orgs" ("id")"#));
    /// ```
    pub fn new(tenancy: &Tenancy) -> Self {
        Self {
            tenancy: tenancy.clone(),
            root_key: "id".to_owned(),
            keys: super::store::KEYS.to_owned(),
            rotations: super::store::ROTATIONS.to_owned(),
        }
    }

    /// The root table's key, when it is not called `id`.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, secrets::Schema};
    ///
    /// let schema = Schema::new(&Tenancy::default()).root_key("tenant_id");
    /// assert!(schema.up().contains(r#"REFERENCES "tenants" ("tenant_id")"#));
    /// ```
    #[must_use]
    pub fn root_key(mut self, column: &str) -> Self {
        column.clone_into(&mut self.root_key);
        self
    }

    /// Other names of the two tables. Give the same ones in [`VaultSettings`](super::VaultSettings).
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, secrets::{Schema, VaultSettings}};
    ///
    /// let settings = VaultSettings { keys: "vault_keys".into(), ..VaultSettings::default() };
    /// let schema = Schema::new(&Tenancy::default()).tables(&settings.keys, &settings.rotations);
    /// assert!(schema.up().contains(r#"CREATE TABLE "vault_keys""#));
    /// ```
    #[must_use]
    pub fn tables(mut self, keys: &str, rotations: &str) -> Self {
        keys.clone_into(&mut self.keys);
        rotations.clone_into(&mut self.rotations);
        self
    }

    /// SQL that makes the tables; to be put into a migration.
    ///
    /// The application's role may read and add data keys; only the system role may change them (rewrapping) and destroy
    /// them, so that no statement within a tenant can make values unreadable.
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, secrets::Schema};
    ///
    /// let tenancy = Tenancy { role: Some("app_writer".into()), ..Tenancy::default() };
    /// let up = Schema::new(&tenancy).up();
    /// assert!(up.contains(r#"GRANT SELECT, INSERT ON "freehold_data_keys" TO "app_writer";"#));
    /// ```
    pub fn up(&self) -> String {
        let (keys, rotations) = (quote_identifier(&self.keys), quote_identifier(&self.rotations));
        let mut sql = self.keys_table() + &self.rotations_table();
        for table in [&keys, &rotations] {
            sql.push_str(&self.row_security(table));
        }
        if let Some(role) = &self.tenancy.role {
            let role = quote_identifier(role);
            sql.push_str(&format!("GRANT SELECT, INSERT ON {keys} TO {role};\n"));
            sql.push_str(&format!("GRANT SELECT, INSERT, UPDATE ON {rotations} TO {role};\n"));
        }
        if let Some(role) = &self.tenancy.system_role {
            let role = quote_identifier(role);
            sql.push_str(&format!(
                "GRANT SELECT, INSERT, UPDATE, DELETE ON {keys}, {rotations} TO {role};\n"
            ));
        }
        sql
    }

    /// SQL that takes the tables away again. **Everything that was sealed is then unreadable for ever.**
    ///
    /// ```
    /// use freehold_tenancy::{Tenancy, secrets::Schema};
    ///
    /// let down = Schema::new(&Tenancy::default()).down();
    /// assert!(down.ends_with("DROP TABLE IF EXISTS \"freehold_data_keys\";\n"));
    /// ```
    pub fn down(&self) -> String {
        let (keys, rotations) = (quote_identifier(&self.keys), quote_identifier(&self.rotations));
        format!("DROP TABLE IF EXISTS {rotations};\nDROP TABLE IF EXISTS {keys};\n")
    }

    /// The tenant's column, its type, the root table and its key.
    fn tenant(&self) -> [String; 4] {
        let Tenancy { column, kind, root, .. } = &self.tenancy;
        [
            quote_identifier(column),
            kind.sql_type().to_owned(),
            quote_identifier(root),
            quote_identifier(&self.root_key),
        ]
    }

    fn keys_table(&self) -> String {
        let keys = quote_identifier(&self.keys);
        let [tenant, kind, root, root_key] = self.tenant();
        let [keys_pkey, keys_id, keys_fkey, keys_purpose, keys_version] =
            ["pkey", "key_id_key", "tenant_fkey", "purpose_check", "version_check"]
                .map(|what| quote_identifier(&format!("{}_{what}", self.keys)));
        format!(
            "CREATE TABLE {keys} (
    {tenant} {kind} NOT NULL,
    purpose text NOT NULL,
    version integer NOT NULL,
    key_id uuid NOT NULL,
    master_key text NOT NULL,
    wrapped bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT {keys_pkey} PRIMARY KEY ({tenant}, purpose, version),
    CONSTRAINT {keys_id} UNIQUE ({tenant}, key_id),
    CONSTRAINT {keys_fkey} FOREIGN KEY ({tenant}) REFERENCES {root} ({root_key}),
    CONSTRAINT {keys_purpose} CHECK (purpose IN ('data', 'index')),
    CONSTRAINT {keys_version} CHECK (version > 0)
);
COMMENT ON TABLE {keys} IS 'Data keys of tenants, wrapped by a master key that is not in the database.';
COMMENT ON COLUMN {keys}.{tenant} IS 'Whose key it is.';
COMMENT ON COLUMN {keys}.purpose IS 'data: seals values; index: makes blind indexes.';
COMMENT ON COLUMN {keys}.version IS 'Counted from 1 within tenant and purpose; the highest is in use.';
COMMENT ON COLUMN {keys}.key_id IS 'Stands in each value that the key sealed.';
COMMENT ON COLUMN {keys}.master_key IS 'The name of the master key that wrapped it.';
COMMENT ON COLUMN {keys}.wrapped IS 'The key, readable only with the master key.';
COMMENT ON COLUMN {keys}.created_at IS 'When the key was made.';
COMMENT ON COLUMN {keys}.updated_at IS 'When it was last rewrapped.';
"
        )
    }

    fn rotations_table(&self) -> String {
        let rotations = quote_identifier(&self.rotations);
        let [tenant, kind, root, root_key] = self.tenant();
        let [rotations_pkey, rotations_fkey] =
            ["pkey", "tenant_fkey"].map(|what| quote_identifier(&format!("{}_{what}", self.rotations)));
        format!(
            "CREATE TABLE {rotations} (
    {tenant} {kind} NOT NULL,
    relation text NOT NULL,
    sealed_column text NOT NULL,
    data_key uuid NOT NULL,
    index_version integer,
    walked_to text[],
    pass integer NOT NULL DEFAULT 1,
    expected bigint NOT NULL DEFAULT 0,
    resealed bigint NOT NULL DEFAULT 0,
    overtaken bigint NOT NULL DEFAULT 0,
    unreadable text[] NOT NULL DEFAULT '{{}}',
    unreadable_count bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    CONSTRAINT {rotations_pkey} PRIMARY KEY ({tenant}, relation, sealed_column),
    CONSTRAINT {rotations_fkey} FOREIGN KEY ({tenant}) REFERENCES {root} ({root_key})
);
COMMENT ON TABLE {rotations} IS 'How far each column of sealed values has come under the newest data key.';
COMMENT ON COLUMN {rotations}.{tenant} IS 'Whose values they are.';
COMMENT ON COLUMN {rotations}.relation IS 'The table.';
COMMENT ON COLUMN {rotations}.sealed_column IS 'The column.';
COMMENT ON COLUMN {rotations}.data_key IS 'The data key that values are brought under.';
COMMENT ON COLUMN {rotations}.index_version IS 'The version of the blind index key, where there is a blind index.';
COMMENT ON COLUMN {rotations}.walked_to IS 'The key of the last row that was looked at in this pass.';
COMMENT ON COLUMN {rotations}.pass IS 'Counted from 1; another pass follows when writers left values under an older key.';
COMMENT ON COLUMN {rotations}.expected IS 'Values that were to be sealed anew when it began.';
COMMENT ON COLUMN {rotations}.resealed IS 'Values that were sealed anew.';
COMMENT ON COLUMN {rotations}.overtaken IS 'Values that a writer changed in between; the writer''s were kept.';
COMMENT ON COLUMN {rotations}.unreadable IS 'Keys of the first rows of this pass whose values do not open.';
COMMENT ON COLUMN {rotations}.unreadable_count IS 'Rows of this pass whose values do not open.';
COMMENT ON COLUMN {rotations}.started_at IS 'When it began.';
COMMENT ON COLUMN {rotations}.updated_at IS 'When the last batch was done.';
COMMENT ON COLUMN {rotations}.finished_at IS 'When nothing was left to do.';
"
        )
    }

    fn row_security(&self, table: &str) -> String {
        let [tenant, kind, ..] = self.tenant();
        let setting = quote_literal(&self.tenancy.setting);
        let own = format!("{tenant} = (SELECT nullif(current_setting({setting}, true), '')::{kind})");
        format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY own_tenant ON {table}
    USING ({own})
    WITH CHECK ({own});
COMMENT ON POLICY own_tenant ON {table} IS 'A session sees and writes rows of its own tenant; without one, none.';
"
        )
    }
}
