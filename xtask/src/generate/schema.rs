//! The JSON schemas that are published: of reports, and of what `freehold migrate` tells programs.

use crate::error::TaskError;

/// Every schema: its path, and it as indented JSON.
pub(super) fn files() -> Result<Vec<(String, String)>, TaskError> {
    use freehold_app::{migrate, report};
    let schemas = [
        ("docs/report.schema.json", report::json_schema()),
        ("docs/migrate-events.schema.json", migrate::events::json_schema()),
        ("docs/migrate-documents.schema.json", migrate::documents::json_schema()),
    ];
    schemas.into_iter().map(|(path, schema)| Ok((path.to_owned(), text(&schema)?))).collect()
}

fn text(schema: &serde_json::Value) -> Result<String, TaskError> {
    let mut text = serde_json::to_string_pretty(schema).map_err(|source| TaskError::Schema { source })?;
    text.push('\n');
    Ok(text)
}
