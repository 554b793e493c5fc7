//! One probe: an HTTP request, and what came of it.

use std::time::Instant;

use jiff::Timestamp;
use reqwest::Client;
use uuid::Uuid;

/// What a probe saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    /// The check's own key, so that a batch that is written again is not there twice.
    pub(crate) id: Uuid,
    /// The monitor.
    pub(crate) monitor_id: Uuid,
    /// When it was asked.
    pub(crate) checked_at: Timestamp,
    /// `up`: 1xx to 3xx; `down`: 4xx and 5xx; `error`: no answer.
    pub(crate) status: &'static str,
    /// Milliseconds until the head of the answer.
    pub(crate) response_time: Option<i32>,
    /// The HTTP status.
    pub(crate) status_code: Option<i16>,
    /// Why there was no answer: a word, never what the other side sent.
    pub(crate) error_message: Option<&'static str>,
}

/// Asks once; the client follows no redirects, since a redirect is an answer.
pub(crate) async fn probe(client: &Client, monitor_id: Uuid, url: &str) -> Seen {
    let (id, checked_at, began) = (Uuid::new_v4(), Timestamp::now(), Instant::now());
    let answer = client.get(url).send().await;
    let response_time = i32::try_from(began.elapsed().as_millis()).ok();
    match answer {
        Ok(answer) => {
            let code = answer.status();
            let status = if code.is_client_error() || code.is_server_error() { "down" } else { "up" };
            // Codes beyond 599 are not HTTP's, and the table takes none.
            let status_code = i16::try_from(code.as_u16()).ok().filter(|code| (100..600).contains(code));
            Seen { id, monitor_id, checked_at, status, response_time, status_code, error_message: None }
        }
        Err(error) => {
            let word = match () {
                () if error.is_timeout() => "timeout",
                () if error.is_connect() => "connection refused or host not found",
                () if error.is_builder() => "the address can't be asked",
                () => "the answer was no HTTP",
            };
            let seen = Seen {
                id,
                monitor_id,
                checked_at,
                status: "error",
                response_time: None,
                status_code: None,
                error_message: None,
            };
            Seen { error_message: Some(word), ..seen }
        }
    }
}
