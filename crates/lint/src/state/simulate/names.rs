//! The names that PostgreSQL chooses for what has none: `makeObjectName`, `ChooseRelationName`,
//! `ChooseConstraintName` and `ChooseIndexName` of its sources.

use freehold_model::name::QualifiedName;

use super::State;

/// Key words that stand in double quotes as names although they are not reserved: names of functions and types of the
/// grammar's own.
const GRAMMAR_WORDS: &[&str] = &[
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "char",
    "character",
    "coalesce",
    "collation",
    "concurrently",
    "cross",
    "current_schema",
    "dec",
    "decimal",
    "exists",
    "extract",
    "float",
    "freeze",
    "full",
    "greatest",
    "grouping",
    "ilike",
    "inner",
    "inout",
    "int",
    "integer",
    "interval",
    "is",
    "isnull",
    "join",
    "least",
    "left",
    "like",
    "national",
    "natural",
    "nchar",
    "none",
    "normalize",
    "notnull",
    "nullif",
    "numeric",
    "out",
    "outer",
    "overlaps",
    "overlay",
    "position",
    "precision",
    "real",
    "right",
    "row",
    "setof",
    "similar",
    "smallint",
    "substring",
    "tablesample",
    "time",
    "timestamp",
    "treat",
    "trim",
    "values",
    "varchar",
    "verbose",
    "xmlattributes",
    "xmlconcat",
    "xmlelement",
    "xmlexists",
    "xmlforest",
    "xmlnamespaces",
    "xmlparse",
    "xmlpi",
    "xmlroot",
    "xmlserialize",
    "xmltable",
];

/// A name as the server writes it in definitions: in double quotes only where it must.
pub(super) fn quoted(name: &str) -> String {
    if freehold_model::name::is_plain(name) && GRAMMAR_WORDS.binary_search(&name).is_err() {
        name.to_owned()
    } else {
        freehold_model::name::quote_identifier(name)
    }
}

/// The most bytes that a name can have.
const LONGEST: usize = 63;

/// `name1_name2_label`, the longer of the names cut until all of it fits.
pub(super) fn object_name(name1: &str, name2: Option<&str>, label: &str) -> String {
    let overhead = name2.map_or(0, |_| 1) + if label.is_empty() { 0 } else { label.len() + 1 };
    let room = LONGEST.saturating_sub(overhead);
    let (mut first, mut second) = (name1.len(), name2.map_or(0, str::len));
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let mut name = cut(name1, first).to_owned();
    if let Some(name2) = name2 {
        name.push('_');
        name.push_str(cut(name2, second));
    }
    if !label.is_empty() {
        name.push('_');
        name.push_str(label);
    }
    name
}

/// The text up to so many bytes, no character cut in two.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or("")
}

/// A name as the server keeps it: cut to 63 bytes.
pub(super) fn kept(name: &str) -> &str {
    cut(name, LONGEST)
}

/// What the names of columns add to the name of an index or a foreign key.
pub(super) fn addition(columns: &[String]) -> String {
    let mut joined = String::new();
    for column in columns {
        if !joined.is_empty() {
            joined.push('_');
        }
        joined.push_str(column);
        if joined.len() > LONGEST {
            break;
        }
    }
    joined
}

/// The names that an index gives to its columns: a name that is there already gets a number.
pub(super) fn distinct(columns: Vec<String>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let mut name = column.clone();
        let mut number = 0;
        while names.contains(&name) {
            number += 1;
            let digits = number.to_string();
            name = format!("{}{digits}", cut(&column, LONGEST - digits.len()));
        }
        names.push(name);
    }
    names
}

impl State {
    /// True when a relation or an index of that name is there.
    pub(super) fn is_relation_name(&self, name: &QualifiedName) -> bool {
        self.relations.contains(name) || self.index_tables.contains(name)
    }

    /// A free name for a relation or an index; with `constraint` no constraint of the schema has it either.
    pub(super) fn choose_relation_name(
        &self,
        schema: &str,
        name1: &str,
        name2: Option<&str>,
        label: &str,
        constraint: bool,
    ) -> String {
        self.choose(name1, name2, label, |name| {
            let name = QualifiedName::new(schema, name);
            self.is_relation_name(&name) || (constraint && self.constraint_names.contains(&name))
        })
    }

    /// A name for a constraint that no other constraint of the schema has.
    pub(super) fn choose_constraint_name(
        &self,
        schema: &str,
        name1: &str,
        name2: Option<&str>,
        label: &str,
    ) -> String {
        self.choose(name1, name2, label, |name| {
            self.constraint_names.contains(&QualifiedName::new(schema, name))
        })
    }

    #[expect(clippy::unused_self, reason = "reads like its two callers")]
    fn choose(&self, name1: &str, name2: Option<&str>, label: &str, taken: impl Fn(&str) -> bool) -> String {
        let mut name = object_name(name1, name2, label);
        let mut pass = 0;
        while taken(&name) {
            pass += 1;
            name = object_name(name1, name2, &format!("{label}{pass}"));
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_grammar_are_quoted() {
        assert!(GRAMMAR_WORDS.is_sorted());
        assert_eq!((quoted("position"), quoted("name")), ("\"position\"".to_owned(), "name".to_owned()));
    }

    #[test]
    fn the_longer_name_gives_way() {
        assert_eq!(object_name("t", Some("a"), "key"), "t_a_key");
        assert_eq!(object_name("t", None, "pkey"), "t_pkey");
        let long = object_name(&"t".repeat(50), Some(&"c".repeat(20)), "fkey");
        assert_eq!(long, format!("{}_{}_fkey", "t".repeat(37), "c".repeat(20)));
        assert_eq!(object_name(&"ä".repeat(40), None, "pkey").len(), 63);
    }

    #[test]
    fn columns_of_an_index_are_told_apart() {
        let names = distinct(vec!["lower".into(), "lower".into(), "a".into(), "lower".into()]);
        assert_eq!(names, ["lower", "lower1", "a", "lower2"]);
    }
}
