//! Whether a thing that both catalogs have can be changed in place.

use freehold_model::catalog::{
    Column, Constraint, Function, Index, ObjectKind, Other, Persistence, Policy, Relation, RelationKind,
    TypeObject, TypeShape,
};

use super::{
    facts,
    things::{Side, Subject},
    tokens::{find_outside, split_outside},
};

/// In what way a thing has to change, from the lightest to the heaviest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Change {
    /// Not at all; owner, privileges and comment are looked at apart.
    None,
    /// By altering it.
    InPlace,
    /// A column, by getting another type, at which what mentions it has to be away.
    Retyped,
    /// By dropping it and making it again.
    Anew,
}

fn in_place_unless(same: bool) -> Change {
    if same { Change::None } else { Change::InPlace }
}

fn anew_unless(same: bool) -> Change {
    if same { Change::None } else { Change::Anew }
}

/// Compares two things of the same key.
pub(super) fn compare(from: &Side<'_>, to: &Side<'_>, old: Subject<'_>, new: Subject<'_>) -> Change {
    match (old, new) {
        (Subject::Extension(a), Subject::Extension(b)) => {
            in_place_unless((&a.version, &a.schema) == (&b.version, &b.schema))
        }
        (Subject::Type(a), Subject::Type(b)) => types(a, b),
        (Subject::Relation(a), Subject::Relation(b)) => relations(a, b),
        (Subject::Column(_, a), Subject::Column(r, b)) if r.is_table() => columns(a, b),
        (Subject::Default(_, a), Subject::Default(_, b)) => in_place_unless(a.default == b.default),
        (Subject::Identity(_, a, s), Subject::Identity(_, b, t)) => {
            if s.map(|s| &s.name) == t.map(|t| &t.name) {
                in_place_unless(a.identity == b.identity)
            } else {
                Change::Anew
            }
        }
        (Subject::OwnedBy(_, a), Subject::OwnedBy(_, b)) => anew_unless(a == b),
        (Subject::Attached(a), Subject::Attached(b)) => {
            let bound = |relation: &Relation| {
                relation.partition.as_ref().map(|p| (p.bound.clone(), p.detach_pending))
            };
            anew_unless(bound(a) == bound(b))
        }
        (Subject::Constraint(_, a), Subject::Constraint(_, b)) => constraints(a, b),
        (Subject::Index(_, a), Subject::Index(_, b)) => indexes(a, b),
        (Subject::IndexAttached(_, _, a), Subject::IndexAttached(_, _, b)) => anew_unless(a == b),
        (Subject::Trigger(_, a), Subject::Trigger(_, b)) if a.definition == b.definition => {
            in_place_unless(a.enabled == b.enabled)
        }
        (Subject::Rule(_, a), Subject::Rule(_, b)) if a.definition == b.definition => {
            in_place_unless(a.enabled == b.enabled)
        }
        (Subject::Trigger(..), _) | (Subject::Rule(..), _) => Change::Anew,
        (Subject::Policy(_, a), Subject::Policy(_, b)) => policies(a, b),
        (Subject::Statistics(_, a), Subject::Statistics(_, b)) if a.definition == b.definition => {
            in_place_unless(a.target == b.target)
        }
        (Subject::Statistics(..), _) => Change::Anew,
        (Subject::Function(a), Subject::Function(b)) => functions(a, b),
        (Subject::Other(a), Subject::Other(b)) => others(from, to, a, b),
        _ => Change::None,
    }
}

fn types(a: &TypeObject, b: &TypeObject) -> Change {
    match (&a.shape, &b.shape) {
        (TypeShape::Enum { labels: old }, TypeShape::Enum { labels: new }) if old == new => Change::None,
        (TypeShape::Enum { labels: old }, TypeShape::Enum { labels: new }) => {
            // Values can be added anywhere, never moved or taken away.
            let kept: Vec<&String> = new.iter().filter(|label| old.contains(label)).collect();
            if kept == old.iter().collect::<Vec<_>>() { Change::InPlace } else { Change::Anew }
        }
        (
            TypeShape::Domain { base, collation, not_null, default, constraints },
            TypeShape::Domain {
                base: base2,
                collation: collation2,
                not_null: not_null2,
                default: default2,
                constraints: constraints2,
            },
        ) => {
            let definitions =
                |constraints: &[freehold_model::catalog::DomainConstraint]| -> Vec<(String, String)> {
                    constraints.iter().map(|c| (c.name.clone(), c.definition.clone())).collect()
                };
            if base != base2 || collation != collation2 {
                Change::Anew
            } else {
                in_place_unless(
                    not_null == not_null2
                        && default == default2
                        && definitions(constraints) == definitions(constraints2),
                )
            }
        }
        (
            TypeShape::Range { subtype, details },
            TypeShape::Range { subtype: subtype2, details: details2 },
        ) => anew_unless(subtype == subtype2 && details == details2),
        (TypeShape::Base { details }, TypeShape::Base { details: details2 }) => {
            anew_unless(details == details2)
        }
        _ => Change::Anew,
    }
}

