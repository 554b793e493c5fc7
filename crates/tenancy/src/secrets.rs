//! Encrypted columns: AES-256-GCM under a data key of the tenant's own, which is kept wrapped by a master key.
//!
//! - A [`Vault`] fetches and makes the data keys of tenants ([`Vault::keys`]); they lie wrapped in a table
//!   ([`Schema`]) and unwrapped in memory for a few minutes.
//! - [`TenantKeys`] seal and open values. Each value is bound to its [`Place`]: tenant, table, column and row. Moved
//!   anywhere else it does not open.
//! - A [`Kms`] wraps and unwraps data keys: [`MasterKeys`] holds master keys of its own, from a file or from a value of
//!   the environment; a key service is another implementation.
//! - A blind index ([`TenantKeys::blind_index`]) finds rows by equality without opening them.
//! - A [`Rotation`] brings a column under the tenant's newest key, in batches, and goes on where it was interrupted.
//!
//! # The value
//!
//! | bytes | what |
//! |---|---|
//! | 1 | `0xF4`, the mark of a sealed value |
//! | 1 | version of the format: 1 |
//! | 16 | id of the data key |
//! | 4 | version of the data key within its tenant, big endian, from 1 |
//! | 1 | what was sealed: bytes, text, JSON or an embedding |
//! | 12 | nonce, random |
//! | n | ciphertext, as long as the plaintext |
//! | 16 | tag |
//!
//! So a value costs [`OVERHEAD`] bytes more than what is in it. All that precedes the nonce is authenticated together
//! with the place.
//!
//! # How much one key may seal
//!
//! Nonces are random, so with AES-GCM one key should seal no more than 2³² values (a repeated nonce is then less
//! likely than 1 in 2³², the bound of NIST SP 800-38D). Each tenant has keys of its own; a process refuses to go
//! beyond the bound ([`SecretsError::WornOut`]), and a rotation begins a new count.
//!
//! ```
//! use freehold_tenancy::Execute;
//! use freehold_tenancy::secrets::{Column, MasterKeys, Vault};
//!
//! const EMAIL: Column = Column::new("users", "email_sealed");
//!
//! # freehold_tenancy_ground::with_vault(|tenant, _, id| async move {
//! # let (db, master) = (tenant.db(), freehold_tenancy_ground::MASTER);
//! # let (user, id) = (1_i64, &id);
//! let vault = Vault::new(db, MasterKeys::from_text(master)?);
//! let keys = vault.keys(id).await?;
//! let sealed = keys.seal_text(&EMAIL.at(user), "ada@example.org")?;
//! let tenant = db.tenant(id);
//! tenant.execute("UPDATE users SET email_sealed = $2 WHERE id = $1", &[&user, &sealed]).await?;
//!
//! let sealed: Vec<u8> =
//!     tenant.query_value("SELECT email_sealed FROM users WHERE id = $1", &[&user]).await?;
//! assert_eq!(keys.open_text(&EMAIL.at(user), &sealed)?, "ada@example.org");
//! # Ok(())
//! # });
//! ```

mod blind;
mod data_key;
mod error;
mod exported;
mod format;
mod key;
mod kms;
mod master;
mod place;
mod rewrap;
mod rotation;
mod schema;
mod seal;
mod store;
mod vault;

pub use blind::BlindIndex;
pub use data_key::{KeyVersion, TenantKeys};
pub use error::SecretsError;
pub use exported::{SealedColumnError, SealedColumns};
pub use format::{Header, Kind, OVERHEAD};
pub(crate) use key::random;
pub use key::{Key, KeyError};
pub use kms::{Kms, KmsError, Wrapped};
pub use master::{MasterKey, MasterKeyError, MasterKeys};
pub use place::{Column, Place, RowKey};
pub use rewrap::Rewrapped;
pub use rotation::{Progress, Rotation};
pub use schema::Schema;
pub use vault::{Vault, VaultSettings};
