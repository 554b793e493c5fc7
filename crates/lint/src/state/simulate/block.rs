//! `DO` blocks whose text says what they leave behind: static commands, alone, below a question to the catalog, or with
//! a handler for what is there already. Anything else is a reason to doubt, and nothing of it is guessed.

mod read;

use freehold_model::name::QualifiedName;
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{AlterTableCmd, AlterTableType, ConstrType, DoStmt, RangeVar},
};

use super::{Step, nodes, schema::bare};
use crate::routine::Routine;
use read::{Condition, Item};

/// When a command of a block is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    /// When what it makes is not there.
    Missing,
    /// When what it takes away or renames is there.
    There,
    /// The text does not tell.
    Perhaps,
}

impl Step<'_> {
    pub(super) fn run_block(&mut self, block: &DoStmt) {
        let node = NodeEnum::DoStmt(block.clone());
        let items = Routine::of(&node)
            .filter(|routine| routine.language == "plpgsql")
            .and_then(|routine| routine.body.and_then(read::items));
        let Some(items) = items else {
            self.state.doubt("what a DO block does is not in the text of the statement");
            return;
        };
        if !self.run_items(&items, When::Always) {
            self.state.doubt("what a DO block does is not in the text of the statement");
        }
    }

    /// False when something was not understood.
    fn run_items(&mut self, items: &[Item], when: When) -> bool {
        let mut understood = true;
        for item in items {
            understood &= self.run_item(item, when);
        }
        understood
    }

    fn run_item(&mut self, item: &Item, when: When) -> bool {
        match item {
            Item::Harmless => true,
            Item::Opaque => false,
            Item::Command(sql) => match tree::read(sql) {
                Some(command) => self.run_command(command, when),
                None => false,
            },
            Item::All(items) => self.run_items(items, when),
            Item::If(condition, items) => match (condition, when) {
                (Condition::NotThere, When::Always | When::Missing) => self.run_items(items, When::Missing),
                (Condition::There, When::Always | When::There) => self.run_items(items, When::There),
                _ => self.run_items(items, When::Perhaps),
            },
            Item::Guarded(condition, items) => {
                let when = match (condition, when) {
                    (Condition::NotThere, When::Always | When::Missing) => When::Missing,
                    (Condition::There, When::Always | When::There) => When::There,
                    _ => When::Perhaps,
                };
                for item in items {
                    // What is there already ends the block.
                    if let (Item::Command(sql), When::Missing) = (item, when)
                        && tree::read(sql).is_some_and(|command| self.is_there(&command))
                    {
                        return true;
                    }
                    if !self.run_item(item, when) {
                        return false;
                    }
                }
                true
            }
        }
    }

    fn run_command(&mut self, command: NodeEnum, when: When) -> bool {
        let makes = is_making(&command);
        match when {
            When::Always => {}
            When::Missing if makes => {
                if self.is_there(&command) {
                    return true;
                }
            }
            When::There if !makes && matches!(command, NodeEnum::DropStmt(_) | NodeEnum::RenameStmt(_)) => {
                if !self.takes_what_is_known(&command) {
                    return true;
                }
            }
            When::There if !makes && only_drops(&command) => {}
            _ => return false,
        }
        self.follow_table(&command) || self.follow_type(&command) || self.follow_other(&command)
    }

    /// True when what the command makes is there already.
    fn is_there(&self, command: &NodeEnum) -> bool {
        let relation = |range: &Option<RangeVar>| {
            range.as_ref().is_some_and(|range| self.state.is_relation_name(&self.new_relation(range)))
        };
        let of_table = |range: &Option<RangeVar>| {
            range.as_ref().and_then(|range| self.state.relation(&self.relation(range)))
        };
        let type_there = |name: &[freehold_sql::tree::protobuf::Node]| {
            nodes::qualified(name).is_some_and(|(schema, name)| {
                self.state.types.contains(&self.state.resolve_type(schema, name))
            })
        };
        match command {
            NodeEnum::CreateStmt(create) => relation(&create.relation),
            NodeEnum::CreateSeqStmt(create) => relation(&create.sequence),
            NodeEnum::ViewStmt(create) => !create.replace && relation(&create.view),
            NodeEnum::CompositeTypeStmt(create) => relation(&create.typevar),
            NodeEnum::IndexStmt(create) => create.relation.as_ref().is_some_and(|range| {
                let name = QualifiedName::new(self.relation(range).schema, create.idxname.as_str());
                self.state.is_relation_name(&name)
            }),
            NodeEnum::CreateEnumStmt(create) => type_there(&create.type_name),
            NodeEnum::CreateDomainStmt(create) => type_there(&create.domainname),
            NodeEnum::CreateSchemaStmt(create) => self.state.schemas.contains(&bare(&create.schemaname)),
            NodeEnum::CreateRoleStmt(create) => self.state.roles.contains(&bare(&create.role)),
            NodeEnum::CreateExtensionStmt(create) => self.state.extensions.contains(&bare(&create.extname)),
            NodeEnum::CreatePolicyStmt(create) => of_table(&create.table).is_some_and(|known| {
                known.relation.policies.iter().any(|policy| policy.name == create.policy_name)
            }),
            NodeEnum::CreateTrigStmt(create) => of_table(&create.relation).is_some_and(|known| {
                known.relation.triggers.iter().any(|trigger| trigger.name == create.trigname)
            }),
            NodeEnum::AlterTableStmt(alter) => of_table(&alter.relation).is_some_and(|known| {
                commands(&alter.cmds).any(|command| {
                    match command.def.as_deref().and_then(|d| d.node.as_ref()) {
                        Some(NodeEnum::ColumnDef(column)) => known.relation.column(&column.colname).is_some(),
                        Some(NodeEnum::Constraint(constraint)) => {
                            (constraint.contype == ConstrType::ConstrPrimary as i32
                                && known.relation.primary_key().is_some())
                                || known.relation.constraint(&constraint.conname).is_some()
                        }
                        _ => false,
                    }
                })
            }),
            _ => false,
        }
    }

    /// True when what is dropped or renamed is known: otherwise the block did not come to it.
    fn takes_what_is_known(&self, command: &NodeEnum) -> bool {
        let NodeEnum::RenameStmt(rename) = command else { return true };
        let Some(range) = &rename.relation else { return true };
        let name = self.relation(range);
        if rename.subname.is_empty() {
            return self.state.is_relation_name(&name);
        }
        self.state.relation(&name).is_some_and(|known| {
            known.relation.column(&rename.subname).is_some()
                || known.relation.constraint(&rename.subname).is_some()
        })
    }
}

