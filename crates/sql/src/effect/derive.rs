//! From a parse tree to an effect. Each part knows some commands; the first that knows the command answers.

mod alter;
mod calls;
mod cluster;
mod create;
mod drop;
mod maintenance;
mod query;
mod session;
mod table;

use pg_query::NodeEnum;
use pg_query::protobuf::{DefElem, DropBehavior, Node};

use super::object::{ObjectKind, ObjectUse, Use};
use super::walk::walk;
use super::{Effect, StatementKind, names};

/// The commands that each part knows.
const PARTS: &[fn(&NodeEnum) -> Option<Effect>] = &[
    query::effect,
    table::effect,
    create::effect,
    alter::effect,
    drop::effect,
    maintenance::effect,
    session::effect,
    cluster::effect,
];

/// What the statement does.
pub(crate) fn effect_of(node: &NodeEnum) -> Effect {
    let known = PARTS.iter().find_map(|part| part(node));
    let mut effect = known.unwrap_or_else(|| {
        let mut unknown = Effect::new(StatementKind::Other);
        unknown.hide("this kind of command is not known to Freehold");
        unknown
    });
    let found = walk(node);
    let runs = runs_its_query(&effect.kind);
    for relation in found.relations {
        let use_ = if runs { relation.use_ } else { Use::Reads };
        if use_ == Use::Writes && effect.kind == StatementKind::Select {
            effect.may_lose_data = true;
        }
        effect.push(ObjectUse::new(ObjectKind::Table, relation.schema, relation.name, use_));
    }
    // In `CREATE AGGREGATE` and its kin the grammar takes any name after `=` for a type.
    let types = if matches!(node, NodeEnum::DefineStmt(_)) { Vec::new() } else { found.types };
    for parts in types {
        let builtin = match parts.as_slice() {
            [catalog, _] => catalog == "pg_catalog" || catalog == "information_schema",
            [name] => calls::is_builtin_type(name),
            _ => true,
        };
        let Some(type_) = names::named(ObjectKind::Type, &parts, Use::Reads).filter(|_| !builtin) else {
            continue;
        };
        // `DROP TYPE` and `COMMENT ON DOMAIN` name their subject as a type.
        let is_subject = effect
            .objects
            .first()
            .is_some_and(|subject| (&subject.schema, &subject.name) == (&type_.schema, &type_.name));
        if !is_subject {
            effect.push(type_);
        }
    }
    effect.kills_own_backend |= runs && found.kills_own_backend;
    calls::add(&mut effect, &found.calls, runs);
    effect
}

/// True when the queries and functions in the statement are carried out, not just stored or planned.
fn runs_its_query(kind: &StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Select
            | StatementKind::Insert
            | StatementKind::Update
            | StatementKind::Delete
            | StatementKind::Merge
            | StatementKind::Copy { .. }
            | StatementKind::CreateTableAs
            | StatementKind::Create(ObjectKind::MaterializedView)
            | StatementKind::Explain { analyze: true }
            | StatementKind::Call
            | StatementKind::Execute
            | StatementKind::Cursor
    )
}

/// True for `CASCADE`.
fn cascades(behavior: i32) -> bool {
    behavior == DropBehavior::DropCascade as i32
}

/// The options of a `WITH (...)` list or its kin.
fn options(nodes: &[Node]) -> impl Iterator<Item = &DefElem> {
    nodes.iter().filter_map(|node| match node.node.as_ref() {
        Some(NodeEnum::DefElem(option)) => Some(option.as_ref()),
        _ => None,
    })
}

/// What an option that is on or off is set to; one without a value is on. None when it is not in the list.
fn flag(nodes: &[Node], name: &str) -> Option<bool> {
    options(nodes).find(|option| option.defname.eq_ignore_ascii_case(name)).map(|option| {
        let value = option.arg.as_deref().and_then(names::constant);
        !value
            .is_some_and(|value| matches!(value.to_ascii_lowercase().as_str(), "false" | "off" | "0" | "no"))
    })
}

/// The kind of object that PostgreSQL's own enumeration means.
fn object_kind(object_type: i32) -> ObjectKind {
    use pg_query::protobuf::ObjectType as T;
    match T::try_from(object_type).unwrap_or(T::Undefined) {
        T::ObjectAccessMethod => ObjectKind::AccessMethod,
        T::ObjectAggregate => ObjectKind::Aggregate,
        T::ObjectAttribute | T::ObjectColumn => ObjectKind::Column,
        T::ObjectCast => ObjectKind::Cast,
        T::ObjectCollation => ObjectKind::Collation,
        T::ObjectConversion => ObjectKind::Conversion,
        T::ObjectDatabase => ObjectKind::Database,
        T::ObjectDefacl => ObjectKind::DefaultPrivileges,
        T::ObjectDomain => ObjectKind::Domain,
        T::ObjectDomconstraint => ObjectKind::DomainConstraint,
        T::ObjectEventTrigger => ObjectKind::EventTrigger,
        T::ObjectExtension => ObjectKind::Extension,
        T::ObjectFdw => ObjectKind::ForeignDataWrapper,
        T::ObjectForeignServer => ObjectKind::ForeignServer,
        T::ObjectForeignTable => ObjectKind::ForeignTable,
        T::ObjectFunction => ObjectKind::Function,
        T::ObjectIndex => ObjectKind::Index,
        T::ObjectLanguage => ObjectKind::Language,
        T::ObjectLargeobject => ObjectKind::LargeObject,
        T::ObjectMatview => ObjectKind::MaterializedView,
        T::ObjectOpclass => ObjectKind::OperatorClass,
        T::ObjectOperator => ObjectKind::Operator,
        T::ObjectOpfamily => ObjectKind::OperatorFamily,
        T::ObjectParameterAcl => ObjectKind::Parameter,
        T::ObjectPolicy => ObjectKind::Policy,
        T::ObjectProcedure => ObjectKind::Procedure,
        T::ObjectPublication | T::ObjectPublicationNamespace | T::ObjectPublicationRel => {
            ObjectKind::Publication
        }
        T::ObjectRole => ObjectKind::Role,
        T::ObjectRoutine => ObjectKind::Routine,
        T::ObjectRule => ObjectKind::Rule,
        T::ObjectSchema => ObjectKind::Schema,
        T::ObjectSequence => ObjectKind::Sequence,
        T::ObjectSubscription => ObjectKind::Subscription,
        T::ObjectStatisticExt => ObjectKind::Statistics,
        T::ObjectTabconstraint => ObjectKind::Constraint,
        T::ObjectTable => ObjectKind::Table,
        T::ObjectTablespace => ObjectKind::Tablespace,
        T::ObjectTransform => ObjectKind::Transform,
        T::ObjectTrigger => ObjectKind::Trigger,
        T::ObjectTsconfiguration => ObjectKind::TextSearchConfiguration,
        T::ObjectTsdictionary => ObjectKind::TextSearchDictionary,
        T::ObjectTsparser => ObjectKind::TextSearchParser,
        T::ObjectTstemplate => ObjectKind::TextSearchTemplate,
        T::ObjectType => ObjectKind::Type,
        T::ObjectUserMapping => ObjectKind::UserMapping,
        T::ObjectView => ObjectKind::View,
        T::Undefined | T::ObjectAmop | T::ObjectAmproc | T::ObjectDefault => ObjectKind::Other,
    }
}

/// Objects whose names are shared by all databases of a server.
fn is_shared(kind: ObjectKind) -> bool {
    matches!(kind, ObjectKind::Role | ObjectKind::Database | ObjectKind::Tablespace | ObjectKind::Parameter)
}
