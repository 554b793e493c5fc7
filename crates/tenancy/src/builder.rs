//! How a [`Db`](crate::Db) is set up.
