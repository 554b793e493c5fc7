//! The files that options of TLS name, read when a connection is made.

use std::{fs, path::Path};

use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer,
    pem::{Error as PemError, PemObject},
};

use super::error::TlsError;

/// All certificates of a PEM file; at least one.
pub(super) fn certificates(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = read(option, path)?;
    let list = CertificateDer::pem_slice_iter(&bytes).collect();
    at_least_one(list, option, path, "it holds no certificate in PEM form")
}

/// All revocation lists of a PEM file; at least one.
pub(super) fn revocations(
    option: &'static str,
    path: &Path,
) -> Result<Vec<CertificateRevocationListDer<'static>>, TlsError> {
    let bytes = read(option, path)?;
    let list = CertificateRevocationListDer::pem_slice_iter(&bytes).collect();
    at_least_one(list, option, path, "it holds no certificate revocation list in PEM form")
}

/// The private key of a PEM or DER file, which nobody else may be able to read.
pub(super) fn private_key(option: &'static str, path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    private(option, path)?;
    let bytes = read(option, path)?;
    let content = |why| TlsError::Content { option, path: path.to_owned(), why };
    let is_pem = bytes.windows(11).any(|part| part == b"-----BEGIN ");
    if is_pem && bytes.windows(9).any(|part| part == b"ENCRYPTED") {
        return Err(content("its key is under a password"));
    }
    let key = if is_pem {
        PrivateKeyDer::from_pem_slice(&bytes).ok()
    } else {
        PrivateKeyDer::try_from(bytes.as_slice()).ok().map(|key| key.clone_key())
    };
    key.ok_or_else(|| content("it holds no private key"))
}

fn read(option: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::File { option, path: path.to_owned(), source })
}

fn at_least_one<T>(
    list: Result<Vec<T>, PemError>,
    option: &'static str,
    path: &Path,
    empty: &'static str,
) -> Result<Vec<T>, TlsError> {
    let why = match list {
        Ok(list) if !list.is_empty() => return Ok(list),
        Ok(_) => empty,
        Err(_) => "it is not whole PEM text",
    };
    Err(TlsError::Content { option, path: path.to_owned(), why })
}

/// libpq's rule: no rights for group and others, save that the group may read what root owns.
#[cfg(unix)]
fn private(option: &'static str, path: &Path) -> Result<(), TlsError> {
    use std::os::unix::fs::MetadataExt;

    let about =
        fs::metadata(path).map_err(|source| TlsError::File { option, path: path.to_owned(), source })?;
    let open_to_others = if about.uid() == 0 { 0o037 } else { 0o077 };
    if about.is_file() && about.mode() & open_to_others != 0 {
        return Err(TlsError::OpenKey { option, path: path.to_owned() });
    }
    Ok(())
}

#[cfg(not(unix))]
fn private(_option: &'static str, _path: &Path) -> Result<(), TlsError> {
    Ok(())
}
