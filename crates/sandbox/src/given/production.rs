//! Signs by which a server is taken for one in production.
//!
//! One strong sign is enough. Weak ones, which development servers have too, count only when there are two.

use freehold_db::{ConnectTo, DbError, Session};

/// More sessions of other programs than this, at once, are a weak sign.
const BUSY_SESSIONS: i64 = 20;

/// More data than this in all databases is a weak sign, in bytes (50 GB).
const MUCH_DATA: i64 = 50_000_000_000;

/// What is asked of the server, in one row.
const QUESTIONS: &str = "SELECT
  pg_catalog.pg_is_in_recovery(),
  (SELECT count(*) FROM pg_catalog.pg_stat_replication
    WHERE coalesce(application_name, '') NOT IN ('pg_basebackup', 'pg_receivewal', 'pg_recvlogical')),
  pg_catalog.current_setting('archive_mode') <> 'off',
  (SELECT count(*) FROM pg_catalog.pg_stat_activity
    WHERE datid IS NOT NULL AND application_name <> 'freehold' AND pid <> pg_catalog.pg_backend_pid()),
  (SELECT coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::int8 FROM pg_catalog.pg_database
    WHERE pg_catalog.has_database_privilege(oid, 'CONNECT')),
  ARRAY(SELECT datname::text FROM pg_catalog.pg_database ORDER BY datname)";

/// What the server and its URL show.
#[derive(Debug, Clone, Default)]
struct Seen {
    in_recovery: bool,
    replicas: i64,
    archiving: bool,
    sessions: i64,
    bytes: i64,
    databases: Vec<String>,
    /// The connection as shown to people, without user and password.
    address: String,
    local: bool,
}

/// The signs that are enough to refuse the server; empty when it may be used.
pub(super) async fn signs(session: &Session, to: &ConnectTo) -> Result<Vec<String>, DbError> {
    let rows = session.query(QUESTIONS, &[]).await?;
    let Some(row) = rows.first() else { return Ok(Vec::new()) };
    let wrong = |error| DbError::from_postgres("look for signs of production", error);
    let masked = to.masked();
    let seen = Seen {
        in_recovery: row.try_get(0).map_err(wrong)?,
        replicas: row.try_get(1).map_err(wrong)?,
        archiving: row.try_get(2).map_err(wrong)?,
        sessions: row.try_get(3).map_err(wrong)?,
        bytes: row.try_get(4).map_err(wrong)?,
        databases: row.try_get(5).map_err(wrong)?,
        address: masked.rsplit_once('@').map_or(masked.clone(), |(_, address)| address.to_owned()),
        local: to.is_local(),
    };
    Ok(judge(&seen))
}

fn judge(seen: &Seen) -> Vec<String> {
    let mut strong = Vec::new();
    if seen.in_recovery {
        strong.push("it is a standby of another server".to_owned());
    }
    if seen.replicas > 0 {
        strong.push(format!("{} replicas stream from it", seen.replicas));
    }
    if seen.archiving {
        strong.push("it archives its write-ahead log (archive_mode)".to_owned());
    }
    if says_production(&seen.address) {
        strong.push(format!("its address says so ({})", seen.address));
    }
    strong.extend(
        seen.databases
            .iter()
            .filter(|name| says_production(name))
            .map(|name| format!("it has a database called {name}")),
    );
    let mut weak = Vec::new();
    if !seen.local {
        weak.push("it is on another machine".to_owned());
    }
    if seen.sessions > BUSY_SESSIONS {
        weak.push(format!("{} sessions of other programs are open", seen.sessions));
    }
    if seen.bytes > MUCH_DATA {
        weak.push(format!("it holds {} GB of data", seen.bytes / 1_000_000_000));
    }
    if !strong.is_empty() || weak.len() >= 2 {
        strong.extend(weak);
    }
    strong
}

/// True when one of the words in a name means production: `shop_prod`, `db.production.example.org`, `prod2`; not
/// `products` and not `reproduction`.
fn says_production(name: &str) -> bool {
    name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| {
        let word = word.trim_end_matches(|c: char| c.is_ascii_digit()).to_ascii_lowercase();
        matches!(word.as_str(), "prod" | "production" | "prd" | "live")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn development() -> Seen {
        Seen { databases: vec!["products".into(), "app_dev".into()], local: true, ..Seen::default() }
    }

    #[test]
    fn a_development_server_shows_no_sign() {
        assert!(judge(&development()).is_empty());
        let in_a_container = Seen { local: false, ..development() };
        assert!(judge(&in_a_container).is_empty(), "one weak sign alone is no reason");
    }

    #[test]
    fn each_strong_sign_alone_is_enough() {
        let cases = [
            Seen { in_recovery: true, ..development() },
            Seen { replicas: 1, ..development() },
            Seen { archiving: true, ..development() },
            Seen { databases: vec!["shop_production".into()], ..development() },
            Seen { address: "db.prod1.example.org:5432/app".into(), ..development() },
        ];
        for case in cases {
            assert_eq!(judge(&case).len(), 1, "{case:?}");
        }
    }

    #[test]
    fn two_weak_signs_are_enough() {
        let busy = Seen { local: false, sessions: 21, ..development() };
        assert_eq!(judge(&busy).len(), 2);
        let large = Seen { local: false, bytes: MUCH_DATA + 1, ..development() };
        assert_eq!(judge(&large).len(), 2);
        assert!(judge(&Seen { sessions: 21, ..development() }).is_empty());
    }

    #[test]
    fn only_whole_words_mean_production() {
        for name in ["prod", "shop-prod", "PRODUCTION_eu", "x.live.example", "prod2", "prd_app"] {
            assert!(says_production(name), "{name}");
        }
        for name in ["products", "reproduction", "delivery", "alive", "app"] {
            assert!(!says_production(name), "{name}");
        }
    }
}
