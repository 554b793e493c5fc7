//! The locks that the text tells, against those that a server shows.
