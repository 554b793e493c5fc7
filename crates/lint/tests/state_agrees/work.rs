//! The work that a server does for a change of type, and for a column with a default, beside what the state says of it.

use freehold_db::Session;
use freehold_lint::{State, state::questions::TypeChange};
use freehold_model::catalog::Volatility;
use freehold_sandbox::testing;

use crate::compare;

/// What the types are made of; the extension is one that a server may lack.
const MADE: &str = "
    CREATE DOMAIN plain AS text;
    CREATE DOMAIN short AS varchar(5);
    CREATE DOMAIN strict AS int CHECK (VALUE > 0);
    CREATE DOMAIN big AS bigint;
    CREATE TYPE mood AS ENUM ('a', 'b');";

const TYPES: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "numeric",
    "numeric(10,2)",
    "numeric(12,2)",
    "numeric(12,4)",
    "text",
    "character varying",
    "character varying(10)",
    "character varying(20)",
    "character(5)",
    "character(9)",
    "boolean",
    "date",
    "timestamp without time zone",
    "timestamp(3) without time zone",
    "timestamp with time zone",
    "timestamp(3) with time zone",
    "time without time zone",
    "time(2) without time zone",
    "interval",
    "interval(3)",
    "interval day to second",
    "interval year to month",
    "interval hour",
    "uuid",
    "json",
    "jsonb",
    "bytea",
    "bit(5)",
    "bit varying",
    "bit varying(5)",
    "bit varying(9)",
    "inet",
    "cidr",
    "xml",
    "public.plain",
    "public.short",
    "public.strict",
    "public.big",
    "public.mood",
    "text[]",
    "character varying[]",
    "character varying(10)[]",
    "integer[]",
    "bigint[]",
    "numeric(10,2)[]",
    "numeric[]",
];

struct Seen {
    rewritten: bool,
    indexed: bool,
}

/// Every change from one type to another that a server accepts, without `USING` and else with a cast.
pub(crate) async fn type_changes() -> Vec<String> {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(MADE).await.unwrap();
    let state = made();
    let mut wrong = Vec::new();
    for zone in ["UTC", "Europe/Berlin"] {
        session.run(&format!("SET timezone = '{zone}'")).await.unwrap();
        for from in TYPES {
            for to in TYPES.iter().filter(|to| *to != from) {
                let moments = |name: &str| name.starts_with("timestamp") || name.starts_with("date");
                if zone != "UTC" && !(moments(from) && moments(to)) {
                    continue;
                }
                let Some(seen) = change(&session, from, to).await else { continue };
                let said = state.type_change(from, to, zone == "UTC");
                let right = match said {
                    TypeChange::NoWork => !seen.rewritten && !seen.indexed,
                    TypeChange::Indexes => !seen.rewritten,
                    TypeChange::Rewrites => seen.rewritten,
                    TypeChange::Unknown => true,
                };
                if !right {
                    wrong.push(format!(
                        "{zone}: {from} to {to}: {said:?}, rewritten {}, index {}",
                        seen.rewritten, seen.indexed
                    ));
                }
                if said == TypeChange::Unknown && !seen.rewritten {
                    wrong.push(format!("{zone}: {from} to {to}: not known, and the rows stay"));
                }
            }
        }
    }
    drop(session);
    scratch.remove().await.unwrap();
    wrong
}

fn made() -> State {
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let mut state = State::new();
            compare::simulate(&mut state, 0, MADE);
            state
        })
        .unwrap()
        .join()
        .unwrap()
}

/// What the server does; none when it refuses the change.
async fn change(session: &Session, from: &str, to: &str) -> Option<Seen> {
    session.run(&format!("BEGIN; CREATE TABLE t (c {from}); SAVEPOINT s")).await.unwrap();
    // Not every type has an order.
    if session.run("CREATE INDEX i ON t (c)").await.is_err() {
        session.run("ROLLBACK TO s; CREATE INDEX i ON t ((1))").await.unwrap();
    }
    session.run("SAVEPOINT s").await.unwrap();
    let before = files(session).await;
    let mut done = session.run(&format!("ALTER TABLE t ALTER c TYPE {to}")).await.is_ok();
    if !done {
        session.run("ROLLBACK TO s").await.unwrap();
        done = session.run(&format!("ALTER TABLE t ALTER c TYPE {to} USING c::{to}")).await.is_ok();
    }
    let seen = if done {
        let after = files(session).await;
        let rewritten = before[0] != after[0];
        Some(Seen { rewritten, indexed: !rewritten && before[1] != after[1] })
    } else {
        None
    };
    session.run("ROLLBACK").await.unwrap();
    seen
}

