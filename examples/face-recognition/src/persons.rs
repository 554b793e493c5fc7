//! A person's rights: everything about him in one file, and being forgotten.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    response::Response,
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    App,
    app::DIMENSIONS,
    caller::Caller,
    faces::{SEALED, sealed},
};

/// What was erased of a person, and what stays.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Erased {
    /// Faces that are gone.
    faces: i64,
    /// Log entries that no longer say who it was.
    logs: i64,
    /// Entries of the audit log whose values are gone.
    audit_entries: i64,
    /// Consents that stay, as the proof that the face was lawful.
    consents_kept: i64,
}

/// Forgets a person: the face goes, the logs keep the fact and not the person, consents stay as proof.
#[utoipa::path(delete, path = "/persons/{external_id}", responses((status = 200, body = Erased), (status = 403)))]
pub(crate) async fn erase(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<Json<Erased>> {
    caller.may("admin")?;
    // The tenants' role may not change logs: administration does, within this tenant.
    let system = app.0.db.system("a person is forgotten on request")?.within_tenant(&caller.tenant_id);
    let sql = "WITH erased AS (
            DELETE FROM faces WHERE tenant_id = $1 AND external_id = $2 RETURNING id
        ), blanked_logs AS (
            UPDATE verification_logs SET external_id = NULL, updated_at = now()
            WHERE tenant_id = $1 AND external_id = $2 RETURNING id
        ), blanked_audit AS (
            UPDATE audit_log SET old_values = NULL, new_values = NULL, updated_at = now()
            WHERE tenant_id = $1 AND table_name = 'faces' AND row_id IN (SELECT id FROM erased) RETURNING id
        )
        SELECT (SELECT count(*) FROM erased) AS faces, (SELECT count(*) FROM blanked_logs) AS logs,
               (SELECT count(*) FROM blanked_audit) AS audit_entries,
               (SELECT count(*) FROM consent_records WHERE tenant_id = $1 AND external_id = $2) AS consents_kept";
    Ok(Json(system.query_one(sql, &[&caller.tenant_id, &person]).await?))
}

/// Everything about a person, one JSON object in each line; the embedding is opened.
#[utoipa::path(get, path = "/persons/{external_id}/export",
    responses((status = 200, content_type = "application/jsonl"), (status = 403)))]
pub(crate) async fn export(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
) -> Answer<Response> {
    caller.may("admin")?;
    let mut lines = Vec::new();
    let sql = "SELECT to_jsonb(f) - ARRAY['embedding', 'embedding_encrypted', 'embedding_search'], embedding_encrypted
        FROM faces AS f WHERE tenant_id = $1 AND external_id = $2";
    let faces: Vec<(Value, Option<Vec<u8>>)> =
        caller.tenant.query(sql, &[&caller.tenant_id, &person]).await?;
    for (mut face, bytes) in faces {
        if let (Some(bytes), Some(fields)) = (bytes, face.as_object_mut()) {
            let keys = app.0.vault.keys(&caller.tenant_id).await.map_err(sealed)?;
            let numbers =
                keys.open_embedding(&SEALED.at(person.as_str()), &bytes, DIMENSIONS).map_err(sealed)?;
            fields.insert("embedding".to_owned(), json!(numbers));
        }
        lines.push(json!({ "table": "faces", "row": face }));
    }
    let rest = "SELECT 'consent_records', to_jsonb(c) FROM consent_records AS c WHERE tenant_id = $1 AND external_id = $2
        UNION ALL
        SELECT 'verification_logs', to_jsonb(v) FROM verification_logs AS v WHERE tenant_id = $1 AND external_id = $2";
    let rest: Vec<(String, Value)> = caller.tenant.query(rest, &[&caller.tenant_id, &person]).await?;
    lines.extend(rest.into_iter().map(|(table, row)| json!({ "table": table, "row": row })));
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    Response::builder()
        .header(CONTENT_TYPE, "application/jsonl")
        .body(Body::from(text))
        .map_err(|_| Refusal::unavailable())
}
