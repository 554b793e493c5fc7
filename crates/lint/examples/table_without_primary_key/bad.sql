CREATE TABLE parcels (
    code    text NOT NULL,
    sent_at timestamptz NOT NULL
);
