CREATE SCHEMA post;
CREATE TABLE post.parcels (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code text NOT NULL
);

CREATE VIEW parcel_codes WITH (security_invoker = true) AS SELECT code FROM post.parcels;