async fn files(session: &Session) -> Vec<u32> {
    let sql = "SELECT relfilenode FROM pg_class WHERE relname IN ('t', 'i') ORDER BY relname DESC";
    session.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

const FUNCTIONS: &str = "
    CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1 + 1';
    CREATE FUNCTION atomic(a int) RETURNS int RETURN a * 2;
    CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now(); $$;
    CREATE FUNCTION pinned() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
    CREATE FUNCTION owned() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
    CREATE FUNCTION reads() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM pg_class';
    CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';
    CREATE FUNCTION lies() RETURNS float LANGUAGE sql STABLE AS 'SELECT random()';
    CREATE FUNCTION code() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION tame() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION over() RETURNS int LANGUAGE sql AS 'SELECT code()';
    CREATE FUNCTION same(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION same(a int, b int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
    CREATE FUNCTION deep() RETURNS int LANGUAGE sql AS 'SELECT atomic(plain())';
    CREATE SEQUENCE s;";

const DEFAULTS: &[(&str, &str)] = &[
    ("int", "1 + 2"),
    ("timestamptz", "now()"),
    ("timestamptz", "current_timestamp"),
    ("timestamptz", "clock_timestamp()"),
    ("timestamptz", "'2020-01-01'"),
    ("timestamp", "timezone('utc', now())"),
    ("float", "random()"),
    ("uuid", "gen_random_uuid()"),
    ("bigint", "nextval('s')"),
    ("text", "lower('A') || md5('x')"),
    ("text", "to_char(now(), 'YYYY')"),
    ("text", "current_user"),
    ("jsonb", "jsonb_build_object('a', 1)"),
    ("int", "plain()"),
    ("int", "atomic(3)"),
    ("int", "atomic((random() * 9)::int)"),
    ("timestamptz", "moment()"),
    ("int", "pinned()"),
    ("int", "owned()"),
    ("int", "reads()"),
    ("int", "two()"),
    ("float", "lies()"),
    ("int", "code()"),
    ("int", "tame()"),
    ("int", "over()"),
    ("int", "same(1)"),
    ("int", "same(1, 2)"),
    ("int", "deep()"),
    ("float", "CASE WHEN now() > '2020-01-01' THEN 1 ELSE random() END"),
];

/// Every default is volatile exactly where the server writes the rows again.
pub(crate) async fn defaults() -> Vec<String> {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(FUNCTIONS).await.unwrap();
    session.run("CREATE TABLE t (c int); CREATE INDEX i ON t (c)").await.unwrap();
    let judged = std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(|| {
            let mut state = State::new();
            compare::simulate(&mut state, 0, FUNCTIONS);
            let judge = |text: &str| state.volatility_of(&freehold_sql::tree::read_expression(text).unwrap());
            DEFAULTS.iter().map(|(_, text)| judge(text)).collect::<Vec<_>>()
        })
        .unwrap()
        .join()
        .unwrap();
    let mut wrong = Vec::new();
    for ((type_, default), said) in DEFAULTS.iter().zip(judged) {
        session.run("BEGIN").await.unwrap();
        let before = files(&session).await;
        session.run(&format!("ALTER TABLE t ADD d {type_} DEFAULT {default}")).await.unwrap();
        let rewritten = before[0] != files(&session).await[0];
        session.run("ROLLBACK").await.unwrap();
        if rewritten != (said == Some(Volatility::Volatile)) {
            wrong.push(format!("{default}: {said:?}, rewritten {rewritten}"));
        }
    }
    drop(session);
    scratch.remove().await.unwrap();
    wrong
}
