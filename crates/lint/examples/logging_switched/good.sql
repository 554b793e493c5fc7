CREATE UNLOGGED TABLE readings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    taken_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO readings (taken_at) VALUES (now());
ALTER TABLE readings SET LOGGED;
