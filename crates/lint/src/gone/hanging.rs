//! What hangs on a table, a column, a type or a sequence, as far as the state knows.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use freehold_model::{
    catalog::{Relation, RelationKind, SequenceOwner},
    name::{QualifiedName, display_identifier},
};

use crate::{
    expression::mentions,
    state::{Known, Link, Site, State},
};

/// What becomes of something when what it hangs on is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It goes too, without a word.
    Goes,
    /// It forbids the drop, and goes too with `CASCADE`.
    Forbids,
    /// It stays, and fails when it is used.
    Breaks,
}

/// Something that hangs on what is dropped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hanging {
    /// What becomes of it.
    pub fate: Fate,
    /// What it is, with its name: `view active_users`.
    pub what: String,
    /// The relation that it is or belongs to.
    pub relation: Option<QualifiedName>,
    /// The name of the column, constraint, trigger or policy.
    pub part: Option<String>,
    /// Only the default of the column hangs on it.
    pub default_only: bool,
    /// It holds rows, values or the only copy of something.
    pub holds_data: bool,
    /// The statement that made it.
    pub made: Option<Site>,
}

impl Hanging {
    pub(super) fn new(fate: Fate, what: String, known: &Known) -> Self {
        let relation = Some(known.relation.name.clone());
        Self { fate, what, relation, part: None, default_only: false, holds_data: false, made: known.made }
    }

    pub(super) fn part(fate: Fate, kind: &str, part: &str, known: &Known) -> Self {
        let what = format!("{kind} {} of {}", display_identifier(part), known.relation.name);
        Self { part: Some(part.to_owned()), ..Self::new(fate, what, known) }
    }
}

/// The names of a few of them, and how many more there are.
pub(crate) fn list<'h>(all: impl Iterator<Item = &'h Hanging>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<&str> = all.map(|hanging| hanging.what.as_str()).collect();
    let more = names.len().saturating_sub(SHOWN);
    let mut text = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// What hangs on a relation, and in turn on what falls with it.
pub(super) fn on_relation(state: &State, name: &QualifiedName) -> Vec<Hanging> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::from([name.clone()]);
    let mut open = VecDeque::from([name.clone()]);
    while let Some(next) = open.pop_front() {
        for known in may_hang_on(state, &next, &[Link::Definition, Link::Policies]) {
            let relation = &known.relation;
            if relation.name != *name && !seen.contains(&relation.name) {
                if let Some(hanging) = whole(state, known, &next) {
                    seen.insert(relation.name.clone());
                    open.push_back(relation.name.clone());
                    found.push(hanging);
                    continue;
                }
                found.extend(parts_elsewhere(known, &next));
            }
        }
    }
    found.extend(bodies(state, name, None));
    found.sort();
    found.dedup();
    found
}

/// The relations that may hang on another one, or have a part that does, by name: those that point to it, and those that
/// have something of which only a look inside tells.
fn may_hang_on<'s>(
    state: &'s State,
    on: &QualifiedName,
    having: &[Link],
) -> impl Iterator<Item = &'s Known> + use<'s> {
    let pointing = [Link::Heir, Link::Sequence, Link::ForeignKey]
        .into_iter()
        .flat_map(|link| state.relations.pointing_to(on, link));
    let having = having.iter().flat_map(|link| state.relations.having(*link));
    let all: BTreeMap<&QualifiedName, &Arc<Known>> = pointing.chain(having).collect();
    all.into_values().map(AsRef::as_ref)
}

/// The relation itself, when it falls with the other one.
fn whole(state: &State, known: &Known, on: &QualifiedName) -> Option<Hanging> {
    let relation = &known.relation;
    if relation.partition.as_ref().is_some_and(|partition| partition.parent == *on) {
        let mut hanging = Hanging::new(Fate::Goes, format!("partition {}", relation.name), known);
        hanging.holds_data = true;
        return Some(hanging);
    }
    if relation.inherits.contains(on) {
        let mut hanging = Hanging::new(Fate::Forbids, format!("child table {}", relation.name), known);
        hanging.holds_data = true;
        return Some(hanging);
    }
    if let Some(SequenceOwner { table, .. }) =
        relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref())
        && table == on
    {
        return Some(Hanging::new(Fate::Goes, format!("sequence {}", relation.name), known));
    }
    let kind = match relation.kind {
        RelationKind::View => "view",
        RelationKind::MaterializedView => "materialized view",
        _ => return None,
    };
    reads(state, relation, on)
        .then(|| Hanging::new(Fate::Forbids, format!("{kind} {}", relation.name), known))
}

/// True when a view's query reads the relation.
pub(super) fn reads(state: &State, view: &Relation, on: &QualifiedName) -> bool {
    let Some(definition) = view.definition.as_deref() else { return false };
    if !mentions(definition, &on.name) {
        return false;
    }
    let Ok(statements) = freehold_sql::parse(definition) else { return false };
    statements.iter().flat_map(|statement| &statement.effect.objects).any(|object| {
        object.name == on.name
            && object.schema.as_ref().map_or_else(
                || state.resolve(None, &object.name) == *on || view.name.schema == on.schema,
                |schema| *schema == on.schema,
            )
    })
}

fn parts_elsewhere(known: &Known, on: &QualifiedName) -> Vec<Hanging> {
    let relation = &known.relation;
    let mut found = Vec::new();
    for key in relation.foreign_keys().filter(|key| key.referenced_table.as_ref() == Some(on)) {
        found.push(Hanging::part(Fate::Forbids, "foreign key", &key.name, known));
    }
    for policy in &relation.policies {
        let conditions = [policy.using.as_deref(), policy.with_check.as_deref()];
        if conditions.into_iter().flatten().any(|condition| reads_in_condition(condition, on)) {
            found.push(Hanging::part(Fate::Forbids, "policy", &policy.name, known));
        }
    }
    found
}

