//! Questions to the rows of a live database: for each demand a database that breaks it and one that keeps it.

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxOptions};

use crate::project::*;

const RULE: &str = "data-breaks-constraint";

const SCHEMA: &str = "CREATE TABLE shops (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, shop_id bigint, code text, total bigint, note varchar(40));
CREATE TABLE secrets (id bigint PRIMARY KEY, code text);
";

/// A statement, rows that keep what it demands, and one more that breaks it.
const DEMANDS: &[(&str, &str, &str)] = &[
    (
        "ALTER TABLE orders ALTER code SET NOT NULL;",
        "INSERT INTO orders (id, code) VALUES (1, 'hidden-a')",
        "INSERT INTO orders (id) VALUES (2)",
    ),
    (
        "CREATE UNIQUE INDEX orders_code ON orders (code);",
        "INSERT INTO orders (id, code) VALUES (1, 'hidden-a'), (2, NULL), (3, NULL)",
        "INSERT INTO orders (id, code) VALUES (4, 'hidden-a')",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT one_code UNIQUE (code, total);",
        "INSERT INTO orders (id, code, total) VALUES (1, 'hidden-a', 1), (2, 'hidden-a', 2)",
        "INSERT INTO orders (id, code, total) VALUES (4, 'hidden-a', 1)",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT of_shop FOREIGN KEY (shop_id) REFERENCES shops (id);",
        "INSERT INTO shops VALUES (1); INSERT INTO orders (id, shop_id) VALUES (1, 1), (2, NULL)",
        "INSERT INTO orders (id, shop_id) VALUES (3, 2)",
    ),
    (
        "ALTER TABLE orders ADD CONSTRAINT earns CHECK (total > 0);",
        "INSERT INTO orders (id, total) VALUES (1, 1), (2, NULL)",
        "INSERT INTO orders (id, total) VALUES (3, 0)",
    ),
    (
        "ALTER TABLE orders ALTER total TYPE int;",
        "INSERT INTO orders (id, total) VALUES (1, 2147483647), (2, -2147483648)",
        "INSERT INTO orders (id, total) VALUES (3, 2147483648)",
    ),
    (
        "ALTER TABLE orders ALTER note TYPE varchar(10);",
        "INSERT INTO orders (id, note) VALUES (1, 'hidden-abc'), (2, 'hidden-abc  ')",
        "INSERT INTO orders (id, note) VALUES (3, 'hidden-abcd')",
    ),
];

fn with_change(change: &str) -> tempfile::TempDir {
    project(&[
        ("000001_all.up.sql", SCHEMA),
        ("000001_all.down.sql", "DROP TABLE secrets, orders, shops;\n"),
        ("000002_change.up.sql", change),
        ("000002_change.down.sql", "SELECT 1;\n"),
    ])
}

fn probe(folder: &std::path::Path, url: &str, more: &[&str]) -> Said {
    let mut args = vec!["--url", url, "--probe-data", "--select", RULE];
    args.extend(more);
    lint(folder, &args)
}

/// A server, the address of its database, and a session of its owner.
async fn server() -> (Sandbox, String, Session) {
    let server = Sandbox::start(&SandboxOptions::default()).await.unwrap();
    let to = server.connect_to();
    let session = Session::open(&to).await.unwrap();
    let host = server.socket_dir().display().to_string();
    let url = format!("postgres://{}@/{}?host={host}&port=5432", to.user(), to.database());
    (server, url, session)
}

fn on_runtime(work: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(work);
}

