DROP VIEW document_titles;
