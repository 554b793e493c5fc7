CREATE TABLE users (id bigint PRIMARY KEY, age int, name text, CONSTRAINT age_known CHECK (age > 0) NOT VALID);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    user_id bigint CONSTRAINT orders_user REFERENCES users,
    code int
);
CREATE INDEX orders_code ON orders (code);
CREATE TABLE events (id bigint, day date, user_id bigint, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE events_2026 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY RANGE (day);
CREATE TABLE events_2026a PARTITION OF events_2026 FOR VALUES FROM ('2026-01-01') TO ('2026-06-01');
CREATE TABLE events_loose (id bigint NOT NULL, day date NOT NULL, user_id bigint);
CREATE INDEX events_user ON events (user_id);
CREATE TABLE marks (id bigint PRIMARY KEY, event_id bigint, event_day date,
    CONSTRAINT marks_event FOREIGN KEY (event_id, event_day) REFERENCES events);
CREATE TABLE logs (id bigint, user_id bigint CONSTRAINT logs_user REFERENCES users) PARTITION BY RANGE (id);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (1) TO (100);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (100) TO (200);
CREATE TABLE logs_3 (id bigint, user_id bigint);
CREATE TABLE parents (id int, kind int);
CREATE TABLE children () INHERITS (parents);
CREATE TABLE loose (id int, kind int);
CREATE VIEW grown AS SELECT * FROM users WHERE age > 17;
CREATE VIEW grown_names AS SELECT g.name FROM grown AS g;
CREATE MATERIALIZED VIEW totals AS SELECT kind AS id, count(*) AS n FROM loose GROUP BY 1;
CREATE UNIQUE INDEX totals_id ON totals (id);
CREATE DOMAIN positive AS int;
CREATE TABLE amounts (amount positive);
CREATE TYPE mood AS ENUM ('glad');
CREATE TABLE moods (mood mood);
CREATE TABLE codes (id int CONSTRAINT codes_id UNIQUE);
CREATE TABLE code_uses (id int CONSTRAINT code_uses_id REFERENCES codes (id));
CREATE TABLE pending (id int);
ALTER TABLE pending ADD CONSTRAINT pending_id FOREIGN KEY (id) REFERENCES codes (id) NOT VALID;
CREATE TABLE alone (id int, name text);
CREATE SEQUENCE numbers;
CREATE TABLE numbered (id int DEFAULT nextval('numbers'));
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER users_keep BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION keep();
CREATE TRIGGER events_keep AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION keep();
CREATE POLICY own ON users USING (true);
CREATE RULE silent AS ON INSERT TO alone DO ALSO NOTHING;
CREATE STATISTICS users_age_name ON age, name FROM users;
CREATE SCHEMA "Odd";
CREATE TABLE "Odd"."Table" (id int);
