//! Floors: a room imports only rooms on lower floors; rooms of one floor do not know each other.

use super::Problem;
use crate::tree::Tree;

/// Every room with its floor, as ARCHITECTURE.md draws them.
const FLOORS: &[(&str, u8)] = &[
    ("model", 0),
    ("db", 1),
    ("sql", 1),
    ("sandbox", 2),
    ("synth", 2),
    ("advise", 3),
    ("lint", 3),
    ("migrate", 3),
    ("operate", 3),
    ("prove", 3),
    ("app", 4),
    ("serve", 5),
    ("cli", 6),
];
/// Beside the house stands the library of applications, which nothing imports. It may import the words, its own derive
/// and, behind the feature `migrate` alone, the runner with the sessions that it takes. The derive names the library in
/// the code that it writes; that it does not depend on it is held by Cargo, which knows no circles.
const BESIDE: &[(&str, &[&str])] = &[
    ("tenancy", &["model", "tenancy-derive", "migrate", "db"]),
    ("tenancy-derive", &["tenancy"]),
    // For tests and examples of the library alone, so it may start servers.
    ("tenancy-ground", &["tenancy", "db", "sandbox"]),
];

/// The rooms that a room beside the house may import; `None` for a room of the house.
fn beside(room: &str) -> Option<&'static [&'static str]> {
    BESIDE.iter().find(|(name, _)| *name == room).map(|(_, may)| *may)
}

/// Whether `room` may import `other`.
fn may_import(room: &str, other: &str) -> bool {
    if let Some(may) = beside(room) {
        return may.contains(&other);
    }
    let floor = |name: &str| FLOORS.iter().find(|(known, _)| *known == name).map(|(_, floor)| *floor);
    match (floor(room), floor(other)) {
        (Some(own), Some(others)) => others < own,
        _ => false,
    }
}

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts() {
        let Some((room, rest)) = path.strip_prefix("crates/").and_then(|path| path.split_once('/')) else {
            continue;
        };
        if rest == "Cargo.toml" {
            check_manifest(path, room, text, &mut problems);
        } else if rest.starts_with("src/") && rest.ends_with(".rs") {
            check_source(path, room, text, &mut problems);
        }
    }
    problems
}

/// Dependencies as declared. Tests may look up (a room's tests start servers), so dev-dependencies are free.
fn check_manifest(path: &str, room: &str, text: &str, problems: &mut Vec<Problem>) {
    if beside(room).is_none() && !FLOORS.iter().any(|(known, _)| *known == room) {
        problems.push(Problem::in_file(
            path,
            format!("the room {room} has no floor in xtask/src/tidy/floors.rs"),
        ));
        return;
    }
    let manifest = match text.parse::<toml::Table>() {
        Ok(manifest) => manifest,
        Err(error) => {
            problems.push(Problem::in_file(path, format!("is no TOML: {}", error.message())));
            return;
        }
    };
    let mut sections: Vec<&toml::Table> = Vec::new();
    let mut tables = vec![&manifest];
    tables.extend(
        manifest
            .get("target")
            .and_then(toml::Value::as_table)
            .into_iter()
            .flat_map(|targets| targets.values().filter_map(toml::Value::as_table)),
    );
    for table in tables {
        let section = |name: &str| table.get(name).and_then(toml::Value::as_table);
        sections.extend(section("dependencies").into_iter().chain(section("build-dependencies")));
    }
    for dependency in sections.iter().flat_map(|section| section.keys()) {
        let Some(other) = dependency.strip_prefix("freehold-") else { continue };
        if !may_import(room, other) {
            let line = line_of(text, dependency);
            problems.push(Problem::at(path, line, format!("{room} must not import {other}: {}", why(room))));
        }
    }
}

/// Paths in sources: a dev-dependency used in `src` would be an import upwards.
fn check_source(path: &str, room: &str, text: &str, problems: &mut Vec<Problem>) {
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for (at, _) in code.match_indices("freehold_") {
            let before = code.get(..at).and_then(|b| b.chars().next_back());
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '"') {
                continue;
            }
            let rest = code.get(at + "freehold_".len()..).unwrap_or_default();
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (other, after) = rest.split_at(end);
            let is_path = after.starts_with("::") || code.trim_start().starts_with("use freehold_");
            let known = beside(other).is_some() || FLOORS.iter().any(|(name, _)| *name == other);
            if is_path && known && other != room && !may_import(room, other) {
                let message = format!("{room} must not import {other}: {}", why(room));
                problems.push(Problem::at(path, number + 1, message));
            }
        }
    }
}

fn why(room: &str) -> &'static str {
    if beside(room).is_some() {
        "the library may use model, and the runner behind a feature"
    } else {
        "rooms import only from lower floors"
    }
}

/// The line that declares a dependency, from 1.
fn line_of(text: &str, dependency: &str) -> usize {
    text.lines().position(|line| line.trim_start().starts_with(dependency)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(room: &str, section: &str, dependency: &str) -> Vec<Problem> {
        let text = format!("[package]\nname = \"x\"\n[{section}]\n{dependency}.workspace = true\n");
        check(&Tree::of(&[(&format!("crates/{room}/Cargo.toml"), &text)]))
    }

    #[test]
    fn a_room_imports_from_lower_floors_alone() {
        assert_eq!(manifest("prove", "dependencies", "freehold-sandbox"), []);
        let upwards = manifest("sandbox", "dependencies", "freehold-prove");
        assert_eq!(
            upwards[0].to_string(),
            "crates/sandbox/Cargo.toml:4: sandbox must not import prove: rooms import only from lower floors"
        );
        assert_eq!(manifest("prove", "dependencies", "freehold-migrate").len(), 1);
        assert_eq!(manifest("prove", "build-dependencies", "freehold-app").len(), 1);
        assert_eq!(manifest("prove", "target.'cfg(unix)'.dependencies", "freehold-app").len(), 1);
        assert_eq!(manifest("db", "dev-dependencies", "freehold-sandbox"), []);
    }

    #[test]
    fn the_library_beside_the_house_uses_model_and_the_runner() {
        assert_eq!(manifest("tenancy", "dependencies", "freehold-model"), []);
        assert_eq!(manifest("tenancy", "dependencies", "freehold-sql").len(), 1);
        assert_eq!(manifest("app", "dependencies", "freehold-tenancy").len(), 1);
    }

    #[test]
    fn a_new_room_needs_a_floor() {
        assert_eq!(manifest("attic", "dependencies", "serde").len(), 1);
        assert_eq!(manifest("lint", "dependencies", "serde"), []);
    }

    #[test]
    fn sources_are_looked_at_as_well() {
        let source = |line: &str| check(&Tree::of(&[("crates/db/src/a.rs", line)])).len();
        assert_eq!(source("use freehold_model::name;"), 0);
        assert_eq!(source("use freehold_db::name;"), 0);
        assert_eq!(source("use freehold_sandbox::testing;"), 1);
        assert_eq!(source("let s = freehold_sandbox::testing::server();"), 1);
        assert_eq!(source("use freehold_sql as sql;"), 1);
        assert_eq!(source("// freehold_sandbox::testing would be upwards"), 0);
        assert_eq!(source("let database = \"freehold_sandbox::x\";"), 0);
        assert_eq!(check(&Tree::of(&[("crates/db/tests/a.rs", "use freehold_sandbox::testing;")])).len(), 0);
    }
}
