//! Statements of many tenants on a few connections: context and statement in one atomic unit of the protocol.
