//! Master keys that this process holds itself.

use std::{collections::BTreeMap, fmt, io, path::Path, sync::Arc};

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
use async_trait::async_trait;
use zeroize::Zeroizing;

use super::{
    key::{Key, KeyError, random},
    kms::{Kms, KmsError, Wrapped},
};

/// The form of a wrapped key: this byte, the nonce, the ciphertext and its tag.
const FORM: u8 = 1;
const NONCE: usize = 12;
const WRAPPED: usize = 1 + NONCE + Key::BYTES + 16;

/// A master key and its name.
///
/// ```
/// use freehold_tenancy::secrets::{Key, MasterKey};
///
/// let key = MasterKey::new("2026-07", Key::generate()?)?;
/// assert_eq!(format!("{key:?}"), r#"MasterKey { name: "2026-07", key: Key(..) }"#);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct MasterKey {
    name: String,
    key: Key,
}

impl MasterKey {
    /// `name` is 1 to 64 letters, digits, `.`, `_` or `-`; it is stored with every key that this one wraps. A new key
    /// needs a new name.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, MasterKey, MasterKeyError};
    ///
    /// assert!(MasterKey::new("eu-west.2026_07", Key::generate()?).is_ok());
    /// let refused = MasterKey::new("July 2026", Key::generate()?);
    /// assert!(matches!(refused, Err(MasterKeyError::Name)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MasterKeyError::Name`].
    pub fn new(name: &str, key: Key) -> Result<Self, MasterKeyError> {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if name.is_empty() || name.len() > 64 || !name.chars().all(fits) {
            return Err(MasterKeyError::Name);
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// Its name.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, MasterKey};
    ///
    /// assert_eq!(MasterKey::new("2026", Key::generate()?)?.name(), "2026");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Why master keys can't be used. Nothing in it repeats a key.
///
/// ```
/// use freehold_tenancy::secrets::{KeyError, MasterKeyError, MasterKeys};
///
/// let refused = MasterKeys::from_text("# wraps since July\n2026 not-a-key").unwrap_err();
/// assert!(matches!(refused, MasterKeyError::Key { line: 2, source: KeyError::Text }));
/// assert!(matches!(MasterKeys::from_text("2026"), Err(MasterKeyError::Line { line: 1 })));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MasterKeyError {
    /// The file can't be read.
    #[error("reading the file of master keys")]
    File(#[from] io::Error),
    /// Others than its owner may change the file.
    #[error("others than its owner may write to the file of master keys: chmod 600 it")]
    Writable,
    /// A line is not `name key`.
    #[error("line {line} of the master keys is not a name, a blank and a key")]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A key can't be read.
    #[error("the key in line {line} of the master keys")]
    Key {
        /// Counted from 1.
        line: usize,
        /// Why not.
        source: KeyError,
    },
    /// A name is empty, too long, or has other characters than letters, digits, `.`, `_` and `-`.
    #[error("the name of a master key has 1 to 64 letters, digits, dots, underscores and hyphens")]
    Name,
    /// Two keys have one name.
    #[error("two master keys are called {0:?}")]
    Twice(String),
    /// No key at all.
    #[error("there is no master key")]
    None,
}

/// Master keys that lie in the memory of this process: the current one, and older ones that still open what they
/// wrapped.
///
/// In text, each line is a name, a blank and a key (see [`Key::from_text`]); a comma ends a line too, so that one value
/// of the environment can hold several. The first is the current one. Empty lines and lines that begin with `#` are
/// skipped.
///
/// ```
/// use freehold_tenancy::secrets::MasterKeys;
///
/// # let (new, old) = ("Yx0B1R0nVqGJ2m0vX3h2cQk8wT3kq5o0s1d2f3g4h5I=", "q5o0s1d2f3g4h5IYx0B1R0nVqGJ2m0vX3h2cQk8wT3k=");
/// // 2026 wraps from now on; what 2025 wrapped is still opened.
/// let keys = MasterKeys::from_text(&format!("2026 {new}, 2025 {old}"))?;
/// assert_eq!(keys.name(), "2026");
/// # Ok::<(), freehold_tenancy::secrets::MasterKeyError>(())
/// ```
#[derive(Clone)]
pub struct MasterKeys {
    current: String,
    ciphers: Arc<BTreeMap<String, Aes256Gcm>>,
}

impl MasterKeys {
    /// The current key and the older ones.
    ///
    /// ```
    /// use freehold_tenancy::secrets::{Key, MasterKey, MasterKeyError, MasterKeys};
    ///
    /// let key = |name| Ok::<_, Box<dyn std::error::Error>>(MasterKey::new(name, Key::generate()?)?);
    /// assert_eq!(MasterKeys::new([key("2027")?, key("2026")?])?.name(), "2027");
    /// let twice = MasterKeys::new([key("2026")?, key("2026")?]);
    /// assert!(matches!(twice, Err(MasterKeyError::Twice(name)) if name == "2026"));
    /// assert!(matches!(MasterKeys::new([]), Err(MasterKeyError::None)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MasterKeyError::None`] without any, [`MasterKeyError::Twice`] when two have one name.
    pub fn new(keys: impl IntoIterator<Item = MasterKey>) -> Result<Self, MasterKeyError> {
        let mut current = None;
        let mut ciphers = BTreeMap::new();
        for MasterKey { name, key } in keys {
            current.get_or_insert_with(|| name.clone());
            if ciphers.insert(name.clone(), Aes256Gcm::new(key.expose().into())).is_some() {
                return Err(MasterKeyError::Twice(name));
            }
        }
        let current = current.ok_or(MasterKeyError::None)?;
        Ok(Self { current, ciphers: Arc::new(ciphers) })
    }

    /// From text, such as a value of the environment that the application read.
    ///
    /// ```
    /// use freehold_tenancy::secrets::MasterKeys;
    ///
    /// let text = "
    /// ## since July
    /// 2026 Yx0B1R0nVqGJ2m0vX3h2cQk8wT3kq5o0s1d2f3g4h5I=
    /// 2025 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
    /// ";
    /// assert_eq!(MasterKeys::from_text(text)?.name(), "2026");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MasterKeyError`], with the number of the line.
    pub fn from_text(text: &str) -> Result<Self, MasterKeyError> {
        let mut keys = Vec::new();
        for (line, text) in (1..).zip(text.split(['\n', ','])) {
            let text = text.trim();
            if text.is_empty() || text.starts_with('#') {
                continue;
            }
            let (name, key) = text.split_once(char::is_whitespace).ok_or(MasterKeyError::Line { line })?;
            let key = Key::from_text(key).map_err(|source| MasterKeyError::Key { line, source })?;
            keys.push(MasterKey::new(name, key)?);
        }
        Self::new(keys)
    }

    /// From a file. A file that others may write to is refused; one that others may read is taken with a warning, since
    /// that is how some orchestrators hand out secrets.
    ///
    /// ```
    /// use std::{fs, os::unix::fs::PermissionsExt};
    /// use freehold_tenancy::secrets::{MasterKeyError, MasterKeys};
    ///
    /// # let file = tempfile::NamedTempFile::new()?;
    /// # let path = file.path();
    /// fs::write(path, "2026 Yx0B1R0nVqGJ2m0vX3h2cQk8wT3kq5o0s1d2f3g4h5I=\n")?;
    /// assert_eq!(MasterKeys::from_file(path)?.name(), "2026");
    /// fs::set_permissions(path, fs::Permissions::from_mode(0o666))?;
    /// assert!(matches!(MasterKeys::from_file(path), Err(MasterKeyError::Writable)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`MasterKeyError`].
    pub fn from_file(path: &Path) -> Result<Self, MasterKeyError> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path)?.permissions().mode();
            if mode & 0o022 != 0 {
                return Err(MasterKeyError::Writable);
            }
            if mode & 0o044 != 0 {
                tracing::warn!(path = %path.display(), "others may read the file of master keys");
            }
        }
        Self::from_text(&Zeroizing::new(std::fs::read_to_string(path)?))
    }

