//! Reading the catalog: everything at first, afterwards only what changed.
//!
//! One *probe* asks the server for a mark of every object; the marks say what to read again. One kind of objects is
//! one `.rs` and one `.sql` file: parts of relations are on the list in [`part`], objects that are compared as a list
//! of facts on the list in [`other`].

mod dirty;
mod fetch;
mod for_version;
mod function;
mod group;
mod other;
mod part;
mod pinned;
mod probe;
mod reader;
mod relation;
mod renamed;
mod role;
mod rows;
mod whole;

pub use reader::CatalogReader;
pub use role::read_roles;
