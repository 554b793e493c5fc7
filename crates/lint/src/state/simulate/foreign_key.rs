//! Foreign keys.

use freehold_model::{
    catalog::{Constraint, ConstraintKind},
    name::QualifiedName,
};
use freehold_sql::tree::protobuf;

use super::{
    Step,
    constraint::{Manner, deferrable_text, tail},
    index::columns_text,
    names, nodes,
    sequence::shown,
};

impl Step<'_> {
    pub(super) fn add_foreign_key(
        &mut self,
        table: &QualifiedName,
        constraint: &protobuf::Constraint,
        column: Option<&str>,
        manner: Manner,
    ) {
        let Some(range) = &constraint.pktable else { return };
        let target = self.relation(range);
        let columns = match column {
            Some(column) if constraint.fk_attrs.is_empty() => vec![column.to_owned()],
            _ => nodes::texts(&constraint.fk_attrs),
        };
        let mut referenced = nodes::texts(&constraint.pk_attrs);
        let above = self.state.relation(&target);
        if referenced.is_empty() {
            let key = above.and_then(|known| known.relation.primary_key());
            referenced = key.map(|key| key.columns.clone()).unwrap_or_default();
        }
        let name = match nodes::written(&constraint.conname) {
            Some(name) => names::kept(name).to_owned(),
            None => {
                let addition = names::addition(&columns);
                self.state.choose_constraint_name(&table.schema, &table.name, Some(&addition), "fkey")
            }
        };
        let mut made = Constraint {
            name,
            kind: ConstraintKind::ForeignKey,
            columns,
            referenced_table: Some(target.clone()),
            referenced_columns: referenced,
            on_delete: Some(action(&constraint.fk_del_action).to_owned()),
            on_update: Some(action(&constraint.fk_upd_action).to_owned()),
            no_inherit: true,
            ..self.base(constraint, manner)
        };
        if constraint.fk_matchtype == "f" {
            made.definition.push_str(" MATCH FULL");
        }
        if !constraint.fk_del_set_cols.is_empty() {
            let columns = columns_text(&nodes::texts(&constraint.fk_del_set_cols));
            let action = made.on_delete.as_deref().unwrap_or_default();
            made.definition.push_str(&format!(" ON DELETE {action} ({columns})"));
        }
        made.definition = key_definition(&made);
        self.put_constraint(table, made.clone());
        for partition in self.partitions(&target) {
            self.key_to_partition(table, &made, &partition);
        }
        for partition in self.partitions(table) {
            self.key_of_partition(&made, &partition);
        }
    }
}

/// A foreign key as the server writes it.
pub(super) fn key_definition(made: &Constraint) -> String {
    let target = made.referenced_table.as_ref().map(shown).unwrap_or_default();
    let referenced = if made.referenced_columns.is_empty() {
        String::new()
    } else {
        format!("({})", columns_text(&made.referenced_columns))
    };
    let mut text = format!("FOREIGN KEY ({}) REFERENCES {target}{referenced}", columns_text(&made.columns));
    // What only the definition tells is kept in it.
    if made.definition.contains(" MATCH FULL") {
        text.push_str(" MATCH FULL");
    }
    for (words, action) in [(" ON UPDATE ", &made.on_update), (" ON DELETE ", &made.on_delete)] {
        if let Some(action) = action.as_ref().filter(|action| *action != "NO ACTION") {
            text.push_str(words);
            text.push_str(action);
        }
    }
    let columns = made
        .definition
        .split_once(" ON DELETE SET NULL (")
        .or_else(|| made.definition.split_once(" ON DELETE SET DEFAULT ("));
    if let Some((columns, _)) = columns.and_then(|(_, rest)| rest.split_once(')')) {
        text.push_str(&format!(" ({columns})"));
    }
    text.push_str(deferrable_text(made));
    text.push_str(tail(made));
    text
}

fn action(letter: &str) -> &'static str {
    match letter {
        "r" => "RESTRICT",
        "c" => "CASCADE",
        "n" => "SET NULL",
        "d" => "SET DEFAULT",
        _ => "NO ACTION",
    }
}
