//! A live database beside the text, on a real server: it is looked at and never written to.

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxOptions};

use crate::project::*;

#[test]
fn sizes_come_from_the_database_and_nothing_is_written_to_it() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = with_index();
    runtime.block_on(async {
        let server = Sandbox::start(&SandboxOptions::default()).await.unwrap();
        let to = server.connect_to();
        let session = Session::open(&to).await.unwrap();
        session.run("CREATE TABLE orders (id bigint PRIMARY KEY, note text)").await.unwrap();
        let host = server.socket_dir().display().to_string();
        let url = format!("postgres://{}@/{}?host={host}&port=5432", to.user(), to.database());
        session
            .run("INSERT INTO orders SELECT n FROM generate_series(1, 10) n; ANALYZE orders")
            .await
            .unwrap();
        let few = lint(folder.path(), &["--url", &url]);
        assert_eq!((few.code, few.rules()), (0, vec![]), "ten rows are tiny: {few:?}");
        let report = few.report();
        assert!(report["project"]["server"].as_str().unwrap().contains("read only"), "{report}");
        session
            .run("INSERT INTO orders SELECT n FROM generate_series(11, 5000) n; ANALYZE orders")
            .await
            .unwrap();
        let many = lint(folder.path(), &["--url", &url]);
        assert_eq!(many.rules(), ["index-built-without-concurrently"], "{many:?}");
        let indexes =
            session.query("SELECT 1 FROM pg_indexes WHERE indexname = 'orders_note_idx'", &[]).await;
        assert!(indexes.unwrap().is_empty());
        session.close().await;
        server.stop().await.unwrap();
    });
}

#[test]
fn a_database_that_cannot_be_reached_ends_with_2_and_no_password() {
    let folder = with_index();
    let said = lint(folder.path(), &["--url", "postgres://me:s3cr3t@127.0.0.1:1/app"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    assert!(said.err.contains("could not be looked at") && !said.err.contains("s3cr3t"), "{}", said.err);
}
