//! Reading the text of one comment.

use std::fmt;

use freehold_model::place::Place;

use crate::destructive::{known, nearest};

/// One word that is allowed, perhaps for one object only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// One of [`crate::destructive::WORDS`].
    pub word: &'static str,
    /// The object as it is written: `users`, `app.users.email`.
    pub object: Option<String>,
}

impl fmt::Display for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word)?;
        self.object.iter().try_for_each(|object| write!(f, " {object}"))
    }
}

/// A rule that is allowed to speak in vain, perhaps about one object only. Which rules there are is not known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePermit {
    /// The rule's id or code as it is written.
    pub rule: String,
    /// The object as it is written.
    pub object: Option<String>,
}

impl fmt::Display for RulePermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)?;
        self.object.iter().try_for_each(|object| write!(f, " {object}"))
    }
}

/// What a comment allows, and why.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Allows {
    pub(super) permits: Vec<Permit>,
    pub(super) rules: Vec<RulePermit>,
    pub(super) reason: String,
}

/// True for what only a rule can be called: ids have hyphens, codes are `FH` and digits.
fn names_a_rule(word: &str) -> bool {
    let code = |start: &str, digits: &str| {
        start.eq_ignore_ascii_case("FH") && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    };
    word.contains('-') || word.split_at_checked(2).is_some_and(|(start, digits)| code(start, digits))
}

/// What is wrong with a comment that begins with `freehold:`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AllowError {
    /// A word that is on no list.
    #[error("{}: `{word}` is nothing that can be allowed{}", at(place), like(*nearest))]
    UnknownWord {
        /// The word.
        word: String,
        /// The word that is most like it.
        nearest: Option<&'static str>,
        /// The comment.
        place: Box<Place>,
    },
    /// No `because`, or nothing behind it.
    #[error("{}: `allow {words}` gives no reason", at(place))]
    NoReason {
        /// What was to be allowed, as it is written.
        words: String,
        /// The comment.
        place: Box<Place>,
    },
    /// Nothing between `allow` and `because`.
    #[error("{}: `allow` does not say what is allowed", at(place))]
    NoWords {
        /// The comment.
        place: Box<Place>,
    },
    /// A word after `freehold:` that looks like `allow`.
    #[error("{}: `freehold: {mark}` means nothing; did you mean `freehold: allow`?", at(place))]
    UnknownMark {
        /// The word.
        mark: String,
        /// The comment.
        place: Box<Place>,
    },
}

impl AllowError {
    /// Where the comment stands.
    pub fn place(&self) -> &Place {
        match self {
            Self::UnknownWord { place, .. }
            | Self::NoReason { place, .. }
            | Self::NoWords { place }
            | Self::UnknownMark { place, .. } => place,
        }
    }

    /// What to do next, as a sentence.
    pub fn help(&self) -> &'static str {
        "Write it as `-- freehold: allow drop_column because the column was unused since March`."
    }
}

fn at(place: &Place) -> String {
    format!("{}:{}", place.file.display(), place.start.line)
}

fn like(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean `{word}`?"))
}

/// The text after `freehold:` of a comment that is a mark of Freehold's own.
pub(crate) fn mark_in(comment: &str) -> Option<&str> {
    let inner = match comment.strip_prefix("/*") {
        Some(rest) => {
            let is_border = |c: char| c == '*' || c.is_whitespace();
            rest.strip_suffix("*/").unwrap_or(rest).trim_matches(is_border)
        }
        None => comment.trim_start_matches('-'),
    };
    let (word, rest) = inner.trim().split_once(':')?;
    word.trim_end().eq_ignore_ascii_case("freehold").then(|| rest.trim())
}

/// Reads a comment; `None` when it allows nothing and does not look as if it was meant to.
pub(super) fn allowance(comment: &str, place: &Place) -> Option<Result<Allows, AllowError>> {
    let mark = mark_in(comment)?;
    let place = || Box::new(place.clone());
    // In a comment of several lines each may begin with a star.
    let words: Vec<&str> = mark.split_whitespace().filter(|word| *word != "*").collect();
    let (first, rest) = words.split_first()?;
    if !first.eq_ignore_ascii_case("allow") {
        let meant = strsim::osa_distance(&first.to_ascii_lowercase(), "allow") <= 2;
        return meant.then(|| Err(AllowError::UnknownMark { mark: (*first).to_owned(), place: place() }));
    }
    let because =
        rest.iter().position(|word| word.trim_end_matches([':', ',']).eq_ignore_ascii_case("because"));
    let list = rest.get(..because.unwrap_or(rest.len())).unwrap_or(rest);
    let reason = because.and_then(|at| rest.get(at + 1..)).unwrap_or(&[]).join(" ");
    if list.is_empty() {
        return Some(Err(AllowError::NoWords { place: place() }));
    }
    if !reason.chars().any(char::is_alphabetic) {
        return Some(Err(AllowError::NoReason { words: list.join(" "), place: place() }));
    }
    let mut allows = Allows { reason, ..Allows::default() };
    for item in items(list) {
        let (word, object) = item.split_first()?;
        let object = (!object.is_empty()).then(|| object.join(" "));
        if names_a_rule(word) {
            allows.rules.push(RulePermit { rule: (*word).to_owned(), object });
            continue;
        }
        let Some(word) = known(&word.to_ascii_lowercase()) else {
            let nearest = nearest(&word.to_ascii_lowercase());
            return Some(Err(AllowError::UnknownWord { word: (*word).to_owned(), nearest, place: place() }));
        };
        allows.permits.push(Permit { word, object });
    }
    let nothing = allows.permits.is_empty() && allows.rules.is_empty();
    Some(if nothing { Err(AllowError::NoWords { place: place() }) } else { Ok(allows) })
}

