DROP TABLE invoices;
DROP VIEW unpaid_invoices;
