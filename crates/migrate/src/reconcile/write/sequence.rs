//! Sequences, alone and behind identity columns.

use freehold_model::catalog::{Persistence, Relation, Sequence};

use super::Sql;

/// What a sequence has when nothing is said.
struct Usual {
    start: i64,
    min: i64,
    max: i64,
}

/// The bounds of a type (`CREATE SEQUENCE` in the manual): from 1 upwards, from -1 downwards.
fn usual(sequence: &Sequence) -> Usual {
    let (least, greatest) = match sequence.type_name.as_str() {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let (min, max) = if sequence.increment < 0 { (least, -1) } else { (1, greatest) };
    let start = if sequence.increment < 0 { sequence.max } else { sequence.min };
    Usual { start, min, max }
}

/// The options that are not as they would be anyway, the type left out.
pub(super) fn options(sequence: &Sequence) -> Vec<String> {
    let usual = usual(sequence);
    let mut options = Vec::new();
    if sequence.increment != 1 {
        options.push(format!("INCREMENT BY {}", sequence.increment));
    }
    if sequence.min != usual.min {
        options.push(format!("MINVALUE {}", sequence.min));
    }
    if sequence.max != usual.max {
        options.push(format!("MAXVALUE {}", sequence.max));
    }
    if sequence.start != usual.start {
        options.push(format!("START WITH {}", sequence.start));
    }
    if sequence.cache != 1 {
        options.push(format!("CACHE {}", sequence.cache));
    }
    if sequence.cycle {
        options.push("CYCLE".to_owned());
    }
    options
}

pub(super) fn create(relation: &Relation) -> Vec<Sql> {
    let sequence = relation.sequence.clone().unwrap_or_default();
    let unlogged = if relation.persistence == Persistence::Unlogged { "UNLOGGED " } else { "" };
    let mut text = format!("CREATE {unlogged}SEQUENCE {}", relation.name.quoted());
    if sequence.type_name != "bigint" {
        text = text + " AS " + &sequence.type_name;
    }
    for option in options(&sequence) {
        text = text + " " + &option;
    }
    vec![Sql::new(text)]
}

/// A sequence whose old place may be outside of the new bounds starts anew.
pub(super) fn alter(old: &Relation, new: &Relation) -> Vec<Sql> {
    let name = new.name.quoted();
    let mut changes = Vec::new();
    if let (Some(a), Some(b)) = (&old.sequence, &new.sequence) {
        let mut options = Vec::new();
        if a.type_name != b.type_name {
            options.push(format!("AS {}", b.type_name));
        }
        let mut differ = |differs: bool, option: String| {
            if differs {
                options.push(option);
            }
        };
        let typed = a.type_name != b.type_name;
        differ(a.increment != b.increment, format!("INCREMENT BY {}", b.increment));
        differ(typed || a.min != b.min, format!("MINVALUE {}", b.min));
        differ(typed || a.max != b.max, format!("MAXVALUE {}", b.max));
        differ(a.start != b.start, format!("START WITH {}", b.start));
        differ(a.cache != b.cache, format!("CACHE {}", b.cache));
        differ(a.cycle != b.cycle, if b.cycle { "CYCLE" } else { "NO CYCLE" }.to_owned());
        let outside = a.start < b.min || a.start > b.max;
        differ(outside, format!("RESTART WITH {}", b.start));
        if !options.is_empty() {
            changes.push(Sql {
                text: format!("ALTER SEQUENCE {name} {}", options.join(" ")),
                destroys: outside,
            });
        }
    }
    if old.persistence != new.persistence {
        let word = if new.persistence == Persistence::Unlogged { "UNLOGGED" } else { "LOGGED" };
        changes.push(Sql::new(format!("ALTER SEQUENCE {name} SET {word}")));
    }
    changes
}
