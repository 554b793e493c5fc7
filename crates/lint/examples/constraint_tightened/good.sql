-- option: rows visitors 12
-- migration: 1_make
CREATE TABLE visitors (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    country text
);
-- migration: 2_keep_out
SET LOCAL lock_timeout = '3s';
ALTER TABLE visitors ADD CONSTRAINT visitors_country_given CHECK (country IS NOT NULL) NOT VALID;
-- migration: 3_validate
SET LOCAL lock_timeout = '3s';
ALTER TABLE visitors VALIDATE CONSTRAINT visitors_country_given;
-- migration: 4_tighten
SET LOCAL lock_timeout = '3s';
ALTER TABLE visitors ALTER COLUMN country SET NOT NULL;
