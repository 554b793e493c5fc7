-- option: index-scans idx_visits_page 0
CREATE TABLE visits (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL
);

CREATE INDEX idx_visits_page ON visits (page);
