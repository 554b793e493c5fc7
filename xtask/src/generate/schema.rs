//! `docs/report.schema.json`: the JSON schema of reports.

use crate::error::TaskError;

/// The schema as indented JSON.
pub(super) fn text() -> Result<String, TaskError> {
    let schema = freehold_app::report::json_schema();
    let mut text = serde_json::to_string_pretty(&schema).map_err(|source| TaskError::Schema { source })?;
    text.push('\n');
    Ok(text)
}
