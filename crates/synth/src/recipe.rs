//! How values of a type are made: SQL over a row's number. One family of types is one file, on [`FAMILIES`].

mod binary;
mod documents;
mod geometric;
mod lists;
mod network;
mod numbers;
mod ranges;
mod references;
mod search;
mod texts;
mod times;
mod vectors;

use std::sync::Arc;

use crate::table::Kind;

/// SQL for a value from SQL for a row's number, a `bigint` that is not negative.
pub(crate) type Make = Arc<dyn Fn(&str) -> String + Send + Sync>;

/// SQL for a value from SQL for another value of the type and for a row's number.
pub(crate) type Step = Arc<dyn Fn(&str, &str) -> String + Send + Sync>;

/// SQL for values of a given length.
pub(crate) type Sized = Arc<dyn Fn(u32) -> Vec<Make> + Send + Sync>;

/// Ways to make values of one type.
#[derive(Clone)]
pub(crate) struct Recipe {
    /// Ordinary values, which may repeat.
    pub(crate) plain: Make,
    /// Different values for different numbers, as far as `capacity` goes.
    pub(crate) wide: Make,
    /// How many different values `wide` has; none when practically unlimited.
    pub(crate) capacity: Option<u64>,
    /// `wide` grows with the number.
    pub(crate) grows: bool,
    /// `wide` is the number itself, so that it must start above the values that are there.
    pub(crate) counts: bool,
    /// Other shapes that a condition may ask for.
    pub(crate) forms: Vec<Make>,
    /// Values at a distance from a given one, each way different for different numbers.
    pub(crate) steps: Vec<Step>,
    /// Values of a length that a condition names.
    pub(crate) sized: Option<Sized>,
    /// Texts that the type's input function may take and that a condition may ask for.
    pub(crate) literals: Vec<String>,
}

impl Recipe {
    /// A recipe whose values differ without limit.
    pub(crate) fn new(wide: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let wide: Make = Arc::new(wide);
        Self {
            plain: wide.clone(),
            wide,
            capacity: None,
            grows: false,
            counts: false,
            forms: Vec::new(),
            steps: Vec::new(),
            sized: None,
            literals: Vec::new(),
        }
    }

    pub(crate) fn plain(mut self, plain: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.plain = Arc::new(plain);
        self
    }

    pub(crate) fn capacity(mut self, capacity: u64) -> Self {
        self.capacity = Some(capacity);
        self
    }

    pub(crate) fn grows(mut self) -> Self {
        self.grows = true;
        self
    }

    pub(crate) fn counts(mut self) -> Self {
        self.counts = true;
        self.grows()
    }

    pub(crate) fn form(mut self, form: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.forms.push(Arc::new(form));
        self
    }

    pub(crate) fn step(mut self, step: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> Self {
        self.steps.push(Arc::new(step));
        self
    }

    pub(crate) fn sized(mut self, sized: impl Fn(u32) -> Vec<Make> + Send + Sync + 'static) -> Self {
        self.sized = Some(Arc::new(sized));
        self
    }

    pub(crate) fn literals(mut self, literals: &[&str]) -> Self {
        self.literals = literals.iter().map(|&literal| literal.to_owned()).collect();
        self
    }
}

/// A family's answer: a recipe, or nothing for a type that is not its own. The seed makes values differ.
type Family = fn(&Kind, u64) -> Option<Recipe>;

/// Every family. The first that knows a type makes its values.
const FAMILIES: &[Family] = &[
    lists::recipe,
    numbers::recipe,
    texts::recipe,
    times::recipe,
    documents::recipe,
    binary::recipe,
    network::recipe,
    ranges::recipe,
    search::recipe,
    vectors::recipe,
    geometric::recipe,
    references::recipe,
];

/// The recipe for a type; domains are made as what they stand on. None for a type of an unknown kind.
pub(crate) fn recipe(kind: &Kind, seed: u64) -> Option<Recipe> {
    let base = kind.base();
    FAMILIES.iter().find_map(|family| family(base, seed))
}

/// Texts that are tried for a type of an unknown kind, through its input function.
pub(crate) const GUESSES: &[&str] = &[
    "1",
    "a",
    "(1,2)",
    "[1,2]",
    "{1,2}",
    "1,2",
    "POINT(1 2)",
    "{}",
    "[]",
    "a=>1",
    "1..2",
    "978-0-393-04002-9",
    "10.0.0.1",
    "2024-01-01",
    "00000000-0000-4000-8000-000000000000",
    "",
];

/// A short text that is the same for the same seed.
fn tag(seed: u64) -> String {
    format!("{:x}", seed % 0x1_0000_0000)
}
