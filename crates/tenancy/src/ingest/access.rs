//! How the role that copies reaches the database, and which tables are set up for it.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{IngestError, migration::FUNCTION, target::Target};
use crate::{Error, Execute, SqlState, Transaction, db::Pool};

/// The connections of the role that copies.
pub(crate) struct CopyAccess {
    pub(crate) pool: Pool,
    /// Tables that were found to be set up.
    known: Mutex<HashMap<String, bool>>,
}

/// The role may insert and do nothing else, and the table has the CHECK that names the role and asks the function of
/// [`copy_role_sql`](super::copy_role_sql), which reads the setting.
const IS_SET_UP: &str = "
SELECT pg_catalog.has_table_privilege(t.oid, 'INSERT')
   AND NOT pg_catalog.has_table_privilege(t.oid, 'SELECT, UPDATE, DELETE, TRUNCATE')
   AND EXISTS (
       SELECT FROM pg_catalog.pg_constraint AS c
       JOIN pg_catalog.pg_depend AS d
         ON d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
       JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid
       CROSS JOIN LATERAL pg_catalog.pg_get_constraintdef(c.oid) AS def
       WHERE c.conrelid = t.oid AND c.contype = 'c' AND NOT c.connoinherit
         AND pg_catalog.strpos(def, 'CURRENT_USER <> ' || pg_catalog.quote_literal(current_user)) > 0
         AND pg_catalog.strpos(def, '(' || pg_catalog.quote_ident($3) || ' = ') > 0
         AND p.proname = $4
         AND pg_catalog.strpos(p.prosrc, 'current_setting(' || pg_catalog.quote_literal($2)) > 0
   )
FROM (SELECT pg_catalog.to_regclass($1)::pg_catalog.oid AS oid) AS t
WHERE t.oid IS NOT NULL";

impl CopyAccess {
    pub(crate) fn new(pool: Pool) -> Self {
        Self { pool, known: Mutex::default() }
    }

    /// Whether a table takes the role's COPY; asked once, if it does.
    pub(super) async fn is_set_up(
        &self,
        transaction: &Transaction,
        target: &Target,
    ) -> Result<bool, IngestError> {
        let known = |known: &mut HashMap<String, bool>| known.get(&target.table).copied();
        if let Some(known) = known(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let setting = transaction.tenancy().setting.as_str();
        let asked: Result<Option<(bool,)>, Error> = transaction
            .query_opt(IS_SET_UP, &[&target.table_sql, &setting, &target.tenant_column, &FUNCTION])
            .await;
        let is_set_up = match asked {
            Ok(row) => row.is_some_and(|(yes,)| yes),
            // The role may not even look into the schema.
            Err(error) if error.sqlstate() == Some(SqlState::INSUFFICIENT_PRIVILEGE) => false,
            Err(source) => return Err(IngestError::Table { table: target.table.clone(), source }),
        };
        if is_set_up {
            self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(target.table.clone(), true);
        }
        Ok(is_set_up)
    }
}
