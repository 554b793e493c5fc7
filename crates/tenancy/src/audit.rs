//! Who changed what: an append-only trail of every change, with the person behind it, in a chain that shows tampering.
//!
//! [`AuditTrail`] writes the migration: a partitioned `audit_log` that triggers alone write, held to tenants by forced row
//! level security, and a chain of hashes for each tenant. [`Tenant::acting_as`](crate::Tenant::acting_as) says who acts,
//! [`verify()`] looks for what was changed, removed, put in or cut off, [`of_object`] and [`of_actor`] read.
//!
//! ```no_run
//! use freehold_tenancy::{Db, Execute, TenantId, audit::{self, Actor, Page}};
//!
//! # async fn f(db: &Db, tenant: &TenantId, face: uuid::Uuid) -> Result<(), Box<dyn std::error::Error>> {
//! let ada = Actor::user("ada@example.org")?.request("req-7")?;
//! let tenant = db.tenant(tenant).acting_as(&ada);
//! tenant.execute("UPDATE faces SET quality_score = 1 WHERE id = $1", &[&face]).await?;
//!
//! let key = serde_json::json!({ "tenant_id": tenant.id().map(ToString::to_string), "id": face });
//! for entry in audit::of_object(&tenant, "faces", &key, &Page::first(20)).await?.entries {
//!     println!("{} by {:?}: {:?}", entry.at, entry.acting_user, entry.new_values);
//! }
//! # Ok(())
//! # }
//! ```

mod actor;
mod entry;
mod migration;
mod trail;
mod verify;

pub use actor::{Actor, IP, REQUEST, USER};
pub use entry::{Action, Entry, Page, Pages, Position};
pub use migration::{AuditTrail, Watched};
pub use trail::{TrailError, of_actor, of_object};
pub use verify::{Anchor, Tampering, Verified, Verify, head, verify};

/// The schema of the trail.
pub const SCHEMA: &str = "audit";