#[test]
fn rows_that_break_a_demand_are_counted_and_not_shown_and_rows_that_keep_it_are_silent() {
    on_runtime(async {
        let (server, url, session) = server().await;
        session.run(SCHEMA).await.unwrap();
        for (change, keeps, breaks) in DEMANDS {
            let folder = with_change(change);
            session.run("TRUNCATE shops, orders, secrets").await.unwrap();
            session.run(keeps).await.unwrap();
            let clean = probe(folder.path(), &url, &["--start-after", "1"]);
            assert_eq!((clean.code, clean.rules()), (0, vec![]), "{change}: {clean:?}");
            session.run(breaks).await.unwrap();
            // What the server accepts is no break, and what it refuses is one.
            let refused = session.run(&format!("BEGIN; {change} ROLLBACK")).await.is_err();
            session.run("ROLLBACK").await.unwrap();
            assert!(refused, "{change}");
            let broken = probe(folder.path(), &url, &["--start-after", "1"]);
            assert_eq!(broken.rules(), [RULE], "{change}: {broken:?}");
            let said = broken.report()["findings"][0].to_string();
            assert!(said.contains("production has 1 ") && said.contains("SELECT count(*)"), "{said}");
            assert!(!broken.out.contains("hidden-"), "{}", broken.out);
            // Nobody is asked unless that is wanted.
            let unasked = lint(folder.path(), &["--url", &url, "--select", RULE, "--start-after", "1"]);
            assert_eq!(unasked.rules(), Vec::<String>::new(), "{unasked:?}");
        }
        session.close().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn the_databases_own_history_tells_which_scripts_are_asked_about() {
    on_runtime(async {
        let (server, url, session) = server().await;
        session.run(SCHEMA).await.unwrap();
        session.run("INSERT INTO orders (id) VALUES (1)").await.unwrap();
        let folder = with_change("ALTER TABLE orders ALTER code SET NOT NULL;");
        let without = probe(folder.path(), &url, &[]);
        assert_eq!(without.rules(), [RULE], "{without:?}");
        assert!(without.out.contains("which migrations are applied there"), "{}", without.out);
        let history =
            "CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
                       INSERT INTO schema_migrations VALUES (1, false)";
        session.run(history).await.unwrap();
        let pending = probe(folder.path(), &url, &[]);
        assert_eq!(pending.rules(), [RULE], "{pending:?}");
        assert!(!pending.out.contains("which migrations are applied there"), "{}", pending.out);
        session.run("UPDATE schema_migrations SET version = 2").await.unwrap();
        let applied = probe(folder.path(), &url, &[]);
        assert_eq!(applied.rules(), Vec::<String>::new(), "{applied:?}");
        session.close().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn what_was_not_answered_is_said() {
    on_runtime(async {
        let (server, url, session) = server().await;
        session.run(SCHEMA).await.unwrap();
        session.run("INSERT INTO orders (id) SELECT n FROM generate_series(1, 300000) n").await.unwrap();
        let not_null = "ALTER TABLE orders ALTER code SET NOT NULL;";
        let folder = with_change(not_null);
        let late = probe(folder.path(), &url, &["--start-after", "1", "--probe-timeout", "1ms"]);
        assert_eq!(late.rules(), Vec::<String>::new(), "{late:?}");
        assert!(late.out.contains("not tried to its end"), "{}", late.out);
        // Whoever sees no row, or some of them, has not seen that there are none.
        session.run("CREATE ROLE reader").await.unwrap();
        session.run("ALTER DATABASE postgres SET role = reader").await.unwrap();
        let refused = probe(folder.path(), &url, &["--start-after", "1"]);
        assert!(refused.out.contains("may not read all rows"), "{refused:?}");
        session
            .run("GRANT SELECT ON orders TO reader; ALTER TABLE orders ENABLE ROW LEVEL SECURITY")
            .await
            .unwrap();
        let half = probe(folder.path(), &url, &["--start-after", "1"]);
        assert!(half.out.contains("may not read all rows"), "{half:?}");
        session.run("ALTER DATABASE postgres RESET role").await.unwrap();
        // What is mended before is not asked about, and what is not there yet cannot be.
        let mended = with_change(&format!("UPDATE orders SET code = 'x' WHERE code IS NULL;\n{not_null}"));
        let mended = probe(mended.path(), &url, &["--start-after", "1"]);
        assert_eq!(mended.rules(), Vec::<String>::new(), "{mended:?}");
        assert!(mended.out.contains("changes rows of the table"), "{}", mended.out);
        session.close().await;
        server.stop().await.unwrap();
    });
}
