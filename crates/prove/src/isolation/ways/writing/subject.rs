//! A relation as it is written to: its columns, and the rows of A and of others as they show through it.

use freehold_model::{
    catalog::{Deferrable, Generated, Identity, Relation, RelationKind},
    name::quote_identifier,
};

use super::{reach, statement::literal, through_view};
use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    tenancy::Ownership,
    world::{TruthRow, World},
};

/// A column, and what the application may do with it.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) struct Place {
    /// Its name, unquoted.
    pub(in crate::isolation::ways) name: String,
    /// It may be read.
    pub(in crate::isolation::ways) read: bool,
    /// It may be given a value in a new row.
    pub(in crate::isolation::ways) insert: bool,
    /// It may be changed.
    pub(in crate::isolation::ways) update: bool,
    /// The server refuses a value for it unless it is overridden.
    pub(in crate::isolation::ways) always: bool,
    /// The server computes it.
    pub(in crate::isolation::ways) generated: bool,
    /// NULL is refused.
    pub(in crate::isolation::ways) not_null: bool,
}

/// A row as it shows through the relation.
#[derive(Debug, Clone)]
pub(in crate::isolation::ways) struct Line {
    /// The tenant: 0 is A.
    pub(in crate::isolation::ways) tenant: usize,
    /// Its values, in the order of [`Subject::places`].
    pub(in crate::isolation::ways) values: Vec<Option<String>>,
    /// A condition that is true for it.
    pub(in crate::isolation::ways) found_by: String,
    /// What removes it, as the superuser; none where that cannot be said.
    pub(in crate::isolation::ways) remove: Option<String>,
    /// What makes it look so first, as the superuser, where it is not as its values say.
    pub(in crate::isolation::ways) stage: Option<String>,
    /// The rows that go with that: relation, and place in its truth.
    pub(in crate::isolation::ways) removed: Vec<(u32, usize)>,
}

/// A relation as it is written to.
pub(in crate::isolation::ways) struct Subject<'w> {
    /// What all trials share.
    pub(in crate::isolation::ways) world: &'w World<'w>,
    /// The relation.
    pub(in crate::isolation::ways) relation: &'w Relation,
    /// Its name for SQL.
    pub(in crate::isolation::ways) name: String,
    /// Its columns.
    pub(in crate::isolation::ways) places: Vec<Place>,
    /// Rows of A.
    pub(in crate::isolation::ways) own: Vec<Line>,
    /// Rows of other tenants.
    pub(in crate::isolation::ways) others: Vec<Line>,
    /// The columns that make a row its tenant's, by their place.
    pub(in crate::isolation::ways) tenant: Vec<usize>,
    /// The relations in which rows of others could change.
    pub(in crate::isolation::ways) reach: Vec<u32>,
    /// Something is checked only at the end of the transaction.
    pub(in crate::isolation::ways) deferred: bool,
}

impl<'w> Subject<'w> {
    /// The relation of a target, where writing to it makes sense: a table with rows of tenants, or a view that can be
    /// written to and shows such rows. An outcome where it makes sense and cannot be tried; nothing where it makes none.
    pub(in crate::isolation::ways) async fn of(
        world: &'w World<'w>,
        target: &Target,
    ) -> Result<Option<Result<Self, Outcome>>, IsolationError> {
        let Some(relation) = target.relation(world) else { return Ok(None) };
        match relation.kind {
            RelationKind::Table | RelationKind::PartitionedTable => Ok(Self::of_table(world, relation)),
            RelationKind::View => through_view::subject(world, relation).await,
            _ => Ok(None),
        }
    }

    /// A table with rows of tenants.
    pub(in crate::isolation::ways) fn of_table(
        world: &'w World<'w>,
        relation: &'w Relation,
    ) -> Option<Result<Self, Outcome>> {
        let ownership = world.tenancy.owned.get(&relation.oid)?;
        if relation.kind == RelationKind::ForeignTable {
            return None;
        }
        let Some(truth) = world.truth(relation.oid) else {
            return Some(Err(Outcome::not_tried("nothing says which tenant its rows belong to")));
        };
        let lines = |wanted: fn(usize) -> bool| -> Vec<Line> {
            let rows = truth.rows.iter();
            rows.filter_map(|row| {
                let tenant = row.tenant.filter(|tenant| wanted(*tenant))?;
                let same = truth.rows.iter().enumerate().filter(|(_, other)| other.found_by == row.found_by);
                Some(Line {
                    tenant,
                    values: row.values.clone(),
                    found_by: row.found_by.clone(),
                    remove: Some(removal(relation, row)),
                    stage: None,
                    removed: same.map(|(at, _)| (relation.oid, at)).collect(),
                })
            })
            .collect()
        };
        let (own, others) = (lines(|tenant| tenant == 0), lines(|tenant| tenant != 0));
        if others.is_empty() {
            let why = world.lacks_rows(relation);
            return Some(Err(Outcome::not_tried(
                why.unwrap_or_else(|| "it has no rows of other tenants".to_owned()),
            )));
        }
        let may = world.may(relation.oid);
        let places: Vec<Place> = relation
            .columns
            .iter()
            .map(|column| Place {
                name: column.name.clone(),
                read: may.select.contains(&column.name),
                insert: may.insert.contains(&column.name),
                update: may.update.contains(&column.name),
                always: column.identity == Some(Identity::Always),
                generated: matches!(column.generated, Some(Generated::Stored | Generated::Virtual)),
                not_null: column.not_null,
            })
            .collect();
        let tenant: Vec<&str> = match ownership {
            Ownership::Root { key } | Ownership::Column(key) => vec![key],
            Ownership::Through { columns, .. } => columns.iter().map(|(own, _)| own.as_str()).collect(),
        };
        let tenant = tenant.iter().filter_map(|name| places.iter().position(|place| place.name == **name));
        Some(Ok(Self {
            world,
            relation,
            name: relation.name.quoted(),
            tenant: tenant.collect(),
            places,
            own,
            others,
            reach: reach::of_table(world, relation),
            deferred: is_deferred(relation),
        }))
    }

