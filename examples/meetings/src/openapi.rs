//! The OpenAPI document, from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use crate::{audit, joining, meetings, organizations, people};

/// All of the API.
#[derive(OpenApi)]
#[openapi(
    info(title = "Meetings", description = "Join by code, live presence, an audit log."),
    paths(
        organizations::add,
        organizations::health,
        people::add,
        people::list,
        people::log_in,
        meetings::schedule,
        meetings::upcoming,
        meetings::one,
        meetings::cancel,
        joining::join,
        joining::participants,
        joining::present,
        joining::still_here,
        joining::leave,
        audit::of_organization,
        audit::of_row,
    )
)]
struct Document;

/// Gives the document.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
