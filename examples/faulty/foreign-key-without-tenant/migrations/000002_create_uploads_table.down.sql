SET LOCAL lock_timeout = '2s';

DROP TABLE previews;
DROP TABLE uploads;
