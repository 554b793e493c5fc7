//! Uptime monitoring: a worker that probes, and pages that show what it saw.
fn main() {}
