//! The OpenAPI document, from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use crate::{checks, monitors, status_page, tenants};

/// All of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Uptime monitoring",
        description = "Monitors, their checks, uptime by day, and a status page."
    ),
    paths(
        tenants::add,
        tenants::health,
        tenants::log_in,
        monitors::add,
        monitors::list,
        monitors::one,
        monitors::remove,
        checks::latest,
        checks::days,
        status_page::page,
    )
)]
struct Document;

/// Gives the document.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
