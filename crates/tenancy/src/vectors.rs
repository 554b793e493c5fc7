//! Similarity search within a tenant.
//!
//! A [`Space`] describes a table of vectors. [`Space::search`] finds what lies nearest to an [`Embedding`] among one
//! tenant's rows: exactly for small tenants, by an index of the tenant's own for large ones. [`Space::maintain`] makes
//! and drops those indexes as tenants grow and shrink, [`Space::recall_at_k`] measures what they find.
//!
//! ```no_run
//! # use freehold_tenancy::{Db, TenantId, vectors::{Embedding, Metric, Search, Space, SpaceOptions}};
//! # use uuid::Uuid;
//! # async fn f(db: &Db, acme: &TenantId, photo: Vec<f32>) -> Result<(), Box<dyn std::error::Error>> {
//! let faces = Space::new(SpaceOptions {
//!     table: "faces".to_owned(),
//!     ids: vec!["id".to_owned()],
//!     full: Some("embedding".to_owned()),
//!     half: Some("embedding_search".to_owned()),
//!     ..SpaceOptions::new(512, Metric::Cosine)
//! })?;
//! let photo = faces.embedding(photo)?;
//! let found = faces.search::<(Uuid,)>(&db.tenant(acme), &Search::nearest(&photo, 5).within(0.4)).await?;
//! for hit in &found.hits {
//!     println!("{} at {:.3}", hit.item.0, hit.distance);
//! }
//! # Ok(())
//! # }
//! ```

mod choice;
mod embedding;
mod error;
mod maintain;
mod metric;
mod plan;
mod recall;
mod rules;
mod search;
mod space;
mod statement;

pub use choice::{Standing, Strategy};
pub use embedding::Embedding;
pub use error::VectorError;
pub use maintain::{Maintained, Outcome};
pub use metric::Metric;
pub use pgvector::{HalfVector, Vector};
pub use plan::{IndexSeen, Reason, Step, TenantRows, plan_maintenance};
pub use recall::{Recall, Sample};
pub use rules::Rules;
pub use search::{Found, Hit, Search};
pub use space::{Space, SpaceOptions};
