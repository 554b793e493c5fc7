//! Faces: registered with a consent, listed page by page.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{
    Execute, FromRow,
    secrets::{Column, SecretsError},
    vectors::{Embedding, Vector, VectorError},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{App, caller::Caller};

/// Where embeddings lie, sealed; rows are named by the person, who does not change.
pub(crate) const SEALED: Column = Column::new("faces", "embedding_encrypted");

/// A face to be registered.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewFace {
    /// 512 finite numbers.
    embedding: Vec<f32>,
    /// 0 (useless) to 1 (perfect).
    quality_score: f64,
    /// Whether a liveness check was passed.
    #[serde(default)]
    liveness_verified: bool,
    /// Whether 1:N search is to find it: then the embedding is kept readable too.
    #[serde(default)]
    searchable: bool,
    /// What the tenant wants to keep beside the face: a JSON object.
    #[serde(default)]
    #[schema(value_type = Object)]
    metadata: serde_json::Map<String, serde_json::Value>,
}

/// A registered face, without the face.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Face {
    pub(crate) tenant_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) external_id: String,
    pub(crate) quality_score: f64,
    pub(crate) liveness_verified: bool,
    #[schema(value_type = Object)]
    pub(crate) metadata: serde_json::Value,
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
}

/// Registers a face, or replaces it; only while a consent to its registration is in force.
#[utoipa::path(put, path = "/faces/{external_id}", request_body = NewFace,
    responses((status = 200, body = Face), (status = 403), (status = 422)))]
pub(crate) async fn register(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Json(new): Json<NewFace>,
) -> Answer<Json<Face>> {
    caller.may("faces:write")?;
    let embedding = embedding(&app, new.embedding)?;
    let keys = app.0.vault.keys(&caller.tenant_id).await.map_err(sealed)?;
    let bytes = keys.seal_embedding(&SEALED.at(person.as_str()), embedding.as_slice()).map_err(sealed)?;
    let version = i16::try_from(keys.version().version).unwrap_or(i16::MAX);
    let readable = new.searchable.then(|| Vector::from(embedding.as_slice().to_vec()));
    let metadata = serde_json::Value::Object(new.metadata);
    // The consent is checked by the statement that stores the face: nothing can come between.
    let sql = "INSERT INTO faces (tenant_id, external_id, embedding_encrypted, embedding_key_version, embedding,
            quality_score, liveness_verified, metadata)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8
        WHERE EXISTS (SELECT FROM consent_records
            WHERE tenant_id = $1 AND external_id = $2 AND consent_type = 'FACE_REGISTRATION'
              AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))
        ON CONFLICT (tenant_id, external_id) DO UPDATE
        SET embedding_encrypted = excluded.embedding_encrypted, embedding_key_version = excluded.embedding_key_version,
            embedding = excluded.embedding, quality_score = excluded.quality_score,
            liveness_verified = excluded.liveness_verified, metadata = excluded.metadata
        RETURNING tenant_id, id, external_id, quality_score, liveness_verified, metadata, created_at";
    let stored = caller
        .tenant
        .query_opt(
            sql,
            &[
                &caller.tenant_id,
                &person,
                &bytes,
                &version,
                &readable,
                &new.quality_score,
                &new.liveness_verified,
                &metadata,
            ],
        )
        .await?;
    stored.map(Json).ok_or(Refusal::forbidden("no_consent", "this person has not agreed to be registered"))
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Page {
    /// The last face of the page before: its `created_at`.
    #[param(value_type = Option<String>)]
    after: Option<Timestamp>,
    /// The last face of the page before: its `id`.
    after_id: Option<Uuid>,
    /// At most so many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// The tenant's faces, oldest first.
#[utoipa::path(get, path = "/faces", params(Page), responses((status = 200, body = [Face])))]
pub(crate) async fn list(caller: Caller, Query(page): Query<Page>) -> Answer<Json<Vec<Face>>> {
    let limit = page.limit.unwrap_or(50);
    if !(1..=200).contains(&limit) {
        return Err(Refusal::invalid("limit is 1 to 200"));
    }
    let sql = "SELECT tenant_id, id, external_id, quality_score, liveness_verified, metadata, created_at
        FROM faces WHERE tenant_id = $1 AND (created_at, id) > ($2, $3) ORDER BY created_at, id LIMIT $4";
    let (after, id) = (page.after.unwrap_or(Timestamp::UNIX_EPOCH), page.after_id.unwrap_or_default());
    Ok(Json(caller.tenant.query(sql, &[&caller.tenant_id, &after, &id, &limit]).await?))
}

/// An embedding of the right size, of finite numbers, that is not nothing.
pub(crate) fn embedding(app: &App, numbers: Vec<f32>) -> Answer<Embedding> {
    app.0.faces.embedding(numbers).map_err(searched)
}

/// What a caller may know when the search fails.
pub(crate) fn searched(error: VectorError) -> Refusal {
    Refusal::below(&error).unwrap_or_else(|| Refusal::invalid(error.to_string()))
}

/// What a caller may know when a value can't be sealed or opened.
pub(crate) fn sealed(error: SecretsError) -> Refusal {
    Refusal::below(&error).unwrap_or_else(|| {
        tracing::error!(%error, "a sealed value");
        Refusal::new(http::StatusCode::INTERNAL_SERVER_ERROR, "sealed", "what is stored can't be opened")
    })
}
