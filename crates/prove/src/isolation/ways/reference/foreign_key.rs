//! Foreign keys that do not carry the tenant: a row of A's may not refer to a row of another tenant's. No policy binds the
//! server's own check of a foreign key.

use freehold_model::{
    catalog::{Constraint, Relation},
    name::{quote_identifier, quote_literal},
    sqlstate::SqlState,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    tenancy::Ownership,
    trial::{Refused, Trial, Who},
    way::{Family, Way},
    ways::writing::{Line, Subject, assignments, worst},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "reference-foreign-key",
    family: Family::Reference,
    title: "a row of A's that refers to a row of another tenant",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.owned_table(world) else { return Ok(Vec::new()) };
    let keys: Vec<(&Constraint, &Relation)> = relation
        .foreign_keys()
        .filter(|key| key.enforced && !key.has_parent)
        .filter_map(|key| Some((key, world.catalog.relation_by_oid(key.referenced_oid?)?)))
        .filter(|(_, parent)| world.tenancy.owned.contains_key(&parent.oid))
        .filter(|(_, parent)| world.tenancy.root != Some(parent.oid))
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let subject = match Subject::of_table(world, relation) {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(own) = subject.own.first() else {
        return Ok(vec![Outcome::not_tried("A has no row in it")]);
    };
    let mut outcomes = Vec::new();
    for (key, parent) in keys {
        let mut first = None;
        for own in subject.dressed(own) {
            let Some(reference) = Reference::of(&subject, &own, key, parent) else { break };
            let outcome = reference.tried().await?;
            if outcome.as_ref().is_some_and(Outcome::is_leak) {
                first = outcome;
                break;
            }
            first = first.or(outcome);
        }
        outcomes.extend(first);
    }
    Ok(outcomes)
}

/// A foreign key, and what a row of A's is made to refer to.
struct Reference<'r, 'w> {
    subject: &'r Subject<'w>,
    own: &'r Line,
    key: &'r Constraint,
    parent: &'r Relation,
    /// Columns that are changed, with the values of another tenant's row; all but the tenant's own.
    changed: Vec<(usize, Option<String>)>,
    /// The key decides itself whose row it is.
    decides: bool,
}

/// What one attempt came to: an outcome, or a refusal that says nothing of the reference.
type Came = Result<Outcome, (String, Refused)>;

impl<'r, 'w> Reference<'r, 'w> {
    fn of(
        subject: &'r Subject<'w>,
        own: &'r Line,
        key: &'r Constraint,
        parent: &'r Relation,
    ) -> Option<Self> {
        let world = subject.world;
        let truth = world.truth(parent.oid)?;
        let decides = match world.tenancy.owned.get(&subject.relation.oid)? {
            Ownership::Through { parent: above, columns } => {
                *above == parent.oid && columns.iter().all(|(own, _)| key.columns.contains(own))
            }
            _ => false,
        };
        // A key that carries the tenant keeps A's own there: what remains is set.
        let pairs: Vec<(usize, &String)> = key
            .columns
            .iter()
            .zip(&key.referenced_columns)
            .filter_map(|(own, theirs)| Some((subject.place(own)?, theirs)))
            .filter(|(at, _)| decides || !subject.tenant.contains(at))
            .collect();
        if pairs.is_empty() {
            return None;
        }
        let values_of = |row| -> Option<Vec<(usize, Option<String>)>> {
            pairs.iter().map(|(at, theirs)| Some((*at, Some(truth.value(row, theirs)?.to_owned())))).collect()
        };
        let owns: Vec<_> = truth.of(0).filter_map(values_of).collect();
        let mut theirs: Vec<_> =
            truth.foreign_to(0).filter(|row| row.tenant.is_some()).filter_map(values_of).collect();
        // Where tenants count from one each, a value that A has too says nothing.
        theirs.sort_by_key(|values| owns.contains(values));
        let changed = theirs.into_iter().next()?;
        Some(Self { subject, own, key, parent, changed, decides })
    }

    async fn tried(self) -> Result<Option<Outcome>, IsolationError> {
        let set = |values: &[(usize, Option<String>)]| {
            let named = values.iter().filter_map(|(at, value)| {
                Some((self.subject.places.get(*at)?.name.as_str(), value.as_deref()))
            });
            format!("UPDATE {} SET {}", self.subject.name, assignments(named))
        };
        let kept: Vec<(usize, Option<String>)> = self
            .changed
            .iter()
            .map(|(at, _)| (*at, self.subject.value(self.own, *at).map(str::to_owned)))
            .collect();
        let narrow = |sql: String| format!("{sql} WHERE {}", self.own.found_by);
        let mut update = self.attempt(set(&self.changed), false).await?;
        if update.is_err() {
            update = self.attempt(narrow(set(&self.changed)), false).await?;
        }
        if let Ok(Outcome::Leaked(_)) = update {
            return Ok(update.ok());
        }
        let insert = self.attempt(self.subject.insert(self.own, &self.changed), true).await?;
        let update = self.decided(update, narrow(set(&kept)), false).await?;
        let insert = self.decided(insert, self.subject.insert(self.own, &kept), true).await?;
        Ok(worst(vec![insert, update]))
    }

    /// A refusal counts when the same was accepted with a reference to a row of A's own.
    async fn decided(&self, came: Came, control: String, anew: bool) -> Result<Outcome, IsolationError> {
        let (sql, refused) = match came {
            Ok(outcome) => return Ok(outcome),
            Err(refused) => refused,
        };
        let trial = self.trial(control, anew).go().await?;
        let went = trial.stopped.is_none() && trial.refused().is_none();
        Ok(if went && trial.runs.first().is_some_and(|run| run.as_ref().is_ok_and(|run| run.affected > 0)) {
            Outcome::held(sql, format!("refused, and not for a row of A's own: {}", refused.words()))
        } else {
            Outcome::not_tried(format!(
                "{} was not asked, something else refused first: {}",
                self.key.name,
                refused.words()
            ))
        })
    }

    /// With the rows of others out of the way, and for a new row the one that it stands for.
    fn trial(&self, sql: String, anew: bool) -> Trial<'_> {
        let mut trial = self.subject.world.trial(Who::A);
        if let Some(stage) = &self.own.stage {
            trial = trial.prepare(stage.as_str());
        }
        if self.parent.oid != self.subject.relation.oid {
            for line in &self.subject.others {
                trial = trial.prepare(line.remove.clone().unwrap_or_default());
            }
        }
        if anew {
            trial = trial.prepare(self.own.remove.clone().unwrap_or_default());
        }
        trial.run(sql).run("SET CONSTRAINTS ALL IMMEDIATE").look(self.look())
    }

    /// New rows of A's, or of whom the reference makes them, that refer to a row of another tenant.
    fn look(&self) -> String {
        let world = self.subject.world;
        let own_key = quote_literal(world.tenants.first().map_or("", String::as_str));
        let on: Vec<String> = self
            .key
            .columns
            .iter()
            .zip(&self.key.referenced_columns)
            .map(|(own, theirs)| format!("p.{} = r.{}", quote_identifier(theirs), quote_identifier(own)))
            .collect();
        let of = |oid, alias| world.tenant_of(oid, alias).unwrap_or_else(|| "NULL".to_owned());
        let own = if self.decides {
            String::new()
        } else {
            format!(" AND {} = {own_key}", of(self.subject.relation.oid, "r"))
        };
        format!(
            "SELECT r.*, {theirs} AS tenant_referred_to FROM {} r JOIN {} p ON {} \
             WHERE pg_catalog.age(r.xmin) <= 0 AND {theirs} <> {own_key}{own} LIMIT 3",
            self.subject.name,
            self.parent.name.quoted(),
            on.join(" AND "),
            theirs = of(self.parent.oid, "p"),
        )
    }

    async fn attempt(&self, sql: String, anew: bool) -> Result<Came, IsolationError> {
        let seen = self.trial(sql, anew).go().await?;
        if let Some(stopped) = &seen.stopped {
            return Ok(Ok(Outcome::not_tried(format!(
                "what comes before could not be done: {}",
                stopped.words()
            ))));
        }
        if let Some(refused) = seen.refused() {
            let by_key = refused.sqlstate == Some(SqlState::FOREIGN_KEY_VIOLATION)
                && refused.constraint.as_deref() == Some(self.key.name.as_str());
            return Ok(if by_key || refused.is_by_privilege() {
                Ok(Outcome::held(&seen.sql, format!("refused: {}", refused.words())))
            } else {
                Err((seen.sql.clone(), refused.clone()))
            });
        }
        let rows = seen.looks.first().map(|answer| answer.lines(3)).unwrap_or_default();
        if rows.is_empty() {
            return Ok(Ok(Outcome::held(&seen.sql, "no row of A's refers to another tenant's row")));
        }
        let (name, parent) = (&self.subject.relation.name, &self.parent.name);
        let means = format!(
            "a row of A's in {name} refers to another tenant's row of {parent}: tenants' data is mixed, and that the row \
             exists is told, as a key that nobody has is refused"
        );
        Ok(Ok(Outcome::leaked(&seen.sql, rows, means, self.advice()).by(&self.key.name)))
    }

    fn advice(&self) -> String {
        let (own, theirs) = (
            self.subject.world.tenancy.column_of(self.subject.relation.oid),
            self.subject.world.tenancy.column_of(self.parent.oid),
        );
        let named = |names: &[String], tenant: &str| {
            let all = std::iter::once(tenant)
                .chain(names.iter().map(String::as_str).filter(|name| *name != tenant));
            all.map(quote_identifier).collect::<Vec<_>>().join(", ")
        };
        match (own, theirs) {
            (Some(own), Some(theirs)) => format!(
                "Put the tenant into the key: FOREIGN KEY ({}) REFERENCES {} ({})",
                named(&self.key.columns, own),
                self.parent.name,
                named(&self.key.referenced_columns, theirs)
            ),
            _ => format!(
                "Give {} a tenant column, and put it into {}",
                if own.is_none() { &self.subject.relation.name } else { &self.parent.name },
                self.key.name
            ),
        }
    }
}
