//! The role that stands for the application: the one that is named, or one made with the privileges that applications have.

use freehold_db::Session;
use freehold_model::{
    catalog::{Catalog, RelationKind},
    name::quote_identifier,
};

use super::{IsolationError, Tenancy};

/// The role that stands for the application.
pub(super) struct Application {
    pub(super) name: String,
    pub(super) was_made: bool,
}

/// Finds the role, or makes one. Where the migrations give the named role nothing at all, it is given what applications
/// have, for a role that may do nothing would make every cell green.
pub(super) async fn role(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    said: &mut Vec<String>,
) -> Result<Application, IsolationError> {
    let named = tenancy.role.clone();
    if let Some(name) = &named {
        let found = session
            .query("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", &[name])
            .await
            .map_err(IsolationError::own("looking for the application's role"))?;
        if !found.is_empty() {
            if !may_do_anything(session, tenancy, name).await?
                && tenancy.assume.iter().all(|sql| !takes_a_role(sql))
            {
                grant(session, catalog, tenancy, name).await?;
                said.push(format!(
                    "the migrations give {name} nothing on the tables of tenants: for the proof it was given SELECT, INSERT, \
                     UPDATE and DELETE"
                ));
            }
            return Ok(Application { name: name.clone(), was_made: false });
        }
    }
    let made = format!("freehold_probe_{}", session.backend_pid());
    session
        .run(&format!("CREATE ROLE {} NOLOGIN", quote_identifier(&made)))
        .await
        .map_err(IsolationError::own("making a role for the proof"))?;
    grant(session, catalog, tenancy, &made).await?;
    said.push(match named {
        Some(name) => format!(
            "no migration makes the role {name}: a role with SELECT, INSERT, UPDATE and DELETE on all tables stands for it"
        ),
        None => "no role of the application is known: a role that owns nothing, with SELECT, INSERT, UPDATE and DELETE \
                 on all tables, stands for it; name yours with `[tenancy] role`"
            .to_owned(),
    });
    Ok(Application { name: made, was_made: true })
}

fn takes_a_role(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("role")
}

async fn may_do_anything(session: &Session, tenancy: &Tenancy, role: &str) -> Result<bool, IsolationError> {
    let relations: Vec<u32> = tenancy.owned.keys().copied().collect();
    let sql = "SELECT 1 FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS r(oid) \
               WHERE pg_catalog.has_any_column_privilege($2::pg_catalog.text, r.oid, 'SELECT, INSERT, UPDATE') \
                  OR pg_catalog.has_table_privilege($2::pg_catalog.text, r.oid, 'DELETE, TRUNCATE') LIMIT 1";
    let rows = session
        .query(sql, &[&relations, &role])
        .await
        .map_err(IsolationError::own("reading what the application's role may do"))?;
    Ok(!rows.is_empty())
}

async fn grant(
    session: &Session,
    catalog: &Catalog,
    tenancy: &Tenancy,
    role: &str,
) -> Result<(), IsolationError> {
    let role = quote_identifier(role);
    let mut sql = String::new();
    for schema in catalog.schemas.iter() {
        sql.push_str(&format!("GRANT USAGE ON SCHEMA {} TO {role};\n", quote_identifier(&schema.name)));
    }
    for relation in catalog.relations.iter() {
        let name = relation.name.quoted();
        match relation.kind {
            RelationKind::Sequence => sql.push_str(&format!("GRANT USAGE ON SEQUENCE {name} TO {role};\n")),
            RelationKind::CompositeType => {}
            // What all tenants share is read by them, not written.
            _ if tenancy.shared.contains(&relation.oid) => {
                sql.push_str(&format!("GRANT SELECT ON {name} TO {role};\n"));
            }
            _ => sql.push_str(&format!("GRANT SELECT, INSERT, UPDATE, DELETE ON {name} TO {role};\n")),
        }
    }
    session.run(&sql).await.map_err(IsolationError::own("giving the role of the proof its privileges"))
}

/// Takes away what a role that was made holds in the session's database.
pub(super) async fn remove_grants(session: &Session, role: &str) -> Result<(), IsolationError> {
    let sql = format!("DROP OWNED BY {}", quote_identifier(role));
    session.run(&sql).await.map_err(IsolationError::own("removing the role of the proof"))
}

/// Drops a role that was made and holds nothing any more.
pub(super) async fn drop_role(session: &Session, role: &str) -> Result<(), IsolationError> {
    let sql = format!("DROP ROLE {}", quote_identifier(role));
    session.run(&sql).await.map_err(IsolationError::own("removing the role of the proof"))
}
