//! Keys that are no tenant's, made to look like one: for contexts that must give nothing.

use std::collections::BTreeSet;

use freehold_model::{catalog::Relation, name::quote_literal};
use tokio::sync::OnceCell;

use super::{IsolationError, World};
use crate::isolation::trial::send;

/// A key that is no tenant's, with one that is no user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stranger {
    /// In the place of the tenant's key.
    pub key: String,
    /// In the place of the user's.
    pub user: String,
    /// What it is in words: `'%' as the tenant's key`.
    pub says: String,
}

pub(super) type Strangers = OnceCell<Vec<Stranger>>;

/// Patterns, SQL and words that mean everything or nothing somewhere.
const FIXED: [&str; 10] = ["no-such-tenant", "' OR '1'='1", "%", ".*", "*", "null", "0", "-1", "{}", "true"];

/// Makes a key of another.
type Make = fn(&str) -> String;

/// Made from B's key.
const MADE: [(&str, Make); 9] = [
    ("the first half of B's key", |key| key.chars().take(key.chars().count() / 2).collect()),
    ("the first character of B's key", |key| key.chars().take(1).collect()),
    ("B's key with another end", |key| altered(key, key.chars().count().saturating_sub(1))),
    ("B's key with another beginning", |key| altered(key, 0)),
    ("B's key and something behind it", |key| format!("{key}0")),
    ("B's key and something before it", |key| format!("1{key}")),
    ("B's key in the other case", |key| {
        key.chars().map(|c| if c.is_uppercase() { lower(c) } else { upper(c) }).collect()
    }),
    ("B's key after a blank", |key| format!(" {key}")),
    ("B's key with _ for its last character", |key| {
        let mut all: Vec<char> = key.chars().collect();
        all.pop();
        all.into_iter().chain(['_']).collect()
    }),
];

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn upper(c: char) -> char {
    c.to_uppercase().next().unwrap_or(c)
}

/// One character changed into another of its kind.
fn altered(key: &str, place: usize) -> String {
    let other = |c: char| match c {
        '0'..='8' => char::from_digit(c.to_digit(10).unwrap_or(0) + 1, 10).unwrap_or('1'),
        '9' => '1',
        'a' => 'b',
        'A' => 'B',
        _ => 'a',
    };
    key.chars().enumerate().map(|(at, c)| if at == place { other(c) } else { c }).collect()
}

impl World<'_> {
    /// Keys that are no tenant's. What the type of the key reads as a tenant's, such as a uuid in capitals, is none.
    ///
    /// # Errors
    /// When the session is lost.
    pub async fn strange_keys(&self) -> Result<&Vec<Stranger>, IsolationError> {
        self.strangers.get_or_try_init(|| self.make_strangers()).await
    }

    async fn make_strangers(&self) -> Result<Vec<Stranger>, IsolationError> {
        let b = self.tenants.get(1).map_or("", String::as_str);
        let user = self.users.get(1).map_or("", String::as_str);
        let fixed = FIXED.iter().map(|value| Stranger {
            key: (*value).to_owned(),
            user: (*value).to_owned(),
            says: format!("{} as the tenant's key", quote_literal(value)),
        });
        let made = MADE.iter().map(|(says, make)| Stranger {
            key: make(b),
            user: make(user),
            says: format!("{says} as the tenant's key"),
        });
        let strangers: Vec<Stranger> = fixed.chain(made).collect();
        let (users, known) = (self.type_of_users(), self.known_keys());
        let questions: Vec<String> = strangers
            .iter()
            .flat_map(|stranger| {
                [
                    is_one_of(&stranger.key, &known, &self.type_of_keys()),
                    is_one_of(&stranger.user, &self.users, &users),
                ]
            })
            .collect();
        let answers = send(&self.session, &questions).await?;
        // What the type refuses is nobody's key.
        let is_known =
            |place: usize| matches!(answers.get(place), Some(Ok(answer)) if answer.value() == Some("t"));
        let strange = strangers.into_iter().enumerate().filter(|(at, stranger)| {
            !is_known(at * 2)
                && !is_known(at * 2 + 1)
                && !known.contains(&stranger.key)
                && !stranger.key.is_empty()
        });
        Ok(strange.map(|(_, stranger)| stranger).collect())
    }

    /// Of the three tenants, and of those that migrations made.
    fn known_keys(&self) -> Vec<String> {
        let of_rows = self.truths.values().flat_map(|truth| &truth.rows).filter_map(|row| row.key.clone());
        let keys: BTreeSet<String> = self.tenants.iter().cloned().chain(of_rows).collect();
        keys.into_iter().collect()
    }

    fn type_of_keys(&self) -> String {
        let column = |oid: u32| {
            let name = self.tenancy.column_of(oid)?;
            Some(type_of(self.catalog.relation_by_oid(oid)?, name))
        };
        let of_root = self.tenancy.root.and_then(column);
        of_root.or_else(|| self.tenancy.owned.keys().copied().find_map(column)).unwrap_or_default()
    }

    fn type_of_users(&self) -> String {
        let membership = self.tenancy.membership.as_ref();
        let found = membership.and_then(|membership| {
            Some(type_of(self.catalog.relation_by_oid(membership.relation)?, &membership.user))
        });
        found.unwrap_or_default()
    }
}

fn type_of(relation: &Relation, column: &str) -> String {
    let found = relation.columns.iter().find(|own| own.name == column);
    found.map(|own| own.type_name.clone()).unwrap_or_default()
}

/// The type's name is the server's own spelling, which it reads back.
fn is_one_of(key: &str, keys: &[String], type_name: &str) -> String {
    let type_name = if type_name.is_empty() { "text" } else { type_name };
    let keys: Vec<String> = keys.iter().map(|key| quote_literal(key)).collect();
    format!("SELECT {}::{type_name} = ANY (ARRAY[{}]::{type_name}[])", quote_literal(key), keys.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_key_differs_from_the_one_it_is_made_from() {
        for key in ["acme", "b0000000-0000-4000-8000-000000000009", "42", "Zürich"] {
            for (says, make) in MADE {
                assert!(make(key) != key || !key.chars().any(char::is_alphabetic), "{says}: {key}");
            }
        }
    }

    #[test]
    fn one_character_is_changed_into_another_of_its_kind() {
        assert_eq!(altered("a9", 1), "a1");
        assert_eq!(altered("a9", 0), "b9");
        assert_eq!(altered("10", 0), "20");
    }
}
