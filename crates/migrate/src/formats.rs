//! The formats, one file each; the list of them is `FORMATS`.

pub(crate) mod golang_migrate;
pub(crate) mod strays;
