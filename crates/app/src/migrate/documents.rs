//! The JSON documents of the commands of `freehold migrate` that do not tell events, and their published schema.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Value, json};

use super::{
    adopt::AdoptReport, drift::Drift, dry_run::DryRun, new::Written, squash::Squashed, status::Status,
    verify::Verified,
};

/// The JSON schema (draft 2020-12) of all of them: each command's document is one of its `$defs`, named in
/// `x-commands`.
pub fn json_schema() -> Value {
    let mut generator: SchemaGenerator = SchemaSettings::draft2020_12().into_generator();
    let commands = [
        ("new", generator.subschema_for::<Written>()),
        ("up --dry-run", generator.subschema_for::<DryRun>()),
        ("status", generator.subschema_for::<Status>()),
        ("verify", generator.subschema_for::<Verified>()),
        ("diff", generator.subschema_for::<Drift>()),
        ("adopt --dry-run", generator.subschema_for::<AdoptReport>()),
        ("squash", generator.subschema_for::<Squashed>()),
    ];
    let named: serde_json::Map<String, Value> =
        commands.into_iter().map(|(command, schema)| (command.to_owned(), schema.to_value())).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Documents of `freehold migrate … --format json`, version 1",
        "anyOf": named.values().cloned().collect::<Vec<_>>(),
        "x-commands": named,
        "$defs": generator.take_definitions(true),
    })
}
