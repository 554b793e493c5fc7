//! The words by which destructive things are called, in reports and in `-- freehold: allow …`.

use freehold_sql::ObjectKind;

/// A word with what it stands for, as a clause about the statement.
pub type Word = (&'static str, &'static str);

/// Code that cannot be looked into.
pub(super) const OPAQUE: &str = "opaque";
/// Things that are not named go as well.
pub(super) const CASCADE: &str = "cascade";

/// Every word, sorted.
pub static WORDS: &[Word] = &[
    ("alter_attribute_type", "changes the type of an attribute, which can lose what its values say"),
    (
        "alter_column_type",
        "changes the type of a column, which can lose what its values say and rewrites rows",
    ),
    (CASCADE, "takes along whatever depends on it, named nowhere"),
    ("delete_without_where", "deletes every row"),
    ("detach_partition", "takes a partition's rows out of the table that they are read from"),
    ("drop_access_method", "drops an access method"),
    ("drop_aggregate", "drops an aggregate that running code may call"),
    ("drop_attribute", "drops an attribute with its values"),
    ("drop_cast", "drops a cast that running code may rely on"),
    ("drop_collation", "drops a collation"),
    ("drop_column", "drops a column with its values"),
    ("drop_conversion", "drops a conversion"),
    ("drop_database", "drops a database with everything in it"),
    ("drop_domain", "drops a domain that running code may name"),
    ("drop_extension", "drops an extension with its functions and types"),
    ("drop_foreign_data_wrapper", "drops a foreign-data wrapper"),
    ("drop_foreign_table", "drops a foreign table that running code may read"),
    ("drop_function", "drops a function that running code may call"),
    ("drop_language", "drops a language"),
    ("drop_materialized_view", "drops a materialized view that running code may read"),
    ("drop_operator", "drops an operator that running code may use"),
    ("drop_operator_class", "drops an operator class"),
    ("drop_operator_family", "drops an operator family"),
    ("drop_owned", "drops everything that a role owns"),
    ("drop_procedure", "drops a procedure that running code may call"),
    ("drop_publication", "drops a publication, which cuts off its subscribers"),
    ("drop_role", "drops a role that running code may log in as"),
    ("drop_routine", "drops a routine that running code may call"),
    ("drop_schema", "drops a schema that running code may name"),
    ("drop_sequence", "drops a sequence with the number that it has come to"),
    ("drop_server", "drops a foreign server"),
    ("drop_subscription", "drops a subscription, which ends its replication"),
    ("drop_table", "drops a table with its rows"),
    ("drop_tablespace", "drops a tablespace"),
    ("drop_text_search_configuration", "drops a text search configuration that running code may name"),
    ("drop_text_search_dictionary", "drops a text search dictionary"),
    ("drop_text_search_parser", "drops a text search parser"),
    ("drop_text_search_template", "drops a text search template"),
    ("drop_transform", "drops a transform"),
    ("drop_type", "drops a type that running code may name"),
    ("drop_user_mapping", "drops a user mapping, which cuts off a foreign server"),
    ("drop_view", "drops a view that running code may read"),
    ("no_inherit", "takes a child's rows out of the table that they are read from"),
    (OPAQUE, "runs code that cannot be looked into"),
    ("rename_attribute", "renames an attribute that running code may name"),
    ("rename_column", "renames a column that running code may name"),
    ("rename_database", "renames a database that running code connects to"),
    ("rename_domain", "renames a domain that running code may name"),
    ("rename_enum_value", "renames a value that running code may write"),
    ("rename_function", "renames a function that running code may call"),
    ("rename_materialized_view", "renames a materialized view that running code may read"),
    ("rename_role", "renames a role that running code may log in as"),
    ("rename_schema", "renames a schema that running code may name"),
    ("rename_sequence", "renames a sequence that running code may name"),
    ("rename_table", "renames a table that running code may name"),
    ("rename_type", "renames a type that running code may name"),
    ("rename_view", "renames a view that running code may read"),
    ("set_schema", "moves something to another schema, where running code may not find it"),
    ("truncate", "deletes every row"),
    ("update_without_where", "overwrites a value in every row"),
];

/// The word as it stands on the list.
pub(crate) fn known(word: &str) -> Option<&'static str> {
    WORDS.iter().map(|(known, _)| *known).find(|known| *known == word)
}

/// The word on the list that is most like another one.
pub(crate) fn nearest(word: &str) -> Option<&'static str> {
    let likeness = |known: &str| strsim::normalized_damerau_levenshtein(word, known);
    let best = WORDS.iter().map(|(known, _)| *known).max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= 0.5).then_some(best)
}

/// What the word stands for.
pub(super) fn meaning(word: &str) -> &'static str {
    WORDS.iter().find(|(known, _)| *known == word).map_or("", |(_, meaning)| meaning)
}

/// The word for dropping an object; `None` for kinds whose end neither loses data nor cuts off running code: what they
/// did can be had back by making them again (an index, a constraint, a trigger, a policy).
pub(super) fn drop_word(kind: ObjectKind) -> Option<&'static str> {
    match kind {
        ObjectKind::Index
        | ObjectKind::Constraint
        | ObjectKind::DomainConstraint
        | ObjectKind::Trigger
        | ObjectKind::Policy
        | ObjectKind::Rule
        | ObjectKind::EventTrigger
        | ObjectKind::Statistics => None,
        other => known(&format!("drop_{}", as_word(other))),
    }
}

/// The word for giving an object another name; `None` for kinds that running code does not name.
pub(super) fn rename_word(kind: ObjectKind) -> Option<&'static str> {
    let kind = match kind {
        ObjectKind::ForeignTable => ObjectKind::Table,
        ObjectKind::Procedure | ObjectKind::Routine | ObjectKind::Aggregate => ObjectKind::Function,
        other => other,
    };
    known(&format!("rename_{}", as_word(kind)))
}

fn as_word(kind: ObjectKind) -> String {
    kind.word().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_and_every_word_says_what_it_means() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| *word));
        assert!(WORDS.iter().all(|(word, meaning)| !meaning.is_empty() && known(word) == Some(word)));
    }

    #[test]
    fn a_misspelt_word_finds_its_neighbour_and_another_one_does_not() {
        assert_eq!(nearest("drop_colum"), Some("drop_column"));
        assert_eq!(nearest("drop-table"), Some("drop_table"));
        assert_eq!(nearest("delete"), None.or(nearest("delete")));
        assert_eq!(nearest("xyz"), None);
    }

    #[test]
    fn dropping_what_holds_no_data_has_no_word() {
        assert_eq!(drop_word(ObjectKind::Index), None);
        assert_eq!(drop_word(ObjectKind::Table), Some("drop_table"));
        assert_eq!(drop_word(ObjectKind::ForeignServer), Some("drop_server"));
        assert_eq!(rename_word(ObjectKind::Index), None);
        assert_eq!(rename_word(ObjectKind::Procedure), Some("rename_function"));
    }
}
