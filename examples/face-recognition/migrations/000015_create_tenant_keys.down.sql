SET LOCAL lock_timeout = '2s';

DROP TABLE freehold_rotations;
DROP TABLE freehold_data_keys;
