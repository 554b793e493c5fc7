//! A table as row synthesis sees it: what each column holds and what refuses a row.

use std::sync::Arc;

use freehold_model::name::{QualifiedName, quote_identifier};

/// A type with what is needed to make values of it.
#[derive(Debug, Clone)]
pub(crate) struct Kind {
    /// The type's own name, such as `int4` or `varchar`.
    pub(crate) name: String,
    /// As `format_type` writes it, with its modifier: fit for a cast.
    pub(crate) cast: String,
    /// `pg_type.typtype`: `b`ase, `c`omposite, `d`omain, `e`num, `p`seudo, `r`ange, `m`ultirange.
    pub(crate) class: char,
    /// The modifier, such as the length of a `varchar` plus 4; -1 for none.
    pub(crate) modifier: i32,
    /// Labels of an enum, in order.
    pub(crate) labels: Vec<String>,
    /// What a domain stands on, what an array holds, or the bounds of a range.
    pub(crate) inner: Option<Arc<Kind>>,
    /// True for arrays (`inner` is the element).
    pub(crate) array: bool,
    /// Types of a composite's attributes.
    pub(crate) attributes: Vec<Arc<Kind>>,
    /// Conditions of a domain over `VALUE`, with those of the domains below it.
    pub(crate) conditions: Vec<(String, String)>,
    /// A domain that refuses NULL.
    pub(crate) not_null: bool,
}

impl Kind {
    /// The type that a domain finally stands on; itself for anything else.
    pub(crate) fn base(&self) -> &Self {
        match &self.inner {
            Some(inner) if self.class == 'd' => inner.base(),
            _ => self,
        }
    }

    /// True when a domain with conditions is somewhere inside, where its conditions are no conditions on the column.
    pub(crate) fn hides_conditions(&self) -> bool {
        let hides = |kind: &Arc<Self>| {
            !kind.conditions.is_empty() || (kind.class == 'd' && kind.not_null) || kind.hides_conditions()
        };
        let inner = self.inner.iter().filter(|_| self.class != 'd').any(hides);
        inner || self.attributes.iter().any(hides) || self.class == 'd' && self.base().hides_conditions()
    }

    /// The length that a modifier of `varchar`, `char`, `bit` or `vector` gives.
    pub(crate) fn length(&self) -> Option<u32> {
        let spare = if matches!(self.name.as_str(), "varchar" | "bpchar") { 4 } else { 0 };
        u32::try_from(self.modifier - spare).ok().filter(|length| *length > 0)
    }
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) number: i16,
    pub(crate) name: String,
    pub(crate) kind: Arc<Kind>,
    pub(crate) nullable: bool,
    /// The default as an expression; for an identity column the call that advances its sequence.
    pub(crate) default: Option<String>,
    /// The default advances a sequence.
    pub(crate) counted: bool,
    pub(crate) generated: bool,
}

impl Column {
    pub(crate) fn quoted(&self) -> String {
        quote_identifier(&self.name)
    }
}

/// A condition on rows. `enforced` is false for one that is only wished for.
#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) constraint: Option<String>,
    /// SQL over the table's columns, unqualified.
    pub(crate) expression: String,
    /// Numbers of the columns that it reads, ascending.
    pub(crate) columns: Vec<i16>,
    pub(crate) enforced: bool,
}

impl Condition {
    /// Met by some values of any column and not by others, as a matter of hashing: nothing to search for.
    pub(crate) fn by_chance(&self) -> bool {
        self.expression.contains("satisfies_hash_partition")
    }
}

/// A unique or exclusion constraint, or a unique index.
#[derive(Debug)]
pub(crate) struct Unique {
    /// Every column that it reads, in its key or in an expression.
    pub(crate) columns: Vec<i16>,
    pub(crate) partial: bool,
}

/// Where a foreign key's values come from.
#[derive(Debug, Clone)]
pub(crate) enum Parent {
    Relation(u32),
    /// The query in the FROM clause; it cannot be filled.
    Query,
}

#[derive(Debug, Clone)]
pub(crate) struct Foreign {
    pub(crate) constraint: String,
    pub(crate) columns: Vec<String>,
    pub(crate) parent: Parent,
    /// The parent for the FROM clause.
    pub(crate) from: String,
    pub(crate) parent_columns: Vec<String>,
    /// The parent's rows say whose they are; a row takes parents of its own colour only.
    pub(crate) coloured: bool,
}

#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) oid: u32,
    pub(crate) name: QualifiedName,
    /// The table whose rows are counted: that above, where one partition is filled by itself.
    pub(crate) whole: QualifiedName,
    /// Its oid.
    pub(crate) whole_oid: u32,
    pub(crate) columns: Vec<Column>,
    pub(crate) foreign: Vec<Foreign>,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) uniques: Vec<Unique>,
    /// Partitioned, with nothing yet that could hold a row.
    pub(crate) without_partitions: bool,
}

impl Table {
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    pub(crate) fn position(&self, number: i16) -> Option<usize> {
        self.columns.iter().position(|column| column.number == number)
    }
}
