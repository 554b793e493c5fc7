DROP FUNCTION documents_page(integer);
