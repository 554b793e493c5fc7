CREATE TABLE visits (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page    text NOT NULL,
    code    text NOT NULL,
    seen_at timestamptz NOT NULL
);

CREATE INDEX idx_visits_page_seen_at ON visits (page, seen_at);
CREATE INDEX idx_visits_seen_at ON visits (seen_at);
-- It forbids something of its own.
CREATE UNIQUE INDEX idx_visits_code ON visits (code);
CREATE INDEX idx_visits_code_seen_at ON visits (code, seen_at);
-- It is small.
CREATE INDEX idx_visits_page_home ON visits (page) WHERE page = 'home';
