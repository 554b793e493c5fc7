//! Views that can be written to: which tables are under them, and whose rows show through them.

use std::collections::BTreeMap;

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::quote_identifier,
};

use super::{
    reach,
    statement::condition,
    subject::{Line, Place, Subject, is_deferred},
};
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    trial::{Answer, Who},
    world::World,
};

/// Views that can be written to, by object id.
pub(in crate::isolation) type Views = BTreeMap<u32, Writable>;

/// How a view can be written to.
#[derive(Debug, Clone, Default)]
pub(in crate::isolation) struct Writable {
    /// Relations under it, through further views too.
    tables: Vec<u32>,
    /// Columns that can be given values.
    columns: Vec<String>,
}

/// What the server says of the views of a schema that can be written to, be it by triggers.
async fn read(world: &World<'_>) -> Result<Views, IsolationError> {
    let views: Vec<u32> =
        world.catalog.relations.iter().filter(|r| r.kind == RelationKind::View).map(|r| r.oid).collect();
    if views.is_empty() {
        return Ok(Views::new());
    }
    let sql = "WITH RECURSIVE under(view, relation) AS ( \
                 SELECT v.oid, v.oid FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS v(oid) \
                 UNION \
                 SELECT u.view, d.refobjid FROM under u \
                 JOIN pg_catalog.pg_rewrite r ON r.ev_class = u.relation \
                 JOIN pg_catalog.pg_class c ON c.oid = u.relation AND c.relkind = 'v' \
                 JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                   AND d.objid = r.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) \
               SELECT v.oid, \
                      ARRAY(SELECT DISTINCT u.relation FROM under u WHERE u.view = v.oid), \
                      ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute a \
                            WHERE a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped \
                              AND pg_catalog.pg_column_is_updatable(v.oid, a.attnum, true)) \
               FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS v(oid) \
               WHERE pg_catalog.pg_relation_is_updatable(v.oid, true) & 28 <> 0";
    let rows = world
        .session
        .query(sql, &[&views])
        .await
        .map_err(IsolationError::own("reading which views can be written to"))?;
    let read = rows.iter().map(|row| (row.get(0), Writable { tables: row.get(1), columns: row.get(2) }));
    Ok(read.collect())
}

/// A view as it is written to. Nothing where it cannot be, or shows no rows of tenants.
pub(super) async fn subject<'w>(
    world: &'w World<'w>,
    view: &'w Relation,
) -> Result<Option<Result<Subject<'w>, Outcome>>, IsolationError> {
    let views = world.views.get_or_try_init(|| read(world)).await?;
    let Some(writable) = views.get(&view.oid) else { return Ok(None) };
    let reach = reach::of_view(world, view, &writable.tables);
    if reach.is_empty() {
        return Ok(None);
    }
    let (own, others) = (lines(world, view, writable, 0).await?, lines(world, view, writable, 1).await?);
    let others: Vec<Line> = others
        .into_iter()
        .filter(|line| !own.iter().any(|own| own.values == line.values) || !line.removed.is_empty())
        .collect();
    if others.is_empty() {
        return Ok(Some(Err(Outcome::not_tried(
            "no row of another tenant shows through it, even to that tenant",
        ))));
    }
    let own: Vec<Line> =
        own.into_iter().filter(|line| !others.iter().any(|o| o.values == line.values)).collect();
    let may = world.may(view.oid);
    let places: Vec<Place> = view
        .columns
        .iter()
        .map(|column| {
            let can = writable.columns.contains(&column.name);
            Place {
                name: column.name.clone(),
                read: may.select.contains(&column.name),
                insert: can && may.insert.contains(&column.name),
                update: can && may.update.contains(&column.name),
                always: false,
                generated: !can,
                not_null: false,
            }
        })
        .collect();
    let holds = |lines: &[Line], at: usize, tenant: usize| {
        let key = world.tenants.get(tenant);
        !lines.is_empty() && lines.iter().all(|line| line.values.get(at).and_then(Option::as_ref) == key)
    };
    let tenant = (0..places.len()).filter(|at| holds(&own, *at, 0) && holds(&others, *at, 1)).collect();
    Ok(Some(Ok(Subject {
        world,
        relation: view,
        name: view.name.quoted(),
        tenant,
        places,
        own,
        others,
        deferred: reach.iter().filter_map(|oid| world.catalog.relation_by_oid(*oid)).any(is_deferred),
        reach,
    })))
}

/// The rows of a tenant that show through a view: what the application sees in that tenant's context, else what the
/// superuser does.
async fn lines(
    world: &World<'_>,
    view: &Relation,
    writable: &Writable,
    tenant: usize,
) -> Result<Vec<Line>, IsolationError> {
    let columns: Vec<String> = view.columns.iter().map(|column| quote_identifier(&column.name)).collect();
    let sql = format!("SELECT {} FROM {} LIMIT 100", columns.join(", "), view.name.quoted());
    let who = Who { tenant: Some(tenant), role: None };
    let seen = world.trial(who.clone()).run(sql.as_str()).go().await?;
    let mut rows = seen.last().map(|answer| answer.rows.clone()).unwrap_or_default();
    if rows.is_empty() {
        let seen = world.trial(who).look(sql).go().await?;
        rows = seen.looks.first().map(|answer: &Answer| answer.rows.clone()).unwrap_or_default();
    }
    Ok(rows.into_iter().filter_map(|values| line(world, view, writable, tenant, values)).collect())
}

/// A row of a view, with the row of a table that it comes from where that is plain; rows that are plainly another
/// tenant's are left out.
fn line(
    world: &World<'_>,
    view: &Relation,
    writable: &Writable,
    tenant: usize,
    values: Vec<Option<String>>,
) -> Option<Line> {
    let conditions: Vec<String> = view
        .columns
        .iter()
        .zip(&values)
        .map(|(column, value)| condition(&column.name, &column.type_name, value.as_deref()))
        .collect();
    let mut line = Line {
        tenant,
        found_by: format!("({})", conditions.join(" AND ")),
        values,
        remove: None,
        stage: None,
        removed: Vec::new(),
    };
    let tables = writable.tables.iter().filter_map(|oid| world.catalog.relation_by_oid(*oid));
    for table in tables.filter(|table| table.is_table()) {
        let Some(truth) = world.truth(table.oid) else { continue };
        // The key says which row it is, where the view has it; the other columns may have been worked on.
        let key = table.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
        let has_key = !key.is_empty() && key.iter().all(|name| view.column(name).is_some());
        let shared: Vec<(usize, usize)> = view
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| !has_key || key.contains(&column.name))
            .filter_map(|(at, column)| Some((at, truth.columns.iter().position(|own| *own == column.name)?)))
            .collect();
        let fits: Vec<_> = truth
            .rows
            .iter()
            .enumerate()
            .filter(|(_, row)| {
                !shared.is_empty()
                    && shared.iter().all(|(view, own)| line.values.get(*view) == row.values.get(*own))
            })
            .collect();
        if let [(at, row)] = fits.as_slice() {
            if row.tenant != Some(tenant) {
                return None;
            }
            line.remove = Some(Subject::removal(&table.name.quoted(), &row.found_by));
            line.removed = vec![(table.oid, *at)];
            break;
        }
    }
    Some(line)
}
