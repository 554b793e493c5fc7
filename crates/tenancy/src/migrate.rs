//! Migrations at start.
