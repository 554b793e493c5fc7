SET LOCAL lock_timeout = '2s';

CREATE INDEX idx_readings_sensor ON ONLY readings (sensor);
