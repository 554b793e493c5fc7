//! The OpenAPI document, from the handlers themselves.

use axum::Json;
use utoipa::OpenApi;

use crate::{consents, faces, keys, matching, persons, tenants};

/// All of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Face recognition",
        description = "Register, verify, identify, with consent; export and erase."
    ),
    paths(
        tenants::add,
        tenants::set_status,
        tenants::health,
        keys::issue,
        keys::list,
        keys::revoke,
        consents::grant,
        consents::list,
        consents::withdraw,
        faces::register,
        faces::list,
        matching::verify,
        matching::identify,
        matching::latest,
        persons::erase,
        persons::export,
    )
)]
struct Document;

/// Gives the document.
pub(crate) async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
