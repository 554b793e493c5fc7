//! Statements that depend on the request: filters, sorting, pages, bulk writes.
