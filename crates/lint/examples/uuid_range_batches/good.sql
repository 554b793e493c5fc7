-- migration: 1_create_letters
CREATE TABLE letters (
    id   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    body text NOT NULL,
    done boolean NOT NULL DEFAULT false
);
-- migration: 2_mark_letters
SET LOCAL lock_timeout = '3s';
UPDATE letters SET done = true
WHERE id IN (SELECT id FROM letters WHERE NOT done ORDER BY id LIMIT 1000);
