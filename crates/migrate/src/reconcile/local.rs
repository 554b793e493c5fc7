//! Columns and checks that a table has from above, and whether it declares them itself as well.
//!
//! `INHERIT` leaves what a table had declared here; only making it with `INHERITS` or taking it as a partition does not.
//! So there are tables that no statement can alter into what they are to be.

use freehold_model::{
    catalog::{CatalogObject, ConstraintKind, Relation},
    name::{QualifiedName, display_identifier},
};

use super::{
    fate::Fates,
    follow::{self, How},
    key::{Key, Part},
    things::{Side, dotted},
};

/// The marks that stay as they are not to be, in the words of differences.
pub(super) fn marks(from: &Side<'_>, to: &Side<'_>, fates: &Fates) -> Vec<String> {
    let mut left = Vec::new();
    for table in to.catalog.relations.iter().filter(|table| table.is_table()) {
        let Some(old) =
            from.relation(&table.name).filter(|_| fates.is_kept(&Key::Relation(table.name.clone())))
        else {
            continue;
        };
        let move_ = Move::of(to, fates, table);
        let mut tell = |word: &str, name: &str, reached: bool, wanted: bool| {
            if reached != wanted {
                let shown = |yes: bool| if yes { "yes" } else { "no" };
                let (reached, wanted) = (shown(reached), shown(wanted));
                let name = display_identifier(name);
                left.push(format!(
                    "{} {}: {word} {name}: declared here {reached} → {wanted}",
                    table.kind(),
                    table.name
                ));
            }
        };
        for column in &table.columns {
            let key = Key::column(&table.name, &column.name);
            let reached = match old.column(&column.name).filter(|_| fates.is_kept(&key)) {
                Some(before) => {
                    move_.declared(before.is_local, |parent| parent.column(&column.name).is_some())
                }
                None => follow::parent_of(from, to, fates, &key, How::Comes).is_none() && !move_.attached,
            };
            tell("column", &column.name, reached, column.is_local);
        }
        for check in table.constraints.iter().filter(|constraint| constraint.kind == ConstraintKind::Check) {
            let key = Key::Part(Part::Constraint, table.name.clone(), check.name.clone());
            let reached = match old.constraint(&check.name).filter(|_| fates.is_kept(&key)) {
                Some(before) => {
                    move_.declared(before.is_local, |parent| parent.constraint(&check.name).is_some())
                }
                None => follow::parent_of(from, to, fates, &key, How::Comes).is_none() && !move_.attached,
            };
            tell("constraint", &check.name, reached, check.is_local);
        }
    }
    left
}

/// How a table that is kept changes its place below others.
struct Move<'c> {
    /// It becomes a partition.
    attached: bool,
    /// It is a partition, and stays one.
    stays_attached: bool,
    /// The tables above that it keeps.
    kept: Vec<&'c Relation>,
}

impl<'c> Move<'c> {
    fn of(to: &Side<'c>, fates: &Fates, table: &Relation) -> Self {
        let place = |part: Part, parent: &QualifiedName| Key::Part(part, table.name.clone(), dotted(parent));
        let attached = table.partition.as_ref().map(|partition| place(Part::Attached, &partition.parent));
        let kept = table.inherits.iter().filter(|parent| fates.is_kept(&place(Part::Inherits, parent)));
        Self {
            attached: attached.as_ref().is_some_and(|key| fates.is_made(key)),
            stays_attached: attached.as_ref().is_some_and(|key| fates.is_kept(key)),
            kept: kept.filter_map(|parent| to.relation(parent)).collect(),
        }
    }

    /// Whether something that was there will count as declared here.
    fn declared(&self, before: bool, has: impl Fn(&Relation) -> bool) -> bool {
        let stays = self.stays_attached || self.kept.iter().any(|parent| has(parent));
        !self.attached && (before || !stays)
    }
}
