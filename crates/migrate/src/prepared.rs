//! A folder whose scripts are taken apart once, however many targets they are then applied to.

use std::sync::{Arc, OnceLock};

use freehold_model::place::{Place, Span};
use freehold_sql::{Course, Delivery, Effect, StatementKind, Use};

use crate::error::StatementsError;
use crate::folder::{Folder, Migration};
use crate::script::{Script, TransactionMode};

/// The longest headline of a statement, in characters.
const HEADLINE: usize = 100;

/// A folder with its scripts ready to be sent. Shared by all targets of a run.
#[derive(Debug)]
pub struct Prepared {
    folder: Folder,
    ups: Vec<OnceLock<Result<ReadyScript, Arc<StatementsError>>>>,
    downs: Vec<OnceLock<Result<ReadyScript, Arc<StatementsError>>>>,
}

impl Prepared {
    /// Scripts are taken apart when they are first asked for: an old one that is never run may be unreadable.
    pub fn new(folder: Folder) -> Self {
        let empty = || folder.migrations.iter().map(|_| OnceLock::new()).collect();
        Self { ups: empty(), downs: empty(), folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// The migrations in the order of application.
    pub fn migrations(&self) -> &[Migration] {
        &self.folder.migrations
    }

    /// The index of the migration that has this key, see [`Migration::key`].
    pub fn index_of(&self, key: &str) -> Option<usize> {
        self.folder.migrations.iter().position(|migration| migration.key() == key)
    }

    /// The up script of a migration, by its index.
    ///
    /// # Errors
    /// When it is no SQL. `None` when there is no such migration.
    pub fn up(&self, index: usize) -> Option<Result<&ReadyScript, Arc<StatementsError>>> {
        let script = &self.folder.migrations.get(index)?.up;
        Some(ready(self.ups.get(index)?, script))
    }

    /// The down script of a migration, by its index.
    ///
    /// # Errors
    /// When it is no SQL. `None` when there is no such migration or it has no down.
    pub fn down(&self, index: usize) -> Option<Result<&ReadyScript, Arc<StatementsError>>> {
        let script = self.folder.migrations.get(index)?.down.as_ref()?;
        Some(ready(self.downs.get(index)?, script))
    }
}

fn ready<'p>(
    place: &'p OnceLock<Result<ReadyScript, Arc<StatementsError>>>,
    script: &Script,
) -> Result<&'p ReadyScript, Arc<StatementsError>> {
    place.get_or_init(|| ReadyScript::of(script).map_err(Arc::new)).as_ref().map_err(Arc::clone)
}

/// A script taken apart, and its statements put together again as one text that can be sent whole.
#[derive(Debug)]
pub struct ReadyScript {
    source: Script,
    text: String,
    statements: Vec<ReadyStatement>,
    delivery: Delivery,
    changes_session: bool,
}

/// One statement of a [`ReadyScript`].
#[derive(Debug)]
pub struct ReadyStatement {
    /// Its bytes in [`ReadyScript::text`].
    sent: Span,
    /// Its bytes in the script as it stands in the file.
    written: Span,
    /// What it does.
    pub effect: Effect,
    /// The rows of a `COPY … FROM stdin`.
    pub copy_data: Option<String>,
}

impl ReadyScript {
    /// Takes a script apart.
    ///
    /// # Errors
    /// When it is no SQL.
    pub fn of(script: &Script) -> Result<Self, StatementsError> {
        let whole = script.text();
        let mut text = String::with_capacity(whole.len());
        let mut statements = Vec::new();
        for statement in script.statements()? {
            let start = text.len();
            text.push_str(statement.text(whole));
            let sent = Span::new(start, text.len());
            text.push_str(";\n");
            let copy_data = statement.rows(whole).map(str::to_owned);
            statements.push(ReadyStatement {
                sent,
                written: statement.span,
                effect: statement.effect,
                copy_data,
            });
        }
        let delivery = match &script.transaction {
            TransactionMode::Wrapped => Delivery::Wrapped,
            TransactionMode::Implicit => Delivery::Implicit,
            TransactionMode::None { .. } => Delivery::Separate,
        };
        let changes_session = statements.iter().any(|s| changes_session(&s.effect));
        Ok(Self { source: script.clone(), text, statements, delivery, changes_session })
    }

