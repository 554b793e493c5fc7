//! What an owner may do even with FORCE: switch row security off, in its own transaction, and read.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Seen, Trial, Who},
    way::{Family, Way},
    ways::judge::{SHOWN, foreign_rows, list, no_rows_of_others},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-owner",
    family: Family::Around,
    title: "row security switched off by the application",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world).filter(|relation| relation.row_security) else {
        return Ok(Vec::new());
    };
    if let Some(outcomes) = no_rows_of_others(world, relation) {
        return Ok(outcomes);
    }
    let Some(truth) = world.truth(relation.oid) else { return Ok(Vec::new()) };
    let columns: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
    let table = relation.name.quoted();
    let select = format!("SELECT {} FROM {table}", list(&columns));
    let off = ["NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"];
    let seen = Trial::all(
        off.map(|off| world.trial(Who::A).run(format!("ALTER TABLE {table} {off}")).run(select.as_str())),
    )
    .await?;
    for seen in &seen {
        let Ok(answer) = seen.last() else { continue };
        let crossed = foreign_rows(truth, &columns, answer);
        if !crossed.rows.is_empty() {
            let means = format!(
                "the application owns {} and can switch its row security off: {} rows of others came back",
                relation.name,
                crossed.rows.len()
            );
            let advice = format!(
                "Let a role of its own own {}, one that only migrations connect as: ALTER TABLE {table} OWNER TO …",
                relation.name
            );
            return Ok(vec![Outcome::leaked(&seen.sql, crossed.lines(SHOWN), means, advice)]);
        }
    }
    if let Some(stopped) = seen.iter().find_map(|seen| seen.stopped.as_ref()) {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    if let Some(other) = seen.iter().filter_map(Seen::refused).find(|refused| !refused.is_by_privilege()) {
        return Ok(vec![Outcome::not_tried(format!("the server refused the statement: {}", other.words()))]);
    }
    let refused = seen.first().and_then(Seen::refused);
    let said = refused.map_or_else(
        || "no row of another tenant came back".to_owned(),
        |refused| format!("refused: {}", refused.words()),
    );
    let sql: Vec<String> = seen.into_iter().map(|seen| seen.sql).collect();
    Ok(vec![Outcome::held(sql.join("\n"), said)])
}
