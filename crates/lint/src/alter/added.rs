//! Constraints that an `ALTER TABLE` adds: their names, and the ways that let others go on.

use freehold_model::{
    catalog::Relation,
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{
    ConstraintKind, NewConstraint,
    tree::{
        NodeEnum,
        protobuf::{Constraint, Node},
    },
};

use super::{Change, with_inserted};
use crate::{
    context::Context,
    expression::text,
    found::{Found, Remedy},
};

/// The longest name that PostgreSQL keeps, in bytes.
const LONGEST: usize = 63;

/// A name for a constraint that the statement leaves to the server: the one that PostgreSQL would choose, or the next
/// one that is free as far as the table is known.
pub(crate) fn name_for(relation: Option<&Relation>, table: &str, columns: &[String], suffix: &str) -> String {
    let taken = |name: &str| {
        relation.is_some_and(|relation| relation.constraint(name).is_some() || relation.index(name).is_some())
    };
    let columns = columns.join("_");
    let numbered = |number: usize| {
        let end = if number == 0 { format!("_{suffix}") } else { format!("_{suffix}{number}") };
        cut(table, &columns, LONGEST - end.len()) + &end
    };
    (0..=100).map(numbered).find(|name| !taken(name)).unwrap_or_else(|| numbered(101))
}

/// Table and columns joined, the longer one cut until both fit.
fn cut(table: &str, columns: &str, room: usize) -> String {
    let (mut table, mut columns) = (table.to_owned(), columns.to_owned());
    let joint = usize::from(!columns.is_empty());
    while table.len() + columns.len() + joint > room {
        if table.len() > columns.len() {
            table.pop()
        } else {
            columns.pop()
        };
    }
    if columns.is_empty() { table } else { format!("{table}_{columns}") }
}

/// The name that the statement gives the constraint, or one that it could give.
pub(crate) fn name_of(
    table: &QualifiedName,
    relation: Option<&Relation>,
    constraint: &NewConstraint,
    tree: &Constraint,
) -> String {
    if let Some(name) = &constraint.name {
        return name.clone();
    }
    let mentioned = columns_of(tree);
    let mut indexed = constraint.columns.clone();
    indexed.extend(tree.exclusions.iter().map(excluded));
    indexed.extend(tree.including.iter().filter_map(text).map(str::to_owned));
    let (columns, suffix) = match constraint.kind {
        ConstraintKind::ForeignKey => (constraint.columns.as_slice(), "fkey"),
        ConstraintKind::PrimaryKey => (&[][..], "pkey"),
        ConstraintKind::Unique => (indexed.as_slice(), "key"),
        ConstraintKind::Exclusion => (indexed.as_slice(), "excl"),
        ConstraintKind::NotNull => (constraint.columns.as_slice(), "not_null"),
        ConstraintKind::Check if mentioned.len() == 1 => (mentioned.as_slice(), "check"),
        ConstraintKind::Check => (&[][..], "check"),
    };
    name_for(relation, &table.name, columns, suffix)
}

/// The word for one element of an exclusion constraint in the name that PostgreSQL chooses.
fn excluded(element: &Node) -> String {
    let first = match &element.node {
        Some(NodeEnum::List(pair)) => pair.items.first().and_then(|node| node.node.as_ref()),
        _ => None,
    };
    match first {
        Some(NodeEnum::IndexElem(element)) if element.expr.is_none() => element.name.clone(),
        _ => "expr".to_owned(),
    }
}

/// A constraint in two steps of which neither holds anybody up for long.
pub(crate) struct Split {
    /// Its name.
    pub(crate) name: String,
    /// Adds it without looking at the rows that are there.
    pub(crate) add: String,
    /// Looks at them while reads and writes go on.
    pub(crate) validate: String,
}

/// The two steps for a CHECK or foreign key that the statement adds and validates at once.
pub(crate) fn split(context: &Context<'_>, change: &Change<'_>) -> Option<Split> {
    let (constraint, tree) = change.added_constraint()?;
    let name = name_of(&change.table, change.known.map(|known| &known.relation), constraint, tree);
    let add = if !change.is_alone() {
        change.alone(|command| {
            if let Some(NodeEnum::Constraint(tree)) = command.def.as_mut().and_then(|node| node.node.as_mut())
            {
                tree.conname.clone_from(&name);
                tree.skip_validation = true;
                tree.initially_valid = false;
            }
        })?
    } else if constraint.name.is_some() {
        format!("{} NOT VALID", context.text)
    } else {
        let named = with_inserted(context, tree.location, &naming(&name))?;
        format!("{named} NOT VALID")
    };
    let validate = format!("{} VALIDATE CONSTRAINT {}", change.alter_table(), display_identifier(&name));
    Some(Split { name, add, validate })
}

/// The words that give a constraint its name.
pub(crate) fn naming(name: &str) -> String {
    format!("CONSTRAINT {} ", display_identifier(name))
}

impl Split {
    /// The finding with these steps as its fix.
    pub(crate) fn mends(self, found: Found, context: &Context<'_>, change: &Change<'_>) -> Found {
        let sql = change.instead(&[self.add.clone(), self.validate.clone()]);
        let found = found.fixed_by("Add it NOT VALID, and validate it in a migration that follows.", sql);
        if !context.is_up() {
            return found;
        }
        let drop = format!("{} DROP CONSTRAINT {}", change.alter_table(), display_identifier(&self.name));
        found.mended_by(Remedy::Follow {
            keep: change.instead(std::slice::from_ref(&self.add)),
            statements: vec![self.validate],
            // Nothing makes a constraint unvalidated again but making it anew.
            undo: vec![drop, self.add],
            name: format!("validate_{}", self.name),
        })
    }
}

/// NOT NULL for a column in steps of which none holds anybody up for long.
pub(crate) struct NotNull {
    /// The name of the constraint that proves it.
    pub(crate) name: String,
    /// Adds the condition without looking at the rows that are there.
    pub(crate) add: String,
    /// Looks at them while reads and writes go on, and makes the column NOT NULL by that proof.
    pub(crate) after: Vec<String>,
}

impl NotNull {
    /// The steps for a column of the table.
    pub(crate) fn steps(context: &Context<'_>, change: &Change<'_>, column: &str) -> Self {
        let relation = change.known.map(|known| &known.relation);
        let names = [column.to_owned()];
        let alter = change.alter_table();
        let column = display_identifier(column);
        if context.options.oldest() >= 18 {
            let name = name_for(relation, &change.table.name, &names, "not_null");
            let quoted = display_identifier(&name);
            let add = format!("{alter} ADD CONSTRAINT {quoted} NOT NULL {column} NOT VALID");
            let after = vec![format!("{alter} VALIDATE CONSTRAINT {quoted}")];
            return Self { name, add, after };
        }
        let name = name_for(relation, &change.table.name, &names, "not_null_check");
        let quoted = display_identifier(&name);
        let add = format!("{alter} ADD CONSTRAINT {quoted} CHECK ({column} IS NOT NULL) NOT VALID");
        let after = vec![
            format!("{alter} VALIDATE CONSTRAINT {quoted}"),
            format!("{alter} ALTER COLUMN {column} SET NOT NULL"),
            format!("{alter} DROP CONSTRAINT {quoted}"),
        ];
        Self { name, add, after }
    }

    /// All of them in order.
    pub(crate) fn all(&self) -> Vec<String> {
        std::iter::once(&self.add).chain(&self.after).cloned().collect()
    }
}

/// The columns that a CHECK mentions, in order, each once.
pub(crate) fn columns_of(constraint: &Constraint) -> Vec<String> {
    constraint.raw_expr.as_deref().map(columns_in).unwrap_or_default()
}

/// The columns that an expression mentions, in order, each once.
pub(crate) fn columns_in(expression: &Node) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in freehold_sql::tree::columns(expression).into_iter().filter_map(|mut parts| parts.pop()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_the_server_would_choose() {
        let columns = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(name_for(None, "t", &columns(&["a", "b"]), "key"), "t_a_b_key");
        assert_eq!(name_for(None, "t", &[], "check"), "t_check");
        let long = name_for(None, &"t".repeat(60), &columns(&[&"c".repeat(60)]), "fkey");
        assert_eq!(long.len(), 63);
        assert!(long.ends_with("c_fkey") && long.starts_with("tttt"), "{long}");
    }
}
