DROP TABLE sales;
DROP TABLE shops;
