//! Where in the scripts a thing was made: the last statement of the folder that makes it under the name that it has.

use freehold_model::{catalog::Catalog, name::QualifiedName, place::Place};
use freehold_prove::{isolation::TargetKind, step::Step};
use freehold_sql::{ObjectKind, Use};

/// Where a target was made; none when no statement shows it, such as after a rename.
pub(super) fn of(kind: TargetKind, catalog: &Catalog, steps: &[Step]) -> Option<Place> {
    match kind {
        TargetKind::Relation(oid) => {
            let name = &catalog.relation_by_oid(oid)?.name;
            made(name, steps, ObjectKind::is_relation)
        }
        TargetKind::Function(oid) => {
            let name = &catalog.function_by_oid(oid)?.name;
            let routine =
                |kind| matches!(kind, ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine);
            made(name, steps, routine)
        }
        TargetKind::Database => None,
    }
}

/// Where a relation was made.
pub(super) fn of_relation(name: &QualifiedName, steps: &[Step]) -> Option<Place> {
    made(name, steps, ObjectKind::is_relation)
}

fn made(name: &QualifiedName, steps: &[Step], fits: fn(ObjectKind) -> bool) -> Option<Place> {
    let statements = steps.iter().rev().flat_map(|step| step.up.statements.iter().rev());
    let mut makes = statements.filter(|statement| {
        statement.statement.effect.objects_used(Use::Creates).any(|object| {
            fits(object.kind)
                && object.name == name.name
                && object.schema.as_ref().is_none_or(|schema| *schema == name.schema)
        })
    });
    makes.next().map(|statement| statement.place.clone())
}
