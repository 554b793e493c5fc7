//! A unit as the bytes that the server gets: context and statements, ended by one Sync, so that one implicit
//! transaction holds them all.

use std::borrow::Cow;

use bytes::{BufMut, BytesMut};
use postgres_protocol::message::frontend;
use postgres_types::{Format, IsNull, Kind, Type, WrongType};

use super::statement::Statement;
use crate::{Error, Sql, execute::Param};

/// So many parameters a statement can have: the protocol counts them in 16 bits.
const MOST_PARAMETERS: usize = 65_535;

/// A unit larger than this does not go on a shared connection.
pub(super) const LARGEST: usize = 64 << 20;

/// Execute, of the portal without a name, all rows.
const EXECUTE: &[u8] = b"E\0\0\0\x09\0\0\0\0\0";
const SYNC: &[u8] = b"S\0\0\0\x04";

/// Whether statements have names on the server, or are parsed each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Named,
    Unnamed,
}

/// The end of a unit.
pub(super) fn sync(buf: &mut BytesMut) {
    buf.put_slice(SYNC);
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
    buf.put_slice(EXECUTE);
    Ok(())
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
pub(super) fn introduce(statement: &Statement, closed: Option<u64>, buf: &mut BytesMut) -> Result<(), Error> {
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

/// The portal without a name, from a statement, with parameters in the form that each wants, and results in binary.
fn bind(name: &str, types: &[Type], params: &[Param<'_>], buf: &mut BytesMut) -> Result<(), Error> {
    let begun = begin_bind(name, buf);
    let binary = |(param, ty): (&Param<'_>, &Type)| matches!(param.encode_format(ty), Format::Binary);
    if params.iter().zip(types).all(binary) {
        // One code that holds for all.
        buf.put_slice(&[0, 1, 0, 1]);
    } else {
        buf.put_u16(count(params.len()));
        for (param, ty) in params.iter().zip(types) {
            buf.put_i16(param.encode_format(ty) as i16);
        }
    }
    buf.put_u16(count(params.len()));
    for (at, (param, ty)) in params.iter().zip(types).enumerate() {
        value(*param, ty, buf).map_err(|source| Error::Parameter { position: at + 1, source })?;
    }
    end_bind(begun, buf)
}

fn begin_bind(name: &str, buf: &mut BytesMut) -> usize {
    let begun = buf.len() + 1;
    // The length comes when it is known; the portal has no name.
    buf.put_slice(b"B\0\0\0\0\0");
    buf.put_slice(name.as_bytes());
    buf.put_u8(0);
    begun
}

fn end_bind(begun: usize, buf: &mut BytesMut) -> Result<(), Error> {
    buf.put_slice(&[0, 1, 0, 1]);
    set_length(begun, buf.len() - begun, buf)
}

fn value(
    param: Param<'_>,
    ty: &Type,
    buf: &mut BytesMut,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let begun = buf.len();
    buf.put_u32(0);
    let is_null = match (param.to_sql_checked(ty, buf), ty.kind()) {
        // What fits the type under a domain fits the domain: they look the same.
        (Err(error), Kind::Domain(base)) if error.is::<WrongType>() => param.to_sql_checked(base, buf)?,
        (written, _) => written?,
    };
    if matches!(is_null, IsNull::Yes) {
        buf.truncate(begun);
        buf.put_i32(-1);
        return Ok(());
    }
    let written = buf.get(begun + 4..).unwrap_or_default();
    if is_text(ty) && written.contains(&0) {
        return Err("it holds a NUL byte, which no text in PostgreSQL can".into());
    }
    if written.len() > LARGEST {
        return Err(format!("it has more than {LARGEST} bytes").into());
    }
    let length = written.len();
    Ok(set_length(begun, length, buf)?)
}

/// Writes a length where room was left for it.
fn set_length(at: usize, length: usize, buf: &mut BytesMut) -> Result<(), Error> {
    let length = i32::try_from(length).map_err(|_| too_large(std::io::ErrorKind::FileTooLarge.into()))?;
    if let Some(place) = buf.get_mut(at..at + 4) {
        place.copy_from_slice(&length.to_be_bytes());
    }
    Ok(())
}

/// A count in 16 bits, which was checked before.
fn count(of: usize) -> u16 {
    u16::try_from(of).unwrap_or(u16::MAX)
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

/// Bind and Execute of the statement that takes the context on. All of it is text.
pub(super) fn context(
    naming: Naming,
    statement: &Statement,
    settings: &[(Cow<'_, str>, Cow<'_, str>)],
    buf: &mut BytesMut,
) -> Result<(), Error> {
    let name = match naming {
        Naming::Named => statement.name.as_str(),
        Naming::Unnamed => {
            parse("", statement, &statement.sql, buf)?;
            ""
        }
    };
    let begun = begin_bind(name, buf);
    buf.put_u16(0);
    buf.put_u16(count(settings.len() * 2));
    for text in settings.iter().flat_map(|(name, value)| [name, value]) {
        let at = buf.len();
        buf.put_u32(0);
        buf.put_slice(text.as_bytes());
        set_length(at, text.len(), buf)?;
    }
    end_bind(begun, buf)?;
    buf.put_slice(EXECUTE);
    Ok(())
}
