//! Meetings: join by code, live presence, an audit log.
fn main() {}
