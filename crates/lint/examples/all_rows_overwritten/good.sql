-- option: rows settings 12
-- migration: 1_make
CREATE TABLE settings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    colour text
);
-- migration: 2_paint
SET LOCAL lock_timeout = '3s';
ALTER TABLE settings ADD COLUMN label text;
UPDATE settings SET label = upper(name), colour = coalesce(colour, 'blue');
