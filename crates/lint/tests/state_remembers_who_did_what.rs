//! What the simulation keeps besides the schema: which statement made or changed what, what is not known, what a script
//! that is only tried leaves behind.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use freehold_lint::{
    Linter, Options, State,
    example::Example,
    state::{Known, Site},
};
use freehold_model::{
    catalog::{ObjectKind, RelationKind},
    name::QualifiedName,
    place::Span,
};
use freehold_sql::parse_each;

/// The state after the migrations of an example, on a thread with a deep stack.
fn state(text: &str) -> State {
    let text = text.to_owned();
    std::thread::Builder::new()
        .stack_size(64 << 20)
        .spawn(move || {
            let example = Example::read(&text);
            let mut linter = Linter::new(Options::default(), |_| false);
            for (script, info) in example.scripts.iter().zip(example.infos()) {
                linter.begin(info);
                parse_each(&script.text, &mut |outcome| {
                    linter.statement(&outcome.unwrap(), &script.text, None)
                });
                linter.end();
            }
            linter.finish().state
        })
        .unwrap()
        .join()
        .unwrap()
}

fn name(name: &str) -> QualifiedName {
    QualifiedName::new("public", name)
}

fn known<'s>(state: &'s State, table: &str) -> &'s Known {
    state.relation(&name(table)).unwrap()
}

fn at(site: Option<Site>) -> Option<(usize, usize)> {
    site.map(|site| (site.script, site.statement))
}

#[test]
fn every_part_has_the_statement_that_changed_it_last() {
    let state = state(
        "-- migration: 1_a\nCREATE TABLE t (id int PRIMARY KEY, a int, b int);\n\
         -- migration: 2_b\nSELECT 1;\nALTER TABLE t ADD c int, ADD CONSTRAINT k CHECK (a > 0) NOT VALID;\nCREATE INDEX i ON t (a);\n\
         -- migration: 3_c\nALTER TABLE t ALTER a TYPE bigint;\nALTER TABLE t VALIDATE CONSTRAINT k;\nALTER TABLE t RENAME c TO d;\n\
         CREATE POLICY p ON t USING (true);\nALTER TABLE t DROP b;\n",
    );
    let t = known(&state, "t");
    let site = |kind, name: &str| at(t.site_of(kind, name));
    assert_eq!(at(t.made), Some((0, 0)));
    assert_eq!(site(ObjectKind::Column, "id"), Some((0, 0)));
    assert_eq!(site(ObjectKind::Index, "i"), Some((1, 2)));
    assert_eq!(site(ObjectKind::Column, "a"), Some((2, 0)));
    assert_eq!(site(ObjectKind::Constraint, "k"), Some((2, 1)));
    assert_eq!(site(ObjectKind::Column, "d"), Some((2, 2)));
    assert_eq!(site(ObjectKind::Policy, "p"), Some((2, 3)));
    assert!(!t.parts.iter().any(|(_, name, _)| name == "b" || name == "c"));
}

