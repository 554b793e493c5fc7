//! The session as an attacker: in A's context it takes on B's, by whatever a session may do without knowing a secret.

use freehold_db::DbError;
use freehold_model::{
    catalog::Relation,
    name::{quote_identifier, quote_literal},
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Trial, Who},
    way::{Family, Way},
    ways::{context::nobody::columns, judge::list},
    world::{TruthRow, World, set_by},
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "attacker-forge",
    family: Family::Attacker,
    title: "B's context taken on by SQL that A chose",
    run: |world, target| Box::pin(run(world, target)),
};

/// Once for the database: a table on which it works is enough, and for held all are tried.
async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() || world.tenancy.assume.is_empty() {
        return Ok(Vec::new());
    }
    let forged = forged(world).await?;
    let role = role_of_b(world).await?;
    let mut tried = Vec::new();
    for oid in world.tenancy.owned.keys() {
        let Some((relation, truth)) = world.catalog.relation_by_oid(*oid).zip(world.truth(*oid)) else {
            continue;
        };
        let Some(row) = truth.of(1).next().filter(|_| world.lacks_rows(relation).is_none()) else { continue };
        let reach = Reach::new(world, relation, row);
        // Where A reads B's row anyway nothing has to be forged; where B cannot read it nothing can be.
        let usual = Trial::all([Who::A, Who::B].map(|who| world.trial(who).run(&reach.select))).await?;
        let gives: Vec<bool> =
            usual.iter().map(|seen| seen.last().is_ok_and(|answer| !answer.rows.is_empty())).collect();
        if gives != [false, true] {
            continue;
        }
        let found = reach.by_all(&forged, role.as_deref()).await?;
        if let Some((sql, returned)) = found.evidence {
            return Ok(vec![leak(world, relation, sql, returned, &found.worked)]);
        }
        tried.push(found.sql);
    }
    if tried.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![Outcome::held(tried.join("\n"), "A's session could not take on B's context")])
}

fn leak(world: &World<'_>, relation: &Relation, sql: String, returned: Vec<String>, by: &[&str]) -> Outcome {
    let means = format!(
        "whoever can choose the SQL that runs in A's context reads B's row of {}: {}",
        relation.name,
        by.join(", ")
    );
    let advice = "A setting or a role that the session itself may change protects against forgotten conditions, not against SQL \
                  that outsiders choose: let no outsider's SQL run, or use a context that cannot be forged (signed, or a login \
                  for each tenant)";
    let leak = Outcome::leaked(sql, returned, means, advice);
    if world.tenancy.untrusted_sql { leak } else { leak.as_note() }
}

/// Settings and the values that they would have for B, made from those that A sees.
async fn forged(world: &World<'_>) -> Result<Vec<(String, String)>, IsolationError> {
    let names = world.settings_of_the_context();
    let mut trial = world.trial(Who::A);
    for name in &names {
        trial = trial.run(format!("SELECT current_setting({}, true)", quote_literal(name)));
    }
    let seen = trial.go().await?;
    let swap = |text: &str, keys: &[String]| match keys {
        [a, b, ..] if !a.is_empty() => text.replace(a.as_str(), b),
        _ => text.to_owned(),
    };
    let values = names.into_iter().zip(seen.runs).filter_map(|(name, run)| {
        let value = run.ok()?.value()?.to_owned();
        let forged = swap(&swap(&value, &world.tenants), &world.users);
        (forged != value).then_some((name, forged))
    });
    Ok(values.collect())
}

/// The role that B's context takes on, where it is another than A's.
async fn role_of_b(world: &World<'_>) -> Result<Option<String>, IsolationError> {
    let seen = world.trial(Who::B).run("SELECT current_user").go().await?;
    let role = seen.last().ok().and_then(|answer| answer.value().map(str::to_owned));
    Ok(role.filter(|role| *role != world.effective_role))
}

struct Reach<'w> {
    world: &'w World<'w>,
    select: String,
}

#[derive(Default)]
struct Found {
    sql: String,
    worked: Vec<&'static str>,
    evidence: Option<(String, Vec<String>)>,
}

impl Found {
    fn note(&mut self, how: &'static str, sql: String, rows: Vec<String>) {
        if !rows.is_empty() {
            self.worked.push(how);
            self.evidence.get_or_insert((sql.clone(), rows));
        }
        self.sql.push_str(&sql);
        self.sql.push('\n');
    }
}

