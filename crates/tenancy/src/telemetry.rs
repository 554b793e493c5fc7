//! Spans, tags and metrics of statements.
