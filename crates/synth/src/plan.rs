//! How the rows of one table are made, and the SQL that makes them.

mod numbers;
mod statement;

use std::{collections::BTreeMap, fmt::Write as _};

use freehold_model::name::quote_identifier;

use crate::{
    ask::Bound,
    recipe::{Make, Recipe, Step},
    table::{Condition, Table},
};

pub(crate) use numbers::{COLOUR, NUMBER, PLACE, Span};
pub(crate) use statement::Page;

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
    /// Counts the rows of its colour only, for it is told apart from those of other colours by another column.
    pub(crate) within: bool,
    /// As the project wants it: no condition changes it.
    pub(crate) fixed: bool,
}

/// Numbered parents to join with.
#[derive(Default)]
pub(crate) struct Pool {
    pub(crate) sql: String,
    /// How many parents; those of the colour that has most, where the pool is sorted by colours.
    pub(crate) size: u64,
    /// How many each colour has, where it is.
    pub(crate) sizes: Option<BTreeMap<u32, u64>>,
    pub(crate) stride: u64,
    /// Holds only parents that no row uses yet: counted from the first new row.
    pub(crate) fresh: bool,
    /// As a slot's.
    pub(crate) within: bool,
}

impl Pool {
    /// The number of parents for a row, as SQL.
    fn total(&self) -> String {
        let Some(sizes) = &self.sizes else { return self.size.max(1).to_string() };
        let mut known = sizes.values();
        let all = sizes.keys().next_back().map_or(0, |last| *last as usize + 1) == sizes.len();
        if all && known.next().is_some_and(|first| *first > 0 && known.all(|size| size == first)) {
            return self.size.max(1).to_string();
        }
        let last = sizes.keys().next_back().copied().unwrap_or(0);
        let list: Vec<String> = (0..=last)
            .map(|colour| match sizes.get(&colour) {
                Some(size) if *size > 0 => size.to_string(),
                _ => "NULL".to_owned(),
            })
            .collect();
        format!("(ARRAY[{}]::pg_catalog.int8[])[numbers.{COLOUR} + 1]", list.join(", "))
    }
}

pub(crate) struct Plan<'t> {
    pub(crate) table: &'t Table,
    /// Number of the first new row.
    pub(crate) base: u64,
    /// Rows of all colours.
    pub(crate) rows: u64,
    /// Which rows.
    pub(crate) spans: Vec<Span>,
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

    /// `WITH …` to which more is added.
    fn with_more(&self) -> String {
        let with = self.with();
        if with.is_empty() { "WITH".to_owned() } else { format!("{},", with.trim_end()) }
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
            "SELECT r.{NUMBER}, r.{COLOUR}, r.{PLACE}{outer} \
             FROM (SELECT numbers.{NUMBER}, numbers.{COLOUR}, numbers.{PLACE}{inner} \
             FROM ({numbers}) AS numbers({NUMBER}, {COLOUR}, {PLACE}){joins} OFFSET 0) AS r"
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
        let slot = self.slots.get(position);
        let (stride, shift) = slot.map_or((1, 0), |slot| (slot.stride.max(1), slot.shift));
        let counted = if slot.is_some_and(|slot| slot.within) { PLACE } else { NUMBER };
        let number = match stride {
            1 => format!("(numbers.{counted} + {shift})"),
            stride => format!("(numbers.{counted} / {stride})"),
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
                let number = format!("(numbers.{counted} / {})", stride.saturating_mul(cases as u64));
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
            let counted = if known.within { PLACE } else { NUMBER };
            let first = if known.fresh && !known.within { self.base } else { 0 };
            let own = if known.sizes.is_some() {
                format!(" AND {name}.{COLOUR} = numbers.{COLOUR}")
            } else {
                String::new()
            };
            joins.entry(name.clone()).or_insert_with(|| {
                format!(
                    " LEFT JOIN {name} ON {name}.{NUMBER} = (numbers.{counted} - {first}) / {} % {}{own}",
                    known.stride.max(1),
                    known.total()
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