/// True when a condition has a subquery over the relation.
fn reads_in_condition(condition: &str, on: &QualifiedName) -> bool {
    mentions(condition, &on.name)
        && mentions(condition, "from")
        && freehold_sql::parse(&format!("SELECT {condition}")).is_ok_and(|statements| {
            statements.iter().flat_map(|statement| &statement.effect.objects).any(|object| {
                object.name == on.name && object.schema.as_ref().is_none_or(|schema| *schema == on.schema)
            })
        })
}

/// Functions that have the name in their body.
fn bodies(state: &State, name: &QualifiedName, column: Option<&str>) -> Vec<Hanging> {
    let mut found = Vec::new();
    for known in state.functions.values().flat_map(|all| all.iter()) {
        let body = known.function.body.as_str();
        if mentions(body, &name.name) && column.is_none_or(|column| mentions(body, column)) {
            found.push(Hanging {
                fate: Fate::Breaks,
                what: format!("function {}", known.function.name),
                relation: Some(known.function.name.clone()),
                part: None,
                default_only: false,
                holds_data: false,
                made: known.made,
            });
        }
    }
    found
}

/// What hangs on a column.
pub(super) fn on_column(state: &State, known: &Known, column: &str) -> Vec<Hanging> {
    let table = &known.relation;
    let mut found = own_parts(known, column);
    for other in may_hang_on(state, &table.name, &[Link::Definition]) {
        let relation = &other.relation;
        for key in relation.foreign_keys() {
            let points_here = key.referenced_table.as_ref() == Some(&table.name)
                && key.referenced_columns.iter().any(|name| name == column);
            if points_here {
                found.push(Hanging::part(Fate::Forbids, "foreign key", &key.name, other));
            }
        }
        let is_view = matches!(relation.kind, RelationKind::View | RelationKind::MaterializedView);
        let reads_column = || {
            relation.definition.as_deref().is_some_and(|definition| mentions(definition, column))
                && reads(state, relation, &table.name)
        };
        if is_view && reads_column() {
            let kind = if relation.kind == RelationKind::View { "view" } else { "materialized view" };
            found.push(Hanging::new(Fate::Forbids, format!("{kind} {}", relation.name), other));
            found.extend(
                on_relation(state, &relation.name).into_iter().filter(|below| below.fate != Fate::Breaks),
            );
        }
        let owned = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref());
        if owned.is_some_and(|owner| owner.table == table.name && owner.column == column) {
            found.push(Hanging::new(Fate::Goes, format!("sequence {}", relation.name), other));
        }
    }
    found.extend(bodies(state, &table.name, Some(column)));
    found.sort();
    found.dedup();
    found
}

/// What the column's own table has on it.
fn own_parts(known: &Known, column: &str) -> Vec<Hanging> {
    let table = &known.relation;
    let mut found = Vec::new();
    for index in table.indexes.iter().filter(|index| index.constraint.is_none()) {
        let holds = index.columns.iter().any(|key| key.column() == Some(column))
            || index.included.iter().any(|included| included == column)
            || index.predicate.as_deref().is_some_and(|predicate| mentions(predicate, column))
            || index.columns.iter().any(|key| key.column().is_none()) && mentions(&index.definition, column);
        if holds {
            found.push(Hanging::part(Fate::Goes, "index", &index.name, known));
        }
    }
    for constraint in &table.constraints {
        if constraint.columns.iter().any(|name| name == column) {
            found.push(Hanging::part(Fate::Goes, constraint.kind.word(), &constraint.name, known));
        }
    }
    for other in table.columns.iter().filter(|other| other.generated.is_some() && other.name != column) {
        if other.default.as_deref().is_some_and(|expression| mentions(expression, column)) {
            let mut hanging = Hanging::part(Fate::Forbids, "generated column", &other.name, known);
            hanging.holds_data = true;
            found.push(hanging);
        }
    }
    for policy in &table.policies {
        let conditions = [policy.using.as_deref(), policy.with_check.as_deref()];
        if conditions.into_iter().flatten().any(|condition| mentions(condition, column)) {
            found.push(Hanging::part(Fate::Forbids, "policy", &policy.name, known));
        }
    }
    for trigger in &table.triggers {
        let head = trigger.definition.split(" EXECUTE ").next().unwrap_or("");
        if mentions(head, column) {
            found.push(Hanging::part(Fate::Forbids, "trigger", &trigger.name, known));
        }
    }
    found
}

/// Foreign keys that rest on a unique or primary key constraint.
pub(super) fn on_constraint(state: &State, known: &Known, name: &str) -> Vec<Hanging> {
    let Some(constraint) = known.relation.constraint(name) else { return Vec::new() };
    let mut found = Vec::new();
    if constraint.index_oid.is_none()
        && !matches!(
            constraint.kind,
            freehold_model::catalog::ConstraintKind::PrimaryKey
                | freehold_model::catalog::ConstraintKind::Unique
        )
    {
        return found;
    }
    for other in state.referencing(&known.relation.name) {
        for key in other.relation.foreign_keys() {
            let same = key.referenced_table.as_ref() == Some(&known.relation.name)
                && (key.referenced_columns == constraint.columns);
            if same {
                found.push(Hanging::part(Fate::Forbids, "foreign key", &key.name, other));
            }
        }
    }
    found
}