    /// True for the table of tenants.
    pub(in crate::isolation::ways) fn is_root(&self) -> bool {
        matches!(self.world.tenancy.owned.get(&self.relation.oid), Some(Ownership::Root { .. }))
    }

    /// The first row of another tenant.
    pub(in crate::isolation::ways) fn other(&self) -> Option<&Line> {
        self.others.iter().min_by_key(|line| line.tenant)
    }

    /// The table itself; for a view the tables under it whose rows show through it.
    pub(in crate::isolation::ways) fn tables(&self) -> Vec<&'w Relation> {
        if self.relation.is_table() {
            return vec![self.relation];
        }
        let removed = self.others.iter().flat_map(|line| &line.removed).map(|(oid, _)| *oid);
        let mut oids: Vec<u32> = removed.collect();
        oids.sort_unstable();
        oids.dedup();
        oids.into_iter().filter_map(|oid| self.world.catalog.relation_by_oid(oid)).collect()
    }

    /// The value of a column in a row.
    pub(in crate::isolation::ways) fn value<'l>(&self, line: &'l Line, place: usize) -> Option<&'l str> {
        line.values.get(place)?.as_deref()
    }

    /// The place of a column.
    pub(in crate::isolation::ways) fn place(&self, column: &str) -> Option<usize> {
        self.places.iter().position(|place| place.name == column)
    }

    /// Columns and values of a new row like `line`, with some values changed. All columns that may be given a value;
    /// where none may, all that could be, so that the server itself refuses.
    pub(in crate::isolation::ways) fn new_row(
        &self,
        line: &Line,
        changed: &[(usize, Option<String>)],
    ) -> (String, String, &'static str) {
        let any = self.places.iter().any(|place| place.insert);
        let mut names = Vec::new();
        let mut values = Vec::new();
        let mut overriding = "";
        for (at, place) in self.places.iter().enumerate() {
            if place.generated || (any && !place.insert) {
                continue;
            }
            let given = changed.iter().find(|(place, _)| *place == at);
            let value = given.map_or(self.value(line, at), |(_, value)| value.as_deref());
            names.push(quote_identifier(&place.name));
            values.push(literal(value));
            if place.always {
                overriding = " OVERRIDING SYSTEM VALUE";
            }
        }
        (names.join(", "), values.join(", "), overriding)
    }

    /// An `INSERT` of a row like `line`, with some values changed.
    pub(in crate::isolation::ways) fn insert(
        &self,
        line: &Line,
        changed: &[(usize, Option<String>)],
    ) -> String {
        let (names, values, overriding) = self.new_row(line, changed);
        format!("INSERT INTO {} ({names}){overriding} VALUES ({values})", self.name)
    }

    /// The columns by which rows are found may be read.
    pub(in crate::isolation::ways) fn is_searchable(&self) -> bool {
        let key = self.relation.primary_key().map(|key| key.columns.as_slice()).unwrap_or_default();
        self.places.iter().filter(|place| key.is_empty() || key.contains(&place.name)).all(|place| place.read)
    }

    /// A statement that removes, as the superuser, rows of the table by a condition; no trigger fires.
    pub(in crate::isolation::ways) fn removal(table: &str, condition: &str) -> String {
        format!(
            "SET LOCAL session_replication_role = replica; DELETE FROM {table} WHERE {condition}; \
             SET LOCAL session_replication_role = origin"
        )
    }
}

fn removal(relation: &Relation, row: &TruthRow) -> String {
    Subject::removal(&relation.name.quoted(), &row.found_by)
}

/// Something about a relation is checked only at the end of the transaction.
pub(super) fn is_deferred(relation: &Relation) -> bool {
    relation.constraints.iter().any(|constraint| constraint.deferrable == Deferrable::InitiallyDeferred)
        || relation.triggers.iter().any(|trigger| trigger.definition.contains("INITIALLY DEFERRED"))
}
