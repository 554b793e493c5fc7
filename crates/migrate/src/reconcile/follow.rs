//! What happens to a partition or an heir because it happens to the table above.

use super::{
    fate::{Fate, Fates},
    key::{Key, Part},
    things::{Side, Subject, dotted},
};

/// The thing of the table above with which this one comes, goes, or gets its type. It is so only while the two tables
/// belong together before and after.
pub(super) fn parent_of(from: &Side<'_>, to: &Side<'_>, fates: &Fates, key: &Key) -> Option<Key> {
    let Key::Part(part, relation, name) = key else { return None };
    let fate = fates.get(key)?;
    let side = if fate == Fate::Gone { from } else { to };
    let table = side.relation(relation)?;
    if !fates.is_kept(&Key::Relation(relation.clone())) {
        return None;
    }
    let parents = table.partition.iter().map(|partition| (Part::Attached, &partition.parent));
    let mut parents = parents.chain(table.inherits.iter().map(|parent| (Part::Inherits, parent)));
    parents.find_map(|(how, parent)| {
        if !fates.is_kept(&Key::Part(how, relation.clone(), dotted(parent))) {
            return None;
        }
        let above = match side.subject(key)? {
            Subject::Column(_, column) if column.inherited > 0 => Key::column(parent, name),
            Subject::Constraint(_, constraint) if !constraint.is_local && constraint.index_oid.is_none() => {
                Key::Part(*part, parent.clone(), name.clone())
            }
            // An index goes with the one that it hangs on, but comes by its own name.
            Subject::Constraint(table, constraint) if fates.is_dropped(key) => {
                let old = from.relation(&table.name)?.index(&constraint.name)?;
                Key::Part(Part::Constraint, parent.clone(), old.parent.clone()?)
            }
            Subject::Index(table, index) if fates.is_dropped(key) => {
                let old = from.relation(&table.name)?.index(&index.name)?;
                Key::Part(Part::Index, parent.clone(), old.parent.clone()?)
            }
            _ => return None,
        };
        let together = match fate {
            Fate::Altered => fates.retyped.contains(key) && fates.retyped.contains(&above),
            Fate::Gone => fates.is_dropped(&above),
            Fate::Remade if matches!(above, Key::Part(Part::Index, ..)) => fates.is_dropped(&above),
            Fate::Remade if matches!(side.subject(key), Some(Subject::Constraint(_, c)) if c.index_oid.is_some()) => {
                fates.is_dropped(&above)
            }
            Fate::Remade => fates.get(&above) == Some(Fate::Remade),
            Fate::New => fates.is_made(&above),
            Fate::Same => false,
        };
        // A column that is declared here as well stays when it goes above.
        let local = match (fate, side.subject(key)) {
            (Fate::Gone, Some(Subject::Column(_, column))) => column.is_local,
            _ => false,
        };
        (together && !local).then_some(above)
    })
}
