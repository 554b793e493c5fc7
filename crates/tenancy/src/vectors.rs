//! Similarity search within a tenant.
//!
//! A [`Space`] describes a table of vectors. [`Space::search`] finds what lies nearest to an [`Embedding`] among one
//! tenant's rows: exactly for small tenants, by an index of the tenant's own for large ones. [`Space::maintain`] makes
//! and drops those indexes as tenants grow and shrink, [`Space::recall_at_k`] measures what they find.
//!
//! ```
//! # use freehold_tenancy::vectors::{Metric, Search, Space, SpaceOptions};
//! # freehold_tenancy_ground::with_faces(|_ground, acme, _faces| async move {
//! # let photo = vec![0.9, 0.1];
//! let faces = Space::new(SpaceOptions {
//!     table: "faces".to_owned(),
//!     ids: vec!["id".to_owned()],
//!     full: Some("embedding".to_owned()),
//!     half: Some("embedding_search".to_owned()),
//!     ..SpaceOptions::new(2, Metric::Cosine)
//! })?;
//! let photo = faces.embedding(photo)?;
//! let found = faces.search::<(i64,)>(&acme, &Search::nearest(&photo, 5).within(0.4)).await?;
//! let ids: Vec<i64> = found.hits.iter().map(|hit| hit.item.0).collect();
//! assert_eq!(ids, [1, 2], "the nearest first; the third is farther than 0.4");
//! # Ok(())
//! # });
//! ```

mod carry_out;
mod choice;
mod covering;
mod embedding;
mod error;
mod maintain;
mod measure;
mod metric;
mod plan;
mod recall;
mod rules;
mod search;
mod space;
mod statement;
mod steps;

pub use choice::{Standing, Strategy};
pub use embedding::Embedding;
pub use error::VectorError;
pub use maintain::{Maintained, Outcome};
pub use measure::Measured;
pub use metric::Metric;
pub use pgvector::{HalfVector, Vector};
pub use plan::plan_maintenance;
pub use recall::{Recall, Sample};
pub use rules::Rules;
pub use search::{Found, Hit, Search};
pub use space::{Space, SpaceOptions};
pub use steps::{IndexSeen, Reason, Step, TenantRows};
