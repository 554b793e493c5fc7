//! Constraints, indexes, triggers, rules, policies.

use super::{P, T, TF, case, judge};

#[tokio::test]
async fn constraints_and_indexes() {
    judge(&[
        case(T, "alter table t add constraint k check (b > 0)", &["table t: constraint k is added"]),
        case("create table t (b int, constraint k check (b > 0))",
            "alter table t drop constraint k, add constraint k check (b > 1)",
            &["table t: constraint k: definition CHECK ((b > 0)) → CHECK ((b > 1))"]),
        case("create table t (b int); alter table t add constraint k check (b > 0) not valid",
            "alter table t validate constraint k",
            &["table t: constraint k: definition CHECK ((b > 0)) NOT VALID → CHECK ((b > 0)); validated no → yes"]),
        case("create table t (b int, constraint k check (b > 0))",
            "alter table t drop constraint k, add constraint k check (b > 0) no inherit",
            &["table t: constraint k: definition CHECK ((b > 0)) → CHECK ((b > 0)) NO INHERIT; no inherit no → yes"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t drop constraint k, add constraint k foreign key (b) references r on delete cascade",
            &["table t: constraint k: definition FOREIGN KEY (b) REFERENCES public.r(id) → FOREIGN KEY (b) REFERENCES public.r(id) ON DELETE CASCADE"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t alter constraint k deferrable initially deferred",
            &["table t: constraint k: definition FOREIGN KEY (b) REFERENCES public.r(id) → FOREIGN KEY (b) REFERENCES public.r(id) DEFERRABLE INITIALLY DEFERRED; deferrable no → initially deferred"]),
        case("create table r (id int primary key); create table t (b int, constraint k foreign key (b) references r)",
            "alter table t disable trigger all",
            &["table t: constraint k: triggers enabled yes → no"]),
        case(
            "create table t (a text); create unique index i on t (a)",
            "alter table t add constraint i unique using index i",
            &["table t: constraint i is added"],
        ),
        case(T, "alter table t add constraint u unique (a)", &["table t: constraint u is added"]),
        case(T, "comment on constraint t_pkey on t is 'key'", &["table t: constraint t_pkey: comment none → key"]),
        case("create table t (b int); alter table t add constraint x exclude using btree (b with =)",
            "alter table t drop constraint x", &["table t: constraint x is missing"]),
        case(T, "create index i on t (a)", &["index i on t is added"]),
        case("create table t (a text); create index i on t (a)", "drop index i", &["index i on t is missing"]),
        case("create table t (a text); create index i on t (a)", "drop index i; create index i on t (lower(a))",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE INDEX i ON public.t USING btree (lower(a))"]),
        case("create table t (a text); create index i on t (a)", "drop index i; create unique index i on t (a)",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE UNIQUE INDEX i ON public.t USING btree (a)"]),
        case("create table t (a text); create index i on t (a)", "alter index i set (fillfactor = 50)",
            &["index i on t: definition CREATE INDEX i ON public.t USING btree (a) → CREATE INDEX i ON public.t USING btree (a) WITH (fillfactor='50')"]),
        case("create table t (a text); create index i on t (a)", "alter index i rename to j",
            &["index i on t is missing", "index j on t is added"]),
        case("create table t (a text); create index i on t (a)", "alter table t cluster on i", &["index i on t: clustered no → yes"]),
        case("create table t (a text not null); create unique index i on t (a)", "alter table t replica identity using index i",
            &["table t: replica identity default → index", "index i on t: replica identity no → yes"]),
        case("create table t (a text); create index i on t (lower(a))", "alter index i alter column 1 set statistics 300",
            &["index i on t: statistics targets: 1=300 added"]),
        case("create table t (a text); create index i on t (a)", "comment on index i is 'fast'", &["index i on t: comment none → fast"]),
        case("create table t (a int, b int)", "create statistics s (ndistinct) on a, b from t", &["statistics s on t is added"]),
        case("create table t (a int, b int); create statistics s on a, b from t", "alter statistics s set statistics 99",
            &["statistics s on t: statistics target none → 99"]),
        case("create table t (a int, b int); create statistics s on a, b from t", "comment on statistics s is 'pairs'",
            &["statistics s on t: comment none → pairs"]),
    ]).await;
}

#[tokio::test]
async fn triggers_rules_and_policies() {
    judge(&[
        case(TF, "drop trigger g on t", &["trigger g on t is missing"]),
        case(TF, "alter table t disable trigger g", &["trigger g on t: enabled yes → no"]),
        case(TF, "alter table t enable always trigger g", &["trigger g on t: enabled yes → always"]),
        case(TF, "create or replace trigger g after insert on t for each row execute function f()", &[
            "trigger g on t: definition CREATE TRIGGER g BEFORE INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f() → CREATE TRIGGER g AFTER INSERT ON public.t FOR EACH ROW EXECUTE FUNCTION public.f()",
        ]),
        case(TF, "comment on trigger g on t is 'guard'", &["trigger g on t: comment none → guard"]),
        case(TF, "create rule r as on delete to t do instead nothing", &["rule r on t is added"]),
        case(P, "drop policy p on faces", &["policy p on faces is missing"]),
        case(P, "alter policy p on faces using (tenant = 2)", &["policy p on faces: USING (tenant = 1) → (tenant = 2)"]),
        case(P, "alter policy p on faces with check (tenant = 1)", &["policy p on faces: WITH CHECK none → (tenant = 1)"]),
        case(P, "alter policy p on faces to judge_bob", &["policy p on faces: roles: public missing, judge_bob added"]),
        case(P, "drop policy p on faces; create policy p on faces for select using (tenant = 1)", &["policy p on faces: command ALL → SELECT"]),
        case(P, "drop policy p on faces; create policy p on faces as restrictive using (tenant = 1)", &["policy p on faces: permissive yes → no"]),
        case(P, "comment on policy p on faces is 'line'", &["policy p on faces: comment none → line"]),
    ]).await;
}
