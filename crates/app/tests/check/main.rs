//! `freehold check` on whole projects: the examples, the faulty folders, bad input and bad days.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod allowed;
mod bad_days;
mod bad_input;
mod dumps;
mod examples;
mod faulty;
mod given_server;
mod preludes;
mod project;
mod record;
mod settings_in_scripts;
