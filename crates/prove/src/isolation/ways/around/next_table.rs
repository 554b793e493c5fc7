//! Default privileges: who may read the next table at once, before anybody wrote policies for it.

use freehold_model::name::{QualifiedName, quote_identifier, quote_literal};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Refused, Trial, Who, send},
    way::{Family, Way},
    ways::around::everybody::anybody,
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-next-table",
    family: Family::Around,
    title: "the next table, by default privileges",
    run: |world, target| Box::pin(run(world, target)),
};

/// Who makes tables where, as far as the schema tells: those with default privileges, and whoever migrates.
const MAKERS: &str = "SELECT pg_catalog.pg_get_userbyid(d.defaclrole), coalesce(n.nspname, 'public') \
     FROM pg_catalog.pg_default_acl d LEFT JOIN pg_catalog.pg_namespace n ON n.oid = d.defaclnamespace \
     WHERE d.defaclobjtype = 'r' UNION SELECT current_user, 'public' \
     WHERE EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'public') ORDER BY 1, 2";

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let makers = match send(&world.session, &[MAKERS.to_owned()]).await?.pop() {
        Some(Ok(answer)) => answer.rows,
        Some(Err(refused)) => return Ok(vec![Outcome::not_tried(refused.words())]),
        None => return Ok(Vec::new()),
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    let (mut held, mut other) = (Vec::new(), None::<Refused>);
    for maker in makers {
        let [Some(maker), Some(schema)] = maker.as_slice() else { continue };
        for (reader, trial) in readers(world) {
            let table = QualifiedName::new(schema, "freehold_next").quoted();
            let seen = make(trial, world, maker, schema, &table)
                .run(format!("SELECT tenant, word FROM {table}"))
                .go()
                .await?;
            match seen.last() {
                Ok(answer) if answer.rows.is_empty() => held.push(seen.sql),
                Ok(answer) => {
                    let leak = open(&seen.sql, &reader, maker, schema, answer.lines(1));
                    if !outcomes.contains(&leak) {
                        outcomes.push(leak);
                    }
                }
                Err(refused) if seen.stopped.is_none() && refused.is_by_privilege() => held.push(seen.sql),
                Err(refused) => other = Some(seen.stopped.as_ref().unwrap_or(refused).clone()),
            }
        }
    }
    if let Some(other) = other.filter(|_| outcomes.is_empty() && held.is_empty()) {
        return Ok(vec![Outcome::not_tried(format!("no next table could be made: {}", other.words()))]);
    }
    if outcomes.is_empty() && !held.is_empty() {
        outcomes.push(Outcome::held(held.join("\n"), "the next table is closed to all of them"));
    }
    Ok(outcomes)
}

/// Who tries to read it: everybody, outsiders, the application.
fn readers<'w>(world: &'w World<'w>) -> Vec<(Reader, Trial<'w>)> {
    let mut readers = vec![(Reader::Public, anybody(world))];
    for role in &world.tenancy.other_roles {
        readers.push((Reader::Role(role.clone()), world.trial(Who::NOBODY.as_role(role))));
    }
    readers.push((
        Reader::Role(world.effective_role.clone()),
        world.trial(Who::NOBODY.as_role(&world.effective_role)),
    ));
    readers
}

enum Reader {
    Public,
    Role(String),
}

fn make<'w>(trial: Trial<'w>, world: &World<'_>, maker: &str, schema: &str, table: &str) -> Trial<'w> {
    let b = world.tenants.get(1).map_or("", String::as_str);
    let (maker, schema) = (quote_identifier(maker), quote_identifier(schema));
    trial
        .prepare(format!("GRANT USAGE, CREATE ON SCHEMA {schema} TO {maker}"))
        .prepare(format!("SET LOCAL SESSION AUTHORIZATION {maker}"))
        .prepare(format!("CREATE TABLE {table} (tenant text, word text)"))
        .prepare(format!("INSERT INTO {table} VALUES ({}, 'of B')", quote_literal(b)))
        .prepare("SET LOCAL SESSION AUTHORIZATION DEFAULT")
}

/// A grant to roles of the application is usual and a note; one to everybody is a leak to come.
fn open(sql: &str, reader: &Reader, maker: &str, schema: &str, returned: Vec<String>) -> Outcome {
    let (name, is_note) = match reader {
        Reader::Public => ("PUBLIC", false),
        Reader::Role(role) => (role.as_str(), true),
    };
    let means = format!(
        "the next table that {maker} makes in {schema} is open to {name} at once, before it has policies"
    );
    let to = if is_note { quote_identifier(name) } else { name.to_owned() };
    let advice = format!(
        "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} REVOKE ALL ON TABLES FROM {to}; or enable row level security in \
         the migration that makes a table",
        quote_identifier(maker),
        quote_identifier(schema)
    );
    let leak = Outcome::leaked(sql, returned, means, advice).by(name);
    if is_note { leak.as_note() } else { leak }
}
