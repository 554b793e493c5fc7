CREATE TYPE parcel_status AS ENUM ('packed', 'sent', 'delivered');

CREATE TABLE parcels (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status parcel_status NOT NULL
);
