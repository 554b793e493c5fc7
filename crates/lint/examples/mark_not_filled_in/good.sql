CREATE TABLE mails (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    body text NOT NULL
);
INSERT INTO mails (body) VALUES ('Dear {{ name }}, today you get 10%% off.');
