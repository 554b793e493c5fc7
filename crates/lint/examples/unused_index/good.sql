-- option: index-scans idx_visits_page 12000
-- option: index-scans visits_code_key 0
CREATE TABLE visits (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page text NOT NULL,
    code text NOT NULL,
    CONSTRAINT visits_code_key UNIQUE (code)
);

CREATE INDEX idx_visits_page ON visits (page);
