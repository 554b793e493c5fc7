//! Who changed what: an append-only trail of every change, with the person behind it, in a chain that shows tampering.
//!
//! [`AuditTrail`] writes the migration: a partitioned `audit_log` that triggers alone write, held to tenants by forced row
//! level security, and a chain of hashes for each tenant. [`Tenant::acting_as`](crate::Tenant::acting_as) says who acts,
//! [`verify()`] looks for what was changed, removed, put in or cut off, [`of_object`] and [`of_actor`] read.
//!
//! ```
//! use freehold_tenancy::{Execute, audit::{self, Actor, Page}};
//!
//! # freehold_tenancy_ground::with_trail(|_, tenant| async move {
//! let ada = Actor::user("ada@example.org")?.request("req-7")?;
//! let tenant = tenant.acting_as(&ada);
//! tenant.execute("UPDATE notes SET body = 'oat milk' WHERE id = 1", &[]).await?;
//!
//! let key = serde_json::json!({ "tenant_id": tenant.id().map(ToString::to_string), "id": 1 });
//! let page = audit::of_object(&tenant, "notes", &key, &Page::first(20)).await?;
//! for entry in &page.entries {
//!     println!("{} by {:?}: {:?}", entry.at, entry.acting_user, entry.new_values);
//! }
//! assert_eq!(page.entries[0].acting_user.as_deref(), Some("ada@example.org"));
//! # Ok(())
//! # });
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
///
/// ```
/// use freehold_tenancy::{Tenancy, audit::{AuditTrail, SCHEMA}};
///
/// let up = AuditTrail::of(&Tenancy::default()).up();
/// assert!(up.starts_with(&format!(r#"CREATE SCHEMA "{SCHEMA}";"#)));
/// ```
pub const SCHEMA: &str = "audit";
