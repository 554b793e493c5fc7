//! Making ready to speak TLS: files are read and put together for rustls.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use rustls::{
    ClientConfig, Error, InconsistentKeys, RootCertStore,
    client::{ResolvesClientCert, WebPkiServerVerifier},
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, CertificateRevocationListDer},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    ClientFiles, Mode, Roots, TlsOptions,
    error::TlsError,
    files::{certificates, private_key, revocations},
    verify::{Trust, Verifier},
};

/// The protocol's name in TLS, which `sslnegotiation=direct` demands (PostgreSQL manual, 55.2.11).
const PROTOCOL: &[u8] = b"postgresql";

/// Reads what the options name. Costs well below a millisecond without files.
pub(crate) fn connector(options: &TlsOptions) -> Result<MakeRustlsConnect, TlsError> {
    config(options).map(MakeRustlsConnect::new)
}

fn config(options: &TlsOptions) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let versions: Vec<_> = [(options.allows_1_3, &TLS13), (options.allows_1_2, &TLS12)]
        .into_iter()
        .filter_map(|(allowed, version)| allowed.then_some(version))
        .collect();
    let verifier = Verifier {
        trust: trust(options, &provider)?,
        checks_name: options.mode == Mode::VerifyFull,
        algorithms: provider.signature_verification_algorithms,
    };
    let client = options.client.as_ref().map(|files| client_certificate(files, &provider)).transpose()?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&versions)
        .map_err(TlsError::Handshake)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client {
        Some(client) => config.with_client_cert_resolver(client),
        None => config.with_no_client_auth(),
    };
    config.enable_sni = options.tells_name;
    if options.direct {
        config.alpn_protocols = vec![PROTOCOL.to_vec()];
    }
    Ok(config)
}

/// `None` when nothing is named to verify by. As in libpq, a file that is named counts in every mode.
fn trust(options: &TlsOptions, provider: &Arc<CryptoProvider>) -> Result<Option<Trust>, TlsError> {
    let (roots, listed) = match &options.roots {
        Roots::Unasked => return Ok(None),
        Roots::System => (system_roots()?, Vec::new()),
        Roots::File(file) => {
            let listed = certificates("sslrootcert", file)?;
            (store("sslrootcert", file, &listed)?, listed)
        }
    };
    let Some(file) = &options.revoked else {
        return Ok(Some(Trust { chains: chains(roots, provider, Vec::new())?, listed }));
    };
    let chains = chains(roots, provider, revocations("sslcrl", file)?).map_err(|_| TlsError::Content {
        option: "sslcrl",
        path: file.clone(),
        why: "a certificate revocation list in it cannot be read",
    })?;
    Ok(Some(Trust { chains, listed: Vec::new() }))
}

fn chains(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
    revoked: Vec<CertificateRevocationListDer<'static>>,
) -> Result<Arc<WebPkiServerVerifier>, TlsError> {
    WebPkiServerVerifier::builder_with_provider(roots, provider.clone())
        .with_crls(revoked)
        .enforce_revocation_expiration()
        .build()
        .map_err(|error| TlsError::Handshake(Error::General(error.to_string())))
}

fn store(
    option: &'static str,
    file: &Path,
    listed: &[CertificateDer<'static>],
) -> Result<Arc<RootCertStore>, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in listed {
        roots.add(certificate.clone()).map_err(|_| TlsError::Content {
            option,
            path: file.to_owned(),
            why: "a certificate in it cannot be read",
        })?;
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

fn client_certificate(
    files: &ClientFiles,
    provider: &CryptoProvider,
) -> Result<Arc<dyn ResolvesClientCert>, TlsError> {
    let chain = certificates("sslcert", &files.certificate)?;
    let key = private_key("sslkey", &files.key)?;
    let key = provider.key_provider.load_private_key(key).map_err(|_| TlsError::Content {
        option: "sslkey",
        path: files.key.clone(),
        why: "its key is of a kind that is not known, or damaged",
    })?;
    let pair = CertifiedKey::new(chain, key);
    if matches!(pair.keys_match(), Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch))) {
        let ClientFiles { certificate, key } = files.clone();
        return Err(TlsError::OtherKey { certificate, key });
    }
    Ok(Arc::new(SingleCertAndKey::from(pair)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use rcgen::KeyPair;
    use rustls::{
        ClientConnection, ServerConfig, ServerConnection, SupportedProtocolVersion, pki_types::PrivateKeyDer,
    };
    use x509_cert::{
        Certificate, Version,
        der::{Decode, Encode},
    };

    use super::*;

    /// A handshake with a server that shows a certificate and signs with a key; `Err` is what the client says of it.
    fn handshake(
        certificate: &CertificateDer<'static>,
        key: &KeyPair,
        version: &'static SupportedProtocolVersion,
    ) -> Result<(), Error> {
        let provider = Arc::new(ring::default_provider());
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let key = provider.key_provider.load_private_key(key).unwrap();
        let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate.clone()], key));
        let server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(shown));
        let mut server = ServerConnection::new(Arc::new(server)).unwrap();
        let options = TlsOptions { mode: Mode::Require, ..TlsOptions::default() };
        let host = "localhost".try_into().unwrap();
        let mut client = ClientConnection::new(Arc::new(config(&options).unwrap()), host).unwrap();
        while client.is_handshaking() {
            let mut sent = Vec::new();
            client.write_tls(&mut sent).unwrap();
            server.read_tls(&mut sent.as_slice()).unwrap();
            server.process_new_packets().unwrap();
            let mut answer = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut answer).unwrap();
            }
            let mut answer = answer.as_slice();
            while !answer.is_empty() {
                client.read_tls(&mut answer).unwrap();
                client.process_new_packets()?;
            }
        }
        client.writer().flush().unwrap();
        Ok(())
    }

    #[test]
    fn who_shows_a_certificate_must_have_its_key_even_where_any_certificate_will_do() {
        let (owner, thief) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let newer = params.self_signed(&owner).unwrap().der().clone();
        let mut older = Certificate::from_der(&newer).unwrap();
        older.tbs_certificate.version = Version::V1;
        older.tbs_certificate.extensions = None;
        let older = CertificateDer::from(older.to_der().unwrap());
        for certificate in [newer, older] {
            for version in [&TLS12, &TLS13] {
                assert_eq!(handshake(&certificate, &owner, version), Ok(()));
                let error = handshake(&certificate, &thief, version).unwrap_err();
                assert_eq!(error, rustls::CertificateError::BadSignature.into(), "{version:?}");
            }
        }
    }
}
