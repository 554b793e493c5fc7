//! `DO` blocks and functions that are called: what they run is looked at, and what cannot be seen is told.

use crate::script::{found, script, told};
use freehold_migrate::destructive::destructive_after;

fn block(body: &str) -> Vec<String> {
    let dollars = told(&format!("do $$ begin {body} end $$"));
    let quoted = told(&format!("do language plpgsql '{}'", format!("begin {body} end").replace('\'', "''")));
    assert_eq!(dollars, quoted, "{body}");
    dollars
}

#[test]
fn static_sql_in_a_block_counts_wherever_it_stands() {
    for (body, expected) in [
        ("drop table a;", &["drop_table a"][..]),
        ("if exists (select 1 from b) then alter table a drop column c; end if;", &["drop_column a.c"]),
        ("for r in select 1 loop delete from a; end loop;", &["delete_without_where a"]),
        ("for r in select 1 loop delete from a where id = r.id; end loop;", &[]),
        ("begin truncate a; exception when others then null; end;", &["truncate a"]),
        ("case 1 when 1 then drop view v; else null; end case;", &["drop_view v"]),
        ("select count(*) into n from a where true; n := n + 1; perform 1;", &[]),
        ("insert into a values (1) returning id into n; raise notice 'drop table %', n;", &[]),
        ("if not exists (select 1) then create type t as enum ('a'); end if;", &[]),
        ("create temp table t (); drop table t;", &[]),
        ("create table if not exists t (); drop table t;", &["drop_table t"]),
    ] {
        assert_eq!(block(body), expected, "{body}");
    }
}

#[test]
fn dynamic_sql_counts_as_far_as_its_text_is_there() {
    for (body, expected) in [
        ("execute 'drop table a';", &["drop_table a"][..]),
        ("execute 'create index i on a (b)';", &[]),
        ("execute format('drop table %I', x);", &["drop_table"]),
        ("execute format('alter table %I drop column email', x) using y;", &["drop_column"]),
        ("execute format('grant select on %I to app', x);", &[]),
        ("execute 'alter table a drop constraint ' || quote_ident(x);", &[]),
        ("execute 'alter table a drop constraint ' || x;", &[]),
        ("execute 'alter table a ' || x;", &["opaque"]),
        ("execute 'alter table a drop column ' || x;", &["drop_column"]),
        ("execute 'drop table ' || x;", &["drop_table"]),
        ("for r in execute 'select ' || x loop null; end loop;", &["opaque"]),
        ("execute x;", &["opaque"]),
        ("execute 'do $x$ begin drop table b; end $x$';", &["drop_table b"]),
    ] {
        assert_eq!(block(body), expected, "{body}");
    }
}

#[test]
fn what_cannot_be_seen_is_told_with_the_reason() {
    for (text, why) in [
        ("do language plpython3u $$ pass $$", "plpython3u"),
        ("call cleanup()", "cleanup"),
        ("select app.cleanup(1)", "app.cleanup"),
        ("do $$ begin perform cleanup(); end $$", "cleanup"),
        ("do $$ begin if cleanup() then null; end if; end $$", "cleanup"),
        ("do $$ begin execute x || 'y'; end $$", "x || 'y'"),
        ("execute prepared", "prepared"),
        ("with x as (select 1) select cleanup() from x", "cleanup"),
        ("select query_to_xml('delete from a', true, true, '')", "query_to_xml"),
    ] {
        let found = found(text);
        assert_eq!(found.iter().map(|d| d.word).collect::<Vec<_>>(), ["opaque"], "{text}");
        assert!(found[0].is_opaque() && found[0].why.contains(why), "{text}: {}", found[0].why);
    }
    for seen in [
        "insert into a select new_id()",
        "update a set b = new_id() where b is null",
        "select now()",
        "select setval('a_id_seq', 1)",
        "do $$ begin perform pg_sleep(1); end $$",
        "create function f() returns int language c as 'a'",
    ] {
        assert_eq!(told(seen), [""; 0], "{seen}");
    }
}

#[test]
fn functions_that_the_script_made_are_looked_into_when_they_are_called() {
    let function = "create or replace function cleanup() returns void language plpgsql as $$ begin delete from a; end $$;";
    let other = "create function f() returns int language sql as $$ select 1 $$;";
    for (text, expected) in [
        (format!("{function} select 1;"), &[][..]),
        (format!("{function} select cleanup();"), &["delete_without_where a"]),
        (format!("{function} do $$ begin perform cleanup(); end $$;"), &["delete_without_where a"]),
        (format!("{other} select f();"), &[]),
        (format!("{other} select f(), g();"), &["opaque"]),
        (
            "create procedure p() language sql begin atomic delete from a; end; call p();".to_owned(),
            &["delete_without_where a"],
        ),
        ("create function f() returns int language sql return 1; select f();".to_owned(), &[]),
        ("create function f() returns int language c as 'lib'; select f();".to_owned(), &["opaque"]),
        ("create function r() returns int language sql as 'select r()'; select r();".to_owned(), &["opaque"]),
    ] {
        assert_eq!(told(&text), expected, "{text}");
    }
}

#[test]
fn places_in_a_block_point_at_the_line_in_it() {
    let found = found(
        "do $$\nbegin\n  if true then\n    drop table a;\n  end if;\n  execute 'truncate b';\nend $$;\n",
    );
    let places: Vec<_> = found.iter().map(|d| (d.word, d.place.start.line, d.place.start.column)).collect();
    assert_eq!(places, [("drop_table", 4, 5), ("truncate", 6, 11)]);
    assert_eq!((found[0].headline.as_str(), found[1].headline.as_str()), ("drop table a", "truncate b"));
}

#[test]
fn functions_that_earlier_migrations_made_are_looked_into_too() {
    let applied = script(
        "create table b (); create function f() returns void language sql as 'drop table a; drop table b';",
    );
    let pending = script("select f();");
    let words = |applied: &[(&freehold_migrate::Script, &[freehold_sql::Statement])]| -> Vec<String> {
        let found = destructive_after(applied, &[(&pending.0, &pending.1)]).remove(0);
        found.into_iter().map(|d| format!("{} {}", d.word, d.object.unwrap_or_default())).collect()
    };
    // What was made by a migration that is applied already has had time to be filled.
    assert_eq!(words(&[(&applied.0, &applied.1)]), ["drop_table a", "drop_table b"]);
    assert_eq!(words(&[]), ["opaque "]);
}