fn commands(nodes: &[freehold_sql::tree::protobuf::Node]) -> impl Iterator<Item = &AlterTableCmd> {
    nodes.iter().filter_map(|node| match node.node.as_ref()? {
        NodeEnum::AlterTableCmd(command) => Some(command.as_ref()),
        _ => None,
    })
}

/// True for a command after which something is there that may have been there before.
fn is_making(command: &NodeEnum) -> bool {
    match command {
        NodeEnum::AlterTableStmt(alter) => commands(&alter.cmds).all(|command| {
            matches!(
                AlterTableType::try_from(command.subtype),
                Ok(AlterTableType::AtAddColumn | AlterTableType::AtAddConstraint)
            )
        }),
        NodeEnum::CreateStmt(_)
        | NodeEnum::CreateSeqStmt(_)
        | NodeEnum::ViewStmt(_)
        | NodeEnum::IndexStmt(_)
        | NodeEnum::CreateEnumStmt(_)
        | NodeEnum::CreateDomainStmt(_)
        | NodeEnum::CompositeTypeStmt(_)
        | NodeEnum::CreateSchemaStmt(_)
        | NodeEnum::CreateRoleStmt(_)
        | NodeEnum::CreateExtensionStmt(_)
        | NodeEnum::CreatePolicyStmt(_)
        | NodeEnum::CreateTrigStmt(_)
        | NodeEnum::CreateFunctionStmt(_) => true,
        _ => false,
    }
}

/// True for an `ALTER TABLE` that only takes away: what is not known changes nothing.
fn only_drops(command: &NodeEnum) -> bool {
    let NodeEnum::AlterTableStmt(alter) = command else { return false };
    commands(&alter.cmds).all(|command| {
        matches!(
            AlterTableType::try_from(command.subtype),
            Ok(AlterTableType::AtDropColumn | AlterTableType::AtDropConstraint)
        )
    })
}
