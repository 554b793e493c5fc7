//! A scratch database with a schema, filled inside a transaction.

use freehold_db::Session;
use freehold_model::catalog::Catalog;
use freehold_sandbox::{Scratch, testing};
use freehold_synth::{Filled, SynthError, fill};

pub(crate) struct Stage {
    pub(crate) session: Session,
    scratch: Scratch,
}

impl Stage {
    pub(crate) async fn set(schema: &str) -> Self {
        let scratch = testing::scratch().await;
        let session = Session::open(&scratch.connect_to()).await.expect("a session");
        session.run(schema).await.unwrap_or_else(|error| panic!("{schema}\n{}", chain(&error)));
        session.run("BEGIN").await.expect("a transaction");
        Self { session, scratch }
    }

    pub(crate) async fn fill(&self, table: &str, rows: u64, seed: u64) -> Result<Filled, SynthError> {
        let oid = self.oid(table).await;
        fill(&self.session, &Catalog::default(), oid, rows, seed).await
    }

    pub(crate) async fn oid(&self, table: &str) -> u32 {
        let rows =
            self.session.query("select $1::text::regclass::oid", &[&table]).await.expect("the table's oid");
        rows[0].get(0)
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        let row = self.session.client().query_one(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        row.get(0)
    }

    pub(crate) async fn text(&self, sql: &str) -> String {
        let row = self.session.client().query_one(sql, &[]).await.unwrap_or_else(|e| panic!("{sql}: {e:?}"));
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }

    /// Every key of every table, by an anti-join: the rows that point nowhere.
    pub(crate) async fn orphans(&self) -> Vec<String> {
        const KEYS: &str = "select c.conname::text, format('select count(*) from %s t where %s and not exists (select from %s p where %s)',
              c.conrelid::regclass,
              (select string_agg(format('t.%I is not null', a.attname), ' and ') from unnest(c.conkey) k join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k),
              c.confrelid::regclass,
              (select string_agg(format('t.%I = p.%I', a.attname, b.attname), ' and ')
               from unnest(c.conkey, c.confkey) k(own, parent)
               join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.own
               join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.parent))
            from pg_constraint c where c.contype = 'f' and c.conparentid = 0";
        let mut found = Vec::new();
        for row in self.session.query(KEYS, &[]).await.expect("the keys") {
            let (name, sql): (String, String) = (row.get(0), row.get(1));
            if self.number(&sql).await > 0 {
                found.push(name);
            }
        }
        found
    }

    pub(crate) async fn end(self) {
        drop(self.session);
        self.scratch.remove().await.expect("the scratch database goes");
    }
}

pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
