//! Views, materialised views and foreign tables: what A is shown must be the same as where A is alone.

use freehold_db::Session;
use freehold_model::catalog::{Relation, RelationKind};
use tokio_postgres::{SimpleQueryMessage, SimpleQueryRow};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, Seen, Who},
    way::{Family, Way},
    ways::{
        interference::{Difference, difference, lines, unstable},
        judge::{SHOWN, list},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-view",
    family: Family::Around,
    title: "what a view shows",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(view) = shown(world, target) else { return Ok(Vec::new()) };
    let sql = select(world, view);
    let seen = world.trial(Who::A).run(&sql).go().await?;
    let alone = world.trial(Who::A).run(&sql).where_a_is_alone().go().await?;
    if let Some(outcome) = by_error(view, &seen, &alone) {
        return Ok(vec![outcome]);
    }
    let (Ok(more), Ok(less)) = (seen.last(), alone.last()) else { return Ok(Vec::new()) };
    if view.kind == RelationKind::ForeignTable {
        return Ok(vec![Outcome::not_tried(
            "what it shows comes from another place, where no rows of these tenants could be put",
        )]);
    }
    let mut different = difference(more, less, &[]);
    let mut note = None;
    if !different.is_none() {
        let again = world.trial(Who::A).run(&sql).go().await?;
        let Ok(again) = again.last() else { return Ok(Vec::new()) };
        let without = unstable(more, again);
        if without.iter().all(|is| *is) && !more.columns.is_empty() && more.rows.len() == again.rows.len() {
            return Ok(vec![Outcome::not_tried("it shows something else each time it is asked")]);
        }
        different = difference(more, less, &without);
        if without.contains(&true) {
            note = Some("columns that change from one moment to the next were not compared".to_owned());
        }
    }
    if !different.is_none() {
        return Ok(vec![leaked(world, view, &seen, more, &different)]);
    }
    if let Some(why) = shows_nothing(world, view, &sql).await? {
        return Ok(vec![Outcome::not_tried(why)]);
    }
    let rows = format!("{} rows, the same as where A is alone", more.rows.len());
    let mut outcome = Outcome::held(&seen.sql, rows);
    if let Outcome::Held { note: own, .. } = &mut outcome {
        *own = note;
    }
    Ok(vec![outcome])
}

/// The view, materialised view or foreign table of a target.
pub(super) fn shown<'w>(world: &'w World<'_>, target: &Target) -> Option<&'w Relation> {
    target.relation(world).filter(|relation| {
        let shows = [RelationKind::View, RelationKind::MaterializedView, RelationKind::ForeignTable]
            .contains(&relation.kind);
        shows && !relation.columns.is_empty()
    })
}

/// A query for the columns that A may read.
pub(super) fn select(world: &World<'_>, view: &Relation) -> String {
    let mut columns = world.may(view.oid).select;
    if columns.is_empty() {
        columns = view.columns.iter().map(|column| column.name.clone()).collect();
    }
    format!("SELECT {} FROM {}", list(&columns), view.name.quoted())
}

/// What errors tell: the same one in both databases tells nothing, one for want of a privilege holds.
fn by_error(view: &Relation, seen: &Seen, alone: &Seen) -> Option<Outcome> {
    let stopped = seen.stopped.as_ref().or(alone.stopped.as_ref());
    if let Some(stopped) = stopped {
        return Some(Outcome::not_tried(format!("the context could not be taken on: {}", stopped.words())));
    }
    let (error, same): (&Refused, Option<&Refused>) = match (seen.refused(), alone.refused()) {
        (None, None) => return None,
        (Some(error), same) => (error, same),
        (None, Some(error)) => (error, None),
    };
    if error.is_by_privilege() && same == Some(error) {
        return Some(Outcome::held(&seen.sql, format!("refused: {}", error.words())));
    }
    if same.is_none() && (error.is_by_data() || error.sqlstate.is_some_and(|state| state.class() == "P0")) {
        let means = format!("Whether {} can be read depends on rows of other tenants", view.name);
        return Some(Outcome::leaked(&seen.sql, vec![error.words()], means, advice(view)));
    }
    Some(Outcome::not_tried(format!("the server refused it: {}", error.words())))
}

