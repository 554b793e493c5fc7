//! What undoes a statement, where that follows from its text.

use freehold_model::name::display_identifier;
use freehold_sql::{
    Action, ObjectKind, ObjectUse, StatementKind, Use,
    tree::{
        NodeEnum,
        protobuf::{FunctionParameterMode, Node, TypeName},
    },
};

use crate::{alter::some, context::Context};

/// The statement that undoes this one; `Some(None)` when none does or none is known, `None` when there is nothing to
/// undo.
pub(crate) fn of(context: &Context<'_>) -> Option<Option<String>> {
    let effect = &context.statement.effect;
    match effect.kind {
        StatementKind::Set
        | StatementKind::Reset
        | StatementKind::SetConstraints
        | StatementKind::TransactionControl
        | StatementKind::Select
        | StatementKind::Analyze
        | StatementKind::Vacuum { .. }
        | StatementKind::Comment
        | StatementKind::Lock
        | StatementKind::Show => None,
        // What was there before must not go.
        _ if effect.may_exist_before || effect.opaque => Some(None),
        StatementKind::AlterTable => Some(of_alter(context)),
        StatementKind::CreateTable
        | StatementKind::CreateTableAs
        | StatementKind::CreateIndex { .. }
        | StatementKind::Create(_) => Some(of_create(context)),
        _ => Some(None),
    }
}

fn of_create(context: &Context<'_>) -> Option<String> {
    let effect = &context.statement.effect;
    let made = effect.objects_used(Use::Creates).next()?;
    let name = shown(made)?;
    let sql = match (effect.kind, made.kind) {
        (StatementKind::CreateIndex { concurrently: true, .. }, _) => {
            format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")
        }
        (StatementKind::CreateIndex { .. }, _) => format!("DROP INDEX {name}"),
        (_, ObjectKind::Policy | ObjectKind::Trigger | ObjectKind::Rule) => {
            let of = made.of.as_deref().map(display_identifier)?;
            let schema =
                made.schema.as_deref().map_or_else(String::new, |s| format!("{}.", display_identifier(s)));
            let word = made.kind.word().to_uppercase();
            format!("DROP {word} {} ON {schema}{of}", display_identifier(&made.name))
        }
        (_, ObjectKind::Function | ObjectKind::Procedure) => {
            format!("DROP {} {name}({})", made.kind.word().to_uppercase(), arguments(context)?)
        }
        (
            _,
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::Sequence
            | ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Schema
            | ObjectKind::Extension
            | ObjectKind::Statistics
            | ObjectKind::Collation,
        ) => format!("DROP {} {name}", made.kind.word().to_uppercase()),
        _ => return None,
    };
    Some(sql)
}

/// The argument types of a routine that is made; none when one of them cannot be written.
fn arguments(context: &Context<'_>) -> Option<String> {
    let NodeEnum::CreateFunctionStmt(create) = context.tree? else { return None };
    let mut types = Vec::new();
    for node in &create.parameters {
        let Some(NodeEnum::FunctionParameter(parameter)) = node.node.as_ref() else { continue };
        if parameter.mode == FunctionParameterMode::FuncParamTable as i32
            || parameter.mode == FunctionParameterMode::FuncParamOut as i32
        {
            continue;
        }
        types.push(written_type(parameter.arg_type.as_ref()?)?);
    }
    Some(types.join(", "))
}

/// A type as SQL; the writer is asked by way of a cast.
pub(crate) fn written_type(type_: &TypeName) -> Option<String> {
    let null = freehold_sql::tree::read_expression("NULL")?;
    let cast = freehold_sql::tree::protobuf::TypeCast {
        arg: Some(Box::new(null)),
        type_name: Some(type_.clone()),
        location: -1,
    };
    let node = Node { node: Some(NodeEnum::TypeCast(Box::new(cast))) };
    let sql = freehold_sql::tree::write_expression(&node)?;
    sql.strip_prefix("NULL::").map(str::to_owned)
}

fn of_alter(context: &Context<'_>) -> Option<String> {
    let effect = &context.statement.effect;
    let main = effect.objects.first().filter(|object| object.kind == ObjectKind::Table)?;
    let table = shown(main)?;
    let quoted = |name: &str| display_identifier(name);
    if let [Action::Rename { to }] = effect.actions.as_slice() {
        let schema = some(main.schema.as_deref().unwrap_or(""));
        let prefix = schema.map_or_else(String::new, |schema| format!("{}.", quoted(schema)));
        return Some(format!("ALTER TABLE {prefix}{} RENAME TO {}", quoted(to), quoted(&main.name)));
    }
    let mut undone = Vec::new();
    for action in effect.actions.iter().rev() {
        undone.push(match action {
            Action::AddColumn { column, if_not_exists: false } => {
                format!("DROP COLUMN {}", quoted(&column.name))
            }
            Action::AddConstraint(constraint) => {
                format!("DROP CONSTRAINT {}", quoted(constraint.name.as_deref()?))
            }
            Action::SetNotNull { column } => format!("ALTER COLUMN {} DROP NOT NULL", quoted(column)),
            Action::RenameColumn { from, to } => format!("RENAME COLUMN {} TO {}", quoted(to), quoted(from)),
            Action::RenameConstraint { from, to } => {
                format!("RENAME CONSTRAINT {} TO {}", quoted(to), quoted(from))
            }
            Action::EnableRowSecurity => "DISABLE ROW LEVEL SECURITY".to_owned(),
            Action::ForceRowSecurity => "NO FORCE ROW LEVEL SECURITY".to_owned(),
            Action::ValidateConstraint { .. } => continue,
            _ => return None,
        });
    }
    if undone.is_empty() {
        return None;
    }
    Some(format!("ALTER TABLE {table} {}", undone.join(", ")))
}

fn shown(object: &ObjectUse) -> Option<String> {
    if object.name.is_empty() {
        return None;
    }
    let name = display_identifier(&object.name);
    Some(match &object.schema {
        Some(schema) => format!("{}.{name}", display_identifier(schema)),
        None => name,
    })
}