    /// The name of the key that wraps.
    ///
    /// ```
    /// use freehold_tenancy::secrets::MasterKeys;
    ///
    /// let (new, old) = ("0b1c".repeat(16), "5c0d".repeat(16));
    /// assert_eq!(MasterKeys::from_text(&format!("2027 {new}, 2026 {old}"))?.name(), "2027");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(&self) -> &str {
        &self.current
    }

    fn cipher(&self, master: &str) -> Result<&Aes256Gcm, KmsError> {
        self.ciphers.get(master).ok_or_else(|| KmsError::UnknownMaster { master: master.to_owned() })
    }
}

#[async_trait]
impl Kms for MasterKeys {
    async fn wrap(&self, context: &[u8], key: &Key) -> Result<Wrapped, KmsError> {
        let nonce = random::<NONCE>().map_err(|error| KmsError::Service(Box::new(error)))?;
        let payload = Payload { msg: key.expose(), aad: context };
        let sealed = self
            .cipher(&self.current)?
            .encrypt(&nonce.into(), payload)
            .map_err(|error| KmsError::Service(Box::new(error)))?;
        let bytes = [&[FORM][..], &nonce, &sealed].concat();
        Ok(Wrapped { master: self.current.clone(), bytes })
    }

    async fn unwrap(&self, master: &str, context: &[u8], wrapped: &[u8]) -> Result<Key, KmsError> {
        if wrapped.len() != WRAPPED {
            return Err(KmsError::Malformed("it has another length than a wrapped key"));
        }
        let (form, rest) = wrapped.split_first().ok_or(KmsError::Malformed("it is empty"))?;
        if *form != FORM {
            return Err(KmsError::Malformed("its form is of another version"));
        }
        let (nonce, sealed) =
            rest.split_first_chunk::<NONCE>().ok_or(KmsError::Malformed("it is cut off"))?;
        let refused = || KmsError::Refused { master: master.to_owned() };
        let payload = Payload { msg: sealed, aad: context };
        let opened = self.cipher(master)?.decrypt(nonce.into(), payload).map_err(|_| refused())?;
        Key::from_bytes(&Zeroizing::new(opened)).map_err(|_| refused())
    }

    async fn current(&self) -> Result<String, KmsError> {
        Ok(self.current.clone())
    }
}

/// Names only.
impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKeys")
            .field("current", &self.current)
            .field("known", &self.ciphers.keys())
            .finish()
    }
}
