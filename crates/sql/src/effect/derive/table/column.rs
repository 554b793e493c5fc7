//! Columns and constraints as the parse tree holds them.

use pg_query::NodeEnum;
use pg_query::protobuf::{ColumnDef, ConstrType, Constraint, Node};

use crate::effect::alter_table::{
    ColumnConstraint, ConstraintKind, NewColumn, NewConstraint, ReferentialAction,
};
use crate::effect::names;
use crate::effect::walk::walk;

/// Functions that an expression calls, as written.
pub(super) fn calls(expression: &Node) -> Vec<String> {
    walk(expression).calls.iter().map(|parts| parts.join(".")).collect()
}

/// A column of `CREATE TABLE` or `ADD COLUMN`.
pub(super) fn column(definition: &ColumnDef) -> NewColumn {
    let type_ = definition.type_name.as_ref().map(names::type_text).unwrap_or_default();
    let serial = matches!(type_.as_str(), "serial" | "bigserial" | "smallserial");
    let mut column = NewColumn {
        name: definition.colname.clone(),
        type_,
        not_null: definition.is_not_null || serial,
        has_default: serial,
        default_calls: if serial { vec!["nextval".to_owned()] } else { Vec::new() },
        default_is_constant: false,
        identity: !definition.identity.is_empty(),
        generated_stored: None,
        constraints: Vec::new(),
    };
    if let Some(default) = definition.raw_default.as_deref() {
        set_default(&mut column, default);
    }
    for node in &definition.constraints {
        if let Some(NodeEnum::Constraint(constraint)) = node.node.as_ref() {
            add(&mut column, constraint);
        }
    }
    column
}

fn set_default(column: &mut NewColumn, default: &Node) {
    let constant = names::constant(default);
    column.has_default = constant.as_deref() != Some("NULL");
    column.default_is_constant = constant.is_some();
    column.default_calls = calls(default);
}

fn add(column: &mut NewColumn, definition: &Constraint) {
    match ConstrType::try_from(definition.contype).unwrap_or(ConstrType::Undefined) {
        ConstrType::ConstrNotnull => {
            column.not_null = true;
            column.constraints.push(ColumnConstraint::NotNull);
        }
        ConstrType::ConstrDefault => {
            if let Some(default) = definition.raw_expr.as_deref() {
                set_default(column, default);
            }
        }
        ConstrType::ConstrIdentity => {
            column.identity = true;
            column.not_null = true;
        }
        // Before version 18 there are only stored ones, and the word is then required.
        ConstrType::ConstrGenerated => column.generated_stored = Some(definition.generated_kind != "v"),
        ConstrType::ConstrAttrDeferrable => {
            if let Some(ColumnConstraint::Constraint(last)) = column.constraints.last_mut() {
                last.deferrable = true;
            }
        }
        ConstrType::ConstrAttrNotEnforced => {
            if let Some(ColumnConstraint::Constraint(last)) = column.constraints.last_mut() {
                last.not_enforced = true;
            }
        }
        ConstrType::ConstrCheck
        | ConstrType::ConstrPrimary
        | ConstrType::ConstrUnique
        | ConstrType::ConstrExclusion
        | ConstrType::ConstrForeign => {
            column.not_null |= definition.contype == ConstrType::ConstrPrimary as i32;
            let constraint = constraint(definition, Some(&column.name));
            column.constraints.push(ColumnConstraint::Constraint(constraint));
        }
        ConstrType::Undefined
        | ConstrType::ConstrNull
        | ConstrType::ConstrAttrNotDeferrable
        | ConstrType::ConstrAttrDeferred
        | ConstrType::ConstrAttrImmediate
        | ConstrType::ConstrAttrEnforced => {}
    }
}

/// A constraint of a table, or of the column that is given.
pub(in crate::effect::derive) fn constraint(definition: &Constraint, column: Option<&str>) -> NewConstraint {
    let kind = match ConstrType::try_from(definition.contype).unwrap_or(ConstrType::Undefined) {
        ConstrType::ConstrNotnull => ConstraintKind::NotNull,
        ConstrType::ConstrPrimary => ConstraintKind::PrimaryKey,
        ConstrType::ConstrUnique => ConstraintKind::Unique,
        ConstrType::ConstrExclusion => ConstraintKind::Exclusion,
        ConstrType::ConstrForeign => ConstraintKind::ForeignKey,
        _ => ConstraintKind::Check,
    };
    let listed = if kind == ConstraintKind::ForeignKey { &definition.fk_attrs } else { &definition.keys };
    let mut columns = names::texts(listed);
    if columns.is_empty() && kind != ConstraintKind::Check {
        columns.extend(column.map(str::to_owned));
    }
    NewConstraint {
        kind,
        name: names::written(&definition.conname),
        columns,
        not_valid: definition.skip_validation,
        not_enforced: matches!(kind, ConstraintKind::Check | ConstraintKind::ForeignKey)
            && !definition.is_enforced,
        deferrable: definition.deferrable,
        using_index: names::written(&definition.indexname),
        references_schema: definition.pktable.as_ref().and_then(|table| names::written(&table.schemaname)),
        references: definition.pktable.as_ref().map(|table| table.relname.clone()),
        referenced_columns: names::texts(&definition.pk_attrs),
        on_delete: referential(&definition.fk_del_action),
        on_update: referential(&definition.fk_upd_action),
    }
}

/// The letters are those of `pg_constraint.confdeltype`.
fn referential(letter: &str) -> ReferentialAction {
    match letter {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}
