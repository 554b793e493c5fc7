//! Fixes tried before they are shown: each takes its statement's place on a scratch database.

use std::collections::BTreeSet;

use freehold_lint::{Direction, Found};
use freehold_model::{
    finding::Evidence,
    place::{LineIndex, Place},
};
use freehold_prove::{
    RehearsalError,
    rehearsal::{Attempt, Attempted, Options, attempt},
    step::{ScriptStatement, Step},
};
use freehold_sandbox::Server;

use super::drive::Walked;

/// The longest headline of a statement, in characters.
const HEADLINE: usize = 100;

/// What became of the fixes of a run.
#[derive(Debug, Default)]
pub(crate) struct Tried {
    /// Fixes that ran.
    pub(crate) ran: usize,
    /// Fixes that the server refused: their SQL is not shown.
    pub(crate) refused: Vec<String>,
    /// Fixes that were not tried: their SQL is not shown either.
    pub(crate) not_tried: usize,
}

/// Tries the SQL of each finding's fix for the migrations in `of`. A fix that ran says so; the SQL of every other one is
/// taken away, so that nothing is shown that was not executed.
///
/// # Errors
/// When the server fails.
pub(crate) async fn fixes(
    server: &Server,
    steps: &[Step],
    found: &mut [Found],
    walked: &[Walked],
    of: &BTreeSet<usize>,
    options: &Options,
) -> Result<Tried, RehearsalError> {
    let mut numbers = Vec::new();
    let mut attempts = Vec::new();
    for (number, finding) in found.iter().enumerate() {
        if let Some(attempt) = attempt_of(finding, walked, steps).filter(|attempt| of.contains(&attempt.step))
        {
            numbers.push(number);
            attempts.push(attempt);
        }
    }
    let outcomes =
        if attempts.is_empty() { Vec::new() } else { attempt(server, steps, &attempts, options).await? };
    let version = server.version();
    let mut tried = Tried::default();
    let mut kept = BTreeSet::new();
    for (number, outcome) in numbers.into_iter().zip(outcomes) {
        let Some(finding) = found.get_mut(number) else { continue };
        match outcome {
            Attempted::Ran => {
                tried.ran += 1;
                kept.insert(number);
                finding.evidence.push(Evidence::Ran(format!(
                    "the fix below, in the place of this statement, on PostgreSQL {version}"
                )));
            }
            Attempted::Refused(error) => tried.refused.push(format!("{}: {error}", finding.rule.rule.id)),
            Attempted::NotTried(_) => tried.not_tried += 1,
        }
    }
    for (number, finding) in found.iter_mut().enumerate() {
        if let Some(fix) = finding.fix.as_mut().filter(|fix| fix.sql.is_some() && !kept.contains(&number)) {
            fix.sql = None;
        }
    }
    Ok(tried)
}

/// Takes the SQL of all fixes away: nothing was executed.
pub(crate) fn untried(found: &mut [Found]) -> usize {
    let with_sql =
        found.iter_mut().filter_map(|finding| finding.fix.as_mut()).filter(|fix| fix.sql.is_some());
    with_sql.map(|fix| fix.sql = None).count()
}

fn attempt_of(finding: &Found, walked: &[Walked], steps: &[Step]) -> Option<Attempt> {
    let sql = finding.fix.as_ref()?.sql.as_deref()?;
    let at = walked.get(finding.script?)?;
    let step = steps.get(at.migration)?;
    let in_down = at.direction == Direction::Down;
    let script = if in_down { step.down.as_ref()? } else { &step.up };
    let statements = statements(sql, &script.place)?;
    // What is said of a whole script, or of what it leaves, is mended after it.
    let statement = finding.statement.unwrap_or(script.statements.len());
    // Schema rules speak of what is there at the end of the script that made it.
    let statement = match finding.rule.check {
        freehold_lint::Check::Schema(_) => script.statements.len(),
        _ => statement,
    };
    Some(Attempt { step: at.migration, in_down, statement, statements })
}

/// The SQL of a fix as statements; none when it is no SQL.
fn statements(sql: &str, place: &Place) -> Option<Vec<ScriptStatement>> {
    let parsed = freehold_sql::parse(sql).ok()?;
    let lines = LineIndex::new(sql);
    let statement = |statement: freehold_sql::Statement| ScriptStatement {
        sql: statement.text(sql).to_owned(),
        place: Place::in_file(&place.file, sql, &lines, statement.span),
        copy_data: None,
        headline: statement.headline(sql, HEADLINE),
        statement,
    };
    Some(parsed.into_iter().map(statement).collect())
}
