//! The actions of `ALTER TABLE` and its kin, and the columns and constraints of `CREATE TABLE`.

/// One action. Names are unquoted; types are as PostgreSQL writes them back, lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// `ADD COLUMN`.
    AddColumn {
        /// The column.
        column: NewColumn,
        /// `IF NOT EXISTS`.
        if_not_exists: bool,
    },
    /// `DROP COLUMN`.
    DropColumn {
        /// Its name.
        name: String,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `ALTER COLUMN ... TYPE`.
    AlterColumnType {
        /// Its name.
        column: String,
        /// The new type.
        type_: String,
        /// With `USING`.
        using: bool,
    },
    /// `SET NOT NULL`.
    SetNotNull {
        /// Its name.
        column: String,
    },
    /// `DROP NOT NULL`.
    DropNotNull {
        /// Its name.
        column: String,
    },
    /// `SET DEFAULT`.
    SetDefault {
        /// Its name.
        column: String,
        /// Functions that the default calls, as written.
        calls: Vec<String>,
    },
    /// `DROP DEFAULT`.
    DropDefault {
        /// Its name.
        column: String,
    },
    /// `ADD GENERATED ... AS IDENTITY`.
    AddIdentity {
        /// Its name.
        column: String,
    },
    /// `SET GENERATED`, `SET INCREMENT` and their kin of an identity column.
    SetIdentity {
        /// Its name.
        column: String,
    },
    /// `DROP IDENTITY`.
    DropIdentity {
        /// Its name.
        column: String,
    },
    /// `SET EXPRESSION` of a generated column.
    SetExpression {
        /// Its name.
        column: String,
    },
    /// `DROP EXPRESSION` of a generated column.
    DropExpression {
        /// Its name.
        column: String,
    },
    /// `SET STATISTICS`, `SET STORAGE`, `SET COMPRESSION`, `SET (...)` of a column.
    SetColumnOption {
        /// Its name, or its number for an index's column.
        column: String,
        /// Which option.
        option: &'static str,
    },
    /// `ADD CONSTRAINT`, named or not.
    AddConstraint(NewConstraint),
    /// `ALTER CONSTRAINT`.
    AlterConstraint {
        /// Its name.
        name: String,
    },
    /// `VALIDATE CONSTRAINT`.
    ValidateConstraint {
        /// Its name.
        name: String,
    },
    /// `DROP CONSTRAINT`.
    DropConstraint {
        /// Its name.
        name: String,
        /// `IF EXISTS`.
        if_exists: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `RENAME TO`.
    Rename {
        /// The new name.
        to: String,
    },
    /// `RENAME COLUMN`; also of a view or a composite type.
    RenameColumn {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `RENAME CONSTRAINT`.
    RenameConstraint {
        /// The old name.
        from: String,
        /// The new name.
        to: String,
    },
    /// `SET SCHEMA`.
    SetSchema {
        /// The new schema.
        schema: String,
    },
    /// `OWNER TO`.
    Owner {
        /// The role, or `CURRENT_USER` and its kin.
        role: String,
    },
    /// `ENABLE ROW LEVEL SECURITY`.
    EnableRowSecurity,
    /// `DISABLE ROW LEVEL SECURITY`.
    DisableRowSecurity,
    /// `FORCE ROW LEVEL SECURITY`.
    ForceRowSecurity,
    /// `NO FORCE ROW LEVEL SECURITY`.
    NoForceRowSecurity,
    /// `ATTACH PARTITION`.
    AttachPartition {
        /// The partition's schema, if written.
        schema: Option<String>,
        /// The partition.
        partition: String,
        /// It becomes the default partition.
        default: bool,
    },
    /// `DETACH PARTITION`.
    DetachPartition {
        /// The partition's schema, if written.
        schema: Option<String>,
        /// The partition.
        partition: String,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `FINALIZE`.
        finalize: bool,
    },
    /// `INHERIT`.
    Inherit {
        /// The parent's schema, if written.
        schema: Option<String>,
        /// The parent.
        parent: String,
    },
    /// `NO INHERIT`.
    NoInherit {
        /// The parent's schema, if written.
        schema: Option<String>,
        /// The parent.
        parent: String,
    },
    /// `SET TABLESPACE`.
    SetTablespace {
        /// The tablespace.
        name: String,
    },
    /// `SET ACCESS METHOD`.
    SetAccessMethod {
        /// The method; empty for the default one.
        name: String,
    },
    /// `SET LOGGED`.
    SetLogged,
    /// `SET UNLOGGED`.
    SetUnlogged,
    /// `SET (...)`: storage options.
    SetOptions {
        /// Their names.
        names: Vec<String>,
    },
    /// `RESET (...)`.
    ResetOptions {
        /// Their names.
        names: Vec<String>,
    },
    /// `CLUSTER ON`, `SET WITHOUT CLUSTER` (no index).
    ClusterOn {
        /// The index.
        index: Option<String>,
    },
    /// `REPLICA IDENTITY`.
    ReplicaIdentity {
        /// The index of `USING INDEX`.
        index: Option<String>,
    },
    /// `ENABLE TRIGGER`, also `ALWAYS` and `REPLICA`.
    EnableTrigger {
        /// Its name; none for `ALL` and `USER`.
        name: Option<String>,
    },
    /// `DISABLE TRIGGER`.
    DisableTrigger {
        /// Its name; none for `ALL` and `USER`.
        name: Option<String>,
    },
    /// `ENABLE RULE`, also `ALWAYS` and `REPLICA`.
    EnableRule {
        /// Its name.
        name: String,
    },
    /// `DISABLE RULE`.
    DisableRule {
        /// Its name.
        name: String,
    },
    /// `OF type`, `NOT OF`.
    OfType {
        /// The type; none for `NOT OF`.
        type_: Option<String>,
    },
    /// Anything else; the words name it.
    Other(&'static str),
}

/// A column that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewColumn {
    /// Its name.
    pub name: String,
    /// Its type as PostgreSQL writes it back: `numeric(10,2)`, `text[]`, `app.mood`. `serial` stays `serial`.
    pub type_: String,
    /// `NOT NULL`, or implied by `PRIMARY KEY`, an identity or `serial`.
    pub not_null: bool,
    /// `DEFAULT`, other than `DEFAULT NULL`; also implied by `serial`.
    pub has_default: bool,
    /// Functions that the default calls, as written; a volatile one makes `ADD COLUMN` rewrite the table.
    pub default_calls: Vec<String>,
    /// The default is a constant (also with a cast or a sign).
    pub default_is_constant: bool,
    /// `GENERATED ... AS IDENTITY`.
    pub identity: bool,
    /// `GENERATED ALWAYS AS (...)`: stored (`Some(true)`) or virtual (`Some(false)`).
    pub generated_stored: Option<bool>,
    /// Its constraints, in order.
    pub constraints: Vec<ColumnConstraint>,
}

/// A constraint written at a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnConstraint {
    /// `NOT NULL`.
    NotNull,
    /// `CHECK`, `UNIQUE`, `PRIMARY KEY`, `REFERENCES`.
    Constraint(NewConstraint),
}

/// A constraint that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConstraint {
    /// Its kind.
    pub kind: ConstraintKind,
    /// Its name, if the statement gives one.
    pub name: Option<String>,
    /// Its columns; for a check none, for a foreign key the referencing ones.
    pub columns: Vec<String>,
    /// `NOT VALID`.
    pub not_valid: bool,
    /// `NOT ENFORCED`.
    pub not_enforced: bool,
    /// `DEFERRABLE`.
    pub deferrable: bool,
    /// `USING INDEX`.
    pub using_index: Option<String>,
    /// For a foreign key: the referenced table's schema, if written.
    pub references_schema: Option<String>,
    /// For a foreign key: the referenced table.
    pub references: Option<String>,
    /// For a foreign key: the referenced columns; empty when left to the primary key.
    pub referenced_columns: Vec<String>,
    /// For a foreign key: `ON DELETE`.
    pub on_delete: ReferentialAction,
    /// For a foreign key: `ON UPDATE`.
    pub on_update: ReferentialAction,
}

/// What a foreign key does when the referenced row goes or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(missing_docs, reason = "each variant is the SQL words for it")]
pub enum ReferentialAction {
    #[default]
    NoAction,
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
}

/// The kinds of constraints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each variant is the SQL words for the kind")]
pub enum ConstraintKind {
    NotNull,
    Check,
    PrimaryKey,
    Unique,
    Exclusion,
    ForeignKey,
}
