//! `freehold check` on whole projects: the examples, the faulty folders, and bad input.

mod bad_input;
mod examples;
mod faulty;
mod project;
