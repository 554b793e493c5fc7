//! The examples of all rules on a real server: what a rule claims of its bad example is seen there, every fix runs in
//! the statement's place, and with the facts of the execution and the server's own catalog each example still gives what
//! it gave by its text. `FREEHOLD_RULE=part-of-an-id` looks at some rules only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod claimed;
mod examples;
mod fixes;
mod observe;
mod play;
mod world;
