//! Cutting the server's bytes into messages, and reading the few that matter. Nothing here panics, whatever comes.

use bytes::Bytes;

use super::fault::Fault;
use crate::{Column, DatabaseError, error::sqlstate};

/// A message longer than what a server can send.
const LONGEST: usize = 0x4000_0000;

/// Tag and length (with the tag) of the message that begins `bytes`; `None` while its head is not complete.
///
/// # Errors
/// When no message can begin so.
pub(super) fn head(bytes: &[u8]) -> Result<Option<(u8, usize)>, Fault> {
    let [tag, a, b, c, d, ..] = *bytes else { return Ok(None) };
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if !(4..LONGEST).contains(&length) {
        return Err(Fault::Protocol("a message has a length that cannot be"));
    }
    if !matches!(
        tag,
        b'1' | b'2'
            | b'3'
            | b'A'
            | b'C'
            | b'D'
            | b'E'
            | b'G'
            | b'H'
            | b'I'
            | b'K'
            | b'N'
            | b'R'
            | b'S'
            | b'T'
            | b'W'
            | b'Z'
            | b'c'
            | b'd'
            | b'n'
            | b's'
            | b't'
            | b'v'
    ) {
        return Err(Fault::Protocol("a message of an unknown kind"));
    }
    Ok(Some((tag, length + 1)))
}

/// A message within a longer text of bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame<'b> {
    pub(super) tag: u8,
    pub(super) body: &'b [u8],
    /// Where the body begins.
    pub(super) at: usize,
}

/// The messages of a unit's answer, which is complete.
pub(super) struct Frames<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Frames<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next one; `None` at the end.
    ///
    /// # Errors
    /// When it is cut off.
    pub(super) fn next(&mut self) -> Result<Option<Frame<'b>>, Fault> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        if rest.is_empty() {
            return Ok(None);
        }
        let cut = Fault::Protocol("a message is cut off");
        let Some((tag, length)) = head(rest)? else { return Err(cut) };
        let Some(body) = rest.get(5..length) else { return Err(cut) };
        let frame = Frame { tag, body, at: self.at + 5 };
        self.at += length;
        Ok(Some(frame))
    }
}

/// Reads numbers and texts off the front of a message.
pub(super) struct Cursor<'b>(&'b [u8]);

impl<'b> Cursor<'b> {
    pub(super) fn of(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'b [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Fault::Protocol("a message ends early"))?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Fault> {
        self.take(2).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u16::from(*byte)))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.take(4).map(|bytes| bytes.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }

    pub(super) fn i32(&mut self) -> Result<i32, Fault> {
        self.u32().map(u32::cast_signed)
    }

    pub(super) fn text(&mut self) -> Result<&'b str, Fault> {
        let cut = Fault::Protocol("a text has no end");
        let end = self.0.iter().position(|byte| *byte == 0).ok_or(cut)?;
        let text = self.take(end)?;
        self.take(1)?;
        std::str::from_utf8(text).map_err(|_| Fault::Protocol("a text is no UTF-8"))
    }
}

/// Names and types of an answer's columns, as the server describes them.
pub(super) fn columns(body: &[u8]) -> Result<Vec<(String, u32)>, Fault> {
    let mut cursor = Cursor::of(body);
    let count = cursor.u16()?;
    let mut columns = Vec::new();
    for _ in 0..count {
        let name = cursor.text()?.to_owned();
        cursor.take(6)?;
        let oid = cursor.u32()?;
        cursor.take(8)?;
        columns.push((name, oid));
    }
    Ok(columns)
}

/// Whether a description names just these columns.
pub(super) fn describes(body: &[u8], known: &[Column]) -> Result<bool, Fault> {
    let mut cursor = Cursor::of(body);
    if usize::from(cursor.u16()?) != known.len() {
        return Ok(false);
    }
    for column in known {
        let name = cursor.text()?;
        cursor.take(6)?;
        if name != column.name || cursor.u32()? != column.ty.oid() {
            return Ok(false);
        }
        cursor.take(8)?;
    }
    Ok(true)
}

/// Types of a statement's parameters.
pub(super) fn parameters(body: &[u8]) -> Result<Vec<u32>, Fault> {
    let mut cursor = Cursor::of(body);
    let count = cursor.u16()?;
    (0..count).map(|_| cursor.u32()).collect()
}

/// How many rows a command changed or found: the last word of its tag.
pub(super) fn affected(body: &[u8]) -> u64 {
    let text = body.split(|byte| *byte == 0).next().unwrap_or_default();
    let digits = text.rsplit(|byte| *byte == b' ').next().unwrap_or_default();
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

/// What a server says when it refuses.
pub(super) fn refusal(body: &[u8]) -> DatabaseError {
    let mut error = DatabaseError {
        sqlstate: sqlstate(""),
        message: String::new(),
        detail: None,
        hint: None,
        schema: None,
        table: None,
        column: None,
        constraint: None,
    };
    let mut rest = body;
    while let Some((kind, after)) = rest.split_first() {
        if *kind == 0 {
            break;
        }
        let end = after.iter().position(|byte| *byte == 0).unwrap_or(after.len());
        let text = String::from_utf8_lossy(after.get(..end).unwrap_or_default()).into_owned();
        rest = after.get(end + 1..).unwrap_or_default();
        match kind {
            b'C' => error.sqlstate = sqlstate(&text),
            b'M' => error.message = text,
            b'D' => error.detail = Some(text),
            b'H' => error.hint = Some(text),
            b's' => error.schema = Some(text),
            b't' => error.table = Some(text),
            b'c' => error.column = Some(text),
            b'n' => error.constraint = Some(text),
            _ => {}
        }
    }
    error
}

/// The refusal in an answer that is complete.
pub(super) fn refusal_in(bytes: &[u8]) -> Option<DatabaseError> {
    let mut frames = Frames::of(bytes);
    while let Ok(Some(frame)) = frames.next() {
        if frame.tag == b'E' {
            return Some(refusal(frame.body));
        }
    }
    None
}

/// The last refusal among messages that may be cut off: what a server said before it closed the connection.
pub(super) fn last_words(bytes: &[u8]) -> Option<Fault> {
    let mut frames = Frames::of(bytes);
    let mut said = None;
    while let Ok(Some(frame)) = frames.next() {
        if frame.tag == b'E' {
            said = Some(Fault::Server(Box::new(refusal(frame.body))));
        }
    }
    said
}

/// A copy that keeps nothing else alive when it is small, a share of the buffer when it is large.
pub(super) fn keep(buffer: &mut bytes::BytesMut, length: usize) -> Bytes {
    const SMALL: usize = 16 * 1024;
    if length > SMALL {
        return buffer.split_to(length).freeze();
    }
    let copy = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
    bytes::Buf::advance(buffer, length.min(buffer.len()));
    copy
}
