//! A foreign key's column has another type than the column that it points to.
//!
//! ## What it finds
//! Foreign keys of new and existing tables whose column and target are known to have different types, modifiers such as
//! lengths left out and domains looked through. Warning for numbers of different width; a note for `text` and `varchar`,
//! which PostgreSQL treats alike; an error where it has no equality for the two and refuses the key.
//!
//! ## Why it hurts
//! An `integer` that points to a `bigint` key runs out of numbers before the key does, and then no row can refer to the new
//! ones; the other way round the key holds the column's numbers back. Joins compare across types, and a later change of one
//! of them has to rewrite a table.
//!
//! ## Do instead
//! Give the column the type of the key from the start: changing it later rewrites the table.
//!
//! ## When to ignore
//! When the type of the key is about to be changed to the same one.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Data Definition, "Foreign Keys".

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    name::{QualifiedName, display_identifier},
};
use freehold_sql::{Action, ColumnConstraint, ConstraintKind, NewColumn, NewConstraint, StatementKind};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "foreign-key-type-differs",
        code: "FH0314",
        category: Category::Constraints,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[49],
        summary: "a foreign key's column has another type than the column that it points to",
        source: include_str!("foreign_key_type_differs.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if !matches!(effect.kind, StatementKind::CreateTable | StatementKind::AlterTable) {
        return;
    }
    let (columns, keys) = match effect.kind {
        StatementKind::CreateTable => {
            (effect.new_columns.iter().collect(), effect.new_constraints.iter().collect())
        }
        _ => of_actions(&effect.actions),
    };
    for key in keys.into_iter().filter(|key: &&NewConstraint| key.kind == ConstraintKind::ForeignKey) {
        compare(context, &columns, key, findings);
    }
}

/// The columns and constraints that the actions add.
fn of_actions(actions: &[Action]) -> (Vec<&NewColumn>, Vec<&NewConstraint>) {
    let (mut columns, mut keys) = (Vec::new(), Vec::new());
    for action in actions {
        match action {
            Action::AddColumn { column, .. } => {
                columns.push(column);
                keys.extend(column.constraints.iter().filter_map(|constraint| match constraint {
                    ColumnConstraint::Constraint(constraint) => Some(constraint),
                    ColumnConstraint::NotNull => None,
                }));
            }
            Action::AddConstraint(constraint) => keys.push(constraint),
            _ => {}
        }
    }
    (columns, keys)
}

fn compare(context: &Context<'_>, new: &[&NewColumn], key: &NewConstraint, findings: &mut Findings<'_>) {
    let Some(object) = context.statement.effect.objects.first() else { return };
    let creates = context.statement.effect.kind == StatementKind::CreateTable;
    let table = if creates {
        context.state.new_name(object.schema.as_deref(), &object.name)
    } else {
        context.state.name_of(object)
    };
    let Some(target) = &key.references else { return };
    let itself = creates
        && *target == object.name
        && (key.references_schema.is_none() || key.references_schema == object.schema);
    let target =
        if itself { table.clone() } else { context.state.resolve(key.references_schema.as_deref(), target) };
    let own = |table: &QualifiedName, column: &str, new: &[&NewColumn]| {
        let added = new.iter().find(|new| new.name == column).map(|new| new.type_.clone());
        added.or_else(|| Some(context.state.relation(table)?.relation.column(column)?.type_name.clone()))
    };
    let targets = target_columns(context, &target, key, itself);
    for (column, to) in key.columns.iter().zip(&targets) {
        let from_type = own(&table, column, new);
        let to_type = own(&target, to, if itself { new } else { &[] });
        let (Some(from_type), Some(to_type)) = (from_type, to_type) else { continue };
        let (from, to_bare) = (bare(context, &from_type), bare(context, &to_type));
        let Some(severity) = judged(&from, &to_bare) else { continue };
        let what = match severity {
            Severity::Error => "PostgreSQL has no equality for the two and refuses the key",
            Severity::Warning => {
                "one of them runs out of values before the other, and joins compare across types"
            }
            Severity::Note => "that works, but a change of one of them leaves them more apart",
        };
        let column = display_identifier(column);
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new("column", format!("{table}.{column}")),
                    format!(
                        "{column} is {from}, but {target}.{} that it points to is {to_bare}: {what}",
                        display_identifier(to)
                    ),
                )
                .with_severity(severity)
                .on(&table)
                .advised(format!("Declare {column} as {to_bare}, the type of what it points to.")),
        );
    }
}

