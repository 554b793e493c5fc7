INSERT INTO countries (code, name) VALUES ('MT', 'Malta') ON CONFLICT (code) DO NOTHING;
