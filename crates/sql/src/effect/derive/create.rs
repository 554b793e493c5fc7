//! `CREATE` of everything but tables, roles and databases.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    CreateFunctionStmt, CreatePolicyStmt, CreateSchemaStmt, CreateSubscriptionStmt, CreateTrigStmt,
    DefineStmt, IndexStmt, Node, RangeVar,
};

use super::maintenance::{forbidden, push_relations};
use super::{flag, object_kind, options};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::{Effect, StatementKind, names};

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    relations(node).or_else(|| on_tables(node)).or_else(|| types(node)).or_else(|| others(node))
}

/// `CREATE` of an object whose name stands as a list of parts.
fn made(kind: ObjectKind, name: &[Node]) -> Effect {
    let mut effect = Effect::new(StatementKind::Create(kind));
    effect.objects.extend(names::named(kind, &names::texts(name), Use::Creates));
    effect
}

/// `CREATE` of an object that belongs to no schema.
fn made_bare(kind: ObjectKind, name: &str, may_exist_before: bool) -> Effect {
    let mut effect = Effect::new(StatementKind::Create(kind));
    effect.push(ObjectUse::new(kind, None, name, Use::Creates));
    effect.may_exist_before = may_exist_before;
    effect
}

fn made_relation(kind: ObjectKind, range: Option<&RangeVar>, may_exist_before: bool) -> Effect {
    let mut effect = Effect::new(StatementKind::Create(kind));
    effect.objects.extend(range.map(|range| names::relation(kind, range, Use::Creates)));
    effect.may_exist_before = may_exist_before;
    effect
}

fn relations(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::IndexStmt(index) => index_effect(index),
        NodeEnum::ViewStmt(view) => made_relation(ObjectKind::View, view.view.as_ref(), view.replace),
        NodeEnum::CreateSeqStmt(create) => {
            let mut effect =
                made_relation(ObjectKind::Sequence, create.sequence.as_ref(), create.if_not_exists);
            push_owner(&mut effect, &create.options);
            effect
        }
        NodeEnum::CreateSchemaStmt(create) => schema_effect(create),
        _ => return None,
    };
    Some(effect)
}

/// `OWNED BY table.column` of a sequence.
pub(super) fn push_owner(effect: &mut Effect, list: &[Node]) {
    let owner =
        options(list).find(|option| option.defname == "owned_by").and_then(|option| option.arg.as_ref());
    if let Some(NodeEnum::List(parts)) = owner.and_then(|owner| owner.node.as_ref()) {
        let parts = names::texts(&parts.items);
        let table =
            parts.split_last().and_then(|(_, table)| names::named(ObjectKind::Table, table, Use::Reads));
        effect.objects.extend(table);
    }
}

fn index_effect(index: &IndexStmt) -> Effect {
    let kind = StatementKind::CreateIndex { concurrently: index.concurrent, unique: index.unique };
    let mut effect = Effect::new(kind);
    effect.may_exist_before = index.if_not_exists;
    if index.concurrent {
        effect.transaction = forbidden("CREATE INDEX CONCURRENTLY");
    }
    if let Some(range) = index.relation.as_ref() {
        // An index lives in its table's schema.
        let schema = names::written(&range.schemaname);
        effect.push(ObjectUse {
            of: Some(range.relname.clone()),
            ..ObjectUse::new(ObjectKind::Index, schema, index.idxname.clone(), Use::Creates)
        });
        effect.push(names::relation(ObjectKind::Table, range, Use::Alters));
    }
    effect
}

/// `CREATE SCHEMA` with commands inside: what they do belongs to it.
fn schema_effect(create: &CreateSchemaStmt) -> Effect {
    let role = create.authrole.as_ref().map(names::role_name);
    let name = names::written(&create.schemaname).or(role).unwrap_or_default();
    let mut effect = made_bare(ObjectKind::Schema, &name, create.if_not_exists);
    for element in create.schema_elts.iter().filter_map(|element| element.node.as_ref()) {
        for mut object in super::effect_of(element).objects {
            if object.use_ == Use::Creates {
                object.schema.get_or_insert_with(|| name.clone());
            }
            effect.push(object);
        }
    }
    effect
}

/// What is made on a table changes the table.
fn on_table(kind: ObjectKind, name: &str, table: Option<&RangeVar>) -> Effect {
    let mut effect = Effect::new(StatementKind::Create(kind));
    if let Some(range) = table {
        effect.push(names::part_of(kind, range, name, Use::Creates));
        effect.push(names::relation(ObjectKind::Table, range, Use::Alters));
    }
    effect
}

fn on_tables(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::CreateTrigStmt(create) => trigger_effect(create),
        NodeEnum::CreatePolicyStmt(create) => policy_effect(create),
        NodeEnum::RuleStmt(create) => {
            let mut effect = on_table(ObjectKind::Rule, &create.rulename, create.relation.as_ref());
            effect.may_exist_before = create.replace;
            effect
        }
        NodeEnum::CreateStatsStmt(create) => {
            let mut effect = made(ObjectKind::Statistics, &create.defnames);
            effect.may_exist_before = create.if_not_exists;
            push_relations(&mut effect, &create.relations, Use::Alters);
            effect
        }
        _ => return None,
    };
    Some(effect)
}

