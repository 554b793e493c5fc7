CREATE TABLE readings (
    sensor bigint PRIMARY KEY,
    value  double precision NOT NULL
) PARTITION BY HASH (sensor);
CREATE TABLE readings_0 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 0);
CREATE TABLE readings_1 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 1);
CREATE TABLE readings_2 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 2);
CREATE TABLE readings_3 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 3);
CREATE TABLE readings_4 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 4);
CREATE TABLE readings_5 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 5);
CREATE TABLE readings_6 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 6);
CREATE TABLE readings_7 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 7);
CREATE TABLE readings_8 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 8);
CREATE TABLE readings_9 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 9);
CREATE TABLE readings_10 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 10);
CREATE TABLE readings_11 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 11);
CREATE TABLE readings_12 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 12);
CREATE TABLE readings_13 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 13);
CREATE TABLE readings_14 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 14);
CREATE TABLE readings_15 PARTITION OF readings FOR VALUES WITH (modulus 16, remainder 15);
