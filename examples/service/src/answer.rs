//! Answers to errors: what a caller may know, and no more.

use axum::{
    Json,
    response::{IntoResponse, Response},
};
use freehold_tenancy::{Error, SqlState};
use http::{HeaderValue, StatusCode, header::RETRY_AFTER};
use serde::Serialize;

/// What handlers give.
pub type Answer<T> = Result<T, Refusal>;

/// Why a request gets no answer: a status and a sentence that holds nothing of anybody's data.
#[derive(Debug, Clone)]
pub struct Refusal {
    status: StatusCode,
    /// A word for programs.
    code: &'static str,
    /// A sentence for people.
    says: String,
    /// Seconds after which it is worth asking again.
    retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Body<'b> {
    code: &'static str,
    error: &'b str,
}

impl Refusal {
    /// A refusal with a status, a word for programs and a sentence for people.
    pub fn new(status: StatusCode, code: &'static str, says: impl Into<String>) -> Self {
        Self { status, code, says: says.into(), retry_after: None }
    }

    /// What was sent can't be taken.
    pub fn invalid(says: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", says)
    }

    /// There is no such thing, or it is another tenant's, which must not be told apart.
    pub fn not_found(what: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", format!("there is no such {what}"))
    }

    /// Nobody who may ask.
    pub fn unauthorized(says: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", says)
    }

    /// Somebody who may not ask this.
    pub fn forbidden(code: &'static str, says: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, says)
    }

    /// Too many requests.
    pub fn too_many(seconds: u64) -> Self {
        let mut refusal =
            Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "this plan allows no more requests now");
        refusal.retry_after = Some(seconds.max(1));
        refusal
    }

    /// The service can't answer now; the same request may succeed later.
    pub fn unavailable() -> Self {
        let mut refusal =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "the service can't answer now");
        refusal.retry_after = Some(1);
        refusal
    }

    /// By the error of the library that lies below another one; `None` when none does.
    pub fn below(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let mut causes = std::iter::successors(Some(error), |error| error.source());
        causes.find_map(|cause| {
            let shared = || cause.downcast_ref::<std::sync::Arc<Error>>().map(AsRef::as_ref);
            cause.downcast_ref::<Error>().or_else(shared).map(Self::from)
        })
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::from(&error)
    }
}

/// The server's message and its DETAIL stay in the log.
impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        match error {
            Error::Tenant(_) => Self::unauthorized("no tenant was named"),
            Error::NotServed { .. } => Self::forbidden("not_served", "this account is not served"),
            Error::Busy { .. } | Error::Connect { .. } | Error::Lost { .. } => {
                tracing::warn!(error = %chain(error), "the database does not answer");
                Self::unavailable()
            }
            Error::Deadline => Self::new(StatusCode::GATEWAY_TIMEOUT, "too_slow", "the answer took too long"),
            Error::Input { why, .. } => Self::invalid(why.clone()),
            Error::Parameter { .. } => Self::invalid("a value does not fit"),
            Error::Database(refused) => {
                tracing::info!(sqlstate = %refused.sqlstate(), error = %refused.for_operators(), "refused");
                refused_by_server(error, refused.sqlstate())
            }
            _ => {
                tracing::error!(error = %chain(error), "unexpected");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
            }
        }
    }
}

fn refused_by_server(error: &Error, state: SqlState) -> Refusal {
    let class = state.to_string();
    if state == SqlState::UNIQUE_VIOLATION || error.is_retryable() {
        return Refusal::new(StatusCode::CONFLICT, "conflict", "it exists already, or was changed just now");
    }
    if state == SqlState::FOREIGN_KEY_VIOLATION {
        return Refusal::new(StatusCode::CONFLICT, "reference", "it refers to something that is not there");
    }
    match class.get(..2) {
        Some("22" | "23") => Refusal::invalid("a value does not fit"),
        Some("57" | "53" | "08") => Refusal::unavailable(),
        _ => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here"),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Body { code: self.code, error: &self.says })).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
