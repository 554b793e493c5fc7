//! The actions of an `ALTER TABLE` whose work grows with the rows of a table that was there.

use freehold_model::{
    catalog::RelationKind,
    name::{QualifiedName, display_identifier},
    place::Span,
};
use freehold_sql::{
    Action, NewConstraint, StatementKind,
    tree::{
        self, NodeEnum,
        protobuf::{AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node, ObjectType, RangeVar},
    },
};

use crate::{context::Context, found::Claim, state::Known};

pub(crate) mod added;
pub(crate) mod keys;
pub(crate) mod proof;
pub(crate) mod through_index;
pub(crate) mod types;
pub(crate) mod volatile;

/// One action on a table that was there and may be large.
#[derive(Debug, Clone)]
pub(crate) struct Change<'a> {
    /// The table.
    pub(crate) table: QualifiedName,
    /// What is known of it.
    pub(crate) known: Option<&'a Known>,
    /// The table as it is to be written in SQL that takes the statement's place.
    pub(crate) written: String,
    /// Its place among the actions.
    pub(crate) number: usize,
    /// What it does.
    pub(crate) action: &'a Action,
    /// Its tree.
    pub(crate) command: &'a AlterTableCmd,
    statement: &'a AlterTableStmt,
}

/// The actions of an `ALTER TABLE` on a table that was there and may be large; none for other statements and tables.
pub(crate) fn changes<'a>(context: &Context<'a>) -> Vec<Change<'a>> {
    let mut changes = changes_of_any(context);
    if changes.first().is_some_and(|change| !context.may_be_large(&change.table)) {
        changes.clear();
    }
    changes
}

/// The same for tables of any size that were there.
pub(crate) fn changes_of_any<'a>(context: &Context<'a>) -> Vec<Change<'a>> {
    let effect = &context.statement.effect;
    if effect.kind != StatementKind::AlterTable || effect.actions.is_empty() {
        return Vec::new();
    }
    let Some(NodeEnum::AlterTableStmt(statement)) = context.tree else { return Vec::new() };
    if statement.objtype != ObjectType::ObjectTable as i32 {
        return Vec::new();
    }
    let Some(range) = &statement.relation else { return Vec::new() };
    let table = context.state.resolve(some(&range.schemaname), &range.relname);
    let known = context.state.relation(&table);
    if (known.is_none() && context.state.complete) || context.is_new(&table) {
        return Vec::new();
    }
    let written = written(range, &table);
    let commands = statement.cmds.iter().filter_map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) => Some(command.as_ref()),
        _ => None,
    });
    let change = |(number, (action, command))| Change {
        table: table.clone(),
        known,
        written: written.clone(),
        number,
        action,
        command,
        statement,
    };
    effect.actions.iter().zip(commands).enumerate().map(change).collect()
}

/// A relation as SQL may write it in the statement's place and in a script that follows.
pub(crate) fn written(range: &RangeVar, resolved: &QualifiedName) -> String {
    match some(&range.schemaname) {
        Some(schema) => format!("{}.{}", display_identifier(schema), display_identifier(&range.relname)),
        None => resolved.to_string(),
    }
}

