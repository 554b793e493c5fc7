//! The columns that go together with the tenant.

use freehold_model::catalog::ConstraintKind;

use super::subject::Subject;

/// The columns that make a row its tenant's, and those that a foreign key ties to them.
pub(in crate::isolation::ways) fn tied(subject: &Subject<'_>) -> Vec<usize> {
    let mut places = subject.tenant.clone();
    let is_tenant = |name: &String| subject.place(name).is_some_and(|at| subject.tenant.contains(&at));
    for key in &subject.relation.constraints {
        if key.kind == ConstraintKind::ForeignKey
            && key.columns.len() > 1
            && key.columns.iter().any(is_tenant)
        {
            places.extend(key.columns.iter().filter_map(|name| subject.place(name)));
        }
    }
    places.sort_unstable();
    places.dedup();
    places.retain(|at| {
        subject.tenant.contains(at) || subject.places.get(*at).is_some_and(|place| place.update)
    });
    places
}
