CREATE TABLE colours (
    id bigint PRIMARY KEY,
    name text NOT NULL
);
COPY colours (id, name) FROM stdin;
1	red
2	blue
\.
