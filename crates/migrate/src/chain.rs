//! One checksum over a run of migrations: equal only where the same scripts came in the same order.

use sha2::{Digest, Sha256};

use crate::folder::Migration;

/// The chain over the up scripts of these migrations, as 64 hexadecimal digits: SHA-256 of the chain before, the version
/// and the script's checksum, folded in the order given; the chain of no migrations is the empty text.
pub fn chain<'m>(migrations: impl IntoIterator<Item = &'m Migration>) -> String {
    migrations.into_iter().fold(String::new(), |before, migration| link(&before, migration))
}

/// The chain with one migration more.
pub fn link(before: &str, migration: &Migration) -> String {
    let mut hash = Sha256::new();
    for part in [before, migration.key().as_str(), &migration.up.checksum] {
        hash.update(part.as_bytes());
        hash.update(b"\n");
    }
    hex::encode(hash.finalize())
}
