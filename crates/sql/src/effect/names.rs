//! Names and types as parse trees hold them.

use pg_query::NodeEnum;
use pg_query::protobuf::{self, Node, RangeVar, RoleSpec, RoleSpecType, TypeName};

use super::object::{ObjectKind, ObjectUse, Use};

/// None for the empty string, which is how the trees say that nothing is written.
pub(super) fn written(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// A relation in a role.
pub(super) fn relation(kind: ObjectKind, range: &RangeVar, use_: Use) -> ObjectUse {
    let mut object = ObjectUse::new(kind, written(&range.schemaname), range.relname.clone(), use_);
    object.temporary = range.relpersistence == "t";
    object
}

/// Something that belongs to a relation.
pub(super) fn part_of(kind: ObjectKind, range: &RangeVar, name: &str, use_: Use) -> ObjectUse {
    ObjectUse { of: Some(range.relname.clone()), name: name.to_owned(), ..relation(kind, range, use_) }
}

/// The text of a string node.
pub(super) fn text(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(value) => Some(&value.sval),
        _ => None,
    }
}

/// The texts of a list of string nodes; other nodes are left out.
pub(super) fn texts(nodes: &[Node]) -> Vec<String> {
    nodes.iter().filter_map(text).map(str::to_owned).collect()
}

/// An object from the parts of its name: `schema.name`, or just `name`.
pub(super) fn named(kind: ObjectKind, parts: &[String], use_: Use) -> Option<ObjectUse> {
    let (name, before) = parts.split_last()?;
    Some(ObjectUse::new(kind, before.last().cloned(), name.clone(), use_))
}

/// An object from what stands in its place in `DROP`, `COMMENT`, `ALTER ... OWNER` and their kin: a list of name
/// parts, a string, a type, a routine with arguments, a relation.
pub(super) fn object(kind: ObjectKind, node: &Node, use_: Use) -> Option<ObjectUse> {
    let parts = match node.node.as_ref()? {
        NodeEnum::RangeVar(range) => return Some(relation(kind, range, use_)),
        NodeEnum::List(list) => texts(&list.items),
        NodeEnum::String(value) => vec![value.sval.clone()],
        NodeEnum::TypeName(type_) => texts(&type_.names),
        NodeEnum::ObjectWithArgs(routine) => texts(&routine.objname),
        NodeEnum::RoleSpec(role) => vec![role_name(role)],
        NodeEnum::Integer(value) => vec![value.ival.to_string()],
        NodeEnum::Float(value) => vec![value.fval.clone()],
        _ => return None,
    };
    if belongs_to_relation(kind) {
        let (name, relation) = parts.split_last()?;
        let mut part = named(kind, relation, use_).unwrap_or_else(|| ObjectUse::new(kind, None, "", use_));
        part.of = written(&part.name);
        part.name.clone_from(name);
        return Some(part);
    }
    named(kind, &parts, use_)
}

/// True for what is named within a relation.
pub(super) fn belongs_to_relation(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::Column
            | ObjectKind::Constraint
            | ObjectKind::Trigger
            | ObjectKind::Policy
            | ObjectKind::Rule
    )
}

/// A role's name; the key words for those that have none.
pub(super) fn role_name(role: &RoleSpec) -> String {
    match RoleSpecType::try_from(role.roletype) {
        Ok(RoleSpecType::RolespecCurrentRole) => "CURRENT_ROLE".to_owned(),
        Ok(RoleSpecType::RolespecCurrentUser) => "CURRENT_USER".to_owned(),
        Ok(RoleSpecType::RolespecSessionUser) => "SESSION_USER".to_owned(),
        Ok(RoleSpecType::RolespecPublic) => "PUBLIC".to_owned(),
        _ => role.rolename.clone(),
    }
}

/// A constant as text: string, number, boolean; also behind a cast or a sign.
pub(super) fn constant(node: &Node) -> Option<String> {
    use protobuf::a_const::Val;
    match node.node.as_ref()? {
        NodeEnum::AConst(value) => match value.val.as_ref() {
            Some(Val::Sval(text)) => Some(text.sval.clone()),
            Some(Val::Ival(number)) => Some(number.ival.to_string()),
            Some(Val::Fval(number)) => Some(number.fval.clone()),
            Some(Val::Boolval(flag)) => Some(flag.boolval.to_string()),
            Some(Val::Bsval(bits)) => Some(bits.bsval.clone()),
            None => value.isnull.then(|| "NULL".to_owned()),
        },
        NodeEnum::TypeCast(cast) => constant(cast.arg.as_deref()?),
        NodeEnum::String(value) => Some(value.sval.clone()),
        NodeEnum::Integer(value) => Some(value.ival.to_string()),
        NodeEnum::Float(value) => Some(value.fval.clone()),
        NodeEnum::Boolean(value) => Some(value.boolval.to_string()),
        NodeEnum::AExpr(expression) if expression.lexpr.is_none() => {
            let sign = expression.name.first().and_then(text)?;
            Some(format!("{sign}{}", constant(expression.rexpr.as_deref()?)?))
        }
        _ => None,
    }
}

/// A type as the server's `format_type` writes it, as far as the text tells: `numeric(10,2)`, `text[]`.
pub(super) fn type_text(type_: &TypeName) -> String {
    let parts = texts(&type_.names);
    let modifiers: Vec<String> = type_.typmods.iter().filter_map(constant).collect();
    let bare = match parts.as_slice() {
        [catalog, name] if catalog == "pg_catalog" => spelled_out(name, &modifiers),
        [name] => spelled_out(name, &modifiers),
        _ => with_modifiers(&parts.join("."), &modifiers),
    };
    let setof = if type_.setof { "SETOF " } else { "" };
    let reference = if type_.pct_type { "%TYPE" } else { "" };
    let array = if type_.array_bounds.is_empty() { "" } else { "[]" };
    format!("{setof}{bare}{reference}{array}")
}

fn with_modifiers(name: &str, modifiers: &[String]) -> String {
    if modifiers.is_empty() { name.to_owned() } else { format!("{name}({})", modifiers.join(",")) }
}

/// The SQL name of a type that the grammar, or the writer, calls by its internal name.
fn spelled_out(name: &str, modifiers: &[String]) -> String {
    let precision = |before: &str, after: &str| format!("{}{after}", with_modifiers(before, modifiers));
    match name {
        "int2" => "smallint".to_owned(),
        "int4" => "integer".to_owned(),
        "int8" => "bigint".to_owned(),
        "bool" => "boolean".to_owned(),
        "float4" => "real".to_owned(),
        "float8" => "double precision".to_owned(),
        "varchar" => with_modifiers("character varying", modifiers),
        "bpchar" => with_modifiers("character", modifiers),
        "varbit" => with_modifiers("bit varying", modifiers),
        "timestamptz" => precision("timestamp", " with time zone"),
        "timestamp" => precision("timestamp", " without time zone"),
        "timetz" => precision("time", " with time zone"),
        "time" => precision("time", " without time zone"),
        // The first modifier is a mask of fields; the second, if any, the precision.
        "interval" => with_modifiers("interval", modifiers.get(1..).unwrap_or(&[])),
        "serial4" => "serial".to_owned(),
        "serial8" => "bigserial".to_owned(),
        "serial2" => "smallserial".to_owned(),
        other => with_modifiers(other, modifiers),
    }
}
