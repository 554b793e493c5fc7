//! The kinds of commands.

use super::object::ObjectKind;

/// The kind of a command. Commands that share a shape are one variant with the kind of object: `CREATE VIEW` is
/// `Create(ObjectKind::View)`, `DROP INDEX CONCURRENTLY` is `Drop { object: ObjectKind::Index, concurrently: true, .. }`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StatementKind {
    /// `SELECT`, `VALUES`, `TABLE`.
    Select,
    /// `INSERT`.
    Insert,
    /// `UPDATE`.
    Update,
    /// `DELETE`.
    Delete,
    /// `MERGE`.
    Merge,
    /// `COPY`.
    Copy {
        /// `FROM`: rows come in.
        from: bool,
    },
    /// `TRUNCATE`.
    Truncate,
    /// `CREATE TABLE`.
    CreateTable,
    /// `CREATE TABLE ... AS` and `SELECT ... INTO`.
    CreateTableAs,
    /// `ALTER TABLE`, also its `RENAME` and `SET SCHEMA` forms; see `Effect::actions`.
    AlterTable,
    /// `CREATE INDEX`.
    CreateIndex {
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `UNIQUE`.
        unique: bool,
    },
    /// `CREATE` of any other object; `OR REPLACE` is told by `Effect::may_exist_before`.
    Create(ObjectKind),
    /// `ALTER` of any other object.
    Alter(ObjectKind),
    /// `ALTER TYPE ... ADD VALUE`.
    AddEnumValue,
    /// `DROP` of anything.
    Drop {
        /// What is dropped.
        object: ObjectKind,
        /// `CONCURRENTLY`.
        concurrently: bool,
        /// `CASCADE`.
        cascade: bool,
    },
    /// `REFRESH MATERIALIZED VIEW`.
    RefreshMaterializedView {
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `REINDEX`.
    Reindex {
        /// `CONCURRENTLY`.
        concurrently: bool,
    },
    /// `CLUSTER`.
    Cluster,
    /// `VACUUM`.
    Vacuum {
        /// `FULL`.
        full: bool,
    },
    /// `ANALYZE`.
    Analyze,
    /// `LOCK TABLE`.
    Lock,
    /// `GRANT` on objects.
    Grant,
    /// `REVOKE` on objects.
    Revoke,
    /// `GRANT` of a role to a role.
    GrantRole,
    /// `REVOKE` of a role from a role.
    RevokeRole,
    /// `ALTER DEFAULT PRIVILEGES`.
    AlterDefaultPrivileges,
    /// `REASSIGN OWNED`.
    ReassignOwned,
    /// `DROP OWNED`.
    DropOwned,
    /// `COMMENT ON`.
    Comment,
    /// `SECURITY LABEL`.
    SecurityLabel,
    /// `IMPORT FOREIGN SCHEMA`.
    ImportForeignSchema,
    /// `DO`.
    Do,
    /// `CALL`.
    Call,
    /// `PREPARE` of a statement.
    Prepare,
    /// `EXECUTE`.
    Execute,
    /// `DEALLOCATE`.
    Deallocate,
    /// `EXPLAIN`.
    Explain {
        /// `ANALYZE`: the statement is carried out.
        analyze: bool,
    },
    /// `DECLARE`, `FETCH`, `MOVE`, `CLOSE` of a cursor.
    Cursor,
    /// `LISTEN`, `UNLISTEN`.
    Listen,
    /// `NOTIFY`.
    Notify,
    /// `LOAD`.
    Load,
    /// `SHOW`.
    Show,
    /// `SET`, also `SET ROLE`, `SET TRANSACTION`, `SET SESSION AUTHORIZATION`.
    Set,
    /// `RESET`.
    Reset,
    /// `SET CONSTRAINTS`.
    SetConstraints,
    /// `DISCARD`.
    Discard,
    /// `CHECKPOINT`.
    Checkpoint,
    /// `ALTER SYSTEM`.
    AlterSystem,
    /// `BEGIN`, `COMMIT`, `SAVEPOINT` and their kin; see `Effect::control`.
    TransactionControl,
    /// A command that this program does not know.
    Other,
}
