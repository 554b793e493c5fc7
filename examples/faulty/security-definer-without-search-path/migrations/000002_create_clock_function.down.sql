DROP FUNCTION documents_today();
