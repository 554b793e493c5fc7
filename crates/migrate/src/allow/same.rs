//! Destructive words and the rules that say the same, so that one word in a script is enough for both.

/// Words of the runner with the ids of rules.
static SAME: &[(&str, &[&str])] = &[
    ("alter_column_type", &["lossy-type-change"]),
    ("cascade", &["drop-cascades", "truncate-cascades", "type-drop-cascades"]),
    ("delete_without_where", &["all-rows-deleted"]),
    ("drop_aggregate", &["function-dropped"]),
    ("drop_column", &["column-dropped"]),
    ("drop_database", &["database-dropped"]),
    ("drop_foreign_table", &["table-dropped"]),
    ("drop_function", &["function-dropped"]),
    ("drop_materialized_view", &["view-dropped", "table-dropped"]),
    ("drop_procedure", &["function-dropped"]),
    ("drop_routine", &["function-dropped"]),
    ("drop_schema", &["schema-dropped"]),
    ("drop_table", &["table-dropped"]),
    ("drop_view", &["view-dropped"]),
    ("opaque", &["dynamic-sql-not-checked"]),
    ("rename_column", &["column-renamed"]),
    ("rename_domain", &["type-or-sequence-renamed"]),
    ("rename_enum_value", &["enum-value-renamed"]),
    ("rename_function", &["function-renamed"]),
    ("rename_materialized_view", &["table-renamed"]),
    ("rename_schema", &["schema-renamed"]),
    ("rename_sequence", &["type-or-sequence-renamed"]),
    ("rename_table", &["table-renamed"]),
    ("rename_type", &["type-or-sequence-renamed"]),
    ("rename_view", &["table-renamed"]),
    ("set_schema", &["moved-to-another-schema"]),
    ("truncate", &["table-truncated"]),
    ("update_without_where", &["all-rows-overwritten"]),
];

/// The ids of the rules that say the same as a destructive word.
pub fn rules_of(word: &str) -> &'static [&'static str] {
    SAME.iter().find(|(one, _)| *one == word).map_or(&[], |(_, rules)| rules)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destructive::known;

    #[test]
    fn every_word_is_one_of_the_runner() {
        assert!(SAME.iter().all(|(word, rules)| known(word) == Some(*word) && !rules.is_empty()));
        assert_eq!(rules_of("drop_column"), ["column-dropped"]);
        assert!(rules_of("drop_cast").is_empty());
    }
}
