//! LISTEN and NOTIFY that survive lost connections.
