//! Scripts from texts.

use std::sync::Arc;

use freehold_migrate::destructive::{Destructive, destructive};
use freehold_migrate::{Script, SourceFile, TransactionMode};
use freehold_sql::Statement;

pub(crate) fn script(text: &str) -> (Script, Vec<Statement>) {
    let file = Arc::new(SourceFile::new("1_a.sql".into(), text.to_owned()));
    let script = Script::whole(file, TransactionMode::Wrapped);
    let statements = script.statements().unwrap_or_else(|error| panic!("{text}: {error:?}"));
    (script, statements)
}

pub(crate) fn found(text: &str) -> Vec<Destructive> {
    let (script, statements) = script(text);
    destructive(&script, &statements)
}

/// `drop_table users`, one for each thing.
pub(crate) fn told(text: &str) -> Vec<String> {
    let line = |d: Destructive| d.object.map_or(d.word.to_owned(), |object| format!("{} {object}", d.word));
    found(text).into_iter().map(line).collect()
}
