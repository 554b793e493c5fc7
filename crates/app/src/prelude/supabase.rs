//! The prelude `supabase`: what that platform provides to the migrations of a project.
//!
//! The roles of its API, the schemas `auth`, `storage`, `extensions`, `realtime`, `vault`, `graphql_public` and
//! `supabase_functions` with what projects name of them, the publication, and the default privileges of schema
//! `public`. Extensions of the platform that the server cannot install are stood in for where a folder mentions them.

use freehold_migrate::{Folder, Script};
use freehold_model::name::quote_literal;
use freehold_prove::rehearsal::Prelude;
use freehold_sql::{ObjectKind, Use};

use super::Preludes;
use crate::report::NotVerified;

/// What `[sandbox] prelude` calls it.
pub(super) const NAME: &str = "supabase";

/// The parts that every project has, in order.
const PARTS: &[(&str, &str)] = &[
    ("roles", include_str!("supabase/roles.sql")),
    ("schemas", include_str!("supabase/schemas.sql")),
    ("auth", include_str!("supabase/auth.sql")),
    ("storage", include_str!("supabase/storage.sql")),
    ("realtime", include_str!("supabase/realtime.sql")),
    ("installed", include_str!("supabase/installed.sql")),
];

/// Extensions with objects that scripts call, the words that show a use, and the stand-in.
const STAND_INS: &[(&str, &[&str], &str)] = &[
    ("pg_net", &["pg_net", "net"], include_str!("supabase/pg_net.sql")),
    ("pg_cron", &["pg_cron", "cron"], include_str!("supabase/pg_cron.sql")),
    ("pgmq", &["pgmq"], include_str!("supabase/pgmq.sql")),
    ("http", &["extension if not exists http", "extensions.http"], include_str!("supabase/http.sql")),
];

/// Tools for people, which migrations install and do not use: a name is enough for them.
const TOOLS: &[&str] = &[
    "index_advisor",
    "hypopg",
    "plpgsql_check",
    "pg_tle",
    "pg_repack",
    "pgaudit",
    "pg_stat_monitor",
    "pg_hint_plan",
    "wrappers",
];

/// Words that only the platform's projects use, in a folder that is not known to be one.
const TELLING: &[&str] = &["auth.uid", "auth.jwt", "auth.users", "service_role", "storage.objects"];

/// Words that the scripts of a folder of the platform have when they need it.
const NAMING: &[&str] = &[
    "auth",
    "storage",
    "realtime",
    "vault",
    "extensions",
    "anon",
    "authenticated",
    "service_role",
    "supabase_realtime",
    "graphql_public",
    "supabase_functions",
    "supabase_admin",
    "supabase_auth_admin",
];

/// True when the folder is the platform's and its scripts name what the platform provides.
pub(super) fn is_needed_by(folder: &Folder) -> bool {
    folder.format.name() == NAME && !makes_its_own(folder) && mentions(folder, NAMING)
}

/// Adds the prelude, with stand-ins for the extensions that the folder mentions.
pub(super) fn add(preludes: &mut Preludes, folder: &Folder) {
    let part =
        |(part, sql): &(&str, &str)| Prelude { name: format!("{NAME} ({part})"), sql: (*sql).to_owned() };
    preludes.scripts.extend(PARTS.iter().map(part));
    let plainly = made_plainly(folder);
    // Where the script says no IF NOT EXISTS, a stand-in would be in its way: the server tells what is missing.
    let wanted = |name: &str, words: &[&str]| !plainly.iter().any(|p| p == name) && mentions(folder, words);
    let mut told = Vec::new();
    for (extension, _, sql) in STAND_INS.iter().filter(|(name, words, _)| wanted(name, words)) {
        preludes.scripts.push(Prelude { name: format!("{NAME} ({extension})"), sql: (*sql).to_owned() });
        told.push(*extension);
    }
    for tool in TOOLS.iter().filter(|tool| wanted(tool, &[tool])) {
        preludes.scripts.push(Prelude { name: format!("{NAME} ({tool})"), sql: named_only(tool) });
        told.push(tool);
    }
    if !told.is_empty() {
        preludes.gaps.push(NotVerified::for_completeness(
            format!("what the extensions {} do", told.join(", ")),
            "those that the server does not have are stood in for by the prelude \"supabase\": the names are there, \
             nothing is sent, scheduled or run",
        ));
    }
}

