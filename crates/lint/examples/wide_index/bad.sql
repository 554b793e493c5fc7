CREATE TABLE visits (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at  timestamptz NOT NULL,
    page     text NOT NULL,
    visitor  text NOT NULL,
    referrer text NOT NULL
);

CREATE INDEX idx_visits_all ON visits (page, visitor, referrer, seen_at);
