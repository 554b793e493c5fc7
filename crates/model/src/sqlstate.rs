//! SQLSTATE as a type: the five characters by which a server says what kind of error it is.

use std::fmt;

/// A SQLSTATE code (PostgreSQL manual, appendix A).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SqlState([u8; 5]);

impl SqlState {
    /// `not_null_violation`
    pub const NOT_NULL_VIOLATION: Self = Self(*b"23502");
    /// `foreign_key_violation`
    pub const FOREIGN_KEY_VIOLATION: Self = Self(*b"23503");
    /// `unique_violation`
    pub const UNIQUE_VIOLATION: Self = Self(*b"23505");
    /// `check_violation`
    pub const CHECK_VIOLATION: Self = Self(*b"23514");
    /// `active_sql_transaction`: the statement cannot run inside a transaction block.
    pub const ACTIVE_TRANSACTION: Self = Self(*b"25001");
    /// `in_failed_sql_transaction`
    pub const IN_FAILED_TRANSACTION: Self = Self(*b"25P02");
    /// `serialization_failure`
    pub const SERIALIZATION_FAILURE: Self = Self(*b"40001");
    /// `deadlock_detected`
    pub const DEADLOCK_DETECTED: Self = Self(*b"40P01");
    /// `insufficient_privilege`
    pub const INSUFFICIENT_PRIVILEGE: Self = Self(*b"42501");
    /// `invalid_transaction_termination`: COMMIT or ROLLBACK in a routine that was called inside a transaction block.
    pub const INVALID_TRANSACTION_TERMINATION: Self = Self(*b"2D000");
    /// `syntax_error`
    pub const SYNTAX_ERROR: Self = Self(*b"42601");
    /// `duplicate_object`
    pub const DUPLICATE_OBJECT: Self = Self(*b"42710");
    /// `duplicate_database`
    pub const DUPLICATE_DATABASE: Self = Self(*b"42P04");
    /// `invalid_catalog_name`: no such database.
    pub const INVALID_CATALOG_NAME: Self = Self(*b"3D000");
    /// `object_in_use`
    pub const OBJECT_IN_USE: Self = Self(*b"55006");
    /// `unsafe_new_enum_value_usage`
    pub const UNSAFE_NEW_ENUM_VALUE: Self = Self(*b"55P04");
    /// `lock_not_available`: `lock_timeout` ran out, or NOWAIT.
    pub const LOCK_NOT_AVAILABLE: Self = Self(*b"55P03");
    /// `query_canceled`: a timeout or a cancel request.
    pub const QUERY_CANCELED: Self = Self(*b"57014");
    /// `admin_shutdown`
    pub const ADMIN_SHUTDOWN: Self = Self(*b"57P01");
    /// `crash_shutdown`
    pub const CRASH_SHUTDOWN: Self = Self(*b"57P02");
    /// `disk_full`
    pub const DISK_FULL: Self = Self(*b"53100");
    /// `undefined_file`: an extension that is not installed.
    pub const UNDEFINED_FILE: Self = Self(*b"58P01");
    /// `feature_not_supported`; also what a server says of an extension that it does not have.
    pub const FEATURE_NOT_SUPPORTED: Self = Self(*b"0A000");

    /// `internal_error`
    pub const INTERNAL_ERROR: Self = Self(*b"XX000");

    /// Five ASCII letters or digits, else nothing.
    pub fn parse(code: &str) -> Option<Self> {
        let bytes: [u8; 5] = code.as_bytes().try_into().ok()?;
        bytes.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()).then_some(Self(bytes))
    }

    /// The code as five characters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("?????")
    }

    /// The first two characters: the class of the condition, `23` for integrity violations.
    pub fn class(&self) -> &str {
        &self.code()[..2]
    }
}

impl fmt::Display for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SqlState({})", self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_five_upper_case_letters_or_digits() {
        assert_eq!(SqlState::parse("23505"), Some(SqlState::UNIQUE_VIOLATION));
        assert_eq!(SqlState::UNIQUE_VIOLATION.class(), "23");
        assert_eq!(SqlState::parse("2350"), None);
        assert_eq!(SqlState::parse("é350"), None);
    }
}
