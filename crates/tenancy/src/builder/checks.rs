//! What must be so in a database for row level security to hold.

use crate::{Db, Error, FromRow, Transaction, TransactionOptions, context::Context, execute::Sealed};

/// Who asks, and what row level security means to them.
const WHO: &str = "
    SELECT r.rolname::text AS role, r.rolsuper AS superuser, r.rolbypassrls AS bypasses,
           session_user::text AS login, l.rolsuper OR l.rolbypassrls AS login_bypasses,
           ARRAY(SELECT o.rolname::text FROM pg_catalog.pg_roles AS o
                 WHERE (o.rolsuper OR o.rolbypassrls) AND o.rolname <> r.rolname
                   AND pg_catalog.pg_has_role(r.oid, o.oid, 'MEMBER') ORDER BY 1) AS could_become
    FROM pg_catalog.pg_roles AS r, pg_catalog.pg_roles AS l
    WHERE r.rolname = current_user AND l.rolname = session_user";

/// Everything with the tenant column that the role may read or write, whatever kind of table it is.
const TABLES: &str = "
    SELECT n.nspname::text AS schema, c.relname::text AS name, c.relkind IN ('m', 'f') AS cannot,
           c.relrowsecurity AS secured, c.relforcerowsecurity AS forced,
           pg_catalog.pg_has_role(current_user, c.relowner, 'USAGE') AS owned,
           coalesce((SELECT string_agg(concat(pg_catalog.pg_get_expr(p.polqual, p.polrelid),
                                              pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid)), ' ')
                     FROM pg_catalog.pg_policy AS p WHERE p.polrelid = c.oid), '') AS policies
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND NOT a.attisdropped AND a.attname = $1
    WHERE c.relkind IN ('r', 'p', 'm', 'f')
      AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
      AND (pg_catalog.has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE')
           OR pg_catalog.has_table_privilege(c.oid, 'DELETE'))
    ORDER BY 1, 2";

#[derive(FromRow)]
struct Who {
    role: String,
    superuser: bool,
    bypasses: bool,
    login: String,
    login_bypasses: bool,
    could_become: Vec<String>,
}

#[derive(FromRow)]
struct Table {
    schema: String,
    name: String,
    cannot: bool,
    secured: bool,
    forced: bool,
    owned: bool,
    policies: String,
}

impl Table {
    fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    fn is_among(&self, names: &[String]) -> bool {
        names.iter().any(|name| *name == self.name || *name == self.full_name())
    }
}

/// Looks at roles and tables.
///
/// # Errors
/// [`Error::Setup`], with what is wrong and what to do.
pub(crate) async fn check(db: &Db, accepted: &[String]) -> Result<(), Error> {
    let transaction = begin(db).await?;
    let rows = transaction.send_rows(&WHO.into(), &[]).await?;
    let who: Who = rows.first().ok_or_else(|| setup("the server does not know who asks"))?.read()?;
    judge_role(db, &who)?;
    let rows = transaction.send_rows(&TABLES.into(), &[&db.tenancy().column]).await?;
    let tables: Vec<Table> = rows.iter().map(crate::Row::read).collect::<Result<_, _>>()?;
    transaction.rollback().await?;
    judge_tables(&tables, &who.role, accepted)?;
    judge_setting(&tables, &db.tenancy().setting)?;
    check_system(db).await
}

fn setup(why: impl Into<String>) -> Error {
    Error::Setup(why.into())
}

/// As the tenants' role, in nobody's context.
async fn begin(db: &Db) -> Result<Transaction, Error> {
    let context = Context { unchecked: true, ..db.context(None) };
    let begun = Transaction::begin(db, context, TransactionOptions::default().read_only()).await;
    let Err(Error::Database(error)) = &begun else { return begun };
    let (Some(role), "22023" | "42501") = (&db.0.role, error.sqlstate().code()) else { return begun };
    let login = db.0.pool.connect.user();
    Err(setup(format!(
        "the role {role} of [tenancy] can't be taken on by {login}: create it (CREATE ROLE {role} NOLOGIN) and grant \
         it (GRANT {role} TO {login})"
    )))
}

