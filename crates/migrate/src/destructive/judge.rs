//! What one statement destroys, by its effect and its words.

use freehold_sql::{Action, Effect, ObjectKind, ObjectUse, StatementKind, Use};

use super::rows;
use super::tokens::tokens;
use super::words::{CASCADE, drop_word, rename_word};

/// Something destructive.
#[derive(Debug, Clone)]
pub(super) struct Harm {
    pub(super) word: &'static str,
    /// What is hurt.
    pub(super) object: Option<ObjectUse>,
    /// It is harmless when all objects of one of these lists were made by the scripts themselves.
    pub(super) excuses: Vec<Vec<ObjectUse>>,
    /// It is harmless when the same script puts something in its place: it holds no rows of its own.
    pub(super) replaceable: Option<Replaceable>,
}

/// What another object of the same name can take the place of.
#[derive(Debug, Clone)]
pub(super) enum Replaceable {
    /// Anything that can be used like it.
    ByItsLike(ObjectUse),
    /// A view: a new table would be empty.
    ByView(ObjectUse),
}

impl Replaceable {
    /// True when making `new` keeps running code going.
    pub(super) fn is_replaced_by(&self, new: &ObjectUse) -> bool {
        let (gone, fits) = match self {
            Self::ByItsLike(gone) => (gone, takes_the_place_of(new.kind, gone.kind)),
            Self::ByView(gone) => (gone, new.kind == ObjectKind::View),
        };
        let same_schema = new.schema == gone.schema || new.schema.is_none() || gone.schema.is_none();
        fits && same_schema && new.name == gone.name
    }
}

impl Harm {
    pub(super) fn of(word: &'static str, object: ObjectUse) -> Self {
        Self { word, excuses: vec![vec![object.clone()]], object: Some(object), replaceable: None }
    }
}

/// What a statement destroys, as far as its own text tells.
pub(super) fn harms(effect: &Effect, text: &str) -> Vec<Harm> {
    match effect.kind {
        StatementKind::Drop { cascade, .. } => dropped(effect, cascade),
        StatementKind::DropOwned => {
            let roles = effect.objects.iter().filter(|object| object.kind == ObjectKind::Role);
            roles.map(|role| Harm { excuses: Vec::new(), ..Harm::of("drop_owned", role.clone()) }).collect()
        }
        StatementKind::Truncate => truncated(effect, text),
        StatementKind::AlterTable | StatementKind::Alter(_) => altered(effect, text),
        StatementKind::Select
        | StatementKind::Insert
        | StatementKind::Update
        | StatementKind::Delete
        | StatementKind::Merge
        | StatementKind::Copy { .. }
        | StatementKind::CreateTableAs
        | StatementKind::Cursor
        | StatementKind::Explain { analyze: true } => {
            if mentions_change(text) {
                rows::of_every_row(text)
            } else {
                Vec::new()
            }
        }
        _ => Vec::new(),
    }
}

/// A quick look, for long lists of values.
fn mentions_change(text: &str) -> bool {
    text.as_bytes()
        .windows(6)
        .any(|window| window.eq_ignore_ascii_case(b"delete") || window.eq_ignore_ascii_case(b"update"))
}

fn dropped(effect: &Effect, cascade: bool) -> Vec<Harm> {
    let objects: Vec<&ObjectUse> = effect.objects_used(Use::Drops).collect();
    let mut harms: Vec<Harm> = objects
        .iter()
        .filter_map(|object| {
            let mut harm = Harm::of(drop_word(object.kind)?, (*object).clone());
            let replaceable = holds_no_rows(object.kind) && !cascade;
            harm.replaceable = replaceable.then(|| Replaceable::ByItsLike((*object).clone()));
            Some(harm)
        })
        .collect();
    if cascade {
        harms.push(cascading(&objects));
    }
    harms
}

/// Kinds that can be made again as they were.
fn holds_no_rows(kind: ObjectKind) -> bool {
    matches!(
        kind,
        ObjectKind::View
            | ObjectKind::MaterializedView
            | ObjectKind::ForeignTable
            | ObjectKind::Function
            | ObjectKind::Procedure
            | ObjectKind::Routine
            | ObjectKind::Aggregate
            | ObjectKind::Operator
            | ObjectKind::Cast
            | ObjectKind::Type
            | ObjectKind::Domain
            | ObjectKind::Publication
            | ObjectKind::TextSearchConfiguration
            | ObjectKind::TextSearchDictionary
    )
}

