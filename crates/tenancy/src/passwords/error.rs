//! Why a password could not be hashed or verified.

/// Why a password could not be hashed or verified. A wrong password is no error. Nothing in it repeats a password or a
/// hash.
///
/// ```
/// use freehold_tenancy::passwords::{PasswordError, Passwords};
///
/// # freehold_tenancy_ground::alone(async {
/// let passwords = Passwords::new()?;
/// let too_long = passwords.verify(&"x".repeat(2_000), None).await;
/// assert_eq!(too_long, Err(PasswordError::TooLong { bytes: 2_000, most: 1_024 }));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordError {
    /// Fewer characters than a new password must have.
    #[error("a password has at least {least} characters")]
    TooShort {
        /// As many as it must have.
        least: usize,
    },
    /// More bytes than are hashed.
    #[error("the password has {bytes} bytes, more than {most}")]
    TooLong {
        /// As many as it has.
        bytes: usize,
        /// As many as are taken.
        most: usize,
    },
    /// What is stored is no hash.
    #[error("the stored hash can't be read: {0}")]
    Malformed(&'static str),
    /// What is stored is a hash of another algorithm than argon2 and bcrypt.
    #[error("the stored hash is neither argon2id nor bcrypt")]
    Algorithm,
    /// To verify the stored hash would take more memory or time than any login may.
    #[error("the stored hash asks for more {0} than a login may take")]
    TooCostly(&'static str),
    /// Too many are waiting already.
    #[error("too many passwords are being verified: try again in a moment")]
    Busy,
    /// The thread that hashed was stopped.
    #[error("the program is shutting down")]
    Stopped,
    /// Parameters that can't be, or are too weak.
    #[error("setting up passwords: {0}")]
    Settings(&'static str),
    /// No salt could be drawn.
    #[error("the operating system gives no random bytes")]
    Random,
}