/// The columns that the key points to: those that are written, else the primary key's.
fn target_columns(
    context: &Context<'_>,
    target: &QualifiedName,
    key: &NewConstraint,
    itself: bool,
) -> Vec<String> {
    if !key.referenced_columns.is_empty() {
        return key.referenced_columns.clone();
    }
    if itself {
        let mut keys = context.statement.effect.new_constraints.iter();
        return keys
            .find(|key| key.kind == ConstraintKind::PrimaryKey)
            .map(|key| key.columns.clone())
            .unwrap_or_default();
    }
    let key = context.state.relation(target).and_then(|known| known.relation.primary_key());
    key.map(|key| key.columns.clone()).unwrap_or_default()
}

/// The type without modifiers, looked through domains, `serial` as what it makes.
fn bare(context: &Context<'_>, type_name: &str) -> String {
    let mut name = without_modifiers(type_name);
    for _ in 0..8 {
        let known = context.state.type_of(&name);
        let Some(freehold_model::catalog::TypeShape::Domain { base, .. }) =
            known.map(|known| &known.object.shape)
        else {
            break;
        };
        name = without_modifiers(base);
    }
    match name.as_str() {
        "serial" | "serial4" => "integer".to_owned(),
        "bigserial" | "serial8" => "bigint".to_owned(),
        "smallserial" | "serial2" => "smallint".to_owned(),
        _ => name,
    }
}

/// `timestamp(3) with time zone` as `timestamp with time zone`.
fn without_modifiers(type_name: &str) -> String {
    match (type_name.find('('), type_name.find(')')) {
        (Some(open), Some(close)) if open < close => {
            let (before, after) =
                (type_name.get(..open).unwrap_or(""), type_name.get(close + 1..).unwrap_or(""));
            format!("{before}{after}")
        }
        _ => type_name.to_owned(),
    }
}

/// How much the difference matters; none when there is none, or when a type is not known well enough.
fn judged(from: &str, to: &str) -> Option<Severity> {
    if from == to {
        return None;
    }
    // There is no cast from floating point to numeric but on assignment.
    let to_numeric = to == "numeric";
    let (from, to) = (class(from)?, class(to)?);
    Some(match (from, to) {
        (Class::Number, Class::Number) if to_numeric => Severity::Error,
        (Class::Integer, Class::Integer | Class::Number)
        | (Class::Number, Class::Number)
        | (Class::Time, Class::Time) => Severity::Warning,
        (Class::Text, Class::Text) => Severity::Note,
        _ => Severity::Error,
    })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Integer,
    Number,
    Text,
    Uuid,
    Time,
    Truth,
}

fn class(name: &str) -> Option<Class> {
    Some(match name {
        "smallint" | "integer" | "bigint" => Class::Integer,
        "numeric" | "real" | "double precision" => Class::Number,
        "text" | "character varying" | "character" => Class::Text,
        "uuid" => Class::Uuid,
        "date" | "timestamp with time zone" | "timestamp without time zone" => Class::Time,
        "boolean" => Class::Truth,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::example::ids;

    const ID: &str = "foreign-key-type-differs";
    const TABLES: &str = "-- migration: 1_a\nCREATE DOMAIN key AS bigint;\nCREATE TABLE p (id bigint PRIMARY KEY, code varchar(9) UNIQUE, small serial UNIQUE);\nCREATE TABLE t (n integer, k key, c varchar(20));\n-- migration: 2_b\n";

    fn fires(sql: &str) -> bool {
        ids(&format!("{TABLES}{sql}")).contains(&ID)
    }

    #[test]
    fn it_fires_for_each_form() {
        for sql in [
            "CREATE TABLE u (p_id integer REFERENCES p);",
            "CREATE TABLE u (p_id integer, FOREIGN KEY (p_id) REFERENCES public.p (id));",
            "CREATE TABLE u (id bigint PRIMARY KEY, above integer REFERENCES u);",
            "CREATE TABLE u (p_id text REFERENCES p);",
            "CREATE TABLE u (c text REFERENCES p (code));",
            "ALTER TABLE t ADD COLUMN p_id int REFERENCES p;",
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (n) REFERENCES p NOT VALID;",
        ] {
            assert!(fires(sql), "{sql}");
        }
    }

    #[test]
    fn it_is_silent_where_the_types_agree_or_are_not_known() {
        for sql in [
            "CREATE TABLE u (p_id bigint REFERENCES p);",
            "CREATE TABLE u (small integer REFERENCES p (small));",
            "CREATE TABLE u (id bigint PRIMARY KEY, above bigint REFERENCES u);",
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (k) REFERENCES p NOT VALID;",
            "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (c) REFERENCES p (code) NOT VALID;",
            "CREATE TABLE u (x integer REFERENCES unknown_table);",
            "ALTER TABLE unknown_table ADD FOREIGN KEY (x) REFERENCES p;",
        ] {
            assert!(!fires(sql), "{sql}");
        }
    }
}
