//! The server's settings in a sandbox: nothing is durable, nothing runs by itself, nobody else gets in.
//!
//! Who gets in: the only way is a Unix socket in a folder that is 0700 and owned by the user that the server runs as,
//! and `pg_hba.conf` has one line, `peer` with a map. So the kernel tells the server who is connecting, and the map
//! admits two users: the one that Freehold runs as and the one that the server runs as (the same one unless Freehold
//! runs as root). There is no password to guess or to leak, and no TCP listener.

use crate::account::Account;

/// The name of the superuser: the one that dumps of existing databases expect to find (`OWNER TO postgres`).
pub(crate) const SUPERUSER: &str = "postgres";

/// The database that scratch databases are cloned from.
pub(crate) const TEMPLATE_DATABASE: &str = "freehold_template";

/// Bytes of one file of the write-ahead log, in MiB: small, since every clone copies one.
pub(crate) const WAL_SEGMENT_MIB: u32 = 1;

/// The whole `postgresql.conf` of a sandbox of one major version.
pub(crate) fn postgresql_conf(major: u32) -> String {
    let mut text = String::from(BASE);
    if major >= 18 {
        // Worker processes for reading would only make the start slower.
        text.push_str("io_method = sync\n");
    }
    text
}

/// Settings that all supported versions know.
const BASE: &str = "\
# Made by Freehold for a throw-away server.
listen_addresses = ''
unix_socket_permissions = 0700
port = 5432
max_connections = 60
superuser_reserved_connections = 3
max_locks_per_transaction = 1024
max_prepared_transactions = 20

# Nothing is durable: the data dies with the server.
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
wal_init_zero = off
wal_recycle = off
max_wal_size = 4GB
checkpoint_timeout = 1h
checkpoint_flush_after = 0
bgwriter_flush_after = 0
bgwriter_lru_maxpages = 0

# Nothing runs by itself, so that what is measured is what was sent.
autovacuum = off
jit = off

shared_buffers = 128MB
huge_pages = off
shared_memory_type = mmap
dynamic_shared_memory_type = mmap
track_io_timing = on
update_process_title = off

logging_collector = off
log_destination = stderr
log_timezone = UTC
log_min_messages = warning
log_line_prefix = '%m [%p] '
timezone = UTC
datestyle = 'iso, mdy'
lc_messages = C
lc_monetary = C
lc_numeric = C
lc_time = C
default_text_search_config = 'pg_catalog.english'
";

/// `pg_hba.conf`: one line, see the head of this file.
pub(crate) const HBA: &str = "local all all peer map=freehold\n";

/// `pg_ident.conf`: which system users may be which database roles. Version 16 and later have the word `all`;
/// before, each role is listed.
pub(crate) fn ident_map(account: &Account, major: u32, roles: &[String]) -> String {
    let mut system_users = vec![account.name.as_str()];
    if account.own_name != account.name {
        system_users.push(account.own_name.as_str());
    }
    let mut text = String::new();
    for user in system_users {
        let user = quoted(user);
        if major >= 16 {
            text.push_str(&format!("freehold {user} all\n"));
            continue;
        }
        text.push_str(&format!("freehold {user} {SUPERUSER}\n"));
        for role in roles {
            text.push_str(&format!("freehold {user} {}\n", quoted(role)));
        }
    }
    text
}

/// A word of `pg_hba.conf` and `pg_ident.conf`: in double quotes, embedded ones doubled (PostgreSQL manual, 21.1).
/// A line break cannot be written in these files and is left out.
fn quoted(word: &str) -> String {
    let word: String = word.chars().filter(|c| !matches!(c, '\n' | '\r' | '\0')).collect();
    format!("\"{}\"", word.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str, own_name: &str) -> Account {
        Account { uid: 1, gid: 1, name: name.into(), own_name: own_name.into(), dropped: name != own_name }
    }

    #[test]
    fn only_we_and_the_servers_user_are_admitted() {
        let dropped = ident_map(&account("nobody", "root"), 15, &["app \"x\"".to_owned()]);
        assert_eq!(
            dropped,
            "freehold \"nobody\" postgres\nfreehold \"nobody\" \"app \"\"x\"\"\"\n\
             freehold \"root\" postgres\nfreehold \"root\" \"app \"\"x\"\"\"\n"
        );
        assert_eq!(ident_map(&account("ann", "ann"), 17, &[]), "freehold \"ann\" all\n");
    }
}
