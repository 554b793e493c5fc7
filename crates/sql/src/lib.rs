//! SQL text to statements with positions, by PostgreSQL's own grammar. No I/O.
