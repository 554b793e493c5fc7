CREATE TABLE parcels (
    id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status text NOT NULL,
    CONSTRAINT parcels_status_check CHECK (status IN ('packed', 'sent', 'delivered'))
);
