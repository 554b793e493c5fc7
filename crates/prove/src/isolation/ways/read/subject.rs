//! What all ways of reading share: the table, whose rows it has, which columns can be asked for, and the judging of answers.

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::quote_identifier,
};

use crate::isolation::{
    batch::{Attempt, Attempts},
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Who},
    ways::judge::{SHOWN, foreign_rows, list, policy_advice},
    world::{Privileges, Truth, TruthRow, World},
};

/// How many other tenants' rows are asked for by their keys.
const OTHERS: usize = 4;

/// A table that is to be read.
pub(super) struct Subject<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) relation: &'w Relation,
    pub(super) truth: &'w Truth,
    pub(super) may: Privileges,
    /// The columns that are asked for: those that are granted, or all where none is.
    pub(super) columns: Vec<String>,
}

/// What an answer is judged by.
pub(super) enum By {
    /// Its rows, which are the subject's columns.
    Rows,
    /// Its rows, which are these columns.
    RowsOf(Vec<String>),
    /// How many rows it has.
    NumberOfRows,
    /// Its first value, a number of rows.
    Count,
    /// Its first value, which is true when a row of another tenant was found.
    Truth,
}

/// One form of a way: what it is called, its statements, and what its last answer is judged by.
pub(super) struct Form {
    pub(super) name: String,
    pub(super) sql: Vec<String>,
    pub(super) by: By,
}

impl Form {
    pub(super) fn new(name: impl Into<String>, sql: impl Into<String>, by: By) -> Self {
        Self { name: name.into(), sql: vec![sql.into()], by }
    }
}

/// The table of a target, or what to say instead; nothing at all where the target is no table with rows of tenants.
pub(super) fn subject<'w>(world: &'w World<'w>, target: &Target) -> Result<Subject<'w>, Vec<Outcome>> {
    // What a foreign table shows comes from elsewhere: that is looked at with views.
    let relation = target.owned_table(world).filter(|relation| relation.kind != RelationKind::ForeignTable);
    let Some(relation) = relation else { return Err(Vec::new()) };
    let may = world.may(relation.oid);
    // Rows of others are enough: a partition may hold none of A's. A refusal for want of a privilege needs no rows.
    let is_telling = |truth: &&Truth| may.select.is_empty() || truth.foreign_to(0).next().is_some();
    let Some(truth) = world.truth(relation.oid).filter(is_telling) else {
        let why = world.lacks_rows(relation);
        return Err(vec![Outcome::not_tried(why.unwrap_or_else(|| "no row is another tenant's".to_owned()))]);
    };
    let columns = if may.select.is_empty() {
        relation.columns.iter().map(|column| column.name.clone()).collect()
    } else {
        may.select.clone()
    };
    Ok(Subject { world, relation, truth, may, columns })
}

