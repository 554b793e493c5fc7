//! Sessions to PostgreSQL and reading its catalog into plain values.
