//! A cursor that is moved to its end and read backward.

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    way::{Family, Way},
    ways::read::subject::{By, Form, subject},
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "read-cursor",
    family: Family::Read,
    title: "a cursor, forward and backward",
    run: |world, target| Box::pin(run(world, target)),
};

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let subject = match subject(world, target) {
        Ok(subject) => subject,
        Err(outcomes) => return Ok(outcomes),
    };
    let declare = format!(
        "DECLARE freehold_cursor SCROLL CURSOR FOR SELECT {} FROM {}",
        subject.list(),
        subject.table()
    );
    let form = |name: &str, then: &[&str]| Form {
        name: name.to_owned(),
        sql: std::iter::once(declare.clone()).chain(then.iter().map(|sql| (*sql).to_owned())).collect(),
        by: By::Rows,
    };
    let forms = vec![
        form("FETCH ALL", &["FETCH ALL FROM freehold_cursor"]),
        form(
            "FETCH BACKWARD",
            &["MOVE FORWARD ALL FROM freehold_cursor", "FETCH BACKWARD ALL FROM freehold_cursor"],
        ),
    ];
    subject.try_forms(&[], forms).await
}