fn leaked(
    world: &World<'_>,
    view: &Relation,
    seen: &Seen,
    answer: &Answer,
    different: &Difference,
) -> Outcome {
    let returned = lines(&answer.columns, different, SHOWN);
    let whose = match world.tenants.get(1) {
        Some(b) if different.more.iter().flatten().flatten().any(|value| value == b) => {
            "rows of other tenants".to_owned()
        }
        _ => "something that is there only because of other tenants' rows".to_owned(),
    };
    let number = different.more.len().max(different.fewer.len());
    let means =
        format!("{} shows A {whose} ({number} of its rows differ from what A alone is shown)", view.name);
    Outcome::leaked(&seen.sql, returned, means, advice(view))
}

/// What to do about a view.
pub(super) fn advice(view: &Relation) -> String {
    let name = &view.name;
    match view.kind {
        RelationKind::MaterializedView => format!(
            "Revoke SELECT on {name} from the application, and give it a security_barrier view that compares the tenant with \
             the session's"
        ),
        _ if is_invoker(view) => {
            format!("{name} reads with the application's rights: tighten what it reads from")
        }
        _ => format!(
            "Make {name} WITH (security_invoker = true), so that policies bind whoever asks, or let it compare the tenant \
             with the session's WITH (security_barrier = true)"
        ),
    }
}

fn is_invoker(view: &Relation) -> bool {
    view.options.iter().any(|option| {
        let option = option.to_ascii_lowercase();
        option
            .strip_prefix("security_invoker=")
            .is_some_and(|value| ["true", "on", "1", "yes"].contains(&value))
    })
}

/// Why the same answer in both databases proves nothing: a view over rows of tenants that would not show a row of another
/// tenant to anybody.
async fn shows_nothing(
    world: &World<'_>,
    view: &Relation,
    sql: &str,
) -> Result<Option<String>, IsolationError> {
    let bases = bases(world, view.oid).await?;
    let owned: Vec<&Relation> =
        bases.iter().copied().filter(|base| world.tenancy.owned.contains_key(&base.oid)).collect();
    if owned.is_empty() {
        return Ok(None);
    }
    for base in &owned {
        if let Some(why) = world.lacks_rows(base) {
            return Ok(Some(format!("{}, which it reads: {why}", base.name)));
        }
    }
    let all = rows_for_superuser(&world.session, sql).await;
    let only_a = rows_for_superuser(&world.alone, sql).await;
    if all != only_a {
        return Ok(None);
    }
    let b = world.trial(Who::B).run(sql).go().await?;
    let without_b = world.trial(Who::B).run(sql).where_a_is_alone().go().await?;
    if let (Ok(answer), Ok(without)) = (b.last(), without_b.last())
        && !difference(answer, without, &[]).is_none()
    {
        return Ok(None);
    }
    Ok(Some(
        "no row of another tenant meets its conditions, so that nothing could have been shown".to_owned(),
    ))
}

/// Rows as one text each, in order; none when the server refuses the query.
async fn rows_for_superuser(session: &Session, sql: &str) -> Option<Vec<String>> {
    let messages = session.client().simple_query(sql).await.ok()?;
    let row =
        |row: SimpleQueryRow| (0..row.len()).map(|at| format!("{:?}\u{1f}", row.get(at))).collect::<String>();
    let mut rows: Vec<String> = messages
        .into_iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(shown) => Some(row(shown)),
            _ => None,
        })
        .collect();
    rows.sort();
    Some(rows)
}

/// The relations that a view reads, through other views too.
pub(super) async fn bases<'w>(world: &'w World<'_>, view: u32) -> Result<Vec<&'w Relation>, IsolationError> {
    let sql = "WITH RECURSIVE reached (oid) AS ( \
                   SELECT $1::pg_catalog.oid \
                   UNION \
                   SELECT d.refobjid FROM reached r \
                   JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.oid \
                   JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
                        AND d.objid = w.oid AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass) \
               SELECT oid FROM reached WHERE oid <> $1";
    let rows = world
        .session
        .query(sql, &[&view])
        .await
        .map_err(IsolationError::own("reading what a view is made of"))?;
    Ok(rows
        .iter()
        .filter_map(|row| world.catalog.relation_by_oid(row.get(0)))
        .filter(|r| r.is_table())
        .collect())
}
