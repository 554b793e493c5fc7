//! Judging contexts that are no tenant's: whatever row of a tenant comes back or can be changed has crossed the line.

use freehold_db::Session;
use freehold_model::{
    catalog::{PolicyCommand, Relation},
    name::quote_identifier,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    trial::{Answer, Refused, Seen, Trial, Who},
    ways::judge::{SHOWN, list, no_rows, policy_advice, rows_not_of},
    world::{Privileges, World},
};

/// A context that is no tenant's.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) struct Context {
    /// Who begins.
    pub(super) who: Who,
    /// What is done to the context then.
    pub(super) statements: Vec<String>,
    /// It in words, to follow "with": `no context`, `'%' as the tenant's key`.
    pub(super) says: String,
}

/// Reads a relation's rows, and changes them where a policy of its own says which, under each of these contexts. On the
/// given session, or on the world's own.
pub(in crate::isolation::ways) async fn reach<'w>(
    world: &'w World<'w>,
    relation: &Relation,
    may: &Privileges,
    contexts: &[Context],
    session: Option<&'w Session>,
) -> Result<Vec<Outcome>, IsolationError> {
    if let Some(outcomes) = no_rows(world, relation) {
        return Ok(outcomes);
    }
    let begin = |context: &Context| {
        let trial = world.trial(context.who.clone()).run_all(context.statements.clone());
        match session {
            Some(session) => trial.on(session),
            None => trial,
        }
    };
    let columns = columns(relation, may);
    let read = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let seen = Trial::all(contexts.iter().map(|context| begin(context).run(read.as_str()))).await?;
    let mut tally = Tally::new(world, relation);
    for (context, seen) in contexts.iter().zip(&seen) {
        tally.read(context, &columns, seen);
    }
    let change = change(relation, may);
    if let Some(change) = change.as_ref().filter(|_| tally.leak.is_none() && changes_go_apart(relation, may))
    {
        let seen = Trial::all(contexts.iter().map(|context| begin(context).run(change.as_str()))).await?;
        for (context, seen) in contexts.iter().zip(&seen) {
            tally.changed(context, seen);
        }
    }
    tally.outcome(&read).await
}

/// What is selected: the columns that may be read, or all where none may be.
pub(in crate::isolation::ways) fn columns(relation: &Relation, may: &Privileges) -> Vec<String> {
    if may.select.is_empty() {
        return relation.columns.iter().map(|column| column.name.clone()).collect();
    }
    may.select.clone()
}

/// Policies that say one thing for all commands let nothing be changed that cannot be read.
fn changes_go_apart(relation: &Relation, may: &Privileges) -> bool {
    may.select.is_empty() || relation.policies.iter().any(|policy| policy.command != PolicyCommand::All)
}

/// A statement that would change every row, without a condition: that would need the right to read, and bring its
/// policies in.
fn change(relation: &Relation, may: &Privileges) -> Option<String> {
    let table = relation.name.quoted();
    if may.delete {
        return Some(format!("DELETE FROM {table}"));
    }
    let column = relation.columns.iter().find(|column| {
        column.generated.is_none() && column.identity.is_none() && may.update.contains(&column.name)
    })?;
    Some(format!("UPDATE {table} SET {} = DEFAULT", quote_identifier(&column.name)))
}

struct Tally<'w> {
    world: &'w World<'w>,
    relation: &'w Relation,
    leak: Option<Outcome>,
    sql: Vec<String>,
    refusals: Vec<String>,
    /// Refused for another reason than privilege: held only if the same works in a tenant's context.
    faults: Vec<Refused>,
    stopped: Option<Refused>,
    tried: usize,
}

impl<'w> Tally<'w> {
    fn new(world: &'w World<'w>, relation: &'w Relation) -> Self {
        Self {
            world,
            relation,
            leak: None,
            sql: Vec::new(),
            refusals: Vec::new(),
            faults: Vec::new(),
            stopped: None,
            tried: 0,
        }
    }

