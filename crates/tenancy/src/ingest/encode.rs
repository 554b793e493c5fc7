//! Rows in PostgreSQL's binary form: one after the other for COPY, or as an array for each column.

use bytes::{BufMut, Bytes, BytesMut};
use postgres_types::{IsNull, Kind, ToSql, Type};

use super::{IngestError, Record, RowWriter, target::Columns};

/// The beginning of a binary COPY: the signature, no flags, no extension.
const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// A value that has no bytes.
const NULL: i32 = -1;

/// Takes rows, and holds them in binary form.
#[derive(Debug)]
pub(super) struct Encoder {
    columns: Columns,
    form: Form,
    /// Which column comes next.
    at: usize,
    /// Rows since the beginning.
    rows: u64,
}

#[derive(Debug)]
enum Form {
    Copy { out: BytesMut, before: Bytes },
    Arrays(Vec<Array>),
}

/// The elements of one column.
#[derive(Debug, Default)]
pub(super) struct Array {
    elements: BytesMut,
    count: i32,
    has_null: bool,
}

impl Encoder {
    /// For COPY. `before` is written before the values of each row: as many values as it holds, `fixed`.
    pub(super) fn copy(
        columns: Columns,
        fixed: &[(&Type, &(dyn ToSql + Sync))],
    ) -> Result<Self, IngestError> {
        let mut before = BytesMut::new();
        let width = columns.types.len() + fixed.len();
        // A table has at most 1,600 columns.
        before.put_i16(i16::try_from(width).unwrap_or(i16::MAX));
        for (ty, value) in fixed {
            put(&mut before, |out| value.to_sql_checked(ty, out)).map_err(|source| IngestError::Value {
                table: columns.table.to_string(),
                row: 1,
                column: "of the tenant".to_owned(),
                source,
            })?;
        }
        let mut out = BytesMut::new();
        out.put_slice(SIGNATURE);
        Ok(Self { columns, form: Form::Copy { out, before: before.freeze() }, at: 0, rows: 0 })
    }

    /// For arrays.
    pub(super) fn arrays(columns: Columns) -> Self {
        let arrays = columns.types.iter().map(|_| Array::default()).collect();
        Self { columns, form: Form::Arrays(arrays), at: 0, rows: 0 }
    }

    /// Takes a row.
    pub(super) fn row(&mut self, record: &impl Record) -> Result<(), IngestError> {
        self.rows += 1;
        self.at = 0;
        if let Form::Copy { out, before } = &mut self.form {
            out.put_slice(before);
        }
        record.write(&mut RowWriter { encoder: self })?;
        if self.at != self.columns.types.len() {
            return Err(self.width(self.at));
        }
        Ok(())
    }

    fn width(&self, got: usize) -> IngestError {
        let (table, wanted) = (self.columns.table.to_string(), self.columns.types.len());
        IngestError::Width { table, row: self.rows, wanted, got }
    }

    pub(super) fn value<T: ToSql>(&mut self, value: &T) -> Result<(), IngestError> {
        let Some(ty) = self.columns.types.get(self.at) else { return Err(self.width(self.at + 1)) };
        if !T::accepts(ty) {
            return Err(IngestError::WrongType {
                table: self.columns.table.to_string(),
                column: self.name(),
                column_type: ty.to_string(),
                rust_type: std::any::type_name::<T>(),
            });
        }
        let write = |out: &mut BytesMut| value.to_sql(ty, out);
        let outcome = match &mut self.form {
            Form::Copy { out, .. } => put_checked(out, ty, write).map(drop),
            Form::Arrays(arrays) => match arrays.get_mut(self.at) {
                Some(array) => put_checked(&mut array.elements, ty, write).map(|is_null| {
                    array.count += 1;
                    array.has_null |= is_null;
                }),
                None => Ok(()),
            },
        };
        match outcome {
            Ok(()) => {
                self.at += 1;
                Ok(())
            }
            Err(source) => Err(IngestError::Value {
                table: self.columns.table.to_string(),
                row: self.rows,
                column: self.name(),
                source,
            }),
        }
    }

    fn name(&self) -> String {
        self.columns.names.get(self.at).cloned().unwrap_or_default()
    }

    /// Bytes that are held.
    pub(super) fn len(&self) -> usize {
        match &self.form {
            Form::Copy { out, .. } => out.len(),
            Form::Arrays(arrays) => arrays.iter().map(|array| array.elements.len()).sum(),
        }
    }

    /// The stream since the last time.
    pub(super) fn take_stream(&mut self, is_end: bool) -> Bytes {
        match &mut self.form {
            Form::Copy { out, .. } => {
                if is_end {
                    out.put_i16(-1);
                }
                out.split().freeze()
            }
            Form::Arrays(_) => Bytes::new(),
        }
    }

    /// The arrays since the last time.
    pub(super) fn take_arrays(&mut self) -> Vec<Array> {
        match &mut self.form {
            Form::Copy { .. } => Vec::new(),
            Form::Arrays(arrays) => {
                let capacity: Vec<usize> = arrays.iter().map(|array| array.elements.len()).collect();
                let next = capacity.into_iter().map(|bytes| Array {
                    elements: BytesMut::with_capacity(bytes + bytes / 8),
                    ..Array::default()
                });
                let next = next.collect();
                std::mem::replace(arrays, next)
            }
        }
    }
}

type Source = Box<dyn std::error::Error + Send + Sync>;

/// Writes a value with its length before it; true for NULL.
fn put(
    out: &mut BytesMut,
    write: impl FnOnce(&mut BytesMut) -> Result<IsNull, Source>,
) -> Result<bool, Source> {
    let start = out.len();
    out.put_i32(NULL);
    let is_null = matches!(write(out)?, IsNull::Yes);
    if !is_null {
        let length = i32::try_from(out.len() - start - 4).map_err(|_| "it is larger than 2 GiB")?;
        if let Some(place) = out.get_mut(start..start + 4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }
    Ok(is_null)
}

/// As [`put`]; texts with a NUL byte, which the server would refuse without saying in which row, are refused here.
fn put_checked(
    out: &mut BytesMut,
    ty: &Type,
    write: impl FnOnce(&mut BytesMut) -> Result<IsNull, Source>,
) -> Result<bool, Source> {
    let start = out.len() + 4;
    let is_null = put(out, write)?;
    if is_text(ty) && out.get(start..).is_some_and(|bytes| bytes.contains(&0)) {
        return Err("the text holds a NUL byte".into());
    }
    Ok(is_null)
}

fn is_text(ty: &Type) -> bool {
    matches!(
        *ty,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::JSONB | Type::XML
    ) || matches!(ty.kind(), Kind::Enum(_))
        || ty.name() == "citext"
}

/// An array, as a parameter.
impl ToSql for Array {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Source> {
        let Kind::Array(element) = ty.kind() else { return Err("the parameter is no array".into()) };
        out.reserve(self.elements.len() + 20);
        // One dimension, whether there are NULLs, the type, the length, and counted from 1.
        out.put_i32(1);
        out.put_i32(i32::from(self.has_null));
        out.put_u32(element.oid());
        out.put_i32(self.count);
        out.put_i32(1);
        out.put_slice(&self.elements);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(ty.kind(), Kind::Array(_))
    }

    postgres_types::to_sql_checked!();
}
