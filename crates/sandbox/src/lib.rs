//! A private PostgreSQL server that is born and dies with its value.