/// The items of a list: words and objects between commas or `and`.
fn items<'w>(words: &[&'w str]) -> Vec<Vec<&'w str>> {
    let mut items = vec![Vec::new()];
    for word in words {
        if word.eq_ignore_ascii_case("and") {
            items.push(Vec::new());
            continue;
        }
        for (index, part) in word.split(',').enumerate() {
            if index > 0 {
                items.push(Vec::new());
            }
            if let Some(item) = items.last_mut().filter(|_| !part.is_empty()) {
                item.push(part);
            }
        }
    }
    items.retain(|item| !item.is_empty());
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(comment: &str) -> Option<Result<(String, String), AllowError>> {
        let place = Place::whole_file("a.sql".as_ref());
        let shown = |allows: &Allows| {
            let permits = allows.permits.iter().map(ToString::to_string);
            permits.chain(allows.rules.iter().map(ToString::to_string)).collect::<Vec<_>>().join("|")
        };
        allowance(comment, &place).map(|read| read.map(|allows| (shown(&allows), allows.reason)))
    }

    #[test]
    fn words_objects_and_the_reason_are_read_from_either_kind_of_comment() {
        for (comment, permits, reason) in [
            ("-- freehold: allow drop_column because unused", "drop_column", "unused"),
            ("--freehold:allow drop_column because it is unused.", "drop_column", "it is unused."),
            ("--- Freehold: ALLOW Drop_Column BECAUSE unused", "drop_column", "unused"),
            ("/* freehold: allow truncate because it is a cache */", "truncate", "it is a cache"),
            (
                "/**\n * freehold: allow truncate\n * because it\n * is a cache\n */",
                "truncate",
                "it is a cache",
            ),
            ("-- freehold: allow drop_table, drop_view because old", "drop_table|drop_view", "old"),
            (
                "-- freehold: allow drop_table a,drop_view b.c and cascade because old",
                "drop_table a|drop_view b.c|cascade",
                "old",
            ),
            ("-- freehold: allow drop_column users.email because moved", "drop_column users.email", "moved"),
            ("-- freehold: allow column-dropped because unused", "column-dropped", "unused"),
            (
                "-- freehold: allow drop_column, column-dropped users.email and FH0101 because moved",
                "drop_column|column-dropped users.email|FH0101",
                "moved",
            ),
        ] {
            assert_eq!(read(comment), Some(Ok((permits.to_owned(), reason.to_owned()))), "{comment}");
        }
    }

    #[test]
    fn a_reason_is_demanded_and_unknown_words_are_told_with_their_neighbour() {
        let error = |comment| read(comment).unwrap().unwrap_err().to_string();
        assert!(error("-- freehold: allow drop_column").contains("no reason"));
        assert!(error("-- freehold: allow drop_column because").contains("no reason"));
        assert!(error("-- freehold: allow drop_column because ...").contains("no reason"));
        assert!(error("-- freehold: allow because it is unused").contains("what is allowed"));
        assert!(error("-- freehold: allow").contains("what is allowed"));
        assert!(error("-- freehold: allow drop_colum because x").contains("`drop_column`"));
        assert!(error("-- freehold: allow everything because x").contains("`everything`"));
        assert!(error("-- freehold: alow drop_column because x").contains("freehold: allow"));
    }

    #[test]
    fn other_comments_are_left_alone() {
        for comment in [
            "-- allow drop_column because unused",
            "-- freehold allow drop_column because unused",
            "-- see freehold: allow drop_column because unused",
            "-- freehold: squashed 3 migrations up to 7",
            "-- freehold:",
            "--",
        ] {
            assert_eq!(read(comment), None, "{comment}");
        }
    }

    proptest! {
        #[test]
        fn any_comment_is_read_or_left(comment in "(--|/\\*)? ?(freehold:)? ?(allow)?( ?(drop_table|because|and|,|\\*|[a-z.,é]{0,4})){0,6}(\\*/)?") {
            if let Some(Ok((permits, reason))) = read(&comment) {
                prop_assert!(!permits.is_empty() && !reason.is_empty());
            }
        }
    }
}
