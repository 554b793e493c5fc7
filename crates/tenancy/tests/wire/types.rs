//! Types that are looked up, and statements whose types change.

use freehold_tenancy::{Error, Execute, Row};
use postgres_types::{FromSql, ToSql};

use crate::ground::{Ground, tenant};

#[derive(Debug, Clone, PartialEq, ToSql, FromSql)]
#[postgres(name = "mood")]
enum Mood {
    #[postgres(name = "sad")]
    Sad,
    #[postgres(name = "happy")]
    Happy,
}

#[derive(Debug, Clone, PartialEq, ToSql, FromSql)]
#[postgres(name = "place")]
struct Place {
    street: String,
    moods: Vec<Mood>,
}

#[tokio::test]
async fn types_of_the_database_itself_are_bound_and_read() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TYPE mood AS ENUM ('sad', 'happy'); CREATE DOMAIN name AS text CHECK (value <> '');
             CREATE TYPE place AS (street text, moods mood[]); CREATE TYPE span AS RANGE (subtype = int8);",
        )
        .await;
    let db = ground.db().await;
    let notes = db.tenant(&tenant(1));
    let there = Place { street: "Elm".to_owned(), moods: vec![Mood::Happy, Mood::Sad] };
    let row = notes
        .query_one::<Row>(
            "SELECT $1::mood AS mood, $2::mood[] AS moods, $3::place AS place, $4::public.name AS name,
             int4range(1, 3)::text AS r, span(1, 2) AS span",
            &[&Mood::Happy, &vec![Mood::Sad], &there, &"Ann"],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<Mood>("mood").unwrap(), Mood::Happy);
    assert_eq!(row.get::<Vec<Mood>>("moods").unwrap(), [Mood::Sad]);
    assert_eq!(row.get::<Place>("place").unwrap(), there);
    assert_eq!(row.get::<String>("name").unwrap(), "Ann");
    assert_eq!(row.column(5).unwrap().1.name(), "span");
    let wrong = row.get::<i64>("mood");
    assert!(matches!(wrong, Err(Error::Column { .. })), "{wrong:?}");
}

#[tokio::test]
async fn a_statement_goes_on_when_its_columns_change() {
    let ground = Ground::new().await;
    ground
        .admin(
            "CREATE TABLE things (a int); INSERT INTO things VALUES (1); GRANT ALL ON things TO app_writer",
        )
        .await;
    let db = ground.db().await;
    let things = db.tenant(&tenant(1));
    let all = "SELECT * FROM things";
    assert_eq!(things.query_one::<(i32,)>(all, &[]).await.unwrap(), (1,));
    ground.admin("ALTER TABLE things ADD b text DEFAULT 'new'").await;
    assert_eq!(things.query_one::<(i32, String)>(all, &[]).await.unwrap(), (1, "new".to_owned()));
    ground.admin("ALTER TABLE things DROP b; ALTER TABLE things ALTER a TYPE text").await;
    assert_eq!(things.query_one::<(String,)>(all, &[]).await.unwrap(), ("1".to_owned(),));
    ground.admin("DROP TABLE things").await;
    let gone = things.query_one::<Row>(all, &[]).await.unwrap_err();
    assert_eq!(gone.sqlstate().unwrap().code(), "42P01");
    ground.admin("CREATE TABLE things AS SELECT 5::int8 AS a; GRANT ALL ON things TO app_writer").await;
    assert_eq!(things.query_one::<(i64,)>(all, &[]).await.unwrap(), (5,));
}

#[tokio::test]
async fn a_statement_goes_on_when_a_type_is_made_anew() {
    let ground = Ground::new().await;
    ground.admin("CREATE TYPE mood AS ENUM ('sad')").await;
    let db = ground.db().await;
    let moods = db.tenant(&tenant(1));
    let ask = "SELECT $1::mood";
    assert!(matches!(
        moods.query_value::<Mood>(ask, &[&Mood::Sad]).await,
        Err(Error::Parameter { position: 1, .. })
    ));
    ground.admin("ALTER TYPE mood ADD VALUE 'happy'").await;
    assert_eq!(moods.query_value::<Mood>(ask, &[&Mood::Happy]).await.unwrap(), Mood::Happy);
    ground.admin("DROP TYPE mood; CREATE TYPE mood AS ENUM ('sad', 'happy')").await;
    assert_eq!(moods.query_value::<Mood>(ask, &[&Mood::Sad]).await.unwrap(), Mood::Sad);
}

#[tokio::test]
async fn rows_of_every_size_arrive_whole() {
    let ground = Ground::new().await;
    let db = ground.db().await;
    let notes = db.tenant(&tenant(1));
    for size in [0_i32, 1, 100, 8_000, 70_000, 5_000_000] {
        let text: String = notes.query_value("SELECT repeat('é', $1)", &[&size]).await.unwrap();
        assert_eq!(text.chars().count(), usize::try_from(size).unwrap());
        let sent: i32 = notes.query_value("SELECT length($1::text)", &[&text]).await.unwrap();
        assert_eq!(sent, size);
    }
    let many: Vec<(i32, Option<String>)> = notes
        .query("SELECT i, CASE WHEN i % 2 = 0 THEN i::text END FROM generate_series(1, 50000) AS i", &[])
        .await
        .unwrap();
    assert_eq!(many.len(), 50_000);
    for (at, (number, text)) in (1..).zip(&many) {
        assert_eq!(*number, at);
        assert_eq!(text.as_deref(), (at % 2 == 0).then(|| at.to_string()).as_deref());
    }
    assert!(notes.query::<Row>("SELECT FROM generate_series(1, 3)", &[]).await.unwrap().len() == 3);
    assert_eq!(notes.execute("", &[]).await.unwrap(), 0);
}
