//! Reading folders of every format, and what is refused.

mod detection;
mod errors;
mod flyway;
#[cfg(test)]
mod folders;
mod formats;
mod golang_migrate;
mod scripts;
mod sections;
