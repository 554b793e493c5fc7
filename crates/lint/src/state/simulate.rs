//! What a statement makes of the state, as far as its text tells.

mod alter_column;
mod alter_table;
mod builtin_types;
mod column;
mod constraint;
mod create_table;
mod drop;
mod edit;
mod index;
mod inherit;
mod like;
mod names;
mod nodes;
mod rename;
mod sequence;
mod type_text;

use freehold_model::{catalog::Grants, name::QualifiedName};
use freehold_sql::{
    Effect, Statement,
    tree::{NodeEnum, protobuf::RangeVar},
};

use super::{Site, State};

/// Privileges that new objects get.
#[derive(Debug, Clone)]
pub(super) struct DefaultGrant {
    /// The schema in which; none: in all.
    pub(super) schema: Option<String>,
    /// What is added.
    pub(super) grants: Grants,
}

/// A statement that is followed.
struct Step<'s> {
    state: &'s mut State,
    effect: &'s Effect,
    site: Site,
}

impl State {
    /// Follows one statement.
    pub fn apply(&mut self, statement: &Statement, tree: Option<&NodeEnum>, site: Site) {
        let effect = &statement.effect;
        self.follow_settings(effect);
        if let Some(control) = &effect.control {
            self.control(control);
        }
        match tree {
            Some(tree) => Step { state: self, effect, site }.follow(tree),
            None if effect.opaque => {
                self.doubt(effect.opaque_because.as_deref().unwrap_or("a statement that runs code"));
            }
            None => {}
        }
    }

    /// Notes a reason why what is known may be out of date.
    pub(super) fn doubt(&mut self, reason: &str) {
        if !self.doubts.contains(reason) {
            self.doubts.insert(reason.to_owned());
        }
    }

    /// The schema that bare names go to, and the role that new objects belong to.
    fn follow_settings(&mut self, effect: &Effect) {
        for change in &effect.session {
            match change.name.as_str() {
                "search_path" if change.values.is_empty() => self.search_path = vec!["public".to_owned()],
                "search_path" => {
                    let path = change.values.iter().flat_map(|value| value.split(','));
                    let path: Vec<String> = path
                        .map(|schema| schema.trim().trim_matches('"').to_owned())
                        .filter(|schema| !schema.is_empty() && schema != "$user")
                        .collect();
                    self.search_path = path;
                }
                "role" | "session_authorization" => {
                    self.role = change.values.first().filter(|role| *role != "none").cloned();
                }
                "all" => {
                    self.search_path = vec!["public".to_owned()];
                    self.role = None;
                }
                _ => {}
            }
        }
    }
}

impl Step<'_> {
    fn follow(&mut self, tree: &NodeEnum) {
        match tree {
            NodeEnum::CreateStmt(create) => self.create_table(create, None),
            NodeEnum::CreateForeignTableStmt(create) => {
                if let Some(base) = &create.base_stmt {
                    self.create_table(base, Some(create));
                }
            }
            NodeEnum::AlterTableStmt(alter) => self.alter_table(alter),
            NodeEnum::IndexStmt(index) => self.create_index(index),
            NodeEnum::DropStmt(drop) => self.drop(drop),
            NodeEnum::RenameStmt(rename) => self.rename(rename),
            NodeEnum::AlterObjectSchemaStmt(alter) => self.move_object(alter),
            NodeEnum::CreateSeqStmt(create) => self.create_sequence(create),
            NodeEnum::AlterSeqStmt(alter) => self.alter_sequence(alter),
            _ if self.effect.opaque => {
                let reason = self.effect.opaque_because.as_deref().unwrap_or("a statement that runs code");
                self.state.doubt(reason);
            }
            _ => {}
        }
    }

    /// The relation that is meant.
    fn relation(&self, range: &RangeVar) -> QualifiedName {
        if range.relpersistence == "t" && range.schemaname.is_empty() {
            return QualifiedName::new("pg_temp", range.relname.as_str());
        }
        self.state.resolve(nodes::written(&range.schemaname), &range.relname)
    }

    /// The name under which a relation is made.
    fn new_relation(&self, range: &RangeVar) -> QualifiedName {
        if range.relpersistence == "t" {
            return QualifiedName::new("pg_temp", range.relname.as_str());
        }
        self.state.new_name(nodes::written(&range.schemaname), &range.relname)
    }
}
