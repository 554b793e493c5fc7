//! How the rows of one table are made, and the SQL that makes them.

use std::{collections::BTreeMap, fmt::Write as _};

use freehold_model::name::quote_identifier;

use crate::{
    ask::Bound,
    recipe::{Make, Recipe, Step},
    table::{Column, Condition, Table},
};

/// The name of a row's number among columns whose names are not ours.
const NUMBER: &str = "\"freehold row number\"";

/// More values than this are joined rather than looked up in an array, whose cost grows with its length.
const LOOKED_UP: usize = 64;

/// How one column gets its value.
#[derive(Clone)]
pub(crate) enum Choice {
    Make(Make),
    /// One of these texts, through the type's input function.
    Pick(Vec<String>),
    /// Made from one literal and the row's number.
    With(String, Step),
    /// An expression of the server's own, such as a default. True when it advances a sequence.
    Own(String, bool),
    Null,
    /// A column of a pool of parents.
    Parent(usize, String),
    /// The value of another column, by its position.
    Same(usize),
    /// At a distance from another column, by its position.
    Near(usize, Step),
}

impl Choice {
    /// True when the value is read from another column of the row.
    pub(crate) fn follows(&self) -> Option<usize> {
        match self {
            Self::Same(of) | Self::Near(of, _) => Some(*of),
            _ => None,
        }
    }
}

/// One column.
pub(crate) struct Slot {
    /// Row `n` takes case `n % cases.len()`.
    pub(crate) cases: Vec<Choice>,
    pub(crate) recipe: Option<Recipe>,
    /// The column is part of something unique.
    pub(crate) unique: bool,
    /// Row numbers are divided by this, so that several columns run through all combinations.
    pub(crate) stride: u64,
    /// Added to a row's number.
    pub(crate) shift: i64,
}

/// Numbered parents to join with.
pub(crate) struct Pool {
    pub(crate) sql: String,
    pub(crate) size: u64,
    pub(crate) stride: u64,
    /// Holds only parents that no row uses yet: counted from the first new row.
    pub(crate) fresh: bool,
}

pub(crate) struct Plan<'t> {
    pub(crate) table: &'t Table,
    /// Number of the first new row.
    pub(crate) base: u64,
    pub(crate) rows: u64,
    pub(crate) slots: Vec<Slot>,
    pub(crate) pools: Vec<Pool>,
}

/// Columns that are made otherwise than their slot says, by position.
pub(crate) type Instead<'c> = BTreeMap<usize, &'c Choice>;

/// The common table expressions and values that a statement needs.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) bound: Bound,
    /// By name; the names are in the order in which one may read another: listed, parents, sifted.
    with: BTreeMap<String, String>,
}

impl Parts {
    /// `WITH …`, or nothing.
    pub(crate) fn with(&self) -> String {
        if self.with.is_empty() {
            return String::new();
        }
        let parts: Vec<_> =
            self.with.iter().map(|(name, sql)| format!("{name} AS MATERIALIZED ({sql})")).collect();
        format!("WITH {} ", parts.join(", "))
    }
}

