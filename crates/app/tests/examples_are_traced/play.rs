//! Runs the scripts of an example one after the other and keeps what was seen.

use std::{collections::BTreeSet, sync::Arc};

use freehold_db::{DbError, catalog::CatalogReader};
use freehold_lint::{
    Direction, Executed, Linted, Linter,
    example::{Example, ExampleScript},
    judge::judge,
};
use freehold_model::catalog::Catalog;
use freehold_sql::{Statement, TransactionControl, parse_each};

use crate::{
    observe::{inside, outside, relations, send},
    world::World,
};

/// A script's statements; none where a piece could not be read.
pub(crate) type Parts = Vec<Option<Statement>>;

/// Runs work that walks over trees where there is room for it.
pub(crate) fn deep<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    freehold_sql::deep_thread().spawn(work).unwrap().join().unwrap()
}

pub(crate) fn parts(text: &str) -> Parts {
    let text = text.to_owned();
    deep(move || {
        let mut all = Vec::new();
        parse_each(&text, &mut |outcome| all.push(outcome.ok().map(|parsed| parsed.statement)));
        all
    })
}

/// What was seen of one script.
#[derive(Debug, Default)]
pub(crate) struct Played {
    /// What the server described before it.
    pub(crate) before: Option<Arc<Catalog>>,
    /// What was seen of each of its statements.
    pub(crate) seen: Vec<Option<Executed>>,
    /// The statement that was refused, and what the server said.
    pub(crate) refused: Option<(usize, String)>,
}

/// What was seen of an example.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) scripts: Vec<Played>,
    /// What the server described at the end.
    pub(crate) after: Option<Arc<Catalog>>,
    pub(crate) major: u32,
}

/// Runs all scripts and looks at each statement. A refused script ends the run.
pub(crate) async fn play(example: &Example) -> Record {
    let world = World::open().await;
    let mut reader = CatalogReader::new();
    let mut record = Record { major: world.major(), ..Record::default() };
    for (at, script) in example.scripts.iter().enumerate() {
        let mut played = Played { before: reader.read(&world.main).await.ok(), ..Played::default() };
        let undo = script.direction == Direction::Down;
        observed(&world, script, undo, &mut played).await;
        world.reset().await.unwrap();
        let refused = played.refused.is_some();
        record.scripts.push(played);
        if refused {
            break;
        }
        // A down that could not be rolled back is undone by its up.
        if undo
            && !can_roll_back(script, world.major())
            && let Some(up) = at.checked_sub(1).and_then(|up| example.scripts.get(up))
        {
            let mut again = Played::default();
            silently(&world, up, usize::MAX, &mut again).await;
            end(&world, up).await;
            world.reset().await.unwrap();
            assert!(again.refused.is_none(), "the up after the down: {again:?}");
        }
    }
    record.after = reader.read(&world.main).await.ok();
    world.close().await;
    record
}

/// True when its statements share a transaction: one that is opened, or that of a message with several of them.
pub(crate) fn wrapped(script: &ExampleScript) -> bool {
    if script.one_message { parts(&script.text).len() > 1 } else { !script.no_transaction }
}

/// True when all of it can be in one transaction that is rolled back.
fn can_roll_back(script: &ExampleScript, major: u32) -> bool {
    wrapped(script)
        && parts(&script.text).iter().flatten().all(|statement| {
            !statement.effect.bounds_transaction() && !statement.effect.transaction.is_forbidden(major)
        })
}

/// Runs a script and looks at each statement.
async fn observed(world: &World, script: &ExampleScript, undo: bool, played: &mut Played) {
    let before: BTreeSet<u32> = relations(&world.main).await.unwrap().into_keys().collect();
    let mut open = wrapped(script);
    if open {
        world.main.run("BEGIN").await.unwrap();
    }
    for (number, statement) in parts(&script.text).iter().enumerate() {
        let outcome = match statement {
            None => Err("this is no SQL".to_owned()),
            Some(statement) => {
                one(world, &before, statement, &script.text, &mut open).await.map_err(|error| words(&error))
            }
        };
        match outcome {
            Ok(seen) => played.seen.push(seen),
            Err(error) => {
                played.refused = Some((number, error));
                return;
            }
        }
    }
    let undo = undo && can_roll_back(script, world.major());
    if let Err(error) = world.main.run(if undo { "ROLLBACK" } else { "COMMIT" }).await {
        played.refused = Some((played.seen.len(), words(&error)));
    }
}

async fn one(
    world: &World,
    before: &BTreeSet<u32>,
    statement: &Statement,
    text: &str,
    open: &mut bool,
) -> Result<Option<Executed>, DbError> {
    if statement.effect.bounds_transaction() {
        send(&world.main, statement.text(text), None).await?;
        *open = matches!(
            statement.effect.control,
            Some(
                TransactionControl::Begin
                    | TransactionControl::Commit { chain: true }
                    | TransactionControl::Rollback { chain: true }
            )
        );
        return Ok(None);
    }
    if *open {
        return inside(world, before, statement, text).await.map(Some);
    }
    if statement.effect.transaction.is_forbidden(world.major()) {
        return outside(world, before, statement, text).await.map(Some);
    }
    // A setting without a transaction around it is to outlive its statement, and so it does inside one.
    world.main.run("BEGIN").await?;
    let seen = inside(world, before, statement, text).await;
    world.main.run(if seen.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
    seen.map(Some)
}

/// Runs the first statements of a script without looking, and leaves its transaction open.
pub(crate) async fn silently(world: &World, script: &ExampleScript, count: usize, played: &mut Played) {
    if wrapped(script) {
        world.main.run("BEGIN").await.unwrap();
    }
    for (number, statement) in parts(&script.text).iter().enumerate().take(count) {
        let Some(statement) = statement else { continue };
        if let Err(error) =
            send(&world.main, statement.text(&script.text), statement.rows(&script.text)).await
        {
            played.refused = Some((number, words(&error)));
            return;
        }
    }
}

/// Ends the transaction that [`silently`] left open.
pub(crate) async fn end(world: &World, script: &ExampleScript) {
    if wrapped(script) {
        world.main.run("COMMIT").await.unwrap();
    }
}

/// An error in one line.
pub(crate) fn words(error: &DbError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Lints an example with what the server described before each script, and what was seen.
pub(crate) fn lint_again(example: Example, record: Arc<Record>) -> Linted {
    deep(move || {
        let mut linter = Linter::new(example.options.clone(), |_| true);
        for (number, (script, info)) in example.scripts.iter().zip(example.infos()).enumerate() {
            let played = record.scripts.get(number);
            if let Some(catalog) = played.and_then(|played| played.before.as_ref()) {
                linter.rebase(catalog);
            }
            linter.begin(info);
            let mut at = 0;
            parse_each(&script.text, &mut |outcome| {
                let seen = played.and_then(|played| played.seen.get(at)).and_then(Option::as_ref);
                match outcome {
                    Ok(parsed) => linter.statement(&parsed, &script.text, seen),
                    Err(_) => linter.unreadable(),
                }
                at += 1;
            });
            linter.end();
        }
        if let Some(catalog) = &record.after {
            linter.rebase(catalog);
        }
        let mut linted = linter.finish();
        // What one version does says nothing of another.
        if example.options.majors.contains(&record.major) {
            linted.found = judge(linted.found, |script, statement| {
                record.scripts.get(script)?.seen.get(statement)?.as_ref()
            });
        }
        linted
    })
}
