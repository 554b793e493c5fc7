//! Names of migrations: verb, entity, detail.
//!
//! A name is read for years in lists of versions, so it must say what the migration does, and to what. That is decided
//! by its structure: it begins with a verb in its base form, at least one word after it names something, and a verb
//! that says little by itself (`update`, `fix`) needs two.

use super::words::{BROAD, base_of, is_on, is_verb, names_something};

/// The most bytes of a name: with a version in front it stays short of what lists and file systems take.
const LONGEST: usize = 80;

/// A name that says what its migration does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Lower-case ASCII letters and digits in words with single `_` between; begins with a letter.
    pub name: String,
    /// How it differs from what was given, as a sentence.
    pub remark: Option<String>,
}

/// Why a name was refused; each holds the name as it was given and, where the words give one, a better name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the fields are the same in every variant, and are said above")]
pub enum NameError {
    /// Nothing, or no letter in it.
    #[error("a migration needs a name")]
    Empty,
    /// A character that is no letter of a to z, digit, `_` or `-`.
    #[error("the name `{}` holds {}, and a name is made of letters a to z, digits and `_`", shown(name), of_character(*character))]
    Character { name: String, character: char, better: Option<String> },
    /// Longer than 80 characters.
    #[error("the name `{}` has {length} characters, and more than {LONGEST} are too many", shown(name))]
    TooLong { name: String, length: usize },
    /// It begins with a number.
    #[error("the name `{}` begins with a number, and the version is put in front of it anyway", shown(name))]
    NumberFirst { name: String, better: Option<String> },
    /// It does not begin with a verb.
    #[error("the name `{}` does not begin with what the migration does", shown(name))]
    NoVerb { name: String, better: Option<String> },
    /// Nothing after the verb names anything.
    #[error("the name `{}` does not say what it is that the migration would {verb}", shown(name))]
    NoEntity { name: String, verb: String, better: Option<String> },
    /// A verb such as `update` needs more than the entity.
    #[error("the name `{}` does not say what about `{entity}` the migration would {verb}", shown(name))]
    NoDetail { name: String, verb: String, entity: String, better: Option<String> },
}

impl NameError {
    /// A better name made of the same words, where they give one. It would be accepted.
    pub fn better(&self) -> Option<&str> {
        match self {
            Self::Empty | Self::TooLong { .. } => None,
            Self::Character { better, .. }
            | Self::NumberFirst { better, .. }
            | Self::NoVerb { better, .. }
            | Self::NoEntity { better, .. }
            | Self::NoDetail { better, .. } => better.as_deref(),
        }
    }

    /// What to do next, as a sentence.
    pub fn help(&self) -> String {
        const FORM: &str = "verb_entity_detail, as in add_email_to_users, create_orders, backfill_orders_total or \
                            drop_users_legacy_id";
        match self.better() {
            Some(better) => format!("Perhaps `{better}`? A name has the form {FORM}."),
            None => format!("Give it a name of the form {FORM}."),
        }
    }
}

/// The start of a name in a message.
fn shown(name: &str) -> String {
    let cut: String = name.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if cut.len() < name.len() { format!("{cut}…") } else { cut }
}

fn of_character(character: char) -> String {
    match character {
        ' ' => "a space".to_owned(),
        other if other.is_control() || other.is_whitespace() => {
            "white space or a control character".to_owned()
        }
        other => format!("`{other}`"),
    }
}

/// Takes a name if it says what its migration does; kebab-case and CamelCase become snake_case.
///
/// # Errors
/// [`NameError`], with a better name where the words give one.
pub fn check_name(given: &str) -> Result<Named, NameError> {
    let name = given.to_owned();
    let better = || better_of(&words_of(given));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if let Some(character) = given.chars().find(|c| !is_plain(*c)) {
        return Err(NameError::Character { name, character, better: better() });
    }
    let words = words_of(given);
    if words.is_empty() {
        return Err(NameError::Empty);
    }
    let snake = words.join("_");
    if snake.len() > LONGEST {
        return Err(NameError::TooLong { length: snake.len(), name });
    }
    if snake.starts_with(|c: char| c.is_ascii_digit()) {
        return Err(NameError::NumberFirst { name, better: better() });
    }
    judge(&words).map_err(|fault| match fault {
        Fault::Verb => NameError::NoVerb { name, better: better() },
        Fault::Entity { verb } => NameError::NoEntity { name, verb, better: better() },
        Fault::Detail { verb, entity } => NameError::NoDetail { name, verb, entity, better: better() },
    })?;
    let remark = (snake != given).then(|| format!("the name `{given}` is written as `{snake}`"));
    Ok(Named { name: snake, remark })
}