fn judge_role(db: &Db, who: &Who) -> Result<(), Error> {
    let role = &who.role;
    let why = match (who.superuser, who.bypasses) {
        (true, _) => "a superuser",
        (_, true) => "one with BYPASSRLS",
        _ => {
            let known = db.0.system.as_ref().and_then(|system| system.role.as_deref());
            if who.login_bypasses {
                let login = &who.login;
                tracing::warn!(
                    login,
                    role,
                    "the login role bypasses row level security; let another one log in"
                );
            }
            for other in who.could_become.iter().filter(|other| Some(other.as_str()) != known) {
                tracing::warn!(
                    role,
                    other,
                    "the tenants' role can become one that bypasses row level security"
                );
            }
            return Ok(());
        }
    };
    Err(setup(format!(
        "tenants' statements would run as {role}, {why}: row level security does not hold for it. Log in as a role \
         without these (CREATE ROLE app_writer LOGIN NOSUPERUSER NOBYPASSRLS), or name one as role in [tenancy]"
    )))
}

fn judge_tables(tables: &[Table], role: &str, accepted: &[String]) -> Result<(), Error> {
    let named = |wanted: &dyn Fn(&Table) -> bool| -> Vec<String> {
        tables
            .iter()
            .filter(|table| !table.is_among(accepted) && wanted(table))
            .map(Table::full_name)
            .collect()
    };
    let open = named(&|table| table.cannot || !table.secured);
    if !open.is_empty() {
        return Err(setup(format!(
            "these tables have the tenant column, {role} may reach them, and they have no row level security: {}. Add \
             it (ALTER TABLE ... ENABLE ROW LEVEL SECURITY, with a policy), revoke the role's privileges, or name them \
             in accept_unprotected",
            open.join(", ")
        )));
    }
    let owned = named(&|table| table.owned && !table.forced);
    if !owned.is_empty() {
        return Err(setup(format!(
            "{role} owns these tables, and row level security does not hold for an owner: {}. Let another role own \
             them, or ALTER TABLE ... FORCE ROW LEVEL SECURITY",
            owned.join(", ")
        )));
    }
    Ok(())
}

/// Policies that read a setting, but never this one, would show nobody anything.
fn judge_setting(tables: &[Table], setting: &str) -> Result<(), Error> {
    let reads: Vec<&Table> =
        tables.iter().filter(|table| table.policies.contains("current_setting(")).collect();
    if reads.is_empty() || reads.iter().any(|table| table.policies.contains(&format!("'{setting}'"))) {
        return Ok(());
    }
    let names: Vec<String> = reads.iter().map(|table| table.full_name()).collect();
    Err(setup(format!(
        "the policies read another setting than {setting}, so that no tenant would see a row: {}. Set setting in \
         [tenancy] to the one that they read",
        names.join(", ")
    )))
}

/// Says whether work across tenants is possible.
async fn check_system(db: &Db) -> Result<(), Error> {
    let Some(system) = &db.0.system else { return Ok(()) };
    let context = Context { system: true, unchecked: true, role: system.role.clone(), ..db.context(None) };
    let begun = Transaction::begin(db, context, TransactionOptions::default().read_only()).await;
    let transaction = match begun {
        Ok(transaction) => transaction,
        Err(Error::Database(error)) if system.role.is_some() => {
            let (login, role) = (system.pool.connect.user(), system.role.as_deref().unwrap_or_default());
            tracing::warn!(login, role, state = %error.sqlstate(), "no work across tenants is possible: {login} can't become {role}");
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let rows = transaction.send_rows(&WHO.into(), &[]).await?;
    let who: Who = rows.first().ok_or_else(|| setup("the server does not know who asks"))?.read()?;
    transaction.rollback().await?;
    if !(who.superuser || who.bypasses) {
        let role = who.role;
        tracing::warn!(
            role,
            "the role for work across tenants has no BYPASSRLS and sees what policies let it see"
        );
    }
    Ok(())
}
