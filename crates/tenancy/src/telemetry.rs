//! Spans, tags and metrics of statements.
//!
//! Every statement that goes through [`Execute`](crate::Execute) opens a span `statement` at level `DEBUG`, with the
//! fields `fingerprint`, `statement` (the text without literals), `tenant` (a hash of eight digits), `site` (where the
//! program asked), and, when it is over, `rows`, `duration_us` and `outcome`. The same goes to [`metrics`]:
//!
//! | metric | kind | labels |
//! |---|---|---|
//! | [`STATEMENT_SECONDS`] | histogram | `fingerprint`, `outcome` |
//! | [`STATEMENT_ROWS`] | counter | `fingerprint` |
//! | [`STATEMENT_ERRORS`] | counter | `class` |
//!
//! A program has few statements, so few fingerprints; should it put texts together all the same, the first
//! [`MOST_FINGERPRINTS`] keep their own label and the others share `other`.
//!
//! ```
//! use freehold_tenancy::telemetry::Fingerprint;
//!
//! let one = Fingerprint::of("SELECT body FROM notes WHERE id IN (1, 2, 3) -- once more");
//! assert_eq!(one.text(), "select body from notes where id in (?)");
//! assert_eq!(one, Fingerprint::of("select body\nfrom notes where id IN ($1)"));
//! assert_ne!(one, Fingerprint::of("select title from notes where id in ($1)"));
//! ```

mod cache;
mod fingerprint;
mod lexis;
mod tags;
mod watch;

pub use cache::MOST_FINGERPRINTS;
pub use fingerprint::Fingerprint;
pub use tags::{TagError, Tags};
pub use watch::{STATEMENT_ERRORS, STATEMENT_ROWS, STATEMENT_SECONDS, describe};
pub(crate) use watch::{Watch, affected, rows};
