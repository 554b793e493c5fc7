//! The locks that the text tells, against those that a server shows, for statements of every kind.

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::catalog::CatalogReader;
use freehold_lint::{State, locks::taken};
use freehold_model::{lock::LockMode, name::QualifiedName};
use freehold_sql::{Statement, parse_each};

use crate::{
    observe::{inside, outside, relations},
    play::{deep, words},
    world::World,
};

const SCHEMA: &str = include_str!("claimed/schema.sql");
const STATEMENTS: &str = include_str!("claimed/statements.sql");

type Locks = BTreeMap<QualifiedName, LockMode>;

struct Case {
    text: String,
    statement: Statement,
    claimed: Locks,
}

fn cases(state: State) -> Vec<Case> {
    deep(move || {
        let mut cases = Vec::new();
        parse_each(STATEMENTS, &mut |outcome| {
            let parsed = outcome.unwrap();
            let claimed = taken(&parsed.statement.effect, parsed.tree.as_ref(), &state);
            cases.push(Case {
                text: parsed.statement.text(STATEMENTS).to_owned(),
                statement: parsed.statement,
                claimed: claimed.into_iter().map(|lock| (lock.relation, lock.mode)).collect(),
            });
        });
        cases
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_locks_that_the_text_tells_are_those_that_a_server_shows() {
    let world = World::open().await;
    world.main.run(SCHEMA).await.unwrap();
    let catalog = CatalogReader::new().read(&world.main).await.unwrap();
    let cases = cases(State::from_catalog(&catalog));
    assert!(cases.len() >= 60);
    let there = relations(&world.main).await.unwrap();
    let before: BTreeSet<u32> = there.keys().copied().collect();
    // Indexes and sequences are told of where they are named only.
    let tables: BTreeSet<&QualifiedName> = there
        .values()
        .filter(|there| matches!(there.kind, 'r' | 'p' | 'v' | 'm' | 'f'))
        .map(|there| &there.name)
        .collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let alone = case.statement.effect.transaction.is_forbidden(world.major());
        let seen = if alone {
            outside(&world, &before, &case.statement, STATEMENTS).await
        } else {
            world.main.run("BEGIN").await.unwrap();
            let seen = inside(&world, &before, &case.statement, STATEMENTS).await;
            world.main.run("ROLLBACK").await.unwrap();
            seen
        };
        let seen: Locks = match seen {
            Ok(seen) => seen.locks.into_iter().map(|lock| (lock.relation, lock.mode)).collect(),
            Err(error) => {
                wrong.push(format!("{}: {}", case.text, words(&error)));
                continue;
            }
        };
        let of_tables = |locks: &Locks| -> Locks {
            let counts = |name: &QualifiedName| tables.contains(name) || case.claimed.contains_key(name);
            locks.iter().filter(|(name, _)| counts(name)).map(|(name, mode)| (name.clone(), *mode)).collect()
        };
        let (mut claimed, seen) = (of_tables(&case.claimed), of_tables(&seen));
        if alone {
            // A lock that is let go at once may be gone before the second session looks; one is seen for sure.
            claimed.retain(|name, _| seen.contains_key(name));
        }
        if claimed != seen || (alone && seen.is_empty() && !case.claimed.is_empty()) {
            wrong.push(format!(
                "{}\n     claimed {}\n     seen    {}",
                case.text,
                shown(&claimed),
                shown(&seen)
            ));
        }
    }
    world.close().await;
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn shown(locks: &Locks) -> String {
    locks.iter().map(|(name, mode)| format!("{name} {mode}")).collect::<Vec<_>>().join(", ")
}
