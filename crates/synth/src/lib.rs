//! Rows that satisfy a schema's constraints.
