//! Replicas that answer handles which only read.
