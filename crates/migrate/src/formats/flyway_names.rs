//! Flyway's file names and versions.
//!
//! Rules of its name parser: prefix `V`, `U`, `R` or `B`; then up to the first `__` the version, whose `_` count as
//! dots, and after it the description; the ending is `.sql` in any case. A versioned name needs a version of numbers
//! (of any size) with dots between, `R` must have none. Versions compare number by number, missing ones count as 0.

use std::cmp::Ordering;

use crate::version::compare_digits;

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Prefix {
    Versioned,
    Undo,
    Repeatable,
    Baseline,
}

/// A name taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) prefix: Prefix,
    /// With dots; empty for repeatable migrations.
    pub(crate) version: String,
    /// As written.
    pub(crate) description: String,
}

/// Takes a name apart; `None` when it is nothing of Flyway's, an error in words when it nearly is.
pub(crate) fn parse(file: &str) -> Option<Result<Name, String>> {
    let stem = file.get(..file.len().checked_sub(4)?)?;
    if !file.get(stem.len()..)?.eq_ignore_ascii_case(".sql") {
        return None;
    }
    let prefix = match stem.chars().next()? {
        'V' => Prefix::Versioned,
        'U' => Prefix::Undo,
        'R' => Prefix::Repeatable,
        'B' => Prefix::Baseline,
        _ => return None,
    };
    let rest = stem.get(1..)?;
    let (version, description) = rest.split_once("__").unwrap_or((rest, ""));
    if prefix == Prefix::Repeatable {
        return if version.is_empty() {
            Some(Ok(Name { prefix, version: String::new(), description: description.to_owned() }))
        } else if rest.contains("__") || rest.starts_with('_') {
            Some(
                Err("is named like a repeatable migration but has something between `R` and `__`".to_owned()),
            )
        } else {
            None
        };
    }
    let version = version.replace('_', ".");
    let is_version = !version.is_empty()
        && version.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    if is_version {
        return Some(Ok(Name { prefix, version, description: description.to_owned() }));
    }
    if !rest.starts_with(|c: char| c.is_ascii_digit() || c == '_') {
        return None;
    }
    Some(Err(if rest.contains("__") {
        format!("has `{version}` as its version, which is not numbers with dots or `_` between")
    } else {
        "has no `__` (two underscores) between version and description".to_owned()
    }))
}

/// Compares two versions.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (x, y) => match compare_digits(x.unwrap_or("0"), y.unwrap_or("0")) {
                Ordering::Equal => {}
                other => return other,
            },
        }
    }
}

/// True for scripts that Flyway runs at moments of its own, named after an event.
pub(crate) fn is_callback(file: &str) -> bool {
    const STEPS: &[&str] =
        &["Migrate", "Clean", "Info", "Validate", "Baseline", "Repair", "Undo", "Each", "Versioned"];
    ["before", "after"].iter().filter_map(|moment| file.strip_prefix(moment)).any(|rest| {
        STEPS.iter().any(|step| rest.starts_with(step))
            || rest.starts_with("Connect")
            || rest.starts_with("Repeatables")
    }) || file.starts_with("createSchema")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_taken_apart_like_flyway_does() {
        let ok = |file: &str| parse(file).unwrap().map(|n| (n.prefix, n.version, n.description)).unwrap();
        assert_eq!(ok("V1_2__add__x.sql"), (Prefix::Versioned, "1.2".to_owned(), "add__x".to_owned()));
        assert_eq!(ok("V2024.01.02__a.SQL"), (Prefix::Versioned, "2024.01.02".to_owned(), "a".to_owned()));
        assert_eq!(ok("R__views.sql"), (Prefix::Repeatable, String::new(), "views".to_owned()));
        assert_eq!(ok("B12__all.sql"), (Prefix::Baseline, "12".to_owned(), "all".to_owned()));
        assert_eq!(ok("V3.sql"), (Prefix::Versioned, "3".to_owned(), String::new()));
        for file in ["V1_name.sql", "V1a__name.sql", "V__name.sql", "R1__x.sql", "V1..2__x.sql"] {
            assert!(matches!(parse(file), Some(Err(_))), "{file}");
        }
        for file in ["Views.sql", "README.sql", "v1__x.sql", "1__x.sql", "V1__x.txt", "V"] {
            assert!(parse(file).is_none(), "{file}");
        }
    }

    #[test]
    fn versions_compare_as_numbers_part_by_part() {
        for (a, b, expected) in [
            ("1.10", "1.9", Ordering::Greater),
            ("1", "1.0", Ordering::Equal),
            ("01.1", "1.01", Ordering::Equal),
            ("2", "10", Ordering::Less),
            ("1.0.1", "1", Ordering::Greater),
            ("99999999999999999999999", "100000000000000000000000", Ordering::Less),
        ] {
            assert_eq!(compare(a, b), expected, "{a} {b}");
            assert_eq!(compare(b, a), expected.reverse(), "{b} {a}");
        }
    }

    proptest! {
        #[test]
        fn the_order_of_versions_is_that_of_their_numbers_without_trailing_zeros(
            a in proptest::collection::vec(0u64..30, 1..5), b in proptest::collection::vec(0u64..30, 1..5), zeros in 0usize..3,
        ) {
            let text = |v: &[u64]| v.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
            let bare = |v: &[u64]| {
                let end = v.iter().rposition(|n| *n != 0).map_or(0, |at| at + 1);
                v[..end].to_vec()
            };
            let padded = format!("{}{}", text(&a), ".0".repeat(zeros));
            prop_assert_eq!(compare(&padded, &text(&b)), bare(&a).cmp(&bare(&b)));
        }
    }
}
