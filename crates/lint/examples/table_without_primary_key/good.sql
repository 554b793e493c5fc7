CREATE TABLE parcels (
    code    text NOT NULL,
    sent_at timestamptz NOT NULL,
    CONSTRAINT parcels_pkey PRIMARY KEY (code)
);

CREATE TABLE scans (
    parcel     text NOT NULL,
    scanned_at timestamptz NOT NULL,
    CONSTRAINT scans_pkey PRIMARY KEY (parcel, scanned_at)
) PARTITION BY RANGE (scanned_at);
CREATE TABLE scans_2026 PARTITION OF scans FOR VALUES FROM ('2026-01-01T00:00:00Z') TO ('2027-01-01T00:00:00Z');

CREATE TEMPORARY TABLE loaded_codes (code text NOT NULL);
