CREATE TABLE visits (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page    text NOT NULL,
    seen_at timestamptz NOT NULL
);

CREATE INDEX idx_visits_page ON visits (page, seen_at);
CREATE INDEX idx_visits_seen_at ON visits (seen_at);
-- The same columns for another kind of search.
CREATE INDEX idx_visits_page_pattern ON visits (page text_pattern_ops);
CREATE INDEX idx_visits_seen_at_brin ON visits USING brin (seen_at);