/// True when making one kind of object under the old name takes the place of the other kind for running code.
fn takes_the_place_of(new: ObjectKind, gone: ObjectKind) -> bool {
    let is_routine = |kind| {
        matches!(
            kind,
            ObjectKind::Function | ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate
        )
    };
    let is_type = |kind| matches!(kind, ObjectKind::Type | ObjectKind::Domain);
    new == gone
        || (is_routine(new) && is_routine(gone))
        || (is_type(new) && is_type(gone))
        || (new.is_relation() && gone.is_relation())
}

/// What depends on something that was made here was made here too.
fn cascading(objects: &[&ObjectUse]) -> Harm {
    let all: Vec<ObjectUse> = objects.iter().map(|object| (*object).clone()).collect();
    Harm { word: CASCADE, object: all.first().cloned(), excuses: vec![all], replaceable: None }
}

fn truncated(effect: &Effect, text: &str) -> Vec<Harm> {
    let objects: Vec<&ObjectUse> = effect.objects_used(Use::Writes).collect();
    let mut harms: Vec<Harm> = objects.iter().map(|object| Harm::of("truncate", (*object).clone())).collect();
    if tokens(text).last().is_some_and(|token| token.is("cascade")) {
        harms.push(cascading(&objects));
    }
    harms
}

fn altered(effect: &Effect, text: &str) -> Vec<Harm> {
    let Some(subject) = effect.objects.first() else { return Vec::new() };
    let mut harms: Vec<Harm> = effect.actions.iter().flat_map(|action| of_action(action, subject)).collect();
    if effect.kind == StatementKind::Alter(ObjectKind::Type) && effect.actions.is_empty() {
        let words = tokens(text);
        let renames = words.windows(2).any(|pair| matches!(pair, [a, b] if a.is("rename") && b.is("value")));
        harms.extend(renames.then(|| Harm::of("rename_enum_value", subject.clone())));
    }
    harms
}

fn of_action(action: &Action, subject: &ObjectUse) -> Vec<Harm> {
    let is_type = subject.kind == ObjectKind::Type;
    let part = |name: &str| ObjectUse {
        kind: ObjectKind::Column,
        of: Some(subject.name.clone()),
        name: name.to_owned(),
        ..subject.clone()
    };
    let either = |of_type: &'static str, of_table: &'static str| if is_type { of_type } else { of_table };
    match action {
        Action::DropColumn { name, cascade, .. } => {
            let column = part(name);
            let mut harms = vec![Harm::of(either("drop_attribute", "drop_column"), column.clone())];
            harms.extend(cascade.then(|| cascading(&[&column])));
            harms
        }
        Action::AlterColumnType { column, .. } => {
            vec![Harm::of(either("alter_attribute_type", "alter_column_type"), part(column))]
        }
        Action::DropConstraint { cascade: true, .. } => vec![cascading(&[subject])],
        Action::RenameColumn { from, .. } => {
            vec![Harm::of(either("rename_attribute", "rename_column"), part(from))]
        }
        Action::Rename { .. } => {
            let harm = rename_word(subject.kind).map(|word| Harm {
                replaceable: subject.kind.is_relation().then(|| Replaceable::ByView(subject.clone())),
                ..Harm::of(word, subject.clone())
            });
            harm.into_iter().collect()
        }
        Action::SetSchema { .. } if drop_word(subject.kind).is_some() => {
            vec![Harm::of("set_schema", subject.clone())]
        }
        Action::DetachPartition { schema, partition, finalize: false, .. } => {
            let detached = ObjectUse { schema: schema.clone(), name: partition.clone(), ..subject.clone() };
            // The partition may have been there before it was attached to a table that was made here.
            let mut harm = Harm::of("detach_partition", detached);
            harm.excuses.push(vec![subject.clone()]);
            vec![harm]
        }
        Action::NoInherit { .. } => vec![Harm::of("no_inherit", subject.clone())],
        _ => Vec::new(),
    }
}
