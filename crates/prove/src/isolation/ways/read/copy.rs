//! `COPY … TO STDOUT`, of the table and of a query.

use freehold_db::DbError;
use futures_util::TryStreamExt;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Who, script},
    way::{Family, Way},
    ways::{
        judge::{SHOWN, foreign_rows, list, policy_advice},
        read::subject::{Subject, subject},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-copy",
    family: Family::Read,
    title: "COPY TO",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let (columns, table) = (subject.list(), subject.table());
    let mut forms =
        vec![(format!("COPY (SELECT {columns} FROM {table}) TO STDOUT"), subject.columns.clone())];
    // The server copies only plain tables by their names.
    if subject.relation.kind == freehold_model::catalog::RelationKind::Table {
        let is_stored = |name: &&String| subject.relation.column(name).is_some_and(|c| c.generated.is_none());
        let stored: Vec<String> = subject.columns.iter().filter(is_stored).cloned().collect();
        forms.insert(0, (format!("COPY {table} ({}) TO STDOUT", list(&stored)), stored));
    }
    let mut held = Vec::new();
    let mut seen = String::new();
    for (form, columns) in &forms {
        let (sql, came) = copied(world, form).await?;
        match came {
            Ok(answer) => {
                let foreign = foreign_rows(subject.truth, columns, &answer);
                if !foreign.rows.is_empty() {
                    return Ok(vec![leaked(&subject, columns, sql, &foreign)]);
                }
                seen = format!("{} rows, none of another tenant", answer.rows.len());
                held.push(sql);
            }
            Err(Copied::Refused(words)) => {
                seen = format!("refused: {words}");
                held.push(sql);
            }
            Err(Copied::Failed(words)) => {
                return Ok(vec![Outcome::not_tried(format!("the server refused it: {words}"))]);
            }
        }
    }
    Ok(vec![Outcome::held(held.join("\n"), seen)])
}

fn leaked(subject: &Subject<'_>, columns: &[String], sql: String, foreign: &Answer) -> Outcome {
    let mut foreign = foreign.clone();
    foreign.columns = columns.to_vec();
    let means =
        format!("COPY gives A {} rows of other tenants in {}", foreign.rows.len(), subject.relation.name);
    Outcome::leaked(sql, foreign.lines(SHOWN), means, policy_advice(subject.relation))
}

/// Why nothing was copied: for want of a privilege, or for another reason.
enum Copied {
    Refused(String),
    Failed(String),
}

/// One COPY in a transaction as A. What is copied comes outside of the simple protocol, so it is no trial.
async fn copied(world: &World<'_>, sql: &str) -> Result<(String, Result<Answer, Copied>), IsolationError> {
    let become_it = world.becoming(&Who::A);
    let shown = script(become_it.iter().map(String::as_str).chain([sql]));
    world.count_trials(1);
    let client = world.session.client();
    let begin = format!("BEGIN;\n{};", become_it.join(";\n"));
    let came = match client.batch_execute(&begin).await {
        Ok(()) => match client.copy_out(sql).await {
            Ok(stream) => {
                stream
                    .try_fold(Vec::new(), |mut all, bytes| async move {
                        all.extend_from_slice(&bytes);
                        Ok(all)
                    })
                    .await
            }
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    world.session.run("ROLLBACK").await.map_err(IsolationError::own("ending a copy"))?;
    let came = match came {
        Ok(bytes) => Ok(parsed(&String::from_utf8_lossy(&bytes))),
        Err(error) => {
            let error = DbError::from_postgres("a copy", error);
            let Some(server) = error.server() else { return Err(IsolationError::own("a copy")(error)) };
            let words = match server.sqlstate {
                Some(state) => format!("{} ({state})", server.message),
                None => server.message.clone(),
            };
            let by_privilege =
                server.sqlstate == Some(freehold_model::sqlstate::SqlState::INSUFFICIENT_PRIVILEGE);
            Err(if by_privilege { Copied::Refused(words) } else { Copied::Failed(words) })
        }
    };
    Ok((shown, came))
}

/// The text format: fields between tabs, `\N` for NULL, some characters behind a backslash.
fn parsed(text: &str) -> Answer {
    let rows = text.lines().map(|line| line.split('\t').map(field).collect()).collect();
    Answer { columns: Vec::new(), rows, affected: 0 }
}

fn field(field: &str) -> Option<String> {
    if field == "\\N" {
        return None;
    }
    let mut value = String::with_capacity(field.len());
    let mut characters = field.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        match characters.next() {
            Some('n') => value.push('\n'),
            Some('r') => value.push('\r'),
            Some('t') => value.push('\t'),
            Some('b') => value.push('\u{8}'),
            Some('f') => value.push('\u{c}'),
            Some('v') => value.push('\u{b}'),
            Some(other) => value.push(other),
            None => {}
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::parsed;

    #[test]
    fn a_copied_line_is_read_back_with_nulls_and_escapes() {
        let answer = parsed("a\\tb\t\\N\t\\\\N\n\t\n");
        let row = |values: &[Option<&str>]| values.iter().map(|v| v.map(str::to_owned)).collect::<Vec<_>>();
        assert_eq!(answer.rows, [row(&[Some("a\tb"), None, Some("\\N")]), row(&[Some(""), Some("")])]);
    }
}
