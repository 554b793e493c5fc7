//! Types that the server has and this crate does not know by number: enums, domains, composites, extensions' types and
//! arrays of them. Looked up once for a database, all that belong together in one round trip.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use postgres_types::{Field, Kind, Oid, Type};

use crate::{Error, Row};

/// A type with everything that it is made of.
pub(super) const LOOK_UP: &str = "
WITH RECURSIVE wanted (oid) AS (
    SELECT pg_catalog.unnest($1::pg_catalog.oid[])
    UNION
    SELECT part.oid
    FROM wanted
    JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) wanted.oid
    LEFT JOIN pg_catalog.pg_range r
        ON r.rngtypid OPERATOR(pg_catalog.=) t.oid OR r.rngmultitypid OPERATOR(pg_catalog.=) t.oid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.unnest(ARRAY[t.typelem, t.typbasetype, r.rngsubtype])
        UNION ALL
        SELECT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0
            AND NOT a.attisdropped
    ) AS part (oid)
    WHERE part.oid OPERATOR(pg_catalog.>) 0::pg_catalog.oid
)
SELECT t.oid, t.typname::pg_catalog.text, n.nspname::pg_catalog.text, t.typtype::pg_catalog.text, t.typelem,
    t.typbasetype, coalesce(r.rngsubtype, 0::pg_catalog.oid), t.typcategory::pg_catalog.text,
    ARRAY(SELECT e.enumlabel::pg_catalog.text FROM pg_catalog.pg_enum e
        WHERE e.enumtypid OPERATOR(pg_catalog.=) t.oid ORDER BY e.enumsortorder),
    ARRAY(SELECT a.attname::pg_catalog.text FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0
            AND NOT a.attisdropped ORDER BY a.attnum),
    ARRAY(SELECT a.atttypid FROM pg_catalog.pg_attribute a
        WHERE a.attrelid OPERATOR(pg_catalog.=) t.typrelid AND a.attnum OPERATOR(pg_catalog.>) 0
            AND NOT a.attisdropped ORDER BY a.attnum)
FROM wanted
JOIN pg_catalog.pg_type t ON t.oid OPERATOR(pg_catalog.=) wanted.oid
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) t.typnamespace
LEFT JOIN pg_catalog.pg_range r
        ON r.rngtypid OPERATOR(pg_catalog.=) t.oid OR r.rngmultitypid OPERATOR(pg_catalog.=) t.oid";

/// The types of a database that were looked up.
#[derive(Default)]
pub(super) struct Types(RwLock<HashMap<Oid, Type>>);

impl Types {
    /// The type of a number; `None` when it has to be looked up.
    pub(super) fn get(&self, oid: Oid) -> Option<Type> {
        Type::from_oid(oid)
            .or_else(|| self.0.read().unwrap_or_else(PoisonError::into_inner).get(&oid).cloned())
    }

    /// Those that have to be looked up.
    pub(super) fn missing(&self, oids: impl IntoIterator<Item = Oid>) -> Vec<Oid> {
        let mut missing: Vec<Oid> = oids.into_iter().filter(|oid| self.get(*oid).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    /// Forgets what was looked up: a type may have changed.
    pub(super) fn clear(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Takes in the rows of [`LOOK_UP`].
    ///
    /// # Errors
    /// [`Error::Column`] when they are not what was asked for.
    pub(super) fn learn(&self, rows: &[Row], wanted: &[Oid]) -> Result<(), Error> {
        let mut found = HashMap::new();
        for row in rows {
            let one = Found::read(row)?;
            found.insert(one.oid, one);
        }
        let mut made = HashMap::new();
        for oid in found.keys().chain(wanted) {
            build(*oid, &found, &mut made, 0);
        }
        self.0.write().unwrap_or_else(PoisonError::into_inner).extend(made);
        Ok(())
    }
}

struct Found {
    oid: Oid,
    name: String,
    schema: String,
    kind: String,
    element: Oid,
    base: Oid,
    sub: Oid,
    category: String,
    labels: Vec<String>,
    fields: Vec<(String, Oid)>,
}

impl Found {
    fn read(row: &Row) -> Result<Self, Error> {
        let names: Vec<String> = row.get(9)?;
        let types: Vec<Oid> = row.get(10)?;
        Ok(Self {
            oid: row.get(0)?,
            name: row.get(1)?,
            schema: row.get(2)?,
            kind: row.get(3)?,
            element: row.get(4)?,
            base: row.get(5)?,
            sub: row.get(6)?,
            category: row.get(7)?,
            labels: row.get(8)?,
            fields: names.into_iter().zip(types).collect(),
        })
    }
}

/// A type from its parts, which are built first. What is nested deeper than types are, or is gone, stays unknown.
fn build(oid: Oid, found: &HashMap<Oid, Found>, made: &mut HashMap<Oid, Type>, depth: usize) -> Type {
    if let Some(known) = Type::from_oid(oid).or_else(|| made.get(&oid).cloned()) {
        return known;
    }
    let Some(one) = found.get(&oid).filter(|_| depth < 32) else {
        let unknown = Type::new("unknown".to_owned(), oid, Kind::Simple, String::new());
        made.insert(oid, unknown.clone());
        return unknown;
    };
    let mut part = |oid| build(oid, found, made, depth + 1);
    let kind = match one.kind.as_str() {
        "e" => Kind::Enum(one.labels.clone()),
        "p" => Kind::Pseudo,
        "d" => Kind::Domain(part(one.base)),
        "r" => Kind::Range(part(one.sub)),
        "m" => Kind::Multirange(part(one.sub)),
        "c" => Kind::Composite(
            one.fields.iter().map(|(name, oid)| Field::new(name.clone(), part(*oid))).collect(),
        ),
        _ if one.category == "A" && one.element != 0 => Kind::Array(part(one.element)),
        _ => Kind::Simple,
    };
    let built = Type::new(one.name.clone(), oid, kind, one.schema.clone());
    made.insert(oid, built.clone());
    built
}
