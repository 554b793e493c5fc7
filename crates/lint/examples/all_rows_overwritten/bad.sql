-- option: rows settings 12
-- migration: 1_make
CREATE TABLE settings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    colour text NOT NULL
);
-- migration: 2_paint
SET LOCAL lock_timeout = '3s';
UPDATE settings SET colour = 'blue';
