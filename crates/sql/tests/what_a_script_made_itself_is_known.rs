//! Whether a statement touches only what its own script has made.
#![expect(clippy::panic, reason = "a helper of tests fails its test by a panic that shows the SQL")]

use freehold_sql::{only_touches_objects_made_here, parse, which_only_touch_objects_made_here};

/// The answer for the last statement of a script.
fn last(script: &str) -> bool {
    let statements = parse(script).unwrap_or_else(|error| panic!("{script}: {error}"));
    only_touches_objects_made_here(&statements, statements.len() - 1)
}

#[test]
fn objects_of_the_same_script_do_not_count_as_touched() {
    for script in [
        "CREATE TABLE a (i int)",
        "CREATE TABLE a (i int); ALTER TABLE a ADD COLUMN x int",
        "CREATE TABLE a (i int); ALTER TABLE public.a ADD COLUMN x int",
        "CREATE TABLE a (i int); CREATE INDEX ON a (i)",
        "CREATE TABLE a (i int); CREATE INDEX x ON a (i); DROP INDEX x",
        "CREATE TABLE a (i int); ALTER TABLE a RENAME TO b; INSERT INTO b VALUES (1)",
        "CREATE TABLE a (i int); CREATE SCHEMA s; ALTER TABLE a SET SCHEMA s; UPDATE s.a SET i = 1",
        "CREATE TABLE a (i int); COMMENT ON COLUMN a.i IS 'x'",
        "CREATE TABLE a (i int); ALTER TABLE a ADD CONSTRAINT c CHECK (i > 0); ALTER TABLE a DROP CONSTRAINT c",
        "SET search_path = app; CREATE TABLE a (i int); ALTER TABLE app.a ADD x int",
        "SELECT set_config('search_path', '', false); CREATE TABLE app.a (i int); CREATE INDEX ON app.a (i)",
        "CREATE TEMP TABLE a (i int); INSERT INTO a VALUES (1)",
        "CREATE SCHEMA s; CREATE TABLE s.a (i int); DROP TABLE s.a",
        "CREATE TABLE a (i mood)",
        "CREATE TYPE mood AS ENUM ('a'); ALTER TYPE mood ADD VALUE 'b'",
        "DROP TABLE a; CREATE TABLE a (i int); ALTER TABLE a ADD x int",
        "CREATE TABLE a (i serial); ALTER SEQUENCE a_i_seq RESTART",
        "CREATE TABLE a (i int PRIMARY KEY); ALTER INDEX a_pkey RENAME TO k; DROP INDEX k",
        "CREATE TABLE a (i int, CONSTRAINT u UNIQUE (i)); CLUSTER a USING u",
    ] {
        assert!(last(script), "{script}");
    }
}

#[test]
fn what_may_have_been_there_before_counts() {
    for script in [
        "ALTER TABLE a ADD COLUMN x int",
        "CREATE TABLE b (i int); ALTER TABLE a ADD COLUMN x int",
        "CREATE TABLE IF NOT EXISTS a (i int); ALTER TABLE a ADD COLUMN x int",
        "CREATE TABLE s.a (i int); ALTER TABLE a ADD COLUMN x int",
        "SET search_path = app; CREATE TABLE a (i int); SET search_path = public; ALTER TABLE a ADD x int",
        "CREATE TABLE a (i int); RESET ALL; ALTER TABLE a ADD x int",
        "CREATE TABLE a (i int); DROP TABLE a; SELECT * FROM a",
        "CREATE TABLE a (i int); ALTER TABLE a RENAME TO b; SELECT * FROM a",
        "CREATE TABLE a (i int REFERENCES b)",
        "CREATE TABLE a (i int); INSERT INTO a SELECT i FROM b",
        "CREATE TABLE a PARTITION OF b DEFAULT",
        "CREATE INDEX i ON a (x)",
        "CREATE OR REPLACE VIEW v AS SELECT 1; DROP VIEW v",
        "DO $$ BEGIN END $$",
        "DROP POLICY p ON a",
        "COMMENT ON TABLE a IS 'x'",
        "CREATE ROLE r",
        "BEGIN; CREATE TABLE a (i int); ROLLBACK; ALTER TABLE a ADD x int",
        "CREATE SCHEMA s; CREATE TABLE s.a (i int); DROP SCHEMA s CASCADE; DROP TABLE s.a",
        "CREATE TABLE a (i int); ALTER SEQUENCE a_i_seq RESTART",
    ] {
        assert!(!last(script), "{script}");
    }
    assert!(!only_touches_objects_made_here(&[], 3));
}

#[test]
fn the_answers_for_a_whole_script_are_those_for_each_statement() {
    let script =
        "CREATE TABLE a (i int); DROP TABLE b; ALTER TABLE a RENAME TO b; DROP TABLE b; DROP TABLE b";
    let statements = parse(script).unwrap();
    let each: Vec<bool> = (0..5).map(|at| only_touches_objects_made_here(&statements, at)).collect();
    assert_eq!(each, [true, false, true, true, false]);
    assert_eq!(which_only_touch_objects_made_here(&statements), each);
}
