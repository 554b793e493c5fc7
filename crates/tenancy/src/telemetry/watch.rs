//! The one place where statements are tagged, traced, counted and shown to the guard.

use std::{future::Future, panic::Location, time::Instant};

use metrics::{Unit, counter, describe_counter, describe_histogram, histogram};
use tracing::{Instrument, Span, field::Empty};

use super::cache::{Known, known};
use crate::{Error, Execute, Row, Sql, execute::Param, guard};

/// Seconds from the call to the answer, by `fingerprint` and `outcome` (`ok`, `refused`, `lost`, `deadline`, `busy`,
/// `cancelled`, `error`).
///
/// ```
/// use freehold_tenancy::telemetry::STATEMENT_SECONDS;
///
/// // The slowest statements, as a query of Prometheus:
/// let slowest = format!("topk(10, sum by (fingerprint) (rate({STATEMENT_SECONDS}_sum[5m])))");
/// assert_eq!(slowest, "topk(10, sum by (fingerprint) (rate(freehold_statement_seconds_sum[5m])))");
/// ```
pub const STATEMENT_SECONDS: &str = "freehold_statement_seconds";
/// Rows that statements gave or changed, by `fingerprint`.
///
/// ```
/// use freehold_tenancy::telemetry::STATEMENT_ROWS;
///
/// // Statements that give more and more rows:
/// let rows = format!("sum by (fingerprint) (rate({STATEMENT_ROWS}[1h]))");
/// assert_eq!(rows, "sum by (fingerprint) (rate(freehold_statement_rows_total[1h]))");
/// ```
pub const STATEMENT_ROWS: &str = "freehold_statement_rows_total";
/// Statements that failed, by `class`: the first two characters of the SQLSTATE, or `none` where the server gave none.
///
/// ```
/// use freehold_tenancy::telemetry::STATEMENT_ERRORS;
///
/// // Rights that are missing, and statements that don't fit the schema:
/// let mistakes = format!("rate({STATEMENT_ERRORS}{{class='42'}}[5m]) > 0");
/// assert_eq!(mistakes, "rate(freehold_statement_errors_total{class='42'}[5m]) > 0");
/// ```
pub const STATEMENT_ERRORS: &str = "freehold_statement_errors_total";

/// Describes the metrics of statements to the recorder that is installed. Call it once, after installing one.
///
/// ```
/// freehold_tenancy::telemetry::describe();
/// ```
pub fn describe() {
    describe_histogram!(
        STATEMENT_SECONDS,
        Unit::Seconds,
        "Time from asking to the answer, by statement and outcome"
    );
    describe_counter!(STATEMENT_ROWS, Unit::Count, "Rows that statements gave or changed");
    describe_counter!(STATEMENT_ERRORS, Unit::Count, "Statements that failed, by class of SQLSTATE");
}

/// Sends a statement that gives rows, and observes it.
pub(crate) async fn rows<E: Execute + ?Sized>(
    by: &E,
    sql: &Sql,
    params: &[Param<'_>],
    site: &'static Location<'static>,
) -> Result<Vec<Row>, Error> {
    let watch = Watch::begin(by, sql, params, site);
    let answer = match by.tags().filter(|tags| !tags.is_empty()) {
        None => watch.over(by.send_rows(sql, params)).await,
        Some(tags) => watch.over(by.send_rows(&tags.on(sql), params)).await,
    };
    watch.end(answer.as_ref().map(|rows| rows.len() as u64));
    answer
}

/// Sends a statement that gives a count, and observes it.
pub(crate) async fn affected<E: Execute + ?Sized>(
    by: &E,
    sql: &Sql,
    params: &[Param<'_>],
    site: &'static Location<'static>,
) -> Result<u64, Error> {
    let watch = Watch::begin(by, sql, params, site);
    let answer = match by.tags().filter(|tags| !tags.is_empty()) {
        None => watch.over(by.send_affected(sql, params)).await,
        Some(tags) => watch.over(by.send_affected(&tags.on(sql), params)).await,
    };
    watch.end(answer.as_ref().copied());
    answer
}

/// A statement under way. Dropped before its end, it was cancelled.
pub(crate) struct Watch {
    known: Known,
    span: Span,
    begun: Instant,
    over: bool,
}

impl Watch {
    /// Begins to watch a statement.
    pub(crate) fn begin<E: Execute + ?Sized>(
        by: &E,
        sql: &Sql,
        params: &[Param<'_>],
        site: &'static Location<'static>,
    ) -> Self {
        let known = known(sql.as_str());
        if guard::IS_ON {
            guard::note(&known.fingerprint, sql.as_str(), params, site);
        }
        Self::of(by, known, site)
    }

    /// Begins to watch the sending of many rows, which no guard would want put together.
    pub(crate) fn bulk<E: Execute + ?Sized>(by: &E, text: &str, site: &'static Location<'static>) -> Self {
        Self::of(by, known(text), site)
    }

    fn of<E: Execute + ?Sized>(by: &E, known: Known, site: &'static Location<'static>) -> Self {
        let span = tracing::debug_span!(
            "statement",
            fingerprint = known.fingerprint.hex(),
            statement = known.fingerprint.text(),
            site = %site,
            tenant = Empty,
            rows = Empty,
            duration_us = Empty,
            outcome = Empty,
        );
        if let (false, Some(tenant)) = (span.is_disabled(), by.tenant_id()) {
            span.record("tenant", tenant.hash_for_logs());
        }
        Self { known, span, begun: Instant::now(), over: false }
    }

    /// The future, within the span.
    pub(crate) fn over<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        work.instrument(self.span.clone())
    }

    /// Tells the answer: the number of rows, or the error.
    pub(crate) fn end(mut self, answer: Result<u64, &Error>) {
        self.over = true;
        match answer {
            Ok(rows) => {
                self.span.record("rows", rows);
                counter!(STATEMENT_ROWS, "fingerprint" => self.known.label.clone()).increment(rows);
                self.tell("ok");
            }
            Err(error) => self.failed(Some(error)),
        }
    }

    /// Tells that it failed before the server had a say.
    pub(crate) fn end_unsent(mut self) {
        self.over = true;
        self.failed(None);
    }

    fn failed(&self, error: Option<&Error>) {
        let class = error.and_then(Error::sqlstate);
        let class = class.map_or_else(|| "none".to_owned(), |state| state.class().to_owned());
        counter!(STATEMENT_ERRORS, "class" => class).increment(1);
        self.tell(error.map_or("error", outcome));
    }

    fn tell(&self, outcome: &'static str) {
        let took = self.begun.elapsed();
        histogram!(STATEMENT_SECONDS, "fingerprint" => self.known.label.clone(), "outcome" => outcome)
            .record(took.as_secs_f64());
        self.span.record("duration_us", u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
        self.span.record("outcome", outcome);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.over {
            self.tell("cancelled");
        }
    }
}

fn outcome(error: &Error) -> &'static str {
    match error {
        Error::Database(_) => "refused",
        Error::Lost { .. } => "lost",
        Error::Deadline => "deadline",
        Error::Busy { .. } => "busy",
        _ => "error",
    }
}
