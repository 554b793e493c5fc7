//! Migration folders of many formats, read into values.
