//! Files, programs and passwords of the server: they hold every tenant's rows, and no policy binds them.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::Who,
    way::{Family, Way},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "around-server",
    family: Family::Around,
    title: "files, programs and passwords of the server",
    run: |world, target| Box::pin(run(world, target)),
};

const TRIED: [(&str, &str, &str); 6] = [
    ("pg_read_file", "SELECT pg_catalog.pg_read_file('PG_VERSION')", "reads the server's files"),
    ("pg_ls_dir", "SELECT pg_catalog.pg_ls_dir('base') LIMIT 1", "lists the server's files"),
    ("COPY FROM a file", "COPY pg_temp.freehold_lines FROM '/dev/null'", "reads the server's files"),
    ("COPY TO a file", "COPY (SELECT 1 WHERE false) TO '/dev/null'", "writes the server's files"),
    ("COPY TO PROGRAM", "COPY (SELECT 1 WHERE false) TO PROGRAM 'true'", "runs programs on the server"),
    ("pg_authid", "SELECT count(rolpassword) FROM pg_catalog.pg_authid", "reads the passwords of all roles"),
];

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    if !target.is_database() {
        return Ok(Vec::new());
    }
    let mut batch = world.batch(Who::A);
    for (_, sql, _) in TRIED {
        batch = batch.attempts(&[if sql.contains("freehold_lines") {
            vec!["CREATE TEMP TABLE freehold_lines (line text)".to_owned(), sql.to_owned()]
        } else {
            vec![sql.to_owned()]
        }]);
    }
    let attempts = batch.go().await?;
    if let Some(stopped) = attempts.stopped {
        let why = format!("the context could not be taken on: {}", stopped.words());
        return Ok(vec![Outcome::not_tried(why)]);
    }
    let (mut found, mut sqls, mut other) = (Vec::new(), Vec::new(), None);
    for ((by, _, does), attempt) in TRIED.iter().zip(&attempts.attempts) {
        sqls.push(attempt.sql.clone());
        match attempt.last() {
            Ok(answer) => {
                let means = format!("the application's role {does}: what it holds of other tenants too");
                let advice = format!(
                    "Take the right to it from {}: superuser, pg_read_server_files, pg_write_server_files, \
                     pg_execute_server_program, pg_read_all_data or a grant",
                    world.effective_role
                );
                let returned = answer.value().map_or_else(|| "it ran".to_owned(), str::to_owned);
                found.push(Outcome::leaked(&attempt.sql, vec![returned], means, advice).by(*by));
            }
            Err(refused) if refused.is_by_privilege() => {}
            Err(refused) => other = Some(refused.words()),
        }
    }
    if found.is_empty() {
        found.push(match other {
            Some(words) => Outcome::not_tried(format!("the server refused it for another reason: {words}")),
            None => Outcome::held(sqls.join("\n"), "refused: permission denied"),
        });
    }
    Ok(found)
}