impl<'w> Reach<'w> {
    fn new(world: &'w World<'w>, relation: &Relation, row: &TruthRow) -> Self {
        let columns = columns(relation, &world.may(relation.oid));
        let select =
            format!("SELECT {} FROM {} WHERE {}", list(&columns), relation.name.quoted(), row.found_by);
        Self { world, select }
    }

    async fn by_all(&self, forged: &[(String, String)], role: Option<&str>) -> Result<Found, IsolationError> {
        let select = self.select.as_str();
        let set = forged.iter().map(|(name, value)| {
            format!("set_config({}, {}, true)", quote_literal(name), quote_literal(value))
        });
        let set: Vec<String> = set.collect();
        let mut found = Found::default();
        if !set.is_empty() {
            self.in_one_statement(&set, &mut found).await?;
        }
        let mut manners: Vec<(&'static str, Vec<String>)> = Vec::new();
        if !set.is_empty() {
            let all = set.join(", ");
            let body = format!("BEGIN PERFORM {all}; END");
            manners.push(("set_config before it", vec![format!("SELECT {all}"), select.to_owned()]));
            manners.push((
                "set_config in a DO block",
                vec![format!("DO LANGUAGE plpgsql {}", quote_literal(&body)), select.to_owned()],
            ));
            let conditions = set.iter().map(|call| format!("{call} IS NOT NULL")).collect::<Vec<_>>();
            let inner = format!("{select} AND {}", conditions.join(" AND "));
            manners.push(("set_config in its WHERE", vec![inner]));
        }
        if let Some(role) = role {
            let take = format!("SET LOCAL ROLE {}", quote_identifier(role));
            manners.push(("SET ROLE", vec![take.clone(), select.to_owned()]));
            manners.push(("RESET ROLE and SET ROLE", vec!["RESET ROLE".to_owned(), take, select.to_owned()]));
        }
        if self.world.tenancy.assume.iter().all(|sql| holds_no_secret(sql)) {
            let mut again = self.world.assuming(1);
            again.push(select.to_owned());
            manners.push(("the context's own statements", again));
        }
        let trials =
            manners.iter().map(|(_, statements)| self.world.trial(Who::A).run_all(statements.clone()));
        for ((how, _), seen) in manners.iter().zip(Trial::all(trials).await?) {
            let rows = seen.last().map(|answer| answer.lines(1)).unwrap_or_default();
            found.note(how, seen.sql.clone(), rows);
        }
        Ok(found)
    }

    /// Over the extended protocol, which takes one statement only, in a transaction that may only read.
    async fn in_one_statement(&self, set: &[String], found: &mut Found) -> Result<(), IsolationError> {
        let world = self.world;
        let sql = format!(
            "SELECT q::text FROM (SELECT {}) s, LATERAL ({}) q",
            set.iter()
                .enumerate()
                .map(|(at, call)| format!("{call} AS c{at}"))
                .collect::<Vec<_>>()
                .join(", "),
            self.select
        );
        let mut before = vec!["BEGIN READ ONLY".to_owned()];
        before.extend(world.becoming(&Who::A));
        let before = before.join(";\n");
        let paste = format!("{before};\n{sql};\nROLLBACK;");
        world.count_trials(1);
        world
            .session
            .run(&before)
            .await
            .map_err(IsolationError::own("taking on a context to forge another"))?;
        let came = world.session.client().query(&sql, &[]).await;
        world.session.run("ROLLBACK").await.map_err(IsolationError::own("ending a trial"))?;
        let rows = match came {
            Ok(rows) => {
                rows.iter().filter_map(|row| row.try_get::<_, Option<String>>(0).ok().flatten()).collect()
            }
            Err(error) => {
                let error = DbError::from_postgres("a trial", error);
                if error.server().is_none() {
                    return Err(IsolationError::own("a trial")(error));
                }
                Vec::new()
            }
        };
        found.note("set_config in one statement that only reads", paste, rows);
        Ok(())
    }
}

/// True for a statement without a literal beside names of settings: whoever reads the schema can write it. A literal may be
/// a key that only the application knows.
fn holds_no_secret(sql: &str) -> bool {
    let names = set_by(sql);
    let literals = sql.split('\'').skip(1).step_by(2);
    literals.into_iter().all(|literal| names.iter().any(|name| name == literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_beside_a_setting_may_be_a_secret() {
        assert!(holds_no_secret("SELECT set_config('app.tenant', $1, true)"));
        assert!(!holds_no_secret("SELECT set_config('app.tenant', hmac($1, 'word', 'sha256'), true)"));
        assert!(holds_no_secret("SELECT app.take_on($1)"));
    }
}
