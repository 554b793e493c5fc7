//! TLS of connections: verified against the server's name unless the URL says otherwise.
