//! A person's rights: what is held about somebody, as JSON lines; forgetting them; and whether they agreed.
//!
//! What belongs to a person is declared once, as a [`Subject`]: rows whose column names the person. What refers to those
//! rows is found in the catalog, by foreign keys, within the tenant. [`export`] writes it all, as it is at one moment;
//! [`erase`] deletes, blanks or keeps it, as an [`Erasure`] says table by table, and reports what was done and what stays
//! and why; [`Consent`] asks whether somebody has agreed, in the statement that needs it.
//!
//! ```
//! use freehold_tenancy::rights::{Export, Subject, export};
//!
//! # freehold_tenancy_ground::with_people(|_, tenant| async move {
//! # let mut file = Vec::new();
//! let person = Subject::person()
//!     .whose("faces", "external_id", "person-1")
//!     .whose("consent_records", "external_id", "person-1");
//! let transaction = tenant.snapshot().begin().await?;
//! let told = export(&transaction, &Export::of(person), &mut file).await?;
//! // A face, the two logs that refer to it, and a consent.
//! assert_eq!((told.rows, told.left_out.len()), (4, 0));
//! # Ok(())
//! # });
//! ```

mod catalog;
mod consent;
mod erase;
mod erasure;
mod error;
mod export;
mod reach;
mod subject;

pub use consent::Consent;
pub use erase::{Erased, ErasedTable, Outcome, erase, erase_dry};
pub use erasure::{Erasure, Replacement};
pub use error::RightsError;
pub use export::{Decrypt, Export, Exported, LeftOut, SealedValue, export};
pub use subject::Subject;
