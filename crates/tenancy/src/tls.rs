//! TLS of connections: verified against the server's name unless the URL says otherwise.

mod error;
mod given;
mod verify;

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

pub use error::TlsError;
pub(crate) use error::{not_offered, of_io};
pub(crate) use given::{Mode, TlsGiven};

/// The protocol's name in TLS, which `sslnegotiation=direct` demands.
const PROTOCOL: &[u8] = b"postgresql";

/// Makes ready to speak TLS as a URL asks for it; `None` when it asks for plain text. Files are read here, once.
///
/// # Errors
/// [`TlsError`], when a file can't be read or trusts nobody.
pub(crate) fn config(given: &TlsGiven) -> Result<Option<Arc<ClientConfig>>, TlsError> {
    if given.mode == Mode::Disable {
        return Ok(None);
    }
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Handshake)?;
    let builder = match given.mode {
        Mode::Unverified => builder.dangerous().with_custom_certificate_verifier(Arc::new(verify::Anybody(
            provider.signature_verification_algorithms,
        ))),
        Mode::Disable | Mode::Verify => builder.with_root_certificates(roots(given.roots.as_deref())?),
    };
    let mut config = match &given.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let chain = certificates("sslcert", certificate)?;
            let signs = PrivateKeyDer::from_pem_file(key).map_err(|_| unreadable("sslkey", key))?;
            builder.with_client_auth_cert(chain, signs).map_err(|_| unreadable("sslkey", key))?
        }
    };
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    Ok(Some(Arc::new(config)))
}

fn roots(file: Option<&Path>) -> Result<Arc<RootCertStore>, TlsError> {
    let Some(file) = file else { return system_roots() };
    let mut roots = RootCertStore::empty();
    for certificate in certificates("sslrootcert", file)? {
        roots.add(certificate).map_err(|_| unreadable("sslrootcert", file))?;
    }
    Ok(Arc::new(roots))
}

/// Whom the machine trusts; looked up once, for that is more than a hundred files on some systems.
fn system_roots() -> Result<Arc<RootCertStore>, TlsError> {
    static ROOTS: OnceLock<Arc<RootCertStore>> = OnceLock::new();
    if let Some(roots) = ROOTS.get() {
        return Ok(roots.clone());
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsError::NoSystemRoots);
    }
    Ok(ROOTS.get_or_init(|| Arc::new(roots)).clone())
}

fn certificates(option: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let read: Result<Vec<_>, _> =
        CertificateDer::pem_file_iter(file).map_err(|_| unreadable(option, file))?.collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(unreadable(option, file)),
    }
}

fn unreadable(option: &'static str, file: &Path) -> TlsError {
    TlsError::File { option, path: file.to_owned() }
}
