//! A schema with many dependencies, and changes of it.

pub(crate) const START: &str = "
create schema app;
create type mood as enum ('sad', 'ok');
create domain positive as int check (value > 0);
create type pair as (x int, y mood);
create table users (id bigint generated always as identity primary key, email text unique not null, mood mood default 'ok', score positive, p pair);
create table app.posts (id serial primary key, author bigint references users on delete cascade, body text, at timestamptz default '2020-01-01 00:00+00');
create table events (id bigint, at date, kind text) partition by range (at);
create table events_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table animals (name text, age int); create table dogs (breed text) inherits (animals);
create index posts_author on app.posts (author);
create index users_lower on users (lower(email)) where mood = 'ok';
create view authors as select u.id, u.email, p.body from users u join app.posts p on p.author = u.id;
create view moody as select mood, count(*) from users where mood = 'sad' group by mood;
create view joined as select * from animals join dogs using (name, age);
create table left_side (a int, b int); create table right_side (c int, d int);
create view crossed as select * from (left_side cross join right_side) j (aa, bb, cc, dd);
create function crossing() returns bigint language sql begin atomic select sum(aa) from (left_side cross join right_side) j (aa, bb, cc, dd); end;
create materialized view bodies as select body from app.posts;
create function check_score(s int) returns boolean language sql immutable as 'select s > 0';
create function latest(n int default 3) returns setof app.posts language sql begin atomic select * from app.posts order by at limit n; end;
create function touch() returns trigger language plpgsql as 'begin return new; end';
alter table users add constraint score_ok check (check_score(score)), enable row level security;
create policy own on app.posts using (author = (select id from users where email = current_user));
create trigger touch before update of body on app.posts for each row when (old.body is distinct from new.body) execute function touch();
create rule quiet as on delete to animals do instead nothing;
create statistics user_stats on email, score from users;
create publication pub for table users, app.posts;
";

pub(crate) const STEPS: &[&str] = &[
    // Names that other objects print.
    "alter table users rename to people",
    "alter table people rename column email to mail",
    "alter type mood rename to feeling",
    "alter type feeling rename value 'sad' to 'blue'",
    "alter function check_score rename to score_is_fine",
    "alter schema app rename to blog",
    "alter table blog.posts set schema public",
    "alter table posts rename constraint posts_author_fkey to posts_people",
    "alter sequence posts_id_seq rename to post_numbers",
    "alter index posts_author rename to posts_by_author",
    "alter type pair rename attribute x to first",
    "alter domain positive rename to natural_number",
    "alter table events rename to happenings",
    "alter view authors rename to writers",
    "alter function touch() rename to stamp",
    "alter trigger touch on posts rename to stamp",
    "alter policy own on posts rename to mine",
    "alter publication pub rename to feed",
    // Columns that come and go under views that join by name.
    // The alias list of the join in the view has to name the new column.
    "alter table left_side add column c int",
    "alter table right_side drop column d cascade",
    "alter table animals add column colour text",
    "alter table dogs add column owner text",
    "alter table animals drop column colour",
    "alter table happenings alter column kind type varchar(9)",
    "drop view joined",
    "alter table animals alter column age type bigint",
    // Transactions, savepoints, errors.
    "begin",
    "alter table posts add column draft boolean not null default false",
    "alter table posts alter column draft set default true",
    "alter table posts alter column draft drop default",
    "savepoint a",
    "drop table posts cascade",
    "create table posts (sole text)",
    "alter table posts add column second int",
    "rollback to a",
    "alter table posts alter column draft drop not null",
    "do $$ begin drop table posts cascade; raise 'back'; exception when others then null; end $$",
    "release a",
    "create index on posts (draft)",
    "commit",
    "begin; create table gone (x int); alter table people add column y int",
    "rollback",
    "begin",
    "comment on table people is 'one'",
    "comment on table people is 'two'",
    "comment on column people.mail is 'three'",
    "rollback",
    // Two writes by one transaction with a reading between, then its end.
    "begin; comment on table people is 'a'",
    "comment on table people is 'b'; commit",
    "begin; alter type feeling add value 'glad'",
    "alter type feeling add value 'mad' before 'glad'; commit",
    // Partitions and inheritance.
    "create table events_2 partition of happenings for values from ('2021-01-01') to ('2022-01-01')",
    "create index on happenings (kind)",
    "alter table happenings detach partition events_1",
    "alter table happenings attach partition events_1 for values from ('2020-01-01') to ('2021-01-01')",
    "alter table dogs no inherit animals",
    "alter table dogs inherit animals",
    // Privileges, owners, settings, comments.
    "do $$ begin create role reader_role; exception when duplicate_object or unique_violation then null; end $$",
    "grant select on all tables in schema public to reader_role",
    "grant update (mail) on people to reader_role",
    "revoke all on posts from reader_role",
    "alter default privileges in schema public grant execute on functions to reader_role",
    "alter table posts owner to reader_role",
    "alter table posts owner to current_user",
    "alter function stamp() security definer set search_path = ''",
    "alter domain natural_number add constraint small check (value < 1000)",
    "alter domain natural_number drop constraint small",
    "comment on constraint positive_check on domain natural_number is 'natural'",
    "comment on type pair is 'two'",
    "comment on index posts_by_author is 'x'",
    "comment on schema public is 'all'",
    "grant usage on type pair to reader_role",
    "drop owned by reader_role cascade",
    // Storage.
    "alter table people set (toast.autovacuum_enabled = off, fillfactor = 80)",
    "alter table people alter column mail set statistics 44, alter column mail set storage external",
    "alter index users_lower alter column 1 set statistics 7",
    "refresh materialized view concurrently bodies",
    "vacuum full people",
    "reindex table people",
    "analyze",
    "insert into people (mail) select g::text from generate_series(1, 200) g",
    // Others.
    "create extension hstore",
    "alter extension hstore set schema blog",
    "alter extension hstore drop function blog.hstore_in(cstring)",
    "alter extension hstore add function blog.hstore_in(cstring)",
    "drop extension hstore",
    "create function eq(int, int) returns boolean language sql immutable as 'select $1 = $2'",
    "create operator ==== (leftarg = int, rightarg = int, function = eq)",
    "create aggregate total(int) (sfunc = int4pl, stype = int)",
    "create text search configuration plain (copy = simple)",
    "alter text search configuration plain drop mapping for word",
    "alter text search configuration plain rename to simpler",
    "create foreign data wrapper w; create server s foreign data wrapper w; create foreign table ft (x int) server s",
    "alter server s rename to t",
    "alter server t options (add host 'h')",
    "create user mapping for public server t options (user 'u')",
    "create event trigger watch on ddl_command_end execute function no_such_function()",
    "alter table posts disable trigger all",
    "alter table posts replica identity full",
    "alter sequence post_numbers owned by none",
    "alter sequence post_numbers increment 2",
    "alter sequence post_numbers owned by people.id",
    "drop schema blog cascade",
    "drop table people cascade",
    "drop type feeling cascade",
    "drop schema public cascade; create schema public",
];