fn relations(a: &Relation, b: &Relation) -> Change {
    let key = |relation: &Relation| relation.partition_key.as_ref().map(|key| key.definition.clone());
    let server = |relation: &Relation| relation.foreign.as_ref().map(|foreign| foreign.server.clone());
    if a.kind != b.kind || key(a) != key(b) || server(a) != server(b) {
        return Change::Anew;
    }
    match b.kind {
        RelationKind::View => views(a, b),
        RelationKind::MaterializedView if a.definition != b.definition || !same_columns(a, b) => Change::Anew,
        RelationKind::CompositeType => composites(a, b),
        RelationKind::Sequence => {
            let parameters = |relation: &Relation| {
                let sequence = relation.sequence.clone().unwrap_or_default();
                freehold_model::catalog::Sequence { owned_by: None, ..sequence }
            };
            in_place_unless(parameters(a) == parameters(b) && a.persistence == b.persistence)
        }
        // A partitioned table has no storage whose kind could be changed.
        RelationKind::PartitionedTable if is_unlogged(a) != is_unlogged(b) => Change::None,
        _ => in_place_unless(same_storage(a, b)),
    }
}

fn is_unlogged(relation: &Relation) -> bool {
    relation.persistence == Persistence::Unlogged
}

fn same_storage(a: &Relation, b: &Relation) -> bool {
    let options = |relation: &Relation| relation.foreign.as_ref().map(|foreign| foreign.options.clone());
    a.persistence == b.persistence
        && a.access_method == b.access_method
        && a.tablespace == b.tablespace
        && a.options == b.options
        && a.toast_options == b.toast_options
        && (a.row_security, a.force_row_security) == (b.row_security, b.force_row_security)
        && a.replica_identity == b.replica_identity
        && a.of_type == b.of_type
        && a.populated == b.populated
        && options(a) == options(b)
}

fn shape(column: &Column) -> (&str, &str, Option<&str>) {
    (&column.name, &column.type_name, column.collation.as_deref())
}

fn same_columns(a: &Relation, b: &Relation) -> bool {
    a.columns.iter().map(shape).eq(b.columns.iter().map(shape))
}

/// A view can be replaced when it only gains columns at the end.
fn views(a: &Relation, b: &Relation) -> Change {
    let prefix = b.columns.iter().take(a.columns.len()).map(shape);
    if !a.columns.iter().map(shape).eq(prefix) {
        return Change::Anew;
    }
    in_place_unless(a.definition == b.definition && a.options == b.options)
}

/// A composite type can be altered when what stays keeps its order and its types, and what comes comes at the end.
fn composites(a: &Relation, b: &Relation) -> Change {
    let kept: Vec<_> =
        a.columns.iter().filter(|column| b.column(&column.name).is_some()).map(shape).collect();
    let begin: Vec<_> = b.columns.iter().take(kept.len()).map(shape).collect();
    if kept != begin || (kept.is_empty() && !b.columns.is_empty() && !a.columns.is_empty()) {
        return Change::Anew;
    }
    in_place_unless(same_columns(a, b))
}

fn columns(a: &Column, b: &Column) -> Change {
    if a.generated != b.generated && b.generated.is_some() || b.generated.is_some() && a.default != b.default
    {
        return Change::Anew;
    }
    if (&a.type_name, &a.collation) != (&b.type_name, &b.collation) {
        return Change::Retyped;
    }
    in_place_unless(
        a.generated == b.generated
            && a.not_null == b.not_null
            && a.storage == b.storage
            && a.compression == b.compression
            && a.statistics_target == b.statistics_target
            && a.options == b.options
            && a.foreign_options == b.foreign_options,
    )
}

fn constraints(a: &Constraint, b: &Constraint) -> Change {
    if a.kind == b.kind && a.definition == b.definition {
        return in_place_unless(a.triggers_enabled == b.triggers_enabled);
    }
    let validates = a.definition.strip_suffix(" NOT VALID") == Some(&b.definition);
    if a.kind == b.kind && validates { Change::InPlace } else { Change::Anew }
}

