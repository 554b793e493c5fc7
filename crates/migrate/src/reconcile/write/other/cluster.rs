//! What belongs to the database as a whole: event triggers and settings.

use freehold_model::{catalog::Other, name::quote_literal};

use super::{
    Sql, facts,
    sql::{dollar_quoted, setting},
};

pub(super) fn create_event_trigger(other: &Other) -> Vec<Sql> {
    let fact = |name: &str| facts::of(other, name).unwrap_or_default();
    let tags = facts::of(other, "tags").map(|tags| {
        let tags: Vec<String> = tags.split(", ").map(quote_literal).collect();
        format!(" WHEN TAG IN ({})", tags.join(", "))
    });
    let create = Sql::new(format!(
        "CREATE EVENT TRIGGER {} ON {}{} EXECUTE FUNCTION {}()",
        other.name,
        fact("event"),
        tags.unwrap_or_default(),
        fact("function")
    ));
    let enable = (facts::of(other, "enabled") != Some("O")).then(|| enable_event_trigger(other));
    [create].into_iter().chain(enable).collect()
}

pub(super) fn enable_event_trigger(other: &Other) -> Sql {
    let word = match facts::of(other, "enabled") {
        Some("D") => "DISABLE",
        Some("R") => "ENABLE REPLICA",
        Some("A") => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    Sql::new(format!("ALTER EVENT TRIGGER {} {word}", other.name))
}

/// Changes the settings kept for the database. The statements must name it, and a catalog does not know its name, so
/// that they are put together by the server.
pub(super) fn settings(old: Option<&Other>, new: Option<&Other>) -> Vec<Sql> {
    let Some(name) = new.or(old).map(|other| other.name.as_str()) else { return Vec::new() };
    let values = |other: Option<&Other>| -> Vec<(String, String)> {
        let facts = other.into_iter().flat_map(|other| other.facts.iter());
        let own = facts.filter(|fact| !matches!(&*fact.name, "comment" | "owner" | "privileges"));
        own.map(|fact| (fact.name.to_string(), facts::value(fact).unwrap_or_default().to_owned())).collect()
    };
    let (before, after) = (values(old), values(new));
    let set = after
        .iter()
        .filter(|one| !before.contains(one))
        .map(|(name, value)| format!("SET {}", setting(name, value)));
    let gone = before.iter().filter(|(name, _)| !after.iter().any(|(other, _)| other == name));
    let reset = gone
        .map(|(name, _)| format!("RESET {}", name.split('.').map(super::q).collect::<Vec<_>>().join(".")));
    let statement = |change: String| {
        let (format, tail) = match name.strip_prefix("for role ") {
            Some(role) => (format!("ALTER ROLE {role} IN DATABASE %I "), change),
            None => ("ALTER DATABASE %I ".to_owned(), change),
        };
        let head = format!("pg_catalog.format({}, pg_catalog.current_database())", quote_literal(&format));
        let body = format!("BEGIN EXECUTE {head} || {}; END", quote_literal(&tail));
        Sql::new(format!("DO {}", dollar_quoted(&body)))
    };
    reset.chain(set).map(statement).collect()
}
