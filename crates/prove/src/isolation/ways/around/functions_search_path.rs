//! Functions that run as their owner and name tables without a schema: a temporary object of the same name of A's own is
//! found first, and its code then runs with the owner's rights.

use freehold_model::{
    catalog::{Function, Relation, RelationKind},
    name::quote_identifier,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    ways::around::functions::{arguments, outside},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-search-path",
    family: Family::Around,
    title: "objects of one's own inside a function that runs as its owner",
    run: |world, target| Box::pin(run(world, target)),
};

/// The most tables that are stood in for.
const TABLES: usize = 4;
const SAYS: &str = "code of the caller runs as ";

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(function) = target.function(world).filter(|function| is_in_question(world, function)) else {
        return Ok(Vec::new());
    };
    let named = unqualified(world, function);
    if named.is_empty() || outside::acts_outside(&world.catalog, function).is_some() {
        return Ok(Vec::new());
    }
    let Some(signature) = arguments::signature(world, function).await? else { return Ok(Vec::new()) };
    let calls = signature.first_calls(world, function);
    let mut forms: Vec<Vec<String>> = Vec::new();
    for relation in named.iter().take(TABLES) {
        for stand_in in [view(relation), table(relation)] {
            for call in &calls {
                // A plan that was made before would still go to the right table.
                let call = ["DISCARD PLANS".to_owned(), call.clone()];
                forms.push(stand_in.iter().cloned().chain(call).collect());
            }
        }
    }
    let seen = world.batch(Who::A).attempts(&forms).go().await?;
    if let Some(stopped) = &seen.stopped {
        return Ok(vec![Outcome::not_tried(format!(
            "the context could not be taken on: {}",
            stopped.words()
        ))]);
    }
    let expected = format!("{SAYS}{}", world.effective_role);
    if seen.notices.iter().any(|notice| notice.starts_with(SAYS) && *notice != expected) {
        return exploited(world, function, &forms).await;
    }
    let refused = seen.attempts.iter().filter_map(|attempt| attempt.last().err()).next();
    let through = seen.attempts.iter().any(|attempt| attempt.last().is_ok());
    Ok(vec![match refused {
        Some(refused) if !through && !refused.is_by_privilege() => {
            Outcome::not_tried(format!("no call got through: {}", refused.words()))
        }
        Some(refused) if !through => Outcome::held(&seen.sql, format!("refused: {}", refused.words())),
        _ => Outcome::held(&seen.sql, "no code of the caller's ran with the owner's rights"),
    }])
}

/// Runs the forms one by one until one shows it again, so that what is pasted is one transaction.
async fn exploited(
    world: &World<'_>,
    function: &Function,
    forms: &[Vec<String>],
) -> Result<Vec<Outcome>, IsolationError> {
    let expected = format!("{SAYS}{}", world.effective_role);
    for form in forms {
        let trial = form.iter().fold(world.trial(Who::A), |trial, sql| trial.run(sql));
        let seen = trial.go().await?;
        let shown = seen.notices.iter().find(|notice| notice.starts_with(SAYS) && **notice != expected);
        if let Some(shown) = shown {
            let means = format!(
                "Code of A's own ran with the rights of {} inside {}: a temporary object of A's was taken for a table",
                function.owner, function.name
            );
            let advice = format!(
                "Name tables in {} with their schema, or ALTER FUNCTION … SET search_path with pg_temp at its end",
                function.name
            );
            return Ok(vec![Outcome::leaked(&seen.sql, vec![shown.clone()], means, advice)]);
        }
    }
    Ok(vec![Outcome::not_tried("code of the caller's ran once with other rights, and not again")])
}

/// Bodies that were parsed when the function was made do not look for names any more.
fn is_in_question(world: &World<'_>, function: &Function) -> bool {
    function.security_definer
        && function.owner != world.effective_role
        && ["sql", "plpgsql"].contains(&function.language.as_str())
        && !["trigger", "event_trigger"].contains(&function.result.as_deref().unwrap_or_default())
        && !function.body.trim_start().to_ascii_uppercase().starts_with("BEGIN ATOMIC")
}

/// The relations that the body names without a schema.
fn unqualified<'w>(world: &'w World<'_>, function: &Function) -> Vec<&'w Relation> {
    let is_bare = |relation: &&Relation| {
        let name = relation.name.name.as_str();
        outside::places(&function.body, name).any(|at| {
            let before = function.body.get(..at).unwrap_or_default().trim_end_matches('"').trim_end();
            !before.ends_with('.')
        })
    };
    let has_rows = |relation: &&Relation| {
        !relation.columns.is_empty()
            && !matches!(relation.kind, RelationKind::Sequence | RelationKind::CompositeType)
    };
    world.catalog.relations.iter().filter(has_rows).filter(is_bare).collect()
}

fn columns(relation: &Relation) -> String {
    let columns = relation
        .columns
        .iter()
        .map(|column| format!("{} {}", quote_identifier(&column.name), column.type_name));
    columns.collect::<Vec<_>>().join(", ")
}

/// A view of the table's name, whose rows come from a function of A's: for what reads.
fn view(relation: &Relation) -> Vec<String> {
    vec![
        format!(
            "CREATE FUNCTION pg_temp.freehold_stand_in() RETURNS TABLE ({}) LANGUAGE plpgsql AS \
             $$BEGIN RAISE NOTICE '{SAYS}%', current_user; RETURN; END$$",
            columns(relation)
        ),
        format!(
            "CREATE TEMP VIEW {} AS SELECT * FROM pg_temp.freehold_stand_in()",
            quote_identifier(&relation.name.name)
        ),
        open(relation),
    ]
}

/// A table of the table's name with a trigger of A's: for what writes.
fn table(relation: &Relation) -> Vec<String> {
    let name = quote_identifier(&relation.name.name);
    vec![
        format!("CREATE TEMP TABLE {name} ({})", columns(relation)),
        format!(
            "CREATE FUNCTION pg_temp.freehold_stand_in() RETURNS trigger LANGUAGE plpgsql AS \
             $$BEGIN RAISE NOTICE '{SAYS}%', current_user; RETURN NULL; END$$"
        ),
        format!(
            "CREATE TRIGGER freehold_stand_in BEFORE INSERT OR UPDATE OR DELETE ON pg_temp.{name} FOR EACH STATEMENT EXECUTE \
             FUNCTION pg_temp.freehold_stand_in()"
        ),
        open(relation),
    ]
}

/// The owner of the function must be let in.
fn open(relation: &Relation) -> String {
    format!("GRANT ALL ON pg_temp.{} TO PUBLIC", quote_identifier(&relation.name.name))
}
