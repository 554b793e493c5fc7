//! The fix of a finding, run in the place of its statement.

use freehold_lint::{Check, Direction, Found, example::Example};

use crate::{
    examples::reaches_beyond_its_database,
    observe::send,
    play::{Played, end, parts, silently, words, wrapped},
    world::{World, tidy_server},
};

/// Runs the SQL of a finding's fix in the state that its statement meets: for what is said of a whole script or
/// schema, the one at its end. What went wrong, in words.
pub(crate) async fn refusal(example: &Example, found: &Found) -> Option<String> {
    let sql = found.fix.as_ref()?.sql.clone()?;
    let (script, statement) = match found.rule.check {
        Check::Statement(_) => (found.script?, found.statement?),
        Check::Script(_) => (found.script?, found.statement.unwrap_or(usize::MAX)),
        Check::Schema(_) => (example.scripts.len(), usize::MAX),
    };
    if reaches_beyond_its_database(example) {
        // The run before has left its roles.
        tidy_server().await;
    }
    let world = World::open().await;
    let refused = carried_out(&world, example, script, statement, &sql).await;
    world.close().await;
    refused
        .err()
        .map(|error| format!("its fix does not run: {error}\n      {}", sql.replace('\n', "\n      ")))
}

async fn carried_out(
    world: &World,
    example: &Example,
    script: usize,
    statement: usize,
    sql: &str,
) -> Result<(), String> {
    let mut played = Played::default();
    for earlier in example.scripts.iter().take(script).filter(|script| script.direction == Direction::Up) {
        silently(world, earlier, usize::MAX, &mut played).await;
        if let Some((number, error)) = played.refused {
            return Err(format!("{} statement {number} before it: {error}", earlier.name));
        }
        end(world, earlier).await;
        world.reset().await.map_err(|error| words(&error))?;
    }
    let mut open = false;
    if let Some(here) = example.scripts.get(script) {
        silently(world, here, statement, &mut played).await;
        if let Some((number, error)) = played.refused {
            return Err(format!("{} statement {number} before it: {error}", here.name));
        }
        open = wrapped(here);
    }
    let statements = parts(sql);
    let alone =
        statements.iter().flatten().any(|statement| statement.effect.transaction.is_forbidden(world.major()));
    if open && alone {
        world.main.run("COMMIT").await.map_err(|error| words(&error))?;
    }
    if !open && !alone && statements.len() > 1 {
        world.main.run("BEGIN").await.map_err(|error| words(&error))?;
        open = true;
    }
    for statement in &statements {
        let Some(statement) = statement else { return Err("it is no SQL".to_owned()) };
        send(&world.main, statement.text(sql), statement.rows(sql)).await.map_err(|error| words(&error))?;
    }
    if open && !alone {
        world.main.run("COMMIT").await.map_err(|error| words(&error))?;
    }
    Ok(())
}
