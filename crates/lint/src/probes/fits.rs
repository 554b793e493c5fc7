//! Whether the values of a column fit into the type that it is given.

use freehold_model::name::{QualifiedName, quote_identifier};
use freehold_sql::tree::protobuf::ColumnDef;

use super::Probe;
use crate::{alter::types::parts, state::State};

/// The question for a change of type without `USING`; none for types into which everything fits, and those of which the
/// server alone knows.
pub(super) fn probe(table: &QualifiedName, column: &str, to: &ColumnDef, state: &State) -> Option<Probe> {
    if to.raw_default.is_some() {
        return None;
    }
    let type_name = state.type_text(to.type_name.as_ref()?);
    let quoted = quote_identifier(column);
    let too_much = too_much(&quoted, &type_name)?;
    Some(Probe {
        table: table.clone(),
        what: format!("{column} fits into {type_name}"),
        counted: "rows",
        sql: format!("SELECT count(*) FROM {} WHERE {too_much}", table.quoted()),
    })
}

/// True for values that the type refuses.
fn too_much(column: &str, type_name: &str) -> Option<String> {
    let type_ = parts(type_name);
    if type_.array {
        return None;
    }
    match (type_.base.as_str(), type_.modifiers.as_slice()) {
        ("smallint", _) => Some(format!("{column} NOT BETWEEN -32768 AND 32767")),
        ("integer", _) => Some(format!("{column} NOT BETWEEN -2147483648 AND 2147483647")),
        // Blanks at the end are cut off without complaint.
        ("character varying" | "character", [length]) => {
            Some(format!("pg_catalog.length(pg_catalog.rtrim({column}::text, ' ')) > {length}"))
        }
        ("character", []) => Some(format!("pg_catalog.length(pg_catalog.rtrim({column}::text, ' ')) > 1")),
        ("numeric", [precision, rest @ ..]) => {
            let scale = rest.first().copied().unwrap_or(0);
            let digits = precision.checked_sub(scale)?;
            Some(format!(
                "pg_catalog.abs(pg_catalog.round({column}::numeric, {scale})) >= pg_catalog.power(10::numeric, {digits})"
            ))
        }
        _ => None,
    }
}
