-- migration: 1_make
CREATE TYPE letter_state AS ENUM ('draft', 'sent');
-- migration: 2_add
ALTER TYPE letter_state ADD VALUE 'checked' BEFORE 'sent';