/// The words of a name in lower case: cut at everything that is no letter or digit, and where CamelCase begins a word.
fn words_of(given: &str) -> Vec<String> {
    let characters: Vec<char> = given.chars().collect();
    let mut words = vec![String::new()];
    for (at, character) in characters.iter().enumerate() {
        if !character.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| characters.get(before));
        let after = characters.get(at + 1);
        let begins = character.is_ascii_uppercase()
            && before.is_some_and(|before| {
                before.is_ascii_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase))
            });
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(character.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

enum Fault {
    Verb,
    Entity { verb: String },
    Detail { verb: String, entity: String },
}

fn judge(words: &[String]) -> Result<(), Fault> {
    let (verb, rest) = match words.split_first() {
        Some((verb, rest)) if is_verb(verb) => (verb, rest),
        _ => return Err(Fault::Verb),
    };
    let Some(at) = rest.iter().position(|word| names_something(word)) else {
        return Err(Fault::Entity { verb: verb.clone() });
    };
    let entity = rest.get(at).cloned().unwrap_or_default();
    if is_on(BROAD, verb) && rest.len() < 2 {
        return Err(Fault::Detail { verb: verb.clone(), entity });
    }
    Ok(())
}

/// A name made of these words that would be accepted: a verb in another form is put in its base form, a verb that
/// stands later is put first, and words without a verb get one.
fn better_of(words: &[String]) -> Option<String> {
    let words: Vec<String> = words
        .iter()
        .skip_while(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
        .filter(|word| *word != "sql")
        .cloned()
        .collect();
    let with_verb = |verb: &str, rest: &[String]| -> Vec<String> {
        std::iter::once(verb.to_owned()).chain(rest.iter().cloned()).collect()
    };
    let mut candidates = vec![words.clone()];
    if let Some((first, rest)) = words.split_first() {
        candidates.extend(base_of(first).map(|verb| with_verb(verb, rest)));
    }
    for at in 1..words.len() {
        let Some(verb) = words.get(at).and_then(|word| base_of(word)) else { continue };
        let mut rest = words.clone();
        rest.remove(at);
        candidates.push(with_verb(verb, &rest));
    }
    if !words.iter().any(|word| base_of(word).is_some()) {
        // A noun alone is most often a table.
        candidates.push(with_verb(if words.len() == 1 { "create" } else { "add" }, &words));
    }
    let accepted = |words: &Vec<String>| {
        let name = words.join("_");
        judge(words).is_ok() && name.len() <= LONGEST
    };
    candidates.into_iter().find(accepted).map(|words| words.join("_"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_say_what_is_done_to_what_are_taken() {
        for name in [
            "add_email_to_users",
            "create_orders",
            "drop_users_legacy_id",
            "backfill_orders_total",
            "rename_x_to_y",
            "create_index_on_orders_customer_id",
            "update_users_email_case",
            "fix_invoices_rounding",
            "enable_row_level_security_on_tenants",
            "set_users_email_not_null",
        ] {
            assert_eq!(check_name(name).map(|named| (named.name, named.remark)), Ok((name.to_owned(), None)));
        }
    }

    #[test]
    fn names_that_say_nothing_are_refused() {
        for name in [
            "",
            "fix",
            "update_db",
            "v2",
            "changes",
            "tmp",
            "misc",
            "users",
            "init",
            "add",
            "select",
            "table",
            "drop_table",
            "add_column",
            "update_users",
            "fix_bug",
            "create_new_table",
            "add_v2",
            "migrate_data",
            "a b",
            "a/b",
            "../x",
            "add.email",
            "add;email",
            "add_email_to_usérs",
            "0001_add_email_to_users",
            "-",
            "__",
            "add_email_to_users.sql",
            "add\nemail",
            "con",
            "order",
        ] {
            let error = check_name(name).expect_err(name);
            assert!(error.help().contains("verb_entity_detail"), "{name}");
        }
        let long = format!("add_{}", "x".repeat(77));
        assert!(matches!(check_name(&long), Err(NameError::TooLong { length: 81, .. })));
        assert!(check_name(&long[..80]).is_ok());
    }

    #[test]
    fn other_spellings_become_snake_case_with_a_word_about_it() {
        for (given, expected) in [
            ("AddUserEmail", "add_user_email"),
            ("add-email-to-users", "add_email_to_users"),
            ("addURLToUsers", "add_url_to_users"),
            ("Add_Email__to_users_", "add_email_to_users"),
            ("ADD_EMAIL_TO_USERS", "add_email_to_users"),
        ] {
            let named = check_name(given).unwrap();
            assert_eq!(named.name, expected, "{given}");
            assert!(named.remark.unwrap().contains(expected));
        }
    }

    #[test]
    fn a_refusal_gives_a_better_name_where_the_words_do() {
        for (given, expected) in [
            ("users", Some("create_users")),
            ("add email to users", Some("add_email_to_users")),
            ("0001_add_email_to_users", Some("add_email_to_users")),
            ("adds_email_to_users", Some("add_email_to_users")),
            ("crate_orders", Some("create_orders")),
            ("users_add_email", Some("add_users_email")),
            ("add_email_to_users.sql", Some("add_email_to_users")),
            ("user_email", Some("add_user_email")),
            ("fix", None),
            ("v2", None),
            ("tmp", None),
            ("update_db", None),
        ] {
            let error = check_name(given).unwrap_err();
            assert_eq!(error.better(), expected, "{given}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_safe_as_a_file_name_and_what_is_suggested_is_accepted(
            given in prop_oneof![
                "\\PC{0,40}", "[a-zA-Z0-9_ ./-]{0,30}", "(add|drop|fix|Update|creates)[-_ A-Z](users|db|v2|x)?([_-][a-z]{1,9}){0,4}",
            ],
        ) {
            match check_name(&given) {
                Ok(named) => {
                    let name = named.name;
                    prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'));
                    prop_assert!(name.starts_with(|c: char| c.is_ascii_lowercase()) && !name.ends_with('_'));
                    prop_assert!(!name.contains("__") && name.len() <= LONGEST && name.contains('_'));
                    let again = check_name(&name).unwrap();
                    prop_assert_eq!((again.name, again.remark), (name, None));
                }
                Err(error) => {
                    prop_assert!(!error.to_string().contains('\n') && !error.help().is_empty());
                    if let Some(better) = error.better() {
                        prop_assert_eq!(check_name(better).map(|named| named.name), Ok(better.to_owned()));
                    }
                }
            }
        }
    }
}
