//! What a unit's bytes say: an answer for each of its statements, or one refusal for all.

use std::sync::Arc;

use bytes::Bytes;
use smallvec::SmallVec;

use super::{
    fault::Fault,
    frames::{self, Cursor, Frames},
    statement::Statement,
};
use crate::{Column, DatabaseError, Row, row::Answer};

/// What the statements of a unit answered.
pub(super) type Parts = SmallVec<[Part; 1]>;

/// What one statement answered.
#[derive(Default)]
pub(super) struct Part {
    /// Columns that the server described on this trip and that differ from what was known.
    pub(super) changed: Option<Vec<(String, u32)>>,
    fields: Vec<Option<(u32, u32)>>,
    rows: usize,
    pub(super) affected: u64,
}

/// A refusal, and where it came.
pub(super) struct Refused {
    pub(super) error: DatabaseError,
    /// Before anything was run: what was known of the statement may be out of date.
    pub(super) early: bool,
}

/// What is expected of a unit.
pub(super) struct Expected<'u> {
    /// Whether it begins with the context.
    pub(super) context: bool,
    pub(super) steps: &'u [Arc<Statement>],
    /// Bits of the steps that are described on this trip, in their order.
    pub(super) described: u64,
}

impl Expected<'_> {
    /// The next step that is described, from one on.
    fn described_from(&self, from: usize) -> Option<usize> {
        (from..self.steps.len().min(64)).find(|at| {
            self.described & (1 << at) != 0 && self.steps.get(*at).is_some_and(|step| step.describe)
        })
    }
}

/// Reads the answer of a unit that was not refused.
///
/// # Errors
/// [`Fault`] when the bytes are not what such a unit is answered.
pub(super) fn read(bytes: &[u8], expected: &Expected<'_>) -> Result<Result<Parts, Refused>, Fault> {
    let mut frames = Frames::of(bytes);
    let mut parts = Parts::new();
    let mut in_context = expected.context;
    let mut changes: Vec<(usize, Vec<(String, u32)>)> = Vec::new();
    let mut next_described = 0;
    let mut part = Part::default();
    let mut bound = false;
    while let Some(frame) = frames.next()? {
        match frame.tag {
            b'D' if !in_context => {
                fields(frame.body, frame.at, &mut part.fields)?;
                part.rows += 1;
            }
            b'2' if !in_context => bound = true,
            b'T' | b'n' => {
                let at = expected.described_from(next_described);
                let at = at.ok_or(Fault::Protocol("a description nobody asked for"))?;
                next_described = at + 1;
                let known: &[Column] = expected.steps.get(at).map_or(&[], |step| &step.columns);
                let same = match frame.tag {
                    b'T' => frames::describes(frame.body, known)?,
                    _ => known.is_empty(),
                };
                if !same {
                    let columns = if frame.tag == b'n' { Vec::new() } else { frames::columns(frame.body)? };
                    changes.push((at, columns));
                }
            }
            b'C' | b'I' | b's' if in_context => in_context = false,
            b'C' | b'I' | b's' => {
                part.affected = if frame.tag == b'C' { frames::affected(frame.body) } else { 0 };
                parts.push(std::mem::take(&mut part));
            }
            b'E' => {
                let error = frames::refusal(frame.body);
                return Ok(Err(Refused { error, early: !bound }));
            }
            _ => {}
        }
    }
    if parts.len() != expected.steps.len() {
        return Err(Fault::Protocol("a statement has no answer"));
    }
    for (at, columns) in changes {
        if let Some(part) = parts.get_mut(at) {
            part.changed = Some(columns);
        }
    }
    Ok(Ok(parts))
}

/// Where a row's values are, with `None` for NULL.
fn fields(body: &[u8], at: usize, into: &mut Vec<Option<(u32, u32)>>) -> Result<(), Fault> {
    let mut cursor = Cursor::of(body);
    let count = cursor.u16()?;
    // As many bytes are there at least, so that nobody can ask for more memory than was sent.
    into.reserve(usize::from(count).min(body.len()));
    for _ in 0..count {
        let length = cursor.i32()?;
        into.push(match usize::try_from(length) {
            Err(_) => None,
            Ok(length) => {
                let begin = at + body.len() - cursor.left();
                cursor.take(length)?;
                let place = |at: usize| u32::try_from(at).map_err(|_| Fault::Protocol("too long an answer"));
                Some((place(begin)?, place(begin + length)?))
            }
        });
    }
    Ok(())
}

impl Part {
    /// The rows, with the columns that they have.
    ///
    /// # Errors
    /// [`Fault`] when rows are wider or narrower than their columns.
    pub(super) fn rows(self, columns: Arc<[Column]>, body: &Bytes) -> Result<Vec<Row>, Fault> {
        if self.rows.checked_mul(columns.len()) != Some(self.fields.len()) {
            return Err(Fault::Protocol("a row has other columns than were described"));
        }
        if self.rows == 0 {
            return Ok(Vec::new());
        }
        let answer = Arc::new(Answer { columns, body: body.clone(), fields: self.fields });
        Ok((0..self.rows).map(|row| Row::of(answer.clone(), row)).collect())
    }
}

/// Parameters and columns as a look at a statement tells them.
pub(super) struct Seen {
    pub(super) params: Vec<u32>,
    pub(super) columns: Vec<(String, u32)>,
}

/// Reads the answer to [`encode::look_at`](super::encode::look_at).
///
/// # Errors
/// [`Fault`] when it is none.
pub(super) fn read_look(bytes: &[u8]) -> Result<Result<Seen, DatabaseError>, Fault> {
    let mut frames = Frames::of(bytes);
    let mut params = None;
    let mut columns = None;
    while let Some(frame) = frames.next()? {
        match frame.tag {
            b't' => params = Some(frames::parameters(frame.body)?),
            b'T' => columns = Some(frames::columns(frame.body)?),
            b'n' => columns = Some(Vec::new()),
            b'E' => return Ok(Err(frames::refusal(frame.body))),
            _ => {}
        }
    }
    let (Some(params), Some(columns)) = (params, columns) else {
        return Err(Fault::Protocol("a statement was not described"));
    };
    Ok(Ok(Seen { params, columns }))
}
