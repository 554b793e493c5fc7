//! The one way to PostgreSQL's parser: on a thread with room for deep trees, and never with a panic.
//!
//! Trees of legitimate SQL can be deep: `a OR b OR c ...` written with `||` nests one level for each operator. The C
//! side stops by itself at 2 MB of its stack or at 10 000 levels of messages; the decoder and the walkers on this side
//! recurse as deeply as that, which takes more stack than a usual thread has.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pg_query::protobuf::RawStmt;

/// Stack of the parsing thread, in bytes. Only pages that are touched become memory. 10 000 levels of messages were
/// seen to take less than a quarter of it in an unoptimised build.
const STACK: usize = 512 << 20;

/// What the parser made of a text.
pub(crate) enum Parsed {
    /// The trees of its statements.
    Trees(Vec<RawStmt>),
    /// The grammar accepts it, but the tree cannot be had; the reason is for people.
    AcceptedOnly(&'static str),
    /// The grammar refuses it, in PostgreSQL's words.
    Refused(String),
}

/// Runs `work` on a thread whose stack holds the deepest tree that the parser gives.
///
/// # Errors
/// When the system gives no such thread, in its words.
pub(crate) fn with_deep_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name("sql parser".to_owned())
            .stack_size(STACK)
            .spawn_scoped(scope, work)
            .map_err(|error| error.to_string())?;
        thread.join().map_err(|_| "the parser's thread ended by a panic".to_owned())
    })
}

/// Parses one statement. To be called inside [`with_deep_stack`].
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
