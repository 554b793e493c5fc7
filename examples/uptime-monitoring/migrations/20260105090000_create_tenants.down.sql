SET LOCAL lock_timeout = '2s';

DROP TABLE tenants;
DROP FUNCTION touch_updated_at();
