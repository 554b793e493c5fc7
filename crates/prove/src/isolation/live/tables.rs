//! What is tried on one table or view of a database in use.

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::quote_identifier,
};

use super::{How, Live, Ran, quoted, refused, rows, rows::Rows, ways};
use crate::isolation::{error::IsolationError, outcome::Outcome, way::Way};

/// What to do about a leak.
const ADVICE: &str = "Run `freehold isolation` on the migrations: it shows the policies that are missing";

type Cells = Vec<(&'static Way, Outcome)>;

/// The cells of one relation.
pub(super) async fn tried(live: &Live<'_>, oid: u32) -> Result<Cells, IsolationError> {
    let Some(relation) = live.catalog.relation_by_oid(oid) else { return Ok(Vec::new()) };
    if !relation.is_table() || !live.tenancy.owned.contains_key(&oid) {
        return view(live, relation).await;
    }
    let theirs = match rows::of(live, relation, true).await? {
        Ok(rows) if rows.count > 0 => rows,
        Ok(_) => return Ok(not_tried("the other tenant has no rows there")),
        Err(why) => return Ok(not_tried(&why)),
    };
    let mut cells = reads(live, relation, &theirs).await?;
    if live.options.writes {
        cells.extend(writes(live, relation, &theirs).await?);
    }
    Ok(cells)
}

fn not_tried(why: &str) -> Cells {
    vec![(&ways::TENANT, Outcome::not_tried(why))]
}

async fn reads(live: &Live<'_>, relation: &Relation, theirs: &Rows) -> Result<Cells, IsolationError> {
    let (table, name) = (relation.name.quoted(), relation.name.to_string());
    let mut cells = Vec::new();
    let by_tenant = live.tenancy.column_of(relation.oid).map(|column| {
        format!(
            "SELECT count(*) FROM (SELECT FROM {table} WHERE {} = :'tenant_b' LIMIT 100) s",
            quoted(column)
        )
    });
    let by_key = theirs.condition.as_ref().map(|keys| format!("SELECT count(*) FROM {table} WHERE {keys}"));
    if let Some(sql) = &by_tenant {
        let ran = live.run(How::Reads, sql, &[]).await?;
        cells.push((
            &ways::TENANT,
            seen(&ran, &format!("{name} shows a tenant the rows of another by that one's key")),
        ));
    }
    if let Some(sql) = &by_key {
        let ran = live.run(How::Reads, sql, &theirs.keys).await?;
        cells.push((
            &ways::KEYS,
            seen(&ran, &format!("{name} shows a tenant the rows of another by their keys")),
        ));
    }
    if let Some(sql) = by_key.as_ref().or(by_tenant.as_ref()) {
        let ran = live.run(How::ReadsWithoutTenant, sql, &theirs.keys).await?;
        cells.push((
            &ways::NO_CONTEXT,
            seen_by_nobody(&ran, &format!("{name} shows rows of a tenant to a session without one")),
        ));
    }
    if cells.is_empty() {
        return Ok(not_tried("it has neither a tenant column nor a primary key to ask by"));
    }
    Ok(cells)
}

fn seen(ran: &Ran, means: &str) -> Outcome {
    match ran.outcome {
        Ok(0) => Outcome::held(&ran.sql, "no row of the other tenant came back"),
        Ok(count) => Outcome::leaked(
            &ran.sql,
            vec![format!("{count} rows")],
            format!("{means}: {count} came back"),
            ADVICE,
        ),
        Err(state) => refused(ran, state),
    }
}

/// The same without a tenant: a policy that fails where none is set shows nothing.
fn seen_by_nobody(ran: &Ran, means: &str) -> Outcome {
    match ran.outcome {
        Err(Some(state)) if matches!(state.class(), "22" | "42" | "P0") => {
            Outcome::held(&ran.sql, format!("refused ({state})"))
        }
        _ => seen(ran, means),
    }
}

/// A view with the tenant column must not show rows of B.
async fn view(live: &Live<'_>, relation: &Relation) -> Result<Cells, IsolationError> {
    let known = |name: &str| live.tenancy.owned.keys().any(|oid| live.tenancy.column_of(*oid) == Some(name));
    let Some(column) = relation.columns.iter().find(|column| known(&column.name)) else {
        let why = "without a tenant column its rows cannot be told apart on a database in use";
        return Ok(vec![(&ways::TENANT, Outcome::not_tried(why))]);
    };
    let all = format!(
        "SELECT count(*) FROM (SELECT FROM {} WHERE {} = :'tenant_b' LIMIT 100) s",
        relation.name.quoted(),
        quote_identifier(&column.name)
    );
    let real = live.tenants.filled(&all, &[]);
    let there = match live.session.query(&real, &[]).await {
        Ok(rows) => rows.first().map_or(0, |row| row.get::<_, i64>(0)),
        Err(_) => return Ok(not_tried("its rows could not be read")),
    };
    if there == 0 {
        return Ok(not_tried("it shows no rows of the other tenant to anybody"));
    }
    let ran = live.run(How::Reads, &all, &[]).await?;
    let kind = if relation.kind == RelationKind::View { "view" } else { "materialised view" };
    let means = format!("the {kind} {} shows a tenant the rows of another", relation.name);
    Ok(vec![(&ways::TENANT, seen(&ran, &means))])
}

async fn writes(live: &Live<'_>, relation: &Relation, theirs: &Rows) -> Result<Cells, IsolationError> {
    let all = [&ways::UPDATE, &ways::DELETE, &ways::MOVE];
    let refuse = |why: &str| all.map(|way| (way, Outcome::not_tried(why))).into_iter().collect();
    if !live.options.triggers && (!relation.triggers.is_empty() || !relation.rules.is_empty()) {
        return Ok(refuse(
            "it has triggers or rules, which may act outside of the database: `--allow-triggers` tries it",
        ));
    }
    let Some(keys) = &theirs.condition else { return Ok(refuse("it has no primary key to find rows by")) };
    let table = relation.name.quoted();
    let key: Vec<&str> = relation
        .primary_key()
        .map(|key| key.columns.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let plain = relation.columns.iter().find(|column| {
        column.generated.is_none() && column.identity.is_none() && !key.contains(&column.name.as_str())
    });
    let mut cells = Vec::new();
    if let Some(column) = plain {
        let name = quote_identifier(&column.name);
        let ran = live
            .run(How::Writes, &format!("UPDATE {table} SET {name} = {name} WHERE {keys}"), &theirs.keys)
            .await?;
        cells.push((&ways::UPDATE, changed(&ran, relation, "changes")));
    }
    if cascades(live, relation) {
        // Without the privilege nothing can be deleted, whatever would go with it.
        let ran = live.run(How::Writes, &format!("DELETE FROM {table} WHERE false"), &[]).await?;
        let outcome = match ran.outcome {
            Err(state) => refused(&ran, state),
            Ok(_) => Outcome::not_tried("what refers to it is deleted or changed with it"),
        };
        cells.push((&ways::DELETE, outcome));
    } else {
        let ran = live.run(How::Writes, &format!("DELETE FROM {table} WHERE {keys}"), &theirs.keys).await?;
        cells.push((&ways::DELETE, changed(&ran, relation, "deletes")));
    }
    if let (Some(column), Ok(own)) =
        (live.tenancy.column_of(relation.oid), rows::of(live, relation, false).await?)
        && let Some(condition) =
            own.condition.filter(|_| own.count > 0 && Some(relation.oid) != live.tenancy.root)
    {
        let sql = format!("UPDATE {table} SET {} = :'tenant_b' WHERE {condition}", quoted(column));
        let ran = live.run(How::Writes, &sql, &own.keys).await?;
        cells.push((&ways::MOVE, changed(&ran, relation, "moves its own to another:")));
    }
    Ok(cells)
}

/// True when deleting its rows changes others'.
fn cascades(live: &Live<'_>, relation: &Relation) -> bool {
    live.catalog.relations.iter().flat_map(|other| other.foreign_keys()).any(|key| {
        key.referenced_table.as_ref() == Some(&relation.name)
            && ["ON DELETE CASCADE", "ON DELETE SET"].iter().any(|words| key.definition.contains(words))
    })
}

fn changed(ran: &Ran, relation: &Relation, does: &str) -> Outcome {
    match ran.outcome {
        Ok(0) => Outcome::held(&ran.sql, "no row was changed"),
        Ok(count) => Outcome::leaked(
            &ran.sql,
            vec![format!("{count} rows")],
            format!("a tenant {does} rows of another in {}: {count}, rolled back", relation.name),
            ADVICE,
        ),
        Err(state) => refused(ran, state),
    }
}
