DROP FUNCTION use_tenant(uuid);
