//! Points the rows of circles to their parents, now that these are there.

use freehold_db::DbError;
use freehold_model::name::quote_identifier;

use super::work::Work;
use crate::{
    ask::{Bound, guarded, run},
    book::Patch,
    error::SynthError,
    plan::{COLOUR, NUMBER},
    table::Parent,
};

/// Which parent a row of a table that points to itself gets, by its turn.
#[derive(Clone, Copy)]
enum Tree {
    /// Each parent has two children.
    Two,
    /// Each has one.
    One,
}

/// Everything that was left open. What may stay empty and cannot be pointed anywhere stays so.
pub(super) async fn all(work: &mut Work<'_>) -> Result<(), SynthError> {
    let mut patches = Vec::new();
    work.with_book(|book| patches = std::mem::take(&mut book.patches));
    for patch in patches {
        let ways: &[Tree] = if patch.itself { &[Tree::Two, Tree::One] } else { &[Tree::Two] };
        let mut refusal: Option<DbError> = None;
        for way in ways {
            let Some(sql) = statement(work, &patch, *way) else { break };
            let session = work.filler.session;
            let doing = format!("pointing rows of {} to parents by {}", patch.name, patch.key.constraint);
            let attempt: Result<u64, DbError> =
                guarded(session, run(session, &doing, &sql, &Bound::default())).await;
            match attempt {
                Ok(_) => {
                    refusal = None;
                    break;
                }
                Err(error) if error.is_connection_lost() || error.server().is_none() => {
                    return Err(SynthError::server(doing)(error));
                }
                Err(error) => refusal = Some(error),
            }
        }
        if let Some(error) = refusal.filter(|_| patch.must) {
            let said = error.server().map(ToString::to_string).unwrap_or_default();
            work.done.unsatisfied.push(SynthError::Unsatisfied {
                relation: patch.name.clone(),
                column: None,
                constraint: Some(patch.key.constraint.clone()),
                why: format!("the circle of keys could not be closed: {said}"),
            });
        }
    }
    Ok(())
}

/// None where nothing is known of the rows or of their parents.
fn statement(work: &Work<'_>, patch: &Patch, tree: Tree) -> Option<String> {
    let book = work.book();
    let Parent::Relation(parent) = patch.key.parent else { return None };
    let whole = book.whole(patch.relation);
    let page = book.pages.get(&whole).or_else(|| book.pages.get(&patch.relation))?;
    let identity = book.identities.get(&whole).filter(|names| !names.is_empty())?;
    let open = book.open.contains(&book.whole(parent));
    let parents = book.pages.get(&parent).filter(|_| !open);
    let from = parents.map_or(patch.key.from.as_str(), |page| page.name.as_str());
    let pairs: Vec<(String, String, bool)> = patch
        .key
        .columns
        .iter()
        .zip(&patch.key.parent_columns)
        .map(|(own, parent)| (quote_identifier(own), quote_identifier(parent), patch.own.contains(own)))
        .collect();
    let shared = || pairs.iter().filter(|(.., own)| !own);
    let list = |prefix: &str, parts: Vec<String>| {
        parts.iter().map(|part| format!(", {prefix}{part}")).collect::<String>()
    };
    let (own_shared, parent_shared): (Vec<String>, Vec<String>) =
        shared().map(|(own, parent, _)| (own.clone(), parent.clone())).unzip();
    let identity: Vec<String> = identity.iter().map(|name| quote_identifier(name)).collect();
    let same = |left: &str, right: &str| {
        identity
            .iter()
            .map(|name| format!("{left}.{name} = {right}.{name}"))
            .collect::<Vec<_>>()
            .join(" AND ")
    };
    let parent_list: Vec<String> = pairs.iter().map(|(_, parent, _)| parent.clone()).collect();
    let (colour, order, joined) = if parents.is_some() {
        (format!("x.{COLOUR}"), format!("x.{NUMBER}"), format!("p.colour = o.{COLOUR} AND "))
    } else {
        (
            "0".to_owned(),
            parent_list.iter().map(|name| format!("x.{name}")).collect::<Vec<_>>().join(", "),
            String::new(),
        )
    };
    let agree: String = shared().map(|(own, parent, _)| format!(" AND p.{parent} = o.{own}")).collect();
    let turn = match (patch.itself, tree) {
        (true, Tree::Two) => "p.turn = (o.turn - 1) / 2 AND o.turn > 0",
        (true, Tree::One) => "p.turn = o.turn - 1",
        (false, _) => "p.turn = o.turn % p.total",
    };
    let set: Vec<String> =
        pairs.iter().filter(|(.., own)| *own).map(|(own, parent, _)| format!("{own} = p.{parent}")).collect();
    Some(format!(
        "WITH o AS (SELECT {identities}{shares}, s.{COLOUR}, pg_catalog.row_number() OVER \
           (PARTITION BY s.{COLOUR}{by_own} ORDER BY s.{NUMBER}) - 1 AS turn \
           FROM {page} AS s JOIN {table} AS t ON {here}), \
         p AS (SELECT {parents}, {colour} AS colour, pg_catalog.row_number() OVER \
           (PARTITION BY {colour}{by} ORDER BY {order}) - 1 AS turn, \
           pg_catalog.count(*) OVER (PARTITION BY {colour}{by}) AS total FROM {from} AS x) \
         UPDATE {table} AS t SET {set} FROM o JOIN p ON {joined}{turn}{agree} WHERE {found}",
        identities = identity.iter().map(|name| format!("t.{name}")).collect::<Vec<_>>().join(", "),
        by_own = list("t.", own_shared.clone()),
        shares = list("t.", own_shared.into_iter().filter(|name| !identity.contains(name)).collect()),
        page = page.name,
        table = patch.table,
        here = same("s", "t"),
        parents = parent_list.iter().map(|name| format!("x.{name}")).collect::<Vec<_>>().join(", "),
        by = list("x.", parent_shared),
        set = set.join(", "),
        found = same("t", "o"),
    ))
}