fn trigger_effect(create: &CreateTrigStmt) -> Effect {
    let mut effect = on_table(ObjectKind::Trigger, &create.trigname, create.relation.as_ref());
    effect.may_exist_before = create.replace;
    let function = names::named(ObjectKind::Function, &names::texts(&create.funcname), Use::Reads);
    effect.objects.extend(function);
    if let Some(range) = create.constrrel.as_ref() {
        effect.push(names::relation(ObjectKind::Table, range, Use::Reads));
    }
    effect
}

fn policy_effect(create: &CreatePolicyStmt) -> Effect {
    on_table(ObjectKind::Policy, &create.policy_name, create.table.as_ref())
}

fn types(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::CreateEnumStmt(create) => made(ObjectKind::Type, &create.type_name),
        NodeEnum::CreateRangeStmt(create) => made(ObjectKind::Type, &create.type_name),
        NodeEnum::CompositeTypeStmt(create) => {
            made_relation(ObjectKind::Type, create.typevar.as_ref(), false)
        }
        NodeEnum::CreateDomainStmt(create) => made(ObjectKind::Domain, &create.domainname),
        NodeEnum::DefineStmt(define) => define_effect(define),
        NodeEnum::CreateCastStmt(create) => {
            let types = [&create.sourcetype, &create.targettype];
            let parts: Vec<String> = types.into_iter().flatten().map(names::type_text).collect();
            made_bare(ObjectKind::Cast, &parts.join(" "), false)
        }
        NodeEnum::CreateTransformStmt(create) => {
            let type_ = create.type_name.as_ref().map(names::type_text).unwrap_or_default();
            made_bare(ObjectKind::Transform, &format!("{type_} {}", create.lang), create.replace)
        }
        NodeEnum::CreateOpClassStmt(create) => made(ObjectKind::OperatorClass, &create.opclassname),
        NodeEnum::CreateOpFamilyStmt(create) => made(ObjectKind::OperatorFamily, &create.opfamilyname),
        NodeEnum::CreateConversionStmt(create) => made(ObjectKind::Conversion, &create.conversion_name),
        _ => return None,
    };
    Some(effect)
}

/// `CREATE AGGREGATE`, `OPERATOR`, `TYPE`, `COLLATION`, `TEXT SEARCH ...`.
fn define_effect(define: &DefineStmt) -> Effect {
    let mut effect = made(object_kind(define.kind), &define.defnames);
    effect.may_exist_before = define.replace || define.if_not_exists;
    effect
}

fn function_effect(create: &CreateFunctionStmt) -> Effect {
    let kind = if create.is_procedure { ObjectKind::Procedure } else { ObjectKind::Function };
    let mut effect = made(kind, &create.funcname);
    effect.may_exist_before = create.replace;
    effect
}

fn others(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::CreateFunctionStmt(create) => function_effect(create),
        NodeEnum::CreateExtensionStmt(create) => {
            made_bare(ObjectKind::Extension, &create.extname, create.if_not_exists)
        }
        NodeEnum::CreateEventTrigStmt(create) => made_bare(ObjectKind::EventTrigger, &create.trigname, false),
        NodeEnum::CreatePlangStmt(create) => made_bare(ObjectKind::Language, &create.plname, create.replace),
        NodeEnum::CreateAmStmt(create) => made_bare(ObjectKind::AccessMethod, &create.amname, false),
        NodeEnum::CreateFdwStmt(create) => made_bare(ObjectKind::ForeignDataWrapper, &create.fdwname, false),
        NodeEnum::CreateForeignServerStmt(create) => {
            made_bare(ObjectKind::ForeignServer, &create.servername, create.if_not_exists)
        }
        NodeEnum::CreateUserMappingStmt(create) => {
            let user = create.user.as_ref().map(names::role_name).unwrap_or_default();
            made_bare(ObjectKind::UserMapping, &user, create.if_not_exists)
        }
        NodeEnum::ImportForeignSchemaStmt(import) => {
            let mut effect = Effect::new(StatementKind::ImportForeignSchema);
            effect.push(ObjectUse::new(ObjectKind::Schema, None, import.local_schema.clone(), Use::Alters));
            effect.hide("which tables it makes is known to the foreign server only");
            effect
        }
        NodeEnum::CreatePublicationStmt(create) => {
            let mut effect = made_bare(ObjectKind::Publication, &create.pubname, false);
            push_published(&mut effect, &create.pubobjects);
            effect
        }
        NodeEnum::CreateSubscriptionStmt(create) => subscription_effect(create),
        _ => return None,
    };
    Some(effect)
}

/// The tables and schemas of a publication.
pub(super) fn push_published(effect: &mut Effect, objects: &[Node]) {
    for node in objects {
        let Some(NodeEnum::PublicationObjSpec(object)) = node.node.as_ref() else { continue };
        match object.pubtable.as_ref().and_then(|table| table.relation.as_ref()) {
            Some(range) => effect.push(names::relation(ObjectKind::Table, range, Use::Reads)),
            None if !object.name.is_empty() => {
                effect.push(ObjectUse::new(ObjectKind::Schema, None, object.name.clone(), Use::Reads));
            }
            None => {}
        }
    }
}

/// The publisher's slot cannot be made in a transaction block; without `connect` none is made.
fn subscription_effect(create: &CreateSubscriptionStmt) -> Effect {
    let mut effect = made_bare(ObjectKind::Subscription, &create.subname, false);
    let connect = flag(&create.options, "connect").unwrap_or(true);
    if flag(&create.options, "create_slot").unwrap_or(connect) {
        effect.transaction = forbidden("CREATE SUBSCRIPTION ... WITH (create_slot = true)");
    }
    effect
}
