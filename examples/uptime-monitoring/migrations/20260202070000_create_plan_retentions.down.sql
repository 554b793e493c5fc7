SET LOCAL lock_timeout = '2s';

DROP TABLE plan_retentions;
