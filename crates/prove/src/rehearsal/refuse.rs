//! Statements that are never carried out, because what they reach is not the scratch database.

use freehold_sql::{ObjectKind, StatementKind};

use crate::{
    error::RehearsalError,
    step::{ScriptStatement, Step},
};

/// Refuses a history with such a statement before anything is run; `given` says that the server is somebody's own.
pub(super) fn unrehearsable(steps: &[Step], given: bool) -> Result<(), RehearsalError> {
    for step in steps {
        let scripts = std::iter::once(&step.up).chain(step.down.as_ref());
        for statement in scripts.flat_map(|script| &script.statements) {
            if let Some(why) = reaches_beyond(statement, given) {
                return Err(RehearsalError::NotRehearsed {
                    place: Box::new(statement.place.clone()),
                    headline: statement.headline.clone(),
                    why: why.to_owned(),
                });
            }
        }
    }
    Ok(())
}

fn reaches_beyond(statement: &ScriptStatement, given: bool) -> Option<&'static str> {
    let effect = &statement.statement.effect;
    match effect.kind {
        StatementKind::Drop { object: ObjectKind::Database, .. } => Some(
            "a migration runs inside the database that it changes, which cannot be dropped from there; \
             take the statement out of the folder",
        ),
        StatementKind::AlterSystem => Some(
            "ALTER SYSTEM changes the whole server, not the database; configure the server outside of the migrations",
        ),
        StatementKind::Create(kind)
        | StatementKind::Alter(kind)
        | StatementKind::Drop { object: kind, .. }
            if given && matches!(kind, ObjectKind::Database | ObjectKind::Tablespace) =>
        {
            Some(
                "on a server given by URL only scratch databases are changed; leave `--server` out to rehearse in a \
                 private sandbox",
            )
        }
        _ if effect.kills_own_backend => {
            Some("the statement ends sessions of the server it runs on; take it out of the folder")
        }
        _ => None,
    }
}
