DROP MATERIALIZED VIEW document_counts;
