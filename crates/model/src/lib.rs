//! Plain words of Freehold: names and quoting, versions, lock modes, the catalog as data, findings. No I/O.
//!
//! Every other room speaks in these types. Nothing here opens a file, a session or a process, and nothing here
//! is serialisable: what leaves the program is shaped by the `app` room.

pub mod catalog;
pub mod finding;
pub mod lock;
pub mod name;
pub mod place;
pub mod secret;
pub mod sqlstate;
pub mod version;
