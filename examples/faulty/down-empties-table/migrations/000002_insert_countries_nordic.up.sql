INSERT INTO countries (code, name) VALUES ('IS', 'Iceland'), ('NO', 'Norway');