    fn read(&mut self, context: &Context, columns: &[String], seen: &Seen) {
        let Some(answer) = self.answer(context, seen) else { return };
        let Some(truth) = self.world.truth(self.relation.oid) else { return };
        let crossed = rows_not_of(truth, None, columns, answer);
        if crossed.rows.is_empty() || self.leak.is_some() {
            return;
        }
        let means = format!(
            "with {}, {} rows of tenants come back from {}",
            context.says,
            crossed.rows.len(),
            self.relation.name
        );
        self.leak =
            Some(Outcome::leaked(&seen.sql, crossed.lines(SHOWN), means, policy_advice(self.relation)));
    }

    fn changed(&mut self, context: &Context, seen: &Seen) {
        let name = &self.relation.name;
        if let Some(refused) = seen.refused().filter(|refused| refused.is_by_constraint()) {
            let means = format!("with {}, a blind change reaches rows of {name}", context.says);
            let leak = Outcome::leaked(&seen.sql, vec![refused.words()], means, policy_advice(self.relation));
            self.leak.get_or_insert(leak);
            return;
        }
        let Some(answer) = self.answer(context, seen) else { return };
        let Some(truth) = self.world.truth(self.relation.oid) else { return };
        let nobodys = truth.rows.iter().filter(|row| row.key.is_none()).count() as u64;
        if answer.affected > nobodys {
            let means =
                format!("with {}, {} rows of {name} are deleted or changed", context.says, answer.affected);
            let returned = vec![format!("{} rows were changed", answer.affected)];
            let leak = Outcome::leaked(&seen.sql, returned, means, policy_advice(self.relation));
            self.leak.get_or_insert(leak);
        }
    }

    fn answer<'s>(&mut self, context: &Context, seen: &'s Seen) -> Option<&'s Answer> {
        if let Some(stopped) = &seen.stopped {
            self.stopped.get_or_insert_with(|| stopped.clone());
            return None;
        }
        self.tried += 1;
        self.sql.push(seen.sql.clone());
        let Some(refused) = seen.refused() else { return seen.last().ok() };
        self.refusals.push(refused.words());
        if refused.is_by_privilege() {
            return None;
        }
        self.faults.push(refused.clone());
        // A message may carry a row's value.
        let given = context.statements.iter().any(|sql| self.names_a_tenant(sql).is_some());
        if !given && let Some(key) = self.names_a_tenant(&refused.message) {
            let means = format!("with {}, the error tells the tenant key {key}", context.says);
            let leak = Outcome::leaked(&seen.sql, vec![refused.words()], means, policy_advice(self.relation));
            self.leak.get_or_insert(leak);
        }
        None
    }

    fn names_a_tenant(&self, text: &str) -> Option<String> {
        // A short key would be found by chance.
        self.world.tenants.iter().find(|key| key.len() >= 6 && text.contains(key.as_str())).cloned()
    }

    async fn outcome(mut self, read: &str) -> Result<Vec<Outcome>, IsolationError> {
        if let Some(leak) = self.leak {
            return Ok(vec![leak]);
        }
        if let Some(stopped) = self.stopped {
            let why = format!("the context could not be taken on: {}", stopped.words());
            return Ok(vec![Outcome::not_tried(why)]);
        }
        if let Some(fault) = self.faults.first() {
            let usual = self.world.trial(Who::A).run(read).go().await?;
            // A statement may fail while it is planned, before privileges are looked at.
            let always = usual.last().is_err_and(|refused| !refused.is_by_privilege());
            if always || usual.stopped.is_some() {
                let why = format!("the server refuses the statement in every context: {}", fault.words());
                return Ok(vec![Outcome::not_tried(why)]);
            }
        }
        self.refusals.sort();
        self.refusals.dedup();
        let mut said = match self.tried {
            0 => return Ok(vec![Outcome::not_tried("no context of that kind can be made")]),
            1 => "no row of a tenant".to_owned(),
            tried => format!("no row of a tenant in {tried} trials"),
        };
        if !self.refusals.is_empty() {
            said.push_str("; refused: ");
            said.push_str(&self.refusals.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; "));
        }
        Ok(vec![Outcome::held(self.sql.join("\n"), said)])
    }
}
