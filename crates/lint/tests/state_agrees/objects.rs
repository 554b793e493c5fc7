//! Scripts about what is no table: views, types, routines, triggers, policies, privileges, blocks.

pub(crate) const OBJECTS: &[(&str, &str)] = &[
    ("views", "
        CREATE TABLE a (id int PRIMARY KEY, t varchar(10), d date);
        CREATE VIEW v AS SELECT * FROM a;
        CREATE VIEW w (x, y) WITH (security_barrier) AS SELECT id, t FROM v WITH LOCAL CHECK OPTION;
        CREATE OR REPLACE VIEW v AS SELECT id, t, d, now() AS at FROM a;
        CREATE MATERIALIZED VIEW m AS SELECT a.id, b.t FROM a JOIN a b ON a.id = b.id WITH NO DATA;
        CREATE UNIQUE INDEX ON m (id);
        CREATE TABLE c AS SELECT id, t, 1 AS one, d::timestamptz AS at FROM a;
        CREATE TABLE IF NOT EXISTS c AS SELECT 1 AS x;
        SELECT id, t INTO s FROM a;
        ALTER VIEW w SET (security_invoker = true);
        ALTER VIEW w RENAME TO w2;
        ALTER TABLE v RENAME COLUMN at TO seen;
        CREATE VIEW z AS SELECT t FROM a;
        ALTER TABLE a DROP COLUMN d CASCADE;
        DROP VIEW IF EXISTS z, nothing;
        ALTER MATERIALIZED VIEW m SET SCHEMA public;"),
    ("types", "
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        ALTER TYPE mood ADD VALUE 'happy';
        ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok';
        ALTER TYPE mood ADD VALUE 'meh' BEFORE 'ok';
        ALTER TYPE mood ADD VALUE 'fine' AFTER 'ok';
        ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';
        CREATE DOMAIN positive AS int CHECK (VALUE > 0) NOT NULL;
        CREATE DOMAIN email AS text CONSTRAINT has_at CHECK (VALUE LIKE '%@%') CHECK (VALUE <> '');
        ALTER DOMAIN positive DROP NOT NULL;
        ALTER DOMAIN email ADD CONSTRAINT short CHECK (length(VALUE) < 100) NOT VALID;
        ALTER DOMAIN email DROP CONSTRAINT has_at;
        ALTER DOMAIN email VALIDATE CONSTRAINT short;
        CREATE TYPE pair AS (a int, b text);
        ALTER TYPE pair ADD ATTRIBUTE c date, DROP ATTRIBUTE b, ALTER ATTRIBUTE a TYPE bigint;
        CREATE TYPE floats AS RANGE (subtype = float8);
        CREATE TABLE t (m mood, ms mood[], p positive, e email NOT NULL, x pair, f floats);
        CREATE SCHEMA app;
        ALTER TYPE mood RENAME TO \"Mood\";
        ALTER DOMAIN email SET SCHEMA app;
        CREATE TABLE u (e app.email, m \"Mood\" DEFAULT 'ok');
        CREATE TABLE o OF pair (PRIMARY KEY (a));
        DROP DOMAIN positive CASCADE;
        CREATE TYPE shell;"),
    ("functions", "
        CREATE FUNCTION f(a int, b text DEFAULT 'x') RETURNS int LANGUAGE sql IMMUTABLE STRICT AS 'SELECT 1';
        CREATE FUNCTION f(a varchar(10)[], OUT x int, INOUT y numeric(3,1)) LANGUAGE plpgsql SECURITY DEFINER SET search_path = '' AS $$ BEGIN x := 1; END $$;
        CREATE FUNCTION g() RETURNS SETOF int STABLE PARALLEL SAFE LANGUAGE sql BEGIN ATOMIC SELECT 1; END;
        CREATE FUNCTION h(VARIADIC v text[]) RETURNS TABLE (a int, \"B\" text) LANGUAGE sql SET search_path = app, public, pg_temp SET work_mem = '8MB' AS 'SELECT 1, ''x''';
        CREATE FUNCTION plus(int, int) RETURNS int IMMUTABLE RETURN $1 + $2;
        CREATE PROCEDURE p(INOUT n int) LANGUAGE plpgsql AS $$ BEGIN n := 1; END $$;
        CREATE OR REPLACE FUNCTION f(a int, b text DEFAULT 'y') RETURNS int LANGUAGE sql AS 'SELECT 2';
        ALTER FUNCTION f(int, text) STABLE LEAKPROOF SECURITY DEFINER SET search_path = public;
        ALTER FUNCTION g() RESET ALL;
        ALTER FUNCTION g RENAME TO gg;
        CREATE FUNCTION gone() RETURNS void LANGUAGE sql AS '';
        DROP FUNCTION gone();
        DROP PROCEDURE IF EXISTS nothing(int);
        CREATE AGGREGATE total(int) (SFUNC = plus, STYPE = int);
        ALTER FUNCTION h(text[]) RESET work_mem;"),
    ("triggers, rules and policies", "
        CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TABLE a (id int, owner text);
        CREATE TRIGGER t1 BEFORE INSERT OR UPDATE OF id ON a FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION touch();
        CREATE OR REPLACE TRIGGER t1 AFTER DELETE ON a FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER t2 AFTER INSERT ON a EXECUTE PROCEDURE public.touch();
        CREATE CONSTRAINT TRIGGER t3 AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION touch();
        ALTER TABLE a DISABLE TRIGGER t2;
        ALTER TABLE a ENABLE ALWAYS TRIGGER t1;
        ALTER TRIGGER t3 ON a RENAME TO t4;
        CREATE TRIGGER t5 AFTER INSERT ON a EXECUTE FUNCTION touch();
        DROP TRIGGER t5 ON a;
        CREATE POLICY p1 ON a USING (owner = current_user);
        CREATE POLICY p2 ON a AS RESTRICTIVE FOR UPDATE TO PUBLIC USING (id > 0) WITH CHECK (id > 1);
        ALTER POLICY p1 ON a RENAME TO p3;
        ALTER POLICY p3 ON a TO CURRENT_USER WITH CHECK (id < 9);
        CREATE POLICY p4 ON a FOR SELECT TO pg_monitor, pg_read_all_data USING (true);
        DROP POLICY IF EXISTS p2 ON a;
        ALTER POLICY p3 ON a TO PUBLIC;
        CREATE RULE r AS ON DELETE TO a DO INSTEAD NOTHING;
        CREATE STATISTICS named (dependencies) ON id, owner FROM a;
        DROP STATISTICS named;
        CREATE TABLE p (id int) PARTITION BY LIST (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE TRIGGER tp AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION touch();
        CREATE TRIGGER ts AFTER INSERT ON p EXECUTE FUNCTION touch();
        CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
        CREATE TABLE p3 (id int);
        ALTER TABLE p ATTACH PARTITION p3 FOR VALUES IN (3);
        ALTER TABLE p DISABLE TRIGGER tp;
        ALTER TABLE p DETACH PARTITION p2;
        DROP FUNCTION touch CASCADE;"),
    ("grants", "
        CREATE TABLE a (id serial, t text);
        CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE FUNCTION g() RETURNS int LANGUAGE sql AS 'SELECT 1';
        GRANT SELECT, INSERT ON a TO pg_monitor, PUBLIC;
        GRANT UPDATE (t), SELECT (id) ON a TO pg_monitor;
        GRANT ALL ON SEQUENCE a_id_seq TO pg_monitor WITH GRANT OPTION;
        REVOKE GRANT OPTION FOR USAGE ON SEQUENCE a_id_seq FROM pg_monitor;
        REVOKE INSERT ON a FROM PUBLIC;
        REVOKE EXECUTE ON FUNCTION f() FROM PUBLIC;
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION g() TO pg_monitor;
        CREATE SCHEMA app;
        GRANT USAGE ON SCHEMA app TO PUBLIC;
        ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pg_monitor;
        ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
        CREATE TABLE app.b (id int, n int);
        CREATE VIEW app.v AS SELECT id FROM app.b;
        CREATE FUNCTION app.h() RETURNS int LANGUAGE sql AS 'SELECT 1';
        CREATE TABLE app.c (id int);
        GRANT ALL ON ALL TABLES IN SCHEMA app TO PUBLIC;
        REVOKE SELECT ON a FROM pg_monitor;
        GRANT SELECT (n), REFERENCES ON app.b TO pg_monitor;"),
    ("schemas", "
        CREATE SCHEMA app CREATE TABLE a (id serial PRIMARY KEY) CREATE VIEW v AS SELECT * FROM a CREATE INDEX ON a (id);
        CREATE TYPE app.t AS ENUM ('a');
        CREATE TABLE b (id int REFERENCES app.a, t app.t);
        ALTER SCHEMA app RENAME TO core;
        CREATE SCHEMA IF NOT EXISTS core;
        CREATE SCHEMA gone CREATE TABLE a (id int);
        CREATE FUNCTION gone.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
        DROP SCHEMA gone CASCADE;
        COMMENT ON TABLE b IS 'things';
        COMMENT ON COLUMN b.id IS 'number';
        SET search_path TO core, public;
        CREATE TABLE c (LIKE b);
        CREATE SEQUENCE s INCREMENT 5 MINVALUE 10 MAXVALUE 100 CYCLE CACHE 7 OWNED BY c.id;
        CREATE SEQUENCE d AS smallint INCREMENT -1;
        CREATE SEQUENCE free;
        ALTER SEQUENCE free OWNED BY c.id RESTART 4 START 2;
        ALTER SEQUENCE s OWNED BY NONE;
        ALTER TABLE c ALTER id SET DEFAULT nextval('free');
        ALTER SEQUENCE free RENAME TO freed;
        DROP SEQUENCE freed CASCADE;
        CREATE EXTENSION IF NOT EXISTS plpgsql;"),
];

pub(crate) const BLOCKS: &[(&str, &str)] = &[
    ("what is there already", "
        CREATE TABLE a (id int PRIMARY KEY, old int);
        CREATE TABLE b (id int PRIMARY KEY, a_id int);
        DO $$ BEGIN CREATE TYPE mood AS ENUM ('sad', 'ok'); EXCEPTION WHEN duplicate_object THEN null; END $$;
        DO $$ BEGIN CREATE TYPE mood AS ENUM ('other'); EXCEPTION WHEN duplicate_object THEN null; END $$;
        DO $$ BEGIN
            ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a;
        EXCEPTION WHEN duplicate_object OR duplicate_table THEN RAISE NOTICE 'there'; END; $$;
        DO $$ BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'b_a') THEN
                ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a_id) REFERENCES a;
            END IF;
            IF NOT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'new') THEN
                ALTER TABLE a ADD COLUMN new text;
            END IF;
        END $$;
        DO $$ BEGIN BEGIN ALTER TABLE a ADD old int; EXCEPTION WHEN duplicate_column THEN NULL; END; CREATE INDEX i ON b (a_id); END $$;
        DO $$ DECLARE n int; BEGIN
            SELECT count(*) INTO n FROM a;
            IF n > 0 THEN RAISE EXCEPTION 'rows'; ELSE RAISE NOTICE 'none'; END IF;
            UPDATE a SET old = 1;
        END $$;
        DO $$ BEGIN
            IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'old') THEN
                ALTER TABLE a RENAME COLUMN old TO newer;
            END IF;
            IF EXISTS (SELECT FROM information_schema.columns WHERE table_name = 'a' AND column_name = 'nothing') THEN
                ALTER TABLE a RENAME COLUMN nothing TO something;
            END IF;
        END $$;"),
];
