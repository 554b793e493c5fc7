//! 256 bits that must not be seen.

use std::fmt;

use aes_gcm::aead::Generate;
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// A key of 256 bits. It is wiped from memory when it is dropped, and nothing prints it.
///
/// ```
/// use freehold_tenancy::secrets::Key;
///
/// let key = Key::from_text("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
/// assert_eq!(key.expose()[31], 0x1f);
/// assert_eq!(format!("{key:?}"), "Key(..)");
/// # Ok::<(), freehold_tenancy::secrets::KeyError>(())
/// ```
// Boxed, so that moving the value leaves no copy behind.
pub struct Key(Box<[u8; Key::BYTES]>);

impl Drop for Key {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl ZeroizeOnDrop for Key {}

/// Why something is no key. Nothing in it repeats what was given.
///
/// ```
/// use freehold_tenancy::secrets::{Key, KeyError};
///
/// assert_eq!(Key::from_text("change me").unwrap_err(), KeyError::Text);
/// assert_eq!(Key::from_text(&"00".repeat(32)).unwrap_err(), KeyError::Weak);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 32 bytes.
    #[error("a key has 32 bytes, this one has {0}")]
    Length(usize),
    /// Neither hex nor base64.
    #[error("a key is written as 64 hex digits or as the base64 of 32 bytes; this is neither")]
    Text,
    /// The same byte over and over, such as a key that was never filled in.
    #[error("all bytes of the key are alike: it was never filled with random ones")]
    Weak,
    /// The operating system gave no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
}

impl Key {
    /// Bytes of a key.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, KeyError};
    ///
    /// assert_eq!(Key::from_bytes(&[7; Key::BYTES - 1]).unwrap_err(), KeyError::Length(31));
    /// ```
    pub const BYTES: usize = 32;

    /// A new one, from the operating system's random numbers.
    ///
    /// ```
    /// use freehold_tenancy::secrets::Key;
    ///
    /// assert_ne!(Key::generate()?.expose(), Key::generate()?.expose());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Random`] when there are none.
    pub fn generate() -> Result<Self, KeyError> {
        let mut key = Self(Box::new([0; Self::BYTES]));
        let mut random = random::<{ Self::BYTES }>()?;
        key.0.copy_from_slice(&random);
        random.zeroize();
        Ok(key)
    }

    /// From 32 bytes.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, KeyError};
    ///
    /// let bytes: Vec<u8> = (0..32).collect();
    /// assert_eq!(Key::from_bytes(&bytes)?.expose()[31], 31);
    /// assert_eq!(Key::from_bytes(&[0; 32]).unwrap_err(), KeyError::Weak);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Length`] for another number of bytes, [`KeyError::Weak`] when all of them are alike.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let mut key = Self(Box::new([0; Self::BYTES]));
        if bytes.len() != Self::BYTES {
            return Err(KeyError::Length(bytes.len()));
        }
        key.0.copy_from_slice(bytes);
        if key.0.iter().all(|byte| Some(byte) == key.0.first()) {
            return Err(KeyError::Weak);
        }
        Ok(key)
    }

    /// From 64 hex digits or the base64 of 32 bytes (`openssl rand -hex 32`, `openssl rand -base64 32`).
    ///
    /// ```
    /// use freehold_tenancy::secrets::Key;
    ///
    /// let hex = Key::from_text("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
    /// let base64 = Key::from_text("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")?;
    /// assert_eq!(hex.expose(), base64.expose());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Text`] for anything else, and as [`Key::from_bytes`].
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let bytes = if text.len() == Self::BYTES * 2 {
            Zeroizing::new(hex::decode(text).map_err(|_| KeyError::Text)?)
        } else {
            Zeroizing::new(STANDARD.decode(text).map_err(|_| KeyError::Text)?)
        };
        Self::from_bytes(&bytes)
    }

    /// The bytes. For those who wrap keys; never for a log, a message or a column.
    ///
    /// ```
    /// use freehold_tenancy::secrets::Key;
    ///
    /// let key = Key::from_text("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")?;
    /// assert_eq!(key.expose()[..3], [0, 1, 2]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expose(&self) -> &[u8; Self::BYTES] {
        &self.0
    }
}

/// Random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], KeyError> {
    <[u8; N]>::try_generate().map_err(|_| KeyError::Random)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_from_hex_and_from_base64() {
        let key = Key::generate().unwrap();
        let hex = Key::from_text(&format!(" {}\n", hex::encode(key.expose()))).unwrap();
        let base64 = Key::from_text(&STANDARD.encode(key.expose())).unwrap();
        assert_eq!((hex.expose(), base64.expose()), (key.expose(), key.expose()));
    }

    #[test]
    fn what_is_no_key_is_refused_by_kind() {
        assert_eq!(Key::from_bytes(&[1; 31]).unwrap_err(), KeyError::Length(31));
        assert_eq!(Key::from_bytes(&[0; 32]).unwrap_err(), KeyError::Weak);
        assert_eq!(Key::from_text("change me").unwrap_err(), KeyError::Text);
        assert_eq!(Key::from_text(&STANDARD.encode([3; 16])).unwrap_err(), KeyError::Length(16));
        let mut nearly = [7; 32];
        nearly[31] = 8;
        assert!(Key::from_bytes(&nearly).is_ok());
    }

    #[test]
    fn a_key_is_wiped() {
        fn wiped_when_dropped<T: ZeroizeOnDrop>() {}
        wiped_when_dropped::<Key>();
        wiped_when_dropped::<aes_gcm::Aes256Gcm>();
    }
}
