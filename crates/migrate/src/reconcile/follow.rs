//! What happens to a partition or an heir because it happens to the table above.

use super::{
    fate::{Fate, Fates},
    key::{Key, Part},
    things::{Side, Subject, dotted},
};

/// What happens to a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// It comes, or gets its type.
    Comes,
    /// It goes.
    Goes,
}

/// The thing of the table above with which this one comes, goes, or gets its type. It is so only while the two tables
/// belong together before and after.
pub(super) fn parent_of(from: &Side<'_>, to: &Side<'_>, fates: &Fates, key: &Key, how: How) -> Option<Key> {
    let Key::Part(part, relation, name) = key else { return None };
    let fate = fates.get(key)?;
    let side = if how == How::Goes { from } else { to };
    let table = side.relation(relation)?;
    if !fates.is_kept(&Key::Relation(relation.clone())) {
        return None;
    }
    let parents = table.partition.iter().map(|partition| (Part::Attached, &partition.parent));
    let mut parents = parents.chain(table.inherits.iter().map(|parent| (Part::Inherits, parent)));
    parents.find_map(|(place, parent)| {
        if !fates.is_kept(&Key::Part(place, relation.clone(), dotted(parent))) {
            return None;
        }
        let above = match side.subject(key)? {
            // A column that is declared here as well is there already when it comes above.
            Subject::Column(_, column) if how == How::Comes && fate != Fate::Altered && column.is_local => {
                return None;
            }
            Subject::Column(_, column) if column.inherited > 0 => Key::column(parent, name),
            Subject::Constraint(_, constraint) if !constraint.is_local && constraint.index_oid.is_none() => {
                Key::Part(*part, parent.clone(), name.clone())
            }
            // An index goes with the one that it hangs on, but comes by its own name.
            Subject::Constraint(table, constraint) if how == How::Goes => {
                let old = from.relation(&table.name)?.index(&constraint.name)?;
                Key::Part(Part::Constraint, parent.clone(), old.parent.clone()?)
            }
            Subject::Index(table, index) if how == How::Goes => {
                let old = from.relation(&table.name)?.index(&index.name)?;
                Key::Part(Part::Index, parent.clone(), old.parent.clone()?)
            }
            _ => return None,
        };
        let together = match (fate, how) {
            (Fate::Altered, _) => fates.retyped.contains(key) && fates.retyped.contains(&above),
            (Fate::Gone | Fate::Remade, How::Goes) => fates.is_dropped(&above),
            (Fate::New | Fate::Remade, How::Comes) => fates.is_made(&above),
            _ => false,
        };
        // A column that is declared here as well stays when it goes above.
        let local = match (how, fate, side.subject(key)) {
            (How::Goes, Fate::Gone, Some(Subject::Column(_, column))) => column.is_local,
            _ => false,
        };
        (together && !local).then_some(above)
    })
}
