//! A person's rights: everything about him in one file, and being forgotten.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    response::Response,
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{
    rights::{Erasure, Export, Outcome, Replacement, RightsError, Subject, erase as forget, export as tell},
    secrets::SealedColumns,
};
use http::{StatusCode, header::CONTENT_TYPE};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    App,
    caller::Caller,
    faces::{SEALED, sealed},
};

/// What was erased of a person, and what stays.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Erased {
    /// What became of the rows of each table that knows people.
    tables: Vec<ErasedTable>,
}

/// What became of a person's rows in one table.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ErasedTable {
    /// The table.
    table: String,
    /// How many rows were the person's.
    rows: i64,
    /// `deleted`, `anonymised`, `kept`, or `otherwise` for what the library may come to do.
    outcome: &'static str,
    /// Why they stay, where they do.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Where a person is known by the tenant's name for him, and what was written down about those rows.
fn everything_about(person: &str) -> Subject {
    Subject::person()
        .whose("faces", "external_id", person)
        .whose("verification_logs", "external_id", person)
        .whose("consent_records", "external_id", person)
        .linked("audit_log", "row_id", "faces", "id")
        .linked("audit_log", "row_id", "consent_records", "id")
}

/// The face goes, the logs keep the fact and not the person, consents stay as proof.
fn forgetting(person: &str) -> Erasure {
    Erasure::of(everything_about(person))
        .delete("faces")
        .anonymise("verification_logs", &[("external_id", Replacement::Null)])
        .anonymise("audit_log", &[("old_values", Replacement::Null), ("new_values", Replacement::Null)])
        .keep("consent_records", "proof that the face was lawful")
}

/// Forgets a person.
#[utoipa::path(delete, path = "/persons/{external_id}", responses((status = 200, body = Erased), (status = 403)))]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<Json<Erased>> {
    caller.may("admin")?;
    // The tenants' role may not change logs: administration does, within this tenant.
    let system = app.0.db.system("a person is forgotten on request")?;
    let system = system.within_tenant(&caller.tenant_id).snapshot();
    let forgetting = &forgetting(&person);
    let report =
        system.transaction(|tx| async move { forget(&tx, forgetting).await }).await.map_err(refusal)?;
    let told = report.tables.into_iter().map(|told| {
        let (outcome, reason) = match told.outcome {
            Outcome::Deleted => ("deleted", None),
            Outcome::Anonymised { .. } => ("anonymised", None),
            Outcome::Kept { reason } => ("kept", Some(reason)),
            _ => ("otherwise", None),
        };
        ErasedTable { table: told.table, rows: told.rows, outcome, reason }
    });
    Ok(Json(Erased { tables: told.collect() }))
}

/// Everything about a person, one JSON object in each line; the embedding is opened. The first line says what it is, the
/// last one how much: without it the file is not whole.
#[utoipa::path(get, path = "/persons/{external_id}/export",
    responses((status = 200, content_type = "application/jsonl"), (status = 403)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<Response> {
    caller.may("admin")?;
    let keys = app.0.vault.keys(&caller.tenant_id).await.map_err(sealed)?;
    let columns = SealedColumns::of(keys).column(SEALED, ["external_id"]);
    let asked = columns.all_in(Export::of(everything_about(&person)));
    let system = app.0.db.system("a person asks what is held about him")?;
    let moment = system.within_tenant(&caller.tenant_id).snapshot().begin().await?;
    let mut lines = Vec::new();
    tell(&moment, &asked, &mut lines).await.map_err(refusal)?;
    Response::builder()
        .header(CONTENT_TYPE, "application/jsonl")
        .body(Body::from(lines))
        .map_err(|_| Refusal::unavailable())
}

/// What is missing or wrong in the declarations above is the service's fault, and a matter for its log.
fn refusal(error: RightsError) -> Refusal {
    Refusal::below(&error).unwrap_or_else(|| {
        tracing::error!(%error, "a person's rights");
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "rights", "the request could not be served")
    })
}
