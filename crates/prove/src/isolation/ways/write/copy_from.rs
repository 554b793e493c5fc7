//! `COPY … FROM` of a row for another tenant in A's context: the server refuses it where a policy binds, so that it goes
//! through only where none does.

use std::{io::Cursor, pin::pin};

use freehold_db::Session;
use freehold_model::{name::quote_identifier, sqlstate::SqlState};
use futures_util::SinkExt as _;

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, Who, read},
    way::{Family, Way},
    ways::{
        judge::SHOWN,
        writing::{Came, Changes, Line, Subject, by_privilege, stopped},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "write-copy",
    family: Family::Write,
    title: "COPY FROM of a row for another tenant",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match target.owned_table(world).and_then(|relation| Subject::of_table(world, relation)) {
        Some(Ok(subject)) => subject,
        Some(Err(outcome)) => return Ok(vec![outcome]),
        None => return Ok(Vec::new()),
    };
    let Some(other) = subject.other().filter(|_| !subject.is_root()) else { return Ok(Vec::new()) };
    let (sql, came) = copied(&subject, other, Who::A).await?;
    let refused = match came {
        Came::Through(_, changes) if changes.reach_others() => {
            let means =
                format!("A copied a row into {} that belongs to another tenant", subject.relation.name);
            return Ok(vec![subject.leak(&sql, changes.lines(SHOWN), means)]);
        }
        Came::Through(..) => {
            return Ok(vec![Outcome::held(sql, "the new row did not become another tenant's")]);
        }
        Came::Stopped(refused) => return Ok(vec![stopped(&refused)]),
        Came::Refused(refused)
            if refused.is_by_privilege() || refused.sqlstate == Some(SqlState::FEATURE_NOT_SUPPORTED) =>
        {
            return Ok(vec![by_privilege(&sql, &refused)]);
        }
        Came::Refused(refused) => refused,
    };
    let who = Who { tenant: Some(other.tenant), role: None };
    Ok(vec![match copied(&subject, other, who).await?.1 {
        Came::Through(..) => {
            Outcome::held(sql, format!("refused, and not for the tenant itself: {}", refused.words()))
        }
        _ => Outcome::not_tried(format!("the server refused the statement: {}", refused.words())),
    }])
}

/// Copies a row of another tenant's, taken away before, on a session of its own: after a COPY that was refused the answers
/// of a session can no longer be told apart.
async fn copied(subject: &Subject<'_>, other: &Line, who: Who) -> Result<(String, Came), IsolationError> {
    let any = subject.places.iter().any(|place| place.insert);
    let places: Vec<usize> = (0..subject.places.len())
        .filter(|at| subject.places.get(*at).is_some_and(|place| !place.generated && (place.insert || !any)))
        .collect();
    let names: Vec<String> = places
        .iter()
        .filter_map(|at| subject.places.get(*at))
        .map(|place| quote_identifier(&place.name))
        .collect();
    let fields: Vec<String> = places.iter().map(|at| field(subject.value(other, *at))).collect();
    let line = format!("{}\n", fields.join("\t"));
    let copy = format!("COPY {} ({}) FROM STDIN", subject.name, names.join(", "));
    let mut before = vec!["BEGIN".to_owned()];
    before.extend(other.remove.clone());
    before.extend(subject.world.becoming(&who));
    let sql = format!("{};\n{copy};\n{line}\\.\nROLLBACK;", before.join(";\n"));
    let session = subject.world.another_session().await?;
    subject.world.count_trials(1);
    let came = on(&session, subject, other, &before, &copy, line).await?;
    session.close().await;
    Ok((sql, came))
}

async fn on(
    session: &Session,
    subject: &Subject<'_>,
    other: &Line,
    before: &[String],
    copy: &str,
    line: String,
) -> Result<Came, IsolationError> {
    for sql in before {
        if let Err(refused) = ask(session, sql).await? {
            return Ok(Came::Stopped(refused));
        }
    }
    let went = async {
        let mut sink = pin!(session.client().copy_in::<_, Cursor<Vec<u8>>>(copy).await?);
        sink.as_mut().send(Cursor::new(line.into_bytes())).await?;
        sink.as_mut().finish().await
    };
    let rows = match went.await {
        Ok(rows) => rows,
        Err(error) => {
            let refused = read(Err(error))?.err();
            return Ok(refused.map_or_else(|| Came::Through(0, Changes::default()), Came::Refused));
        }
    };
    let mut looks: Vec<Answer> = Vec::new();
    let become_superuser = ["SET LOCAL SESSION AUTHORIZATION DEFAULT", "SET LOCAL row_security = off"];
    let questions = become_superuser.into_iter().map(str::to_owned).chain(subject.looks());
    for (number, sql) in questions.enumerate() {
        match ask(session, &sql).await? {
            Ok(answer) if number >= become_superuser.len() => looks.push(answer),
            Ok(_) => {}
            Err(refused) => return Ok(Came::Stopped(refused)),
        }
    }
    Ok(Came::Through(rows, subject.changes(&looks, &other.removed)))
}

async fn ask(session: &Session, sql: &str) -> Result<Result<Answer, Refused>, IsolationError> {
    read(session.client().simple_query(sql).await)
}

/// A value in COPY's text format.
fn field(value: Option<&str>) -> String {
    let Some(value) = value else { return "\\N".to_owned() };
    value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
}