impl Subject<'_> {
    /// The table's name, quoted.
    pub(super) fn table(&self) -> String {
        self.relation.name.quoted()
    }

    /// The columns that are asked for, quoted.
    pub(super) fn list(&self) -> String {
        list(&self.columns)
    }

    /// The same with an alias before each.
    pub(super) fn list_of(&self, alias: &str) -> String {
        let columns = self.columns.iter().map(|name| format!("{alias}.{}", quote_identifier(name)));
        columns.collect::<Vec<_>>().join(", ")
    }

    /// Rows that A may see: its own, and those of nobody.
    pub(super) fn own(&self) -> usize {
        self.truth.rows.iter().filter(|row| row.key.is_none() || row.tenant == Some(0)).count()
    }

    /// A row of each other tenant; of a few, where there are many.
    pub(super) fn others(&self) -> Vec<&TruthRow> {
        let mut rows: Vec<&TruthRow> = Vec::new();
        for row in self.truth.foreign_to(0) {
            if rows.len() < OTHERS && rows.iter().all(|known| known.key != row.key) {
                rows.push(row);
            }
        }
        rows
    }

    /// Tries forms of one way in one round trip, and makes one outcome of them.
    pub(super) async fn try_forms(
        &self,
        prepare: &[&str],
        forms: Vec<Form>,
    ) -> Result<Vec<Outcome>, IsolationError> {
        if forms.is_empty() {
            return Ok(Vec::new());
        }
        let prepare: Vec<String> = prepare.iter().map(|sql| (*sql).to_owned()).collect();
        let attempts: Vec<Vec<String>> = forms.iter().map(|form| form.sql.clone()).collect();
        let seen = self.world.batch(Who::A).prepare_all(&prepare).attempts(&attempts).go().await?;
        Ok(vec![self.judge(&seen, &forms)])
    }

    fn judge(&self, seen: &Attempts, forms: &[Form]) -> Outcome {
        if let Some(stopped) = &seen.stopped {
            return Outcome::not_tried(format!("the context could not be taken on: {}", stopped.words()));
        }
        let mut verdict = Verdict::default();
        for (form, attempt) in forms.iter().zip(&seen.attempts) {
            match attempt.last() {
                Ok(answer) => verdict.add(form, attempt, self.foreign(form, answer), answer),
                Err(refused) if refused.is_by_privilege() => {
                    verdict.refused.get_or_insert_with(|| refused.words());
                    verdict.held = true;
                }
                Err(refused) => verdict.untried.push(format!("{}: {}", form.name, refused.words())),
            }
        }
        verdict.outcome(self.relation, &seen.sql)
    }

    /// What an answer shows of other tenants, one line each; empty when nothing.
    fn foreign(&self, form: &Form, answer: &Answer) -> Vec<String> {
        let own = self.own();
        match &form.by {
            By::Rows => foreign_rows(self.truth, &self.columns, answer).lines(usize::MAX),
            By::RowsOf(columns) => foreign_rows(self.truth, columns, answer).lines(usize::MAX),
            By::NumberOfRows => {
                if answer.rows.len() > own {
                    answer.lines(usize::MAX)
                } else {
                    Vec::new()
                }
            }
            By::Count => {
                let counted = answer.value().and_then(|value| value.parse::<usize>().ok()).unwrap_or(0);
                let more = counted > own;
                more.then(|| format!("{counted} rows, where A has {own}")).into_iter().collect()
            }
            By::Truth => {
                let found = answer.value() == Some("t");
                found.then(|| "a row of another tenant is found".to_owned()).into_iter().collect()
            }
        }
    }
}

/// What came of the forms of one way.
#[derive(Default)]
struct Verdict {
    /// SQL and rows of the first leak, and the forms that leaked.
    leak: Option<(String, Vec<String>)>,
    leaking: Vec<String>,
    held: bool,
    rows: Option<usize>,
    refused: Option<String>,
    untried: Vec<String>,
}

impl Verdict {
    fn add(&mut self, form: &Form, attempt: &Attempt, foreign: Vec<String>, answer: &Answer) {
        if foreign.is_empty() {
            self.held = true;
            self.rows = self.rows.max(Some(answer.rows.len()));
            return;
        }
        self.leaking.push(form.name.clone());
        self.leak.get_or_insert_with(|| (attempt.sql.clone(), foreign));
    }

    fn outcome(self, relation: &Relation, tried: &str) -> Outcome {
        if let Some((sql, mut rows)) = self.leak {
            let number = rows.len();
            rows.truncate(SHOWN);
            let shown = match number {
                1 => "something".to_owned(),
                number => format!("{number} rows"),
            };
            let means = format!(
                "A is shown {shown} of other tenants in {} by {}",
                relation.name,
                self.leaking.join(", ")
            );
            return Outcome::leaked(sql, rows, means, policy_advice(relation));
        }
        if !self.held {
            return Outcome::not_tried(format!("the server refused it: {}", self.untried.join("; ")));
        }
        let seen = match (self.rows, self.refused) {
            (Some(rows), _) => format!("at most {rows} rows at once, none of another tenant"),
            (None, Some(refused)) => format!("refused: {refused}"),
            (None, None) => "nothing of another tenant".to_owned(),
        };
        let mut outcome = Outcome::held(tried, seen);
        if let Outcome::Held { note, .. } = &mut outcome
            && !self.untried.is_empty()
        {
            *note = Some(format!("what the server does not do here: {}", self.untried.join("; ")));
        }
        outcome
    }
}
