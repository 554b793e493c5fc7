SET session_replication_role = replica;
INSERT INTO countries (code, name) VALUES ('FJ', 'Fiji');
