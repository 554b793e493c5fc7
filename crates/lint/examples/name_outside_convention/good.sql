CREATE TABLE parcels (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender_name   text NOT NULL,
    sender_street text NOT NULL,
    sender_town   text NOT NULL,
    receiver_name text NOT NULL,
    receiver_town text NOT NULL
);

CREATE TABLE parcel_scans (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scanned_at timestamptz NOT NULL,
    scanned_by text NOT NULL,
    scan_place text NOT NULL,
    scan_code  text NOT NULL,
    note       text NOT NULL
);
