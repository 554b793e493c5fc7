//! Sequences.

use freehold_model::{
    catalog::{Persistence, Relation, RelationKind, ReplicaIdentity, Sequence, SequenceOwner},
    name::QualifiedName,
};
use freehold_sql::tree::protobuf::{AlterSeqStmt, CreateSeqStmt, DefElem};

use super::{Step, nodes};
use crate::state::Known;

impl Step<'_> {
    pub(super) fn create_sequence(&mut self, create: &CreateSeqStmt) {
        let Some(range) = &create.sequence else { return };
        let name = self.new_relation(range);
        if create.if_not_exists && self.state.is_relation_name(&name) {
            return;
        }
        let options: Vec<&DefElem> = nodes::options(&create.options).collect();
        let persistence = persistence(&range.relpersistence);
        self.put_sequence(&name, "bigint", &options, None, persistence);
    }

    pub(super) fn alter_sequence(&mut self, alter: &AlterSeqStmt) {
        let Some(range) = &alter.sequence else { return };
        let name = self.relation(range);
        let options: Vec<&DefElem> = nodes::options(&alter.options).collect();
        let owner = self.owner_of(&options);
        self.state.edit(&name, |known| {
            let Some(sequence) = &mut known.relation.sequence else { return };
            set(sequence, &options);
            if let Some(owner) = owner {
                sequence.owned_by = owner;
            }
        });
    }

    /// Makes a sequence.
    pub(super) fn put_sequence(
        &mut self,
        name: &QualifiedName,
        type_name: &str,
        options: &[&DefElem],
        owner: Option<SequenceOwner>,
        persistence: Persistence,
    ) {
        let written = options.iter().find(|option| option.defname == "as");
        let written = written.and_then(|option| match option.arg.as_deref()?.node.as_ref()? {
            freehold_sql::tree::NodeEnum::TypeName(type_) => Some(self.state.type_text(type_)),
            _ => None,
        });
        let mut sequence = Sequence {
            type_name: written.unwrap_or_else(|| type_name.to_owned()),
            increment: 1,
            cache: 1,
            ..Sequence::default()
        };
        let increment = options.iter().find(|option| option.defname == "increment");
        let increment = increment.and_then(|option| nodes::number(option)).unwrap_or(1);
        (sequence.min, sequence.max) = bounds(&sequence.type_name, increment);
        sequence.start = i64::MIN;
        set(&mut sequence, options);
        if sequence.start == i64::MIN {
            sequence.start = if increment < 0 { sequence.max } else { sequence.min };
        }
        sequence.owned_by = owner.or_else(|| self.owner_of(options).flatten());
        let relation = Relation {
            name: name.clone(),
            kind: RelationKind::Sequence,
            owner: self.owner(),
            persistence,
            replica_identity: ReplicaIdentity::Nothing,
            populated: true,
            sequence: Some(sequence),
            ..Relation::default()
        };
        self.put_relation(Known { relation, whole: true, ..Known::default() });
        self.grant_new(name);
    }

    /// What `OWNED BY` says: none when it is not written, none inside for `OWNED BY NONE`.
    fn owner_of(&self, options: &[&DefElem]) -> Option<Option<SequenceOwner>> {
        let option = options.iter().find(|option| option.defname == "owned_by")?;
        let parts = nodes::texts(nodes::list(option.arg.as_deref()?));
        let (column, table) = parts.split_last()?;
        let Some((name, schema)) = table.split_last() else { return Some(None) };
        let table = self.state.resolve(schema.last().map(String::as_str), name);
        Some(Some(SequenceOwner { table, column: column.clone(), identity: false }))
    }
}

/// Sets what the options say.
pub(super) fn set(sequence: &mut Sequence, options: &[&DefElem]) {
    for option in options {
        let number = nodes::number(option);
        match (option.defname.as_str(), number) {
            ("increment", Some(number)) => sequence.increment = number,
            ("start", Some(number)) => sequence.start = number,
            ("minvalue", Some(number)) => sequence.min = number,
            ("maxvalue", Some(number)) => sequence.max = number,
            ("cache", Some(number)) => sequence.cache = number,
            ("cycle", _) => sequence.cycle = nodes::is_on(option),
            _ => {}
        }
    }
}

/// The least and the greatest value of a type, in the direction of the step.
fn bounds(type_name: &str, increment: i64) -> (i64, i64) {
    let (least, greatest) = match type_name {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    if increment < 0 { (least, -1) } else { (1, greatest) }
}

/// The persistence that a letter of the tree means.
pub(super) fn persistence(letter: &str) -> Persistence {
    if letter == "u" { Persistence::Unlogged } else { Persistence::Permanent }
}

/// A name as `regclass` shows it with nothing on the search path.
pub(super) fn shown(name: &QualifiedName) -> String {
    format!("{}.{}", super::names::quoted(&name.schema), super::names::quoted(&name.name))
}

/// A default that draws from a sequence.
pub(in crate::state) fn drawing(sequence: &QualifiedName) -> String {
    format!("nextval({}::regclass)", freehold_model::name::quote_literal(&shown(sequence)))
}

/// The sequence that a default draws from.
pub(in crate::state) fn drawn(default: &str) -> Option<QualifiedName> {
    let name = default.strip_prefix("nextval('")?.strip_suffix("'::regclass)")?.replace("''", "'");
    let (schema, name) = parts(&name)?;
    Some(QualifiedName::new(schema?, name))
}

/// Schema, if written, and name of a text that `regclass` reads.
pub(super) fn parts(text: &str) -> Option<(Option<String>, String)> {
    let words: Vec<_> = freehold_sql::tree::lexemes(text).collect();
    let name = |word: &freehold_sql::tree::Lexeme<'_>| match word.text.strip_prefix('"') {
        Some(quoted) => quoted.trim_end_matches('"').replace("\"\"", "\""),
        None => word.text.to_lowercase(),
    };
    match words.as_slice() {
        [table] => Some((None, name(table))),
        [schema, dot, table] if dot.text == "." => Some((Some(name(schema)), name(table))),
        _ => None,
    }
}
