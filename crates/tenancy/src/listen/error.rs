//! Why nothing is listened to, or sent.

use crate::{Error, Pooler};

/// Why nothing is listened to, or sent.
///
/// ```
/// use freehold_tenancy::listen::{Channel, ListenError};
///
/// let refused = Channel::new("x".repeat(64)).unwrap_err();
/// assert!(matches!(refused, ListenError::Channel { .. }));
/// assert_eq!(refused.to_string(), "the channel's name is longer than 63 bytes");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// A channel's name that PostgreSQL would refuse or cut off.
    #[error("the channel's name {why}")]
    Channel {
        /// What is wrong with it.
        why: &'static str,
    },
    /// A text that can't be sent. It is not repeated.
    #[error("the text to send {why}")]
    Payload {
        /// What is wrong with it.
        why: String,
    },
    /// No connection could be made.
    #[error("connecting in order to listen")]
    Connect(#[source] Error),
    /// A pooler hands each transaction to another session of the server, so that LISTEN would be heard by nobody.
    #[error(
        "{0} stands in between: a listener needs a connection of its own for as long as it listens; give it a URL that \
         goes to the server itself, or to a pooler in session mode"
    )]
    Pooler(Pooler),
    /// The server refused to listen.
    #[error("listening to the channel {channel:?}")]
    Refused {
        /// The channel.
        channel: String,
        /// Why.
        #[source]
        source: Error,
    },
    /// The server refused to send.
    #[error("sending to the channel {channel:?}")]
    Notify {
        /// The channel.
        channel: String,
        /// Why.
        #[source]
        source: Error,
    },
    /// The listener was given up: its runtime is shutting down.
    #[error("the listener was given up")]
    Closed,
}
