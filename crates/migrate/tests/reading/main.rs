//! Reading folders of every format, and what is refused.

#[cfg(test)]
mod folders;
mod golang_migrate;
