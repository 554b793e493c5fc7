CREATE TABLE visits (
    id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    seen_at  timestamptz NOT NULL,
    page     text NOT NULL,
    visitor  text NOT NULL,
    referrer text NOT NULL
);

CREATE INDEX idx_visits_page_seen_at ON visits (page, seen_at) INCLUDE (visitor, referrer);
-- These four together are what makes a visit one.
CREATE UNIQUE INDEX idx_visits_once ON visits (visitor, page, referrer, seen_at);
