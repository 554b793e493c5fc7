CREATE TABLE visits (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page    text NOT NULL,
    visitor text NOT NULL
);

CREATE INDEX IF NOT EXISTS idx_visits_page ON visits (page);
CREATE INDEX IF NOT EXISTS idx_visits_page ON visits (page);
CREATE INDEX IF NOT EXISTS idx_visits_visitor ON visits (visitor);
