SET LOCAL lock_timeout = '2s';

DROP TABLE organizations;
DROP FUNCTION touch_updated_at();
