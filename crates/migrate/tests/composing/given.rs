//! Files for a given version and text read back as that text.

use crate::folder::TestFolder;
use freehold_migrate::{
    ComposeError, FORMATS, Given, Listing, ReadOptions, files_for, format_named, read, version_as_written,
};

const UP: &str = "create table users (id int primary key);

create function touch() returns trigger language plpgsql as $$
begin
  new.id := 1;
  return new;
end;
$$;
insert into users values (1), (2)";

const DOWN: &str = "drop function touch();
drop table users;
";

fn given<'a>(version: &'a str, down: Option<&'a str>) -> Given<'a> {
    Given { version, name: "baseline", up: UP, down, no_transaction: false }
}

#[test]
fn every_format_takes_a_text_with_a_function_and_reads_back_the_same_statements() {
    for format in FORMATS.iter().filter(|format| format.name() != "schema") {
        let folder = TestFolder::new(&[]);
        let listing = Listing::of(folder.path(), &ReadOptions::default()).unwrap();
        let version = if ["tern", "postgres-migrations"].contains(&format.name()) { "1" } else { "00042" };
        let down = format.has_downs().then_some(DOWN);
        for file in files_for(*format, &listing, &given(version, down)).unwrap() {
            folder.write(&file.place, &file.text);
        }
        let read = read(folder.path(), Some(format.name())).unwrap();
        let [migration] = read.migrations.as_slice() else {
            panic!("{}: {:?}", format.name(), read.migrations)
        };
        let heads = |text: &str, statements: &[freehold_sql::Statement]| -> Vec<String> {
            statements.iter().map(|statement| statement.headline(text, 200)).collect()
        };
        let read_heads = heads(migration.up.text(), &migration.up.statements().unwrap());
        assert_eq!(read_heads, heads(UP, &freehold_sql::parse(UP).unwrap()), "{}", format.name());
        assert_eq!(migration.down.is_some(), format.has_downs(), "{}", format.name());
        if let Some(pieces) = &migration.up.pieces {
            assert_eq!(pieces.len(), 3, "{}", format.name());
        }
    }
}

#[test]
fn a_down_script_is_refused_where_there_is_none_and_a_template_where_it_would_be_one() {
    let folder = TestFolder::new(&[]);
    let listing = Listing::of(folder.path(), &ReadOptions::default()).unwrap();
    let files = |format: &str, given: &Given<'_>| files_for(format_named(format).unwrap(), &listing, given);
    assert!(matches!(files("supabase", &given("1", Some(DOWN))), Err(ComposeError::NoDowns { .. })));
    let template = Given { up: "select '{{x}}';", ..given("1", None) };
    assert!(matches!(files("tern", &template), Err(ComposeError::TextRefused { .. })));
    let placeholder = Given { up: "select '${x}';", ..given("1", None) };
    let places: Vec<_> =
        files("flyway", &placeholder).unwrap().into_iter().map(|f| (f.place, f.text)).collect();
    assert_eq!(places[1], ("V1__baseline.sql.conf".to_owned(), "placeholderReplacement=false\n".to_owned()));
}

#[test]
fn the_version_of_a_migration_is_found_as_it_is_written() {
    for (names, expected) in [
        (["000041_a.up.sql", "000041_a.down.sql"], "000041"),
        (["2024-01-02-123456_a/up.sql", "2024-01-02-123456_a/down.sql"], "2024-01-02-123456"),
        (["V1_2__a.sql", "U1_2__a.sql"], "1_2"),
        (["20240102123456_a/migration.sql", "20240102123456_a/down.sql"], "20240102123456"),
    ] {
        let folder = TestFolder::named(&names);
        let listing = Listing::of(folder.path(), &ReadOptions::default()).unwrap();
        let read = read(folder.path(), None).unwrap();
        assert_eq!(version_as_written(&read, &listing, &read.migrations[0]).as_deref(), Some(expected));
    }
}
