//! A unit as the bytes that the server gets: context and statements, ended by one Sync, so that one implicit
//! transaction holds them all.

use std::sync::Arc;

use bytes::BytesMut;
use postgres_protocol::message::frontend::{self, BindError};
use postgres_types::{IsNull, Kind, ToSql, Type, WrongType};

use super::statement::Statement;
use crate::{Error, Sql, execute::Param};

/// So many parameters a statement can have: the protocol counts them in 16 bits.
const MOST_PARAMETERS: usize = 65_535;

/// A unit larger than this does not go on a shared connection.
pub(super) const LARGEST: usize = 64 << 20;

/// Whether statements have names on the server, or are parsed each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Named,
    Unnamed,
}

/// One Bind and Execute; where nothing has a name, with its Parse, and where the columns may change, its Describe.
pub(super) fn step(
    naming: Naming,
    statement: &Statement,
    sql: &Sql,
    params: &[Param<'_>],
    buf: &mut BytesMut,
) -> Result<(), Error> {
    if params.len() > MOST_PARAMETERS {
        return Err(Error::Input {
            what: "binding parameters",
            why: format!("{} were given, and {MOST_PARAMETERS} can be: bind an array", params.len()),
        });
    }
    if params.len() != statement.params.len() {
        return Err(Error::ParameterCount { wanted: statement.params.len(), given: params.len() });
    }
    let name = match naming {
        Naming::Named => statement.name.as_str(),
        Naming::Unnamed => {
            parse("", statement, sql, buf)?;
            ""
        }
    };
    bind(name, &statement.params, params, buf)?;
    if naming == Naming::Unnamed && statement.describe {
        frontend::describe(b'P', "", buf).map_err(too_large)?;
    }
    frontend::execute("", 0, buf).map_err(too_large)
}

/// Has the server parse a statement, with the parameters' types as they are known.
fn parse(name: &str, statement: &Statement, sql: &Sql, buf: &mut BytesMut) -> Result<(), Error> {
    let types = statement.params.iter().map(Type::oid);
    frontend::parse(name, sql.as_str(), types, buf).map_err(too_large)
}

/// Asks the server for a statement's parameters and columns.
pub(super) fn look_at(sql: &str, buf: &mut BytesMut) -> Result<(), Error> {
    frontend::parse("", sql, [], buf).map_err(too_large)?;
    frontend::describe(b'S', "", buf).map_err(too_large)
}

/// What goes before a statement's Bind on a connection that does not know it by name: the Close of one that makes room,
/// its Parse, and its Describe.
pub(super) fn introduce(
    statement: &Arc<Statement>,
    closed: Option<u64>,
    buf: &mut BytesMut,
) -> Result<(), Error> {
    if let Some(id) = closed {
        frontend::close(b'S', &format!("fh{id}"), buf).map_err(too_large)?;
    }
    // It may be there after all, when the server refused something in the trip that parsed it.
    frontend::close(b'S', &statement.name, buf).map_err(too_large)?;
    parse(&statement.name, statement, &statement.sql, buf)?;
    if statement.describe {
        frontend::describe(b'S', &statement.name, buf).map_err(too_large)?;
    }
    Ok(())
}

fn bind(name: &str, types: &[Type], params: &[Param<'_>], buf: &mut BytesMut) -> Result<(), Error> {
    let formats = params.iter().zip(types).map(|(param, ty)| param.encode_format(ty) as i16);
    let mut position = 0;
    let values = params.iter().zip(types);
    let serialize = |(param, ty): (&Param<'_>, &Type), buf: &mut BytesMut| {
        position += 1;
        let begun = buf.len();
        let is_null = match (param.to_sql_checked(ty, buf), ty.kind()) {
            // What fits the type under a domain fits the domain: they look the same.
            (Err(error), Kind::Domain(base)) if error.is::<WrongType>() => param.to_sql_checked(base, buf)?,
            (written, _) => written?,
        };
        let written = buf.get(begun..).unwrap_or_default();
        if matches!(is_null, IsNull::No) && is_text(ty) && written.contains(&0) {
            return Err("it holds a NUL byte, which no text in PostgreSQL can".into());
        }
        if written.len() > LARGEST {
            return Err(format!("it has more than {LARGEST} bytes").into());
        }
        Ok(match is_null {
            IsNull::Yes => postgres_protocol::IsNull::Yes,
            IsNull::No => postgres_protocol::IsNull::No,
        })
    };
    frontend::bind("", name, formats, values, serialize, Some(1), buf).map_err(|error| match error {
        BindError::Conversion(source) => Error::Parameter { position, source },
        BindError::Serialization(error) => too_large(error),
    })
}

fn is_text(ty: &Type) -> bool {
    matches!(*ty, Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN | Type::JSON)
}

/// Refuses what is too large to be shared.
pub(super) fn check_size(buf: &BytesMut) -> Result<(), Error> {
    if buf.len() > LARGEST {
        return Err(Error::Input {
            what: "sending a statement",
            why: format!("it has more than {LARGEST} bytes: use the module ingest"),
        });
    }
    Ok(())
}

fn too_large(error: std::io::Error) -> Error {
    Error::Input { what: "sending a statement", why: error.to_string() }
}

/// Bind and Execute of the statement that takes the context on.
pub(super) fn context(
    naming: Naming,
    statement: &Statement,
    settings: &[(String, String)],
    buf: &mut BytesMut,
) -> Result<(), Error> {
    let params: Vec<Param<'_>> =
        settings.iter().flat_map(|(name, value)| [name as &(dyn ToSql + Sync), value]).collect();
    step(naming, statement, &statement.sql, &params, buf)
}
