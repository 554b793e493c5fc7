//! What a statement makes of the state, as far as its text tells.

mod alter_column;
mod alter_table;
mod block;
mod builtin_types;
mod column;
mod constraint;
mod create_table;
mod drop;
mod drop_column;
mod edit;
mod foreign_key;
mod function;
mod grant;
mod index;
mod inherit;
mod like;
mod names;
mod nodes;
mod object;
mod on_table;
mod rename;
mod rename_column;
mod routine_options;
mod schema;
mod sequence;
mod type_text;
mod types;
mod view;

use freehold_model::name::QualifiedName;
use freehold_sql::{
    Effect, Statement,
    tree::{NodeEnum, protobuf::RangeVar},
};

use super::{Site, State};
pub(super) use nodes::constant;
pub(super) use sequence::drawn;

/// Privileges that new objects get.
#[derive(Debug, Clone)]
pub(super) struct DefaultGrant {
    /// The schema in which; none: in all.
    schema: Option<String>,
    /// On what.
    kind: grant::Kind,
    /// What is given or taken away.
    change: grant::Change,
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
        if let NodeEnum::DoStmt(block) = tree {
            self.run_block(block);
            return;
        }
        let known = self.follow_table(tree) || self.follow_type(tree) || self.follow_other(tree);
        let opaque = self.effect.opaque && !(self.effect.is_query && self.calls_only_harmless());
        if opaque || (!known && matches!(tree, NodeEnum::DropOwnedStmt(_))) {
            let reason = self.effect.opaque_because.as_deref().unwrap_or("a statement that runs code");
            self.state.doubt(reason);
        }
    }

    /// True when the functions that a query calls are known, and none of them changes a schema.
    fn calls_only_harmless(&self) -> bool {
        self.effect.calls.iter().all(|written| {
            let Some((schema, name)) = sequence::parts(written) else { return false };
            let own = self.state.functions_named(&self.state.resolve(schema.as_deref(), &name));
            if own.is_empty() {
                return super::questions::is_builtin_function(&name);
            }
            own.iter().all(|known| function::is_harmless(&known.function))
        })
    }

    /// Tables and what is on them. False when the statement is another's.
    fn follow_table(&mut self, tree: &NodeEnum) -> bool {
        match tree {
            NodeEnum::CreateStmt(create) => self.create_table(create, None),
            NodeEnum::CreateForeignTableStmt(create) => {
                if let Some(base) = &create.base_stmt {
                    self.create_table(base, Some(create));
                }
            }
            NodeEnum::AlterTableStmt(alter) => self.alter_table(alter),
            NodeEnum::IndexStmt(index) => self.create_index(index),
            NodeEnum::CreateSeqStmt(create) => self.create_sequence(create),
            NodeEnum::AlterSeqStmt(alter) => self.alter_sequence(alter),
            NodeEnum::ViewStmt(create) => self.create_view(create),
            NodeEnum::CreateTableAsStmt(create) => self.create_table_as(create),
            NodeEnum::SelectStmt(select) => self.select_into(select),
            NodeEnum::CreateTrigStmt(create) => self.create_trigger(create),
            NodeEnum::CreatePolicyStmt(create) => self.create_policy(create),
            NodeEnum::AlterPolicyStmt(alter) => self.alter_policy(alter),
            NodeEnum::RuleStmt(create) => self.create_rule(create),
            NodeEnum::CreateStatsStmt(create) => self.create_statistics(create),
            _ => return false,
        }
        true
    }

    /// Types and routines. False when the statement is another's.
    fn follow_type(&mut self, tree: &NodeEnum) -> bool {
        match tree {
            NodeEnum::CreateEnumStmt(create) => self.create_enum(create),
            NodeEnum::AlterEnumStmt(alter) => self.alter_enum(alter),
            NodeEnum::CreateDomainStmt(create) => self.create_domain(create),
            NodeEnum::AlterDomainStmt(alter) => self.alter_domain(alter),
            NodeEnum::CompositeTypeStmt(create) => self.create_composite(create),
            NodeEnum::CreateRangeStmt(create) => self.create_range(create),
            NodeEnum::DefineStmt(define) => self.define(define),
            NodeEnum::CreateFunctionStmt(create) => self.create_function(create),
            NodeEnum::AlterFunctionStmt(alter) => self.alter_function(alter),
            _ => return false,
        }
        true
    }

    /// Everything else. False when nothing is known of the statement.
    fn follow_other(&mut self, tree: &NodeEnum) -> bool {
        match tree {
            NodeEnum::DropStmt(drop) => self.drop(drop),
            NodeEnum::RenameStmt(rename) => self.rename(rename),
            NodeEnum::AlterObjectSchemaStmt(alter) => self.move_object(alter),
            NodeEnum::AlterOwnerStmt(alter) => self.change_owner(alter),
            NodeEnum::CommentStmt(comment) => self.comment(comment),
            NodeEnum::GrantStmt(grant) => self.grant(grant),
            NodeEnum::AlterDefaultPrivilegesStmt(alter) => self.default_privileges(alter),
            NodeEnum::CreateSchemaStmt(create) => self.create_schema(create),
            NodeEnum::CreateExtensionStmt(create) => self.create_extension(create),
            NodeEnum::CreateRoleStmt(create) => self.create_role(create),
            NodeEnum::AlterRoleStmt(alter) => self.alter_role(alter),
            NodeEnum::AlterRoleSetStmt(alter) => self.alter_role_set(alter),
            NodeEnum::DropRoleStmt(drop) => self.drop_roles(drop),
            NodeEnum::GrantRoleStmt(grant) => self.grant_role(grant),
            _ => return false,
        }
        true
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