/// An index's definition without its storage parameters, and these.
pub(super) fn index_parameters(definition: &str) -> (String, Option<&str>) {
    let Some(at) = find_outside(definition, " WITH (") else { return (definition.to_owned(), None) };
    let inside = definition.get(at + " WITH (".len()..).unwrap_or_default();
    let end = find_outside(inside, ")").unwrap_or(inside.len());
    let before = definition.get(..at).unwrap_or_default();
    let after = inside.get(end + 1..).unwrap_or_default();
    (format!("{before}{after}"), inside.get(..end))
}

fn indexes(a: &Index, b: &Index) -> Change {
    let same = index_parameters(&a.definition).0 == index_parameters(&b.definition).0;
    // A partitioned index becomes valid by itself when its last part is there.
    let broken = !a.valid && b.valid && !a.definition.contains(" ON ONLY ");
    if !same || broken {
        return Change::Anew;
    }
    in_place_unless(
        a.definition == b.definition
            && a.clustered == b.clustered
            && a.replica_identity == b.replica_identity
            && a.tablespace == b.tablespace
            && a.statistics_targets == b.statistics_targets,
    )
}

fn policies(a: &Policy, b: &Policy) -> Change {
    let lost = (a.using.is_some() && b.using.is_none()) || (a.with_check.is_some() && b.with_check.is_none());
    if a.command != b.command || a.permissive != b.permissive || lost {
        return Change::Anew;
    }
    in_place_unless(a.roles == b.roles && a.using == b.using && a.with_check == b.with_check)
}

/// A function can be replaced when what its callers rely on stays: names and types of arguments, result, defaults.
fn functions(a: &Function, b: &Function) -> Change {
    let same = (&a.arguments, &a.result, &a.body, &a.language, &a.library, &a.config, &a.cost, &a.rows)
        == (&b.arguments, &b.result, &b.body, &b.language, &b.library, &b.config, &b.cost, &b.rows)
        && (a.volatility, a.strict, a.leakproof, a.parallel, a.security_definer, a.kind)
            == (b.volatility, b.strict, b.leakproof, b.parallel, b.security_definer, b.kind)
        && (&a.support, &a.transforms, &a.aggregate) == (&b.support, &b.transforms, &b.aggregate);
    if same {
        return Change::None;
    }
    let (old, new) = (arguments(a), arguments(b));
    let compatible = old.len() == new.len()
        && old.iter().zip(&new).all(|(old, new)| old.0 == new.0 && (old.1.is_none() || new.1.is_some()));
    let aggregate = a.aggregate.is_some();
    if a.result != b.result || a.kind != b.kind || !compatible || aggregate {
        Change::Anew
    } else {
        Change::InPlace
    }
}

/// Each argument and its default.
fn arguments(function: &Function) -> Vec<(&str, Option<&str>)> {
    let parts = split_outside(&function.arguments, ',').into_iter();
    parts
        .map(|part| match find_outside(part, " DEFAULT ") {
            Some(at) => (part.get(..at).unwrap_or_default(), part.get(at..)),
            None => (part, None),
        })
        .collect()
}

fn others(_from: &Side<'_>, _to: &Side<'_>, a: &Other, b: &Other) -> Change {
    let differing = facts::differing(a, b);
    if differing.is_empty() {
        // What default privileges are is their privileges.
        let same = a.kind != ObjectKind::DefaultPrivileges || a.grants == b.grants;
        return in_place_unless(same);
    }
    match a.kind {
        ObjectKind::DatabaseSetting
        | ObjectKind::TextSearchDictionary
        | ObjectKind::ForeignServer
        | ObjectKind::ForeignDataWrapper
        | ObjectKind::UserMapping
        | ObjectKind::Subscription
            if differing.iter().all(|name| super::write::can_alter(a.kind, name)) =>
        {
            Change::InPlace
        }
        ObjectKind::DatabaseSetting => Change::InPlace,
        ObjectKind::TextSearchConfiguration if differing == ["mappings"] => Change::InPlace,
        ObjectKind::EventTrigger if differing == ["enabled"] => Change::InPlace,
        ObjectKind::Publication if !differing.contains(&"all tables") => Change::InPlace,
        ObjectKind::OperatorFamily => Change::InPlace,
        _ => Change::Anew,
    }
}
