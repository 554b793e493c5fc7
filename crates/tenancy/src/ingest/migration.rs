//! The migration that sets up a role that copies.

use super::{IngestError, into, target::Target};
use crate::{Tenancy, TenantId, quote_identifier};

/// What tells the CHECKs the tenant.
pub(super) const FUNCTION: &str = "freehold_copying_tenant";

/// SQL that sets up a role that copies, and SQL that takes it back.
///
/// ```
/// use freehold_tenancy::{Tenancy, ingest::copy_role_sql};
///
/// let role = copy_role_sql(&Tenancy::default(), "app_copy", &["notes"])?;
/// assert!(role.up.contains("CREATE ROLE"));
/// assert!(role.down.contains("REVOKE INSERT") && !role.down.contains("DROP ROLE"));
/// # Ok::<(), freehold_tenancy::ingest::IngestError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CopyRole {
    /// Makes the role and the CHECKs. To be run by a superuser: only one may give a role BYPASSRLS.
    pub up: String,
    /// Takes rights and CHECKs back; the role stays, for roles belong to the whole server.
    pub down: String,
}

/// Writes the migration for [`Way::DirectCopy`](super::Way::DirectCopy): a role that may insert into these tables, and
/// nothing else, past row level security, and on each table a CHECK that holds for that role alone and refuses every row
/// that is not of the tenant that its transaction has taken on.
///
/// The tenant comes from a function that is declared IMMUTABLE, though it reads a setting: the server prepares the CHECKs
/// of a table anew for each execution of a statement, and replaces such a call by its value then, so that a row costs the
/// comparison alone (with the setting read for each row, COPY is slower by a fifth to a third). Use it in no index, no
/// generated column and no query.
///
/// The CHECK is added NOT VALID, so that the table is locked for a moment and not read: it says nothing of old rows. It
/// reads a setting, so it is no statement about rows but about who may write them; `pg_restore` runs as another role, for
/// which it holds always. A password is for the operator to set.
///
/// ```
/// use freehold_tenancy::{Tenancy, ingest::copy_role_sql};
///
/// let role = copy_role_sql(&Tenancy::default(), "app_copy", &["monitor_checks"])?;
/// assert!(role.up.contains("GRANT INSERT ON \"monitor_checks\" TO \"app_copy\""));
/// # Ok::<(), freehold_tenancy::ingest::IngestError>(())
/// ```
///
/// # Errors
/// [`IngestError::Name`] when a name can't be one.
pub fn copy_role_sql(tenancy: &Tenancy, role: &str, tables: &[&str]) -> Result<CopyRole, IngestError> {
    if role.is_empty() || role.len() > 63 || role.contains('\0') {
        let why = "a name has 1 to 63 bytes and no NUL";
        return Err(IngestError::Name { what: "role", name: role.to_owned(), why });
    }
    let quoted_role = quote_identifier(role);
    let mut up = format!(
        "DO $do$ BEGIN\n    CREATE ROLE {quoted_role} LOGIN BYPASSRLS NOINHERIT;\n\
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $do$;\n"
    );
    let function = quote_identifier(FUNCTION);
    up.push_str(&format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS {kind} LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $do$\n    \
         SELECT nullif(pg_catalog.current_setting({setting}, true), '')::{kind}\n$do$;\n\
         COMMENT ON FUNCTION {function}() IS 'For the CHECKs of tables that are copied into, and for nothing else.';\n\
         GRANT EXECUTE ON FUNCTION {function}() TO PUBLIC;\n",
        setting = literal(&tenancy.setting),
        kind = tenancy.kind.sql_type(),
    ));
    let mut down = String::new();
    for table in tables {
        let table = target(tenancy, table)?;
        let (name, constraint) = (&table.table_sql, constraint_name(&table.table));
        let column = table.tenant_column();
        if let Some((schema, _)) = table.table.split_once('.') {
            up.push_str(&format!("GRANT USAGE ON SCHEMA {} TO {quoted_role};\n", quote_identifier(schema)));
            down.push_str(&format!(
                "REVOKE USAGE ON SCHEMA {} FROM {quoted_role};\n",
                quote_identifier(schema)
            ));
        }
        up.push_str(&format!(
            "GRANT INSERT ON {name} TO {quoted_role};\n\
             ALTER TABLE {name} ADD CONSTRAINT {constraint} CHECK (\n    \
             ({column} = {function}()) IS TRUE OR current_user <> {role}\n) NOT VALID;\n",
            role = literal(role),
        ));
        down.push_str(&format!(
            "ALTER TABLE {name} DROP CONSTRAINT IF EXISTS {constraint};\n\
             REVOKE INSERT ON {name} FROM {quoted_role};\n"
        ));
    }
    // Tables of another such migration may still need it.
    down.push_str(&format!(
        "DO $do$ BEGIN\n    DROP FUNCTION IF EXISTS {function}();\n\
         EXCEPTION WHEN dependent_objects_still_exist THEN NULL; END $do$;\n"
    ));
    Ok(CopyRole { up, down })
}

/// Checks a table's name and quotes it, as it is done where rows are sent.
fn target(tenancy: &Tenancy, table: &str) -> Result<Target, IngestError> {
    // Whose rows they are is not asked here; a column is needed that is not the tenant's.
    let nobody = TenantId::bigint(1).map_err(crate::Error::from)?;
    Target::new(
        &into(table).column(format!("{}_", tenancy.column.chars().take(40).collect::<String>())),
        &[],
        (tenancy, nobody),
    )
}

/// A name for the constraint that fits, by which an operator knows what it is for.
fn constraint_name(table: &str) -> String {
    let own = table.rsplit('.').next().unwrap_or(table);
    let kept = own.get(..own.floor_char_boundary(40)).unwrap_or(own);
    quote_identifier(&format!("{kept}_copied_within_tenant")).to_string()
}

/// A string in SQL. Names that come here have neither NUL nor more than 63 bytes.
fn literal(text: &str) -> String {
    if text.contains('\\') {
        return format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"));
    }
    format!("'{}'", text.replace('\'', "''"))
}
