//! Sessions to PostgreSQL and reading its catalog into plain values.
//!
//! This is the only room of the tool that opens sessions. [`ConnectTo`] says where to, [`Session`] is one
//! connection whose statements are prepared once and whose notices are kept in order.

pub mod catalog;
mod connect;
mod connect_to;
mod error;
mod notice;
mod session;
mod tls;

pub use connect_to::{ConnectTo, ConnectToError};
pub use error::{DbError, ServerError};
pub use notice::Notice;
pub use session::{Canceller, Session};
pub use tls::TlsError;