    /// The script as it was read.
    pub fn source(&self) -> &Script {
        &self.source
    }

    /// The statements, in order.
    pub fn statements(&self) -> &[ReadyStatement] {
        &self.statements
    }

    /// The text of one statement; empty when there is none at that index.
    pub fn sql(&self, index: usize) -> &str {
        let span = self.statements.get(index).map_or(Span::new(0, 0), |statement| statement.sent);
        self.text.get(span.start..span.end).unwrap_or("")
    }

    /// The text of the statements from `first` up to, not including, `last`, to be sent in one message; `None` when one
    /// of them needs rows to be sent after it.
    pub fn together(&self, first: usize, last: usize) -> Option<&str> {
        let part = self.statements.get(first..last)?;
        if part.iter().any(|statement| statement.copy_data.is_some()) {
            return None;
        }
        let start = part.first().map_or(0, |statement| statement.sent.start);
        let end = part.last().map_or(0, |statement| statement.sent.end);
        self.text.get(start..end)
    }

    /// How it is run on a server of this major version.
    pub fn course(&self, major: u32) -> Course {
        let effects: Vec<&Effect> = self.statements.iter().map(|statement| &statement.effect).collect();
        Course::of(&effects, self.delivery, major)
    }

    /// True when it may leave settings, a role or temporary tables behind in the session.
    pub fn changes_session(&self) -> bool {
        self.changes_session
    }

    /// Where a statement stands in its file.
    pub fn place(&self, index: usize) -> Place {
        match self.statements.get(index) {
            Some(statement) => self.source.place(statement.written),
            None => self.source.beginning(),
        }
    }

    /// The place of a character that the server counted in the statement's text, from 1.
    pub fn place_of_character(&self, index: usize, position: u32) -> Place {
        let Some(statement) = self.statements.get(index) else { return self.source.beginning() };
        let before = usize::try_from(position).unwrap_or(usize::MAX).saturating_sub(1);
        let offset = self.sql(index).char_indices().nth(before).map_or(0, |(at, _)| at);
        let start = statement.written.start + offset;
        self.source.place(Span::new(start, statement.written.end.max(start)))
    }

    /// The statement, and the character in it from 1, of a character that the server counted in the text that
    /// [`Self::together`] gives from `first` on.
    pub fn statement_of_character(&self, first: usize, position: u32) -> Option<(usize, u32)> {
        let start = self.statements.get(first)?.sent.start;
        let before = usize::try_from(position).ok()?.checked_sub(1)?;
        let offset = self.text.get(start..)?.char_indices().nth(before).map(|(at, _)| start + at)?;
        let index = self.statements.iter().rposition(|statement| statement.sent.start <= offset)?;
        let own = self.statements.get(index)?.sent.start;
        let character = self.text.get(own..offset)?.chars().count() + 1;
        Some((index, u32::try_from(character).ok()?))
    }

    /// The statement on one line, shortened for people. Of one that carries a password, only the first words.
    pub fn headline(&self, index: usize) -> String {
        let line = freehold_sql::headline(self.sql(index), HEADLINE);
        if line.to_ascii_lowercase().contains("password") {
            let words: Vec<&str> = line.split_whitespace().take(2).collect();
            return format!("{} …", words.join(" "));
        }
        line
    }
}

/// True when a statement may leave something behind in the session.
pub(crate) fn changes_session(effect: &Effect) -> bool {
    !effect.session.is_empty()
        || effect.opaque
        || matches!(
            effect.kind,
            StatementKind::Discard
                | StatementKind::Listen
                | StatementKind::Prepare
                | StatementKind::Deallocate
                | StatementKind::Load
                | StatementKind::Cursor
        )
        || effect.calls.iter().any(|call| call.contains("advisory"))
        || effect
            .objects_used(Use::Creates)
            .any(|made| made.temporary || made.schema.as_deref() == Some("pg_temp"))
        || effect.control.is_some()
}