/// None for the empty string, which is how the trees say that nothing is written.
pub(crate) fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Change<'_> {
    /// True when the rows are in partitions, and the statement leaves those alone: there is nothing to read or write.
    pub(crate) fn spares_partitions(&self) -> bool {
        self.is_partitioned() && self.statement.relation.as_ref().is_some_and(|range| !range.inh)
    }

    /// True when the rows are in partitions.
    pub(crate) fn is_partitioned(&self) -> bool {
        self.known.is_some_and(|known| known.relation.kind == RelationKind::PartitionedTable)
    }

    /// True for `ADD COLUMN IF NOT EXISTS` of a column that is there: nothing happens.
    pub(crate) fn adds_what_is_there(&self) -> bool {
        match self.action {
            Action::AddColumn { column, if_not_exists: true } => {
                self.known.is_some_and(|known| known.relation.column(&column.name).is_some())
            }
            _ => false,
        }
    }

    /// True when it is the only action.
    pub(crate) fn is_alone(&self) -> bool {
        self.statement.cmds.len() == 1
    }

    /// All actions of the statement, this one with them.
    pub(crate) fn siblings<'c>(&self, context: &Context<'c>) -> &'c [Action] {
        &context.statement.effect.actions
    }

    /// The constraint that it adds to the table as such, with its tree.
    pub(crate) fn added_constraint(&self) -> Option<(&NewConstraint, &Constraint)> {
        let Action::AddConstraint(constraint) = self.action else { return None };
        match self.command.def.as_deref()?.node.as_ref()? {
            NodeEnum::Constraint(tree) => Some((constraint, tree)),
            _ => None,
        }
    }

    /// The definition of a column that it adds or whose type it changes.
    pub(crate) fn column_definition(&self) -> Option<&ColumnDef> {
        match self.command.def.as_deref()?.node.as_ref()? {
            NodeEnum::ColumnDef(column) => Some(column),
            _ => None,
        }
    }

    /// The words before the action, for another one: `ALTER TABLE IF EXISTS ONLY t`.
    pub(crate) fn alter_table(&self) -> String {
        let if_exists = if self.statement.missing_ok { " IF EXISTS" } else { "" };
        let only =
            if self.statement.relation.as_ref().is_some_and(|range| !range.inh) { " ONLY" } else { "" };
        format!("ALTER TABLE{if_exists}{only} {}", self.written)
    }

    /// The statement without this action; none when it has no other.
    pub(crate) fn rest(&self) -> Option<String> {
        if self.is_alone() {
            return None;
        }
        let mut statement = self.statement.clone();
        statement.cmds.remove(self.number);
        tree::write(&NodeEnum::AlterTableStmt(statement))
    }

    /// The statement with this action alone, changed.
    pub(crate) fn alone(&self, change: impl FnOnce(&mut AlterTableCmd)) -> Option<String> {
        let mut command = self.command.clone();
        change(&mut command);
        let node = Node { node: Some(NodeEnum::AlterTableCmd(Box::new(command))) };
        let statement = AlterTableStmt { cmds: vec![node], ..self.statement.clone() };
        tree::write(&NodeEnum::AlterTableStmt(statement))
    }

    /// The statement's other actions, if there are any, and then these statements: as SQL in its place.
    pub(crate) fn instead(&self, statements: &[String]) -> String {
        let rest = self.rest();
        rest.iter().chain(statements).map(String::as_str).collect::<Vec<_>>().join(";\n")
    }

    /// A claim for each relation whose rows the action works on: the table, or its partitions where they are known.
    pub(crate) fn claims(&self, context: &Context<'_>, claim: fn(QualifiedName) -> Claim) -> Vec<Claim> {
        if !self.is_partitioned() {
            return vec![claim(self.table.clone())];
        }
        self.leaves(context).into_iter().map(claim).collect()
    }

    /// The partitions that hold the rows, as far as they are known; none for a table that holds its rows itself.
    pub(crate) fn leaves(&self, context: &Context<'_>) -> Vec<QualifiedName> {
        let mut leaves = Vec::new();
        let mut open = if self.is_partitioned() { vec![self.table.clone()] } else { Vec::new() };
        while let Some(parent) = open.pop() {
            for child in context.state.children(&parent) {
                let name = child.relation.name.clone();
                if child.relation.kind == RelationKind::PartitionedTable {
                    open.push(name);
                } else {
                    leaves.push(name);
                }
            }
        }
        leaves
    }
}

/// The statement's text with this put in at a location of its tree; none when the location is unknown.
pub(crate) fn with_inserted(context: &Context<'_>, location: i32, text: &str) -> Option<String> {
    let at = place(context, location)?.start - context.statement.span.start;
    Some(format!("{}{text}{}", context.text.get(..at)?, context.text.get(at..)?))
}

/// The place in the script's text of a location of the tree; none when it is unknown.
pub(crate) fn place(context: &Context<'_>, location: i32) -> Option<Span> {
    let at = context.tree_start + usize::try_from(location).ok()?;
    (at >= context.statement.span.start && at < context.statement.span.end).then(|| Span::new(at, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_written_as_the_statement_writes_it() {
        let range = |schema: &str, name: &str| RangeVar {
            schemaname: schema.into(),
            relname: name.into(),
            ..RangeVar::default()
        };
        let resolved = QualifiedName::new("app", "Odd");
        assert_eq!(written(&range("", "Odd"), &resolved), "app.\"Odd\"");
        let public = QualifiedName::new("public", "t");
        assert_eq!(written(&range("public", "t"), &public), "public.t");
        assert_eq!(written(&range("", "t"), &public), "t");
    }
}