#[test]
fn a_table_of_before_the_history_is_known_in_part() {
    let state = state(
        "-- migration: 1_a\nALTER TABLE old ADD a int, ALTER b SET NOT NULL;\nCREATE INDEX i ON old (c);\n\
         ALTER TABLE IF EXISTS perhaps ADD a int;\nDROP TABLE IF EXISTS nothing;\nALTER VIEW v SET (security_invoker = true);\n",
    );
    let old = known(&state, "old");
    assert!(!old.whole && old.made.is_none());
    assert_eq!(old.relation.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    assert!(state.index(&name("i")).is_some());
    assert!(state.relation(&name("perhaps")).is_none() && state.relation(&name("nothing")).is_none());
    assert_eq!(known(&state, "v").relation.kind, RelationKind::View);
}

#[test]
fn a_down_leaves_nothing_behind() {
    let state = state(
        "-- migration: 1_a\nCREATE TABLE t (id int PRIMARY KEY);\n-- down:\nBEGIN;\nDROP TABLE t;\nCREATE TABLE u (id int);\n\
         SELECT f();\n-- migration: 2_b\nALTER TABLE t ADD a int;\n",
    );
    assert_eq!(known(&state, "t").relation.columns.len(), 2);
    assert!(state.relation(&name("u")).is_none() && state.index(&name("t_pkey")).is_some());
    assert!(state.doubts.is_empty(), "{:?}", state.doubts);
}

#[test]
fn what_runs_code_is_a_reason_to_doubt_and_makes_nothing() {
    for text in [
        "DO $$ BEGIN EXECUTE 'create table t (id int)'; END $$;",
        "DO $$ BEGIN FOR i IN 1..3 LOOP CREATE TABLE t (id int); END LOOP; END $$;",
        "DO $$ BEGIN IF now() > '2024-01-01' THEN CREATE TABLE t (id int); END IF; END $$;",
        "DO $$ BEGIN CREATE TABLE t (id int); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
        "SELECT make_everything();",
        "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE t (id int); END $$; SELECT f();",
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$ SELECT g() $$; SELECT f();",
        "CALL make_everything();",
        "ROLLBACK;",
    ] {
        let state = state(&format!("-- migration: 1_a (no transaction)\n{text}\n"));
        assert!(!state.doubts.is_empty(), "{text}");
        assert!(state.relation(&name("t")).is_none(), "{text}");
    }
    for text in [
        "DO $$ BEGIN IF (SELECT count(*) FROM t) > 0 THEN RAISE EXCEPTION 'no'; END IF; END $$;",
        "SELECT count(*), now() FROM t;",
        "CREATE FUNCTION f(a int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN floor(a * extract(epoch from now())); END $$; SELECT f(1);",
        "INSERT INTO t SELECT uuid_generate_v4();",
        "BEGIN; CREATE TABLE t (id int); ROLLBACK;",
    ] {
        let state = state(&format!("-- migration: 1_a (no transaction)\n{text}\n"));
        assert!(
            state.doubts.is_empty() && state.relation(&name("t")).is_none(),
            "{text}: {:?}",
            state.doubts
        );
    }
}

#[test]
fn temporary_tables_and_settings_end_with_the_script() {
    let state = state(
        "-- migration: 1_a\nCREATE SCHEMA app;\nSET search_path = app;\nCREATE TABLE t (id int);\nCREATE TEMP TABLE t (x int);\n\
         ALTER TABLE t ADD y int;\n-- migration: 2_b\nCREATE TABLE u (id int);\nALTER TABLE app.t ADD z int;\n",
    );
    let t = state.relation(&QualifiedName::new("app", "t")).unwrap();
    assert_eq!(t.relation.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["id", "z"]);
    assert!(state.relation(&name("u")).is_some());
    assert!(!state.relations.iter().any(|(name, _)| name.schema == "pg_temp"));
}

#[test]
fn roles_are_followed() {
    let state = state(
        "-- migration: 1_a\nCREATE ROLE app LOGIN;\nCREATE USER boss SUPERUSER IN ROLE app;\nALTER ROLE app BYPASSRLS NOLOGIN;\n\
         ALTER ROLE app SET search_path = a, b;\nGRANT boss TO app WITH ADMIN OPTION;\nCREATE ROLE gone;\nDROP ROLE gone;\n",
    );
    let role = |name: &str| state.roles.get(&QualifiedName::new("", name)).cloned();
    let app = role("app").unwrap();
    assert!(app.bypass_row_security && !app.login && !app.superuser && app.inherit);
    assert_eq!(
        (app.settings.as_slice(), app.member_of.as_slice()),
        (&["search_path=a, b".to_owned()][..], &["boss with admin option".to_owned()][..])
    );
    let boss = role("boss").unwrap();
    assert!(boss.superuser && boss.login && boss.member_of == ["app"]);
    assert!(role("gone").is_none());
}

#[test]
fn a_statement_that_never_was_a_script_is_followed_too() {
    let mut state = State::new();
    parse_each("CREATE TABLE t (id int)", &mut |outcome| {
        let parsed = outcome.unwrap();
        let site = Site { script: 7, statement: 3, span: Span::new(0, 5) };
        state.apply(&parsed.statement, parsed.tree.as_ref(), site);
    });
    assert_eq!(at(known(&state, "t").made), Some((7, 3)));
}