impl Plan<'_> {
    /// Rows with the columns at `positions`, for the numbers that `numbers` (SQL with one column) gives. `real` rows
    /// may advance sequences.
    pub(crate) fn select(
        &self,
        positions: &[usize],
        instead: &Instead<'_>,
        numbers: &str,
        real: bool,
        parts: &mut Parts,
    ) -> String {
        let mut wanted: Vec<usize> = positions.to_vec();
        for position in positions {
            wanted.extend(self.cases(*position, instead).iter().filter_map(Choice::follows));
        }
        wanted.sort_unstable();
        wanted.dedup();
        let mut joins = BTreeMap::new();
        let (mut inner, mut outer) = (String::new(), String::new());
        for &position in &wanted {
            let Some(column) = self.table.columns.get(position) else { continue };
            let (name, cast) = (column.quoted(), &column.kind.base().cast);
            let cases = self.cases(position, instead);
            let render = |choice: &Choice, parts: &mut Parts, joins: &mut BTreeMap<String, String>| {
                self.made(position, choice, cases.len(), real, parts, joins)
            };
            let firsts: Vec<String> = cases
                .iter()
                .map(|choice| match choice.follows() {
                    Some(_) => "NULL".to_owned(),
                    None => render(choice, parts, &mut joins),
                })
                .collect();
            let _ = write!(inner, ", {} AS {name}", by_case(&firsts, cast, "numbers"));
            let second = if cases.iter().any(|choice| choice.follows().is_some()) {
                let seconds: Vec<String> = cases.iter().map(|choice| self.second(&name, choice)).collect();
                by_case(&seconds, cast, "r")
            } else {
                format!("r.{name}")
            };
            let _ = write!(outer, ", {second} AS {name}");
        }
        let joins: String = joins.values().map(String::as_str).collect();
        format!(
            "SELECT r.{NUMBER}{outer} FROM (SELECT numbers.{NUMBER}{inner} \
             FROM ({numbers}) AS numbers({NUMBER}){joins} OFFSET 0) AS r"
        )
    }

    fn cases<'a>(&'a self, position: usize, instead: &'a Instead<'_>) -> &'a [Choice] {
        match instead.get(&position) {
            Some(choice) => std::slice::from_ref(*choice),
            None => self.slots.get(position).map_or(&[], |slot| slot.cases.as_slice()),
        }
    }

    /// A value that stands by itself.
    fn made(
        &self,
        position: usize,
        choice: &Choice,
        cases: usize,
        real: bool,
        parts: &mut Parts,
        joins: &mut BTreeMap<String, String>,
    ) -> String {
        let (stride, shift) =
            self.slots.get(position).map_or((1, 0), |slot| (slot.stride.max(1), slot.shift));
        let number = match stride {
            1 => format!("(numbers.{NUMBER} + {shift})"),
            stride => format!("(numbers.{NUMBER} / {stride})"),
        };
        match choice {
            Choice::Make(make) => make(&number),
            Choice::Own(_, true) if !real => format!("(numbers.{NUMBER} + 1)"),
            Choice::Own(expression, _) => expression.clone(),
            Choice::Null | Choice::Same(_) | Choice::Near(..) => "NULL".to_owned(),
            Choice::With(literal, step) => {
                let list = parts.bound.list(std::slice::from_ref(literal));
                let cast = self.table.columns.get(position).map_or("", |column| &column.kind.base().cast);
                step(&format!("(({list})[1]::{cast})"), &number)
            }
            Choice::Pick(texts) => {
                let number = format!("(numbers.{NUMBER} / {})", stride.saturating_mul(cases as u64));
                pick(texts, &number, parts, joins)
            }
            Choice::Parent(pool, column) => self.parent(*pool, column, parts, joins),
        }
    }

    fn parent(
        &self,
        pool: usize,
        column: &str,
        parts: &mut Parts,
        joins: &mut BTreeMap<String, String>,
    ) -> String {
        let name = format!("parents{pool}");
        if let Some(known) = self.pools.get(pool) {
            parts.with.entry(name.clone()).or_insert_with(|| known.sql.clone());
            let first = if known.fresh { self.base } else { 0 };
            joins.entry(name.clone()).or_insert_with(|| {
                format!(
                    " LEFT JOIN {name} ON {name}.{NUMBER} = (numbers.{NUMBER} - {first}) / {} % {}",
                    known.stride.max(1),
                    known.size.max(1)
                )
            });
        }
        format!("{name}.{}", quote_identifier(column))
    }

    /// A value that is read from the rest of the row, or what stands there already.
    fn second(&self, name: &str, choice: &Choice) -> String {
        let other = |of: usize| {
            self.table.columns.get(of).map_or_else(|| "NULL".to_owned(), |c| format!("r.{}", c.quoted()))
        };
        match choice {
            Choice::Same(of) => other(*of),
            Choice::Near(of, step) => step(&other(*of), "(r.\"freehold row number\" % 60)"),
            _ => format!("r.{name}"),
        }
    }

    /// The positions of columns that a statement gives values for.
    pub(crate) fn given(&self) -> Vec<usize> {
        let columns = self.table.columns.iter().enumerate();
        columns.filter(|(_, column)| !column.generated).map(|(position, _)| position).collect()
    }

    /// `INSERT` of rows for the numbers from `first`, as many as `count`.
    pub(crate) fn insert(&self, first: u64, count: u64) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(first, count, &mut parts);
        (format!("{}INSERT INTO {into} SELECT {columns} FROM ({rows}) AS made", parts.with()), parts.bound)
    }

    /// `INSERT` of only those rows that meet the conditions and collide with nothing, at most `limit` of them.
    /// Answers with how many went in, how many met the conditions, and the number of the last of these.
    pub(crate) fn sifted(&self, first: u64, count: u64, limit: u64) -> (String, Bound) {
        let mut parts = Parts::default();
        let (rows, into, columns) = self.rows_into(first, count, &mut parts);
        let conditions = self.judged(|condition| condition.enforced);
        let all: Vec<String> =
            conditions.iter().map(|c| format!(" AND ({}) IS NOT FALSE", c.expression)).collect();
        parts.with.insert(
            "sifted".to_owned(),
            format!("SELECT * FROM ({rows}) AS made WHERE true{} LIMIT {limit}", all.concat()),
        );
        let sql = format!(
            "{}, stored AS (INSERT INTO {into} SELECT {columns} FROM sifted ON CONFLICT DO NOTHING RETURNING 1) \
             SELECT (SELECT pg_catalog.count(*) FROM stored), pg_catalog.count(*), pg_catalog.max({NUMBER}) FROM sifted",
            parts.with().trim_end(),
        );
        (sql, parts.bound)
    }

    /// The rows, the table with its columns, and the columns alone.
    fn rows_into(&self, first: u64, count: u64, parts: &mut Parts) -> (String, String, String) {
        let given = self.given();
        let numbers = format!(
            "SELECT pg_catalog.generate_series({first}::pg_catalog.int8, {first}::pg_catalog.int8 + {count} - 1)"
        );
        let rows = self.select(&given, &Instead::new(), &numbers, true, parts);
        let columns: Vec<String> =
            given.iter().filter_map(|at| self.table.columns.get(*at)).map(Column::quoted).collect();
        let columns = columns.join(", ");
        let table = self.table.name.quoted();
        let into =
            if columns.is_empty() { table } else { format!("{table} ({columns}) OVERRIDING SYSTEM VALUE") };
        (rows, into, columns)
    }

    /// Conditions that can be asked about before a row is stored: those without generated columns.
    pub(crate) fn judged(&self, also: impl Fn(&Condition) -> bool) -> Vec<&Condition> {
        let generated = |number: &i16| {
            self.table
                .position(*number)
                .and_then(|at| self.table.columns.get(at))
                .is_some_and(|c| c.generated)
        };
        let conditions = self.table.conditions.iter();
        conditions.filter(|c| also(c) && !c.columns.iter().any(generated)).collect()
    }
}

