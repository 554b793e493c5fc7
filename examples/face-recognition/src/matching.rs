//! Verify (1:1) and identify (1:N), and the log of both.

use std::time::Instant;

use axum::{
    Json,
    extract::{Path, Query, State},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow, vectors::Search};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{
    App,
    app::DIMENSIONS,
    caller::Caller,
    faces::{SEALED, embedding, sealed, searched},
};

/// Similarity from which a face is taken for the person's.
const ACCEPTED: f64 = 0.6;

/// A face to be compared.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Shown {
    /// 512 finite numbers.
    embedding: Vec<f32>,
    /// Similarity from which it is accepted, -1 to 1; 0.6 when left out.
    threshold: Option<f64>,
    /// 1:N only: at most so many, 1 to 100; 5 when left out.
    limit: Option<usize>,
}

/// What came of a comparison.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    tenant_id: Uuid,
    external_id: String,
    /// Whether it is the person.
    verified: bool,
    /// Similarity, 0 to 1.
    confidence: f64,
}

/// Somebody whom it could be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Candidate {
    tenant_id: Uuid,
    id: Uuid,
    external_id: String,
    /// Similarity, 0 to 1.
    similarity: f64,
}

/// Whether a face is a person's.
#[utoipa::path(post, path = "/faces/{external_id}/verify", request_body = Shown,
    responses((status = 200, body = Verified), (status = 403), (status = 404), (status = 422)))]
pub(crate) async fn verify(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    Json(shown): Json<Shown>,
) -> Answer<Json<Verified>> {
    caller.may("faces:verify")?;
    let began = Instant::now();
    let threshold = threshold(&shown)?;
    let shown = embedding(&app, shown.embedding)?;
    let sql = "SELECT id, embedding_encrypted FROM faces WHERE tenant_id = $1 AND external_id = $2";
    let found: Option<(Uuid, Option<Vec<u8>>)> =
        caller.tenant.query_opt(sql, &[&caller.tenant_id, &person]).await?;
    let (face, bytes) = found.ok_or(Refusal::not_found("face"))?;
    let bytes = bytes.ok_or(Refusal::not_found("face"))?;
    let keys = app.0.vault.keys(&caller.tenant_id).await.map_err(sealed)?;
    let stored = keys.open_embedding(&SEALED.at(person.as_str()), &bytes, DIMENSIONS).map_err(sealed)?;
    let confidence = similarity(&stored, shown.as_slice()).clamp(0.0, 1.0);
    let verified = confidence >= threshold;
    record(&caller, Some(face), Some(&person), verified, confidence, began).await?;
    let tenant_id = caller.tenant_id.as_uuid().unwrap_or_default();
    Ok(Json(Verified { tenant_id, external_id: person, verified, confidence }))
}

/// Whose face it could be, among the tenant's searchable faces.
#[utoipa::path(post, path = "/identify", request_body = Shown,
    responses((status = 200, body = [Candidate]), (status = 403), (status = 422)))]
pub(crate) async fn identify(
    State(app): State<App>,
    caller: Caller,
    Json(shown): Json<Shown>,
) -> Answer<Json<Vec<Candidate>>> {
    caller.may("faces:identify")?;
    let began = Instant::now();
    let (threshold, limit) = (threshold(&shown)?, shown.limit.unwrap_or(5));
    if !(1..=100).contains(&limit) {
        return Err(Refusal::invalid("limit is 1 to 100"));
    }
    let shown = embedding(&app, shown.embedding)?;
    let search = Search::nearest(&shown, limit).within(1.0 - threshold);
    let found = app.0.faces.search::<(Uuid, String)>(&caller.tenant, &search).await.map_err(searched)?;
    let tenant_id = caller.tenant_id.as_uuid().unwrap_or_default();
    let candidates: Vec<Candidate> = found
        .hits
        .into_iter()
        .map(|hit| {
            let ((id, external_id), similarity) = (hit.item, (1.0 - hit.distance).clamp(0.0, 1.0));
            Candidate { tenant_id, id, external_id, similarity }
        })
        .collect();
    let best = candidates.first();
    let confidence = best.map_or(0.0, |best| best.similarity);
    let person = best.map(|best| best.external_id.as_str());
    record(&caller, best.map(|best| best.id), person, best.is_some(), confidence, began).await?;
    Ok(Json(candidates))
}

/// One entry of the log.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Entry {
    tenant_id: Uuid,
    id: Uuid,
    external_id: Option<String>,
    verified: bool,
    confidence: f64,
    latency_ms: i32,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

/// Of whom.
#[derive(Deserialize, IntoParams)]
pub(crate) struct OfPerson {
    /// The tenant's own id of the person.
    external_id: String,
}

/// The latest twenty comparisons of a person, of the last thirty days.
#[utoipa::path(get, path = "/verifications", params(OfPerson), responses((status = 200, body = [Entry])))]
pub(crate) async fn latest(caller: Caller, Query(of): Query<OfPerson>) -> Answer<Json<Vec<Entry>>> {
    // The time keeps older partitions out.
    let since = Timestamp::now() - (30 * 24).hours();
    let sql = "SELECT tenant_id, id, external_id, verified, confidence, latency_ms, created_at FROM verification_logs
        WHERE tenant_id = $1 AND external_id = $2 AND created_at >= $3 ORDER BY created_at DESC LIMIT 20";
    Ok(Json(caller.tenant.query(sql, &[&caller.tenant_id, &of.external_id, &since]).await?))
}

async fn record(
    caller: &Caller,
    face: Option<Uuid>,
    person: Option<&str>,
    verified: bool,
    confidence: f64,
    began: Instant,
) -> Answer<()> {
    let sql =
        "INSERT INTO verification_logs (tenant_id, face_id, external_id, verified, confidence, latency_ms)
        SELECT $1, $2, $3, $4, $5, $6";
    let latency = i32::try_from(began.elapsed().as_millis()).unwrap_or(i32::MAX);
    caller
        .tenant
        .execute(sql, &[&caller.tenant_id, &face, &person, &verified, &confidence, &latency])
        .await?;
    Ok(())
}

fn threshold(shown: &Shown) -> Answer<f64> {
    let threshold = shown.threshold.unwrap_or(ACCEPTED);
    if (-1.0..=1.0).contains(&threshold) {
        Ok(threshold)
    } else {
        Err(Refusal::invalid("threshold is -1 to 1"))
    }
}

/// Cosine similarity, -1 to 1; 0 where one of them is nothing.
fn similarity(one: &[f32], other: &[f32]) -> f64 {
    let product =
        |a: &[f32], b: &[f32]| -> f64 { a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum() };
    let norms = (product(one, one) * product(other, other)).sqrt();
    if norms > 0.0 { product(one, other) / norms } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_of_directions_alone() {
        assert!((similarity(&[1.0, 2.0], &[2.0, 4.0]) - 1.0).abs() < 1e-9);
        assert!((similarity(&[1.0, 0.0], &[0.0, 3.0])).abs() < 1e-9);
        assert!((similarity(&[1.0, 0.0], &[-2.0, 0.0]) + 1.0).abs() < 1e-9);
        assert!(similarity(&[0.0], &[1.0]).abs() < 1e-9);
    }
}
