//! `RENAME COLUMN`, and the texts that speak of the column.

use freehold_model::{
    catalog::{IndexColumn, ObjectKind},
    name::QualifiedName,
};

use super::Step;
use crate::state::Link;

impl Step<'_> {
    pub(super) fn rename_column(&mut self, table: &QualifiedName, from: &str, to: &str) {
        let site = self.site;
        self.state.edit(table, |known| {
            known.rename_part(ObjectKind::Column, from, to);
            let there = known.relation.column(from).is_some();
            if !there && !known.whole {
                let made = freehold_model::catalog::Column {
                    name: from.to_owned(),
                    is_local: true,
                    ..Default::default()
                };
                known.relation.columns.push(made);
            }
            let relation = &mut known.relation;
            for column in &mut relation.columns {
                if column.name == from {
                    to.clone_into(&mut column.name);
                } else if super::alter_column::is_generated(column) {
                    rename_in(&mut column.default, from, to);
                }
            }
            for constraint in &mut relation.constraints {
                if constraint.columns.iter().any(|column| column == from) {
                    replace(&mut constraint.columns, from, to);
                    rename_in_definition(&mut constraint.definition, from, to);
                }
            }
            for index in &mut relation.indexes {
                for column in &mut index.columns {
                    match column {
                        IndexColumn::Column(name) if name == from => to.clone_into(name),
                        IndexColumn::Column(_) => {}
                        IndexColumn::Expression(text) => *text = renamed(text, from, to),
                    }
                }
                replace(&mut index.included, from, to);
                rename_in(&mut index.predicate, from, to);
                rename_in_definition(&mut index.definition, from, to);
            }
            for policy in &mut relation.policies {
                rename_in(&mut policy.using, from, to);
                rename_in(&mut policy.with_check, from, to);
            }
            if let Some(key) = &mut relation.partition_key {
                replace(&mut key.columns, from, to);
                key.definition = renamed(&key.definition, from, to);
            }
            known.touch(ObjectKind::Column, to, site);
        });
        for other in self.state.pointing(table, Link::ForeignKey) {
            self.state.edit(&other, |known| {
                for key in known.relation.constraints.iter_mut() {
                    if key.referenced_table.as_ref() == Some(table)
                        && key.referenced_columns.iter().any(|c| c == from)
                    {
                        replace(&mut key.referenced_columns, from, to);
                        key.definition = super::foreign_key::key_definition(key);
                    }
                }
            });
        }
        for sequence in self.sequences_of(table, Some(from)) {
            self.state.edit(&sequence, |known| {
                if let Some(owner) = known.relation.sequence.as_mut().and_then(|s| s.owned_by.as_mut()) {
                    to.clone_into(&mut owner.column);
                }
            });
        }
        for view in self.state.pointing(table, Link::View) {
            self.state.edit(&view, |known| {
                if super::drop::mentions(known.relation.definition.as_deref().unwrap_or(""), from) {
                    known.whole = false;
                }
            });
        }
    }
}

fn replace(names: &mut [String], from: &str, to: &str) {
    for name in names.iter_mut().filter(|name| *name == from) {
        to.clone_into(name);
    }
}

fn rename_in(text: &mut Option<String>, from: &str, to: &str) {
    if let Some(text) = text {
        *text = renamed(text, from, to);
    }
}

fn rename_in_definition(text: &mut String, from: &str, to: &str) {
    *text = renamed(text, from, to);
}

/// A text of SQL in which an identifier is another one. What stands before a dot is no column, and neither is what is
/// called.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> String {
    use freehold_sql::tree::{LexemeKind, lexemes};
    let words: Vec<_> = lexemes(text).collect();
    let mut out = String::new();
    let mut end = 0;
    for (at, word) in words.iter().enumerate() {
        let is_name = match word.kind {
            LexemeKind::Word => word.text.to_lowercase() == from,
            LexemeKind::QuotedIdentifier => word.text == freehold_model::name::quote_identifier(from),
            _ => false,
        };
        let next = words.get(at + 1).map_or("", |next| next.text);
        if is_name && next != "." && next != "(" {
            out.push_str(text.get(end..word.span.start).unwrap_or(""));
            out.push_str(&super::names::quoted(to));
            end = word.span.end;
        }
    }
    out.push_str(text.get(end..).unwrap_or(""));
    out
}