/// What is said when nobody asked for the prelude.
pub(super) fn chosen() -> NotVerified {
    NotVerified::for_completeness(
        "what Supabase's platform itself provides",
        "the folder names it, so the scratch database was given Freehold's own copy of it; write `[sandbox] prelude = \
         \"supabase\"` into freehold.toml to say so, or `prelude = []` to do without",
    )
}

/// What is said when a folder could not be applied that seems to need the prelude.
pub(super) fn suggestion(folder: &Folder) -> Option<NotVerified> {
    let needs = !makes_its_own(folder) && mentions(folder, TELLING);
    needs.then(|| {
        NotVerified::for_completeness(
            "whether the folder applies where Supabase's roles and schemas are",
            "its scripts name some of them; `[sandbox] prelude = \"supabase\"` in freehold.toml gives them to the \
             scratch database",
        )
    })
}

/// A folder that makes the schema itself is somebody's own platform.
fn makes_its_own(folder: &Folder) -> bool {
    folder.migrations.iter().any(|migration| {
        migration.up.statements().unwrap_or_default().iter().any(|statement| {
            let made = |kind, name| {
                let objects = &statement.effect.objects;
                objects.iter().any(|o| o.kind == kind && o.use_ == Use::Creates && o.name == name)
            };
            let plain = !says_if_not_exists(statement.text(migration.up.text()));
            plain && (made(ObjectKind::Schema, "auth") || made(ObjectKind::Role, "authenticated"))
        })
    })
}

/// Extensions that are made without IF NOT EXISTS.
fn made_plainly(folder: &Folder) -> Vec<String> {
    let mut plainly = Vec::new();
    for migration in &folder.migrations {
        for statement in migration.up.statements().unwrap_or_default() {
            let objects = statement.effect.objects.iter();
            let made = objects.filter(|o| o.kind == ObjectKind::Extension && o.use_ == Use::Creates);
            let names: Vec<String> = made.map(|object| object.name.clone()).collect();
            if !names.is_empty() && !says_if_not_exists(statement.text(migration.up.text())) {
                plainly.extend(names);
            }
        }
    }
    plainly
}

fn says_if_not_exists(statement: &str) -> bool {
    let words: Vec<String> = statement.split_whitespace().take(8).map(str::to_ascii_lowercase).collect();
    words.windows(3).any(|three| three == ["if", "not", "exists"])
}

fn mentions(folder: &Folder, words: &[&str]) -> bool {
    folder.migrations.iter().any(|migration| mentioned(&migration.up, words))
}

/// True when one of the words, which may hold a dot, stands in the script's text, quoted or not.
fn mentioned(script: &Script, words: &[&str]) -> bool {
    let text = script.text().replace('"', "").to_ascii_lowercase();
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    words.iter().any(|word| {
        text.match_indices(word).any(|(at, found)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
            !before.is_some_and(part_of_name) && !after.is_some_and(part_of_name)
        })
    })
}

/// The name of an extension without the extension, where the server does not have it.
fn named_only(extension: &str) -> String {
    let name = quote_literal(extension);
    format!(
        "DO $stand_in$ BEGIN
             IF EXISTS (SELECT FROM pg_catalog.pg_available_extensions WHERE name = {name})
                 OR EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = {name}) THEN
                 RETURN;
             END IF;
             INSERT INTO pg_catalog.pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
             VALUES (
                 pg_nextoid('pg_catalog.pg_extension', 'oid', 'pg_catalog.pg_extension_oid_index'),
                 {name}, 'postgres'::regrole, 'extensions'::regnamespace, false, '0 (stand-in)');
         EXCEPTION WHEN insufficient_privilege THEN NULL;
         END $stand_in$"
    )
}
