//! Reading folders of every format, and what is refused.

mod folders;
mod golang_migrate;