/// One of the cases in turn, each of the same type, by the number in `from`.
fn by_case(cases: &[String], cast: &str, from: &str) -> String {
    match cases {
        [] => "NULL".to_owned(),
        [one] => format!("({one})::{cast}"),
        several => {
            let mut sql = format!("CASE {from}.{NUMBER} % {}", several.len());
            for (at, case) in several.iter().enumerate() {
                let _ = write!(sql, " WHEN {at} THEN ({case})::{cast}");
            }
            sql + " END"
        }
    }
}

fn pick(texts: &[String], number: &str, parts: &mut Parts, joins: &mut BTreeMap<String, String>) -> String {
    let list = parts.bound.list(texts);
    if texts.len() <= LOOKED_UP {
        return format!("({list})[1 + ({number} % {})::pg_catalog.int4]", texts.len().max(1));
    }
    let name = format!("listed{}", list.chars().filter(char::is_ascii_digit).collect::<String>());
    parts.with.entry(name.clone()).or_insert_with(|| {
        format!("SELECT u.o - 1 AS {NUMBER}, u.v AS text FROM pg_catalog.unnest({list}) WITH ORDINALITY AS u(v, o)")
    });
    joins
        .entry(name.clone())
        .or_insert_with(|| format!(" LEFT JOIN {name} ON {name}.{NUMBER} = {number} % {}", texts.len()));
    format!("{name}.text")
}

/// Numbers a pool's rows.
pub(crate) fn numbered(rows: &str) -> String {
    format!("SELECT pg_catalog.row_number() OVER () - 1 AS {NUMBER}, q.* FROM ({rows}) AS q")
}

/// The SQL of some row numbers.
pub(crate) fn samples(base: u64, rows: u64) -> String {
    let mut numbers: Vec<u64> = (base..base + rows.clamp(1, 6)).collect();
    numbers.push(base + rows.max(1) - 1);
    numbers.dedup();
    let values: Vec<String> = numbers.iter().map(|number| format!("({number}::pg_catalog.int8)")).collect();
    format!("VALUES {}", values.join(", "))
}
