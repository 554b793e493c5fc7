CREATE TABLE visits (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page    text NOT NULL,
    seen_at timestamptz NOT NULL
);

CREATE INDEX idx_visits_page_seen_at ON visits (page, seen_at);
CREATE INDEX idx_visits_page ON visits (page);
