//! The one way to PostgreSQL's parser, never with a panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_query::protobuf::RawStmt;

/// What the parser made of a text.
pub(crate) enum Parsed {
    /// The trees of its statements.
    Trees(Vec<RawStmt>),
    /// The grammar accepts it, but the tree cannot be had; the reason is for people.
    AcceptedOnly(&'static str),
    /// The grammar refuses it, in PostgreSQL's words.
    Refused(String),
}

/// Parses one statement. To be called inside [`crate::worker::with_deep_stack`].
pub(crate) fn parse(text: &str) -> Parsed {
    // The crate's summary of a tree, made along with it, takes some shapes for granted; a surprise there must not end
    // the program.
    match catch_unwind(AssertUnwindSafe(|| pg_query::parse(text, 0))) {
        Ok(Ok(result)) => Parsed::Trees(result.protobuf.stmts),
        Ok(Err(pg_query::Error::Parse(message))) if !is_depth_limit(&message) => Parsed::Refused(message),
        Ok(Err(_)) => without_tree(text, "it nests too deeply to be looked into"),
        Err(_) => without_tree(text, "its parse tree could not be read"),
    }
}

/// Whether the grammar alone, without a tree, accepts the text.
fn without_tree(text: &str, reason: &'static str) -> Parsed {
    match pg_query::split_with_parser(text) {
        Ok(_) => Parsed::AcceptedOnly(reason),
        Err(pg_query::Error::Split(message)) => Parsed::Refused(message),
        Err(other) => Parsed::Refused(other.to_string()),
    }
}

/// The message when the grammar refuses the text, else nothing.
pub(crate) fn refusal(text: &str) -> Option<String> {
    match pg_query::split_with_parser(text) {
        Ok(_) => None,
        Err(pg_query::Error::Split(message)) => Some(message),
        Err(other) => Some(other.to_string()),
    }
}

/// Messages of the C side that speak of its own limits, not of the grammar.
fn is_depth_limit(message: &str) -> bool {
    message.contains("stack depth limit") || message.contains("nested too deeply")
}
