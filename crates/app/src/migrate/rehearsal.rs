//! What the record of the last rehearsal says of what is to be run.

use freehold_migrate::{Migration, Prepared};

use crate::record::{Covered, Record, RecordError, RecordStatement, read};

/// The record beside the migrations, if it can be read.
#[derive(Debug)]
pub struct Rehearsal {
    record: Result<Option<Record>, RecordError>,
}

impl Rehearsal {
    /// Reads it.
    pub fn of(prepared: &Prepared) -> Self {
        Self { record: read(&prepared.folder().dir) }
    }

    /// Why there is nothing to say, as a sentence; `None` where there is a record.
    pub fn remark(&self) -> Option<String> {
        match &self.record {
            Ok(Some(_)) => None,
            Ok(None) => Some(
                "There is no rehearsal record beside the migrations: `freehold check` leaves one, with the locks of every \
                 statement."
                    .to_owned(),
            ),
            Err(error) => Some(format!("{error}: {}.", error.help())),
        }
    }

    /// What it says of one script, as a clause; `None` without a record.
    pub fn clause(&self, migrations: &[Migration], index: usize, down: bool) -> Option<String> {
        Some(self.covered(migrations, index, down)?.to_string())
    }

    /// What was seen of the statements of an up, if it was rehearsed in this exact form.
    pub fn statements(&self, migrations: &[Migration], index: usize) -> Option<&[RecordStatement]> {
        self.covered(migrations, index, false)?.is_rehearsed().then_some(())?;
        let record = self.record.as_ref().ok()?.as_ref()?;
        record.statements_of(&migrations.get(index)?.key())
    }

    /// Why a script does not count as rehearsed, as a clause; `None` when it does.
    pub fn lacking(&self, migrations: &[Migration], index: usize, down: bool) -> Option<String> {
        match &self.record {
            Err(error) => Some(error.to_string()),
            Ok(None) => Some("there is no rehearsal record beside the migrations".to_owned()),
            Ok(Some(_)) => self
                .covered(migrations, index, down)
                .filter(|covered| !covered.is_rehearsed())
                .map(|covered| covered.to_string()),
        }
    }

    fn covered(&self, migrations: &[Migration], index: usize, down: bool) -> Option<Covered> {
        let record = self.record.as_ref().ok()?.as_ref()?;
        Some(if down { record.covers_down(migrations, index) } else { record.covers(migrations, index) })
    }
}
