//! Judging a server's certificate as `sslmode` and `sslrootcert` ask for.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};
use x509_cert::{
    Certificate, TbsCertificate, Version,
    der::{Decode, Encode},
};

use super::{
    issued::{is_signed_with, vouched_for},
    names::is_for,
};

/// Who is trusted.
#[derive(Debug)]
pub(super) struct Trust {
    pub(super) chains: Arc<WebPkiServerVerifier>,
    /// The certificates of a file, which may vouch for what rustls does not take. Empty where revocation is to be
    /// looked up, for only rustls does that.
    pub(super) listed: Vec<CertificateDer<'static>>,
}

/// Judges certificates.
#[derive(Debug)]
pub(super) struct Verifier {
    /// `None`: whatever the server shows will do.
    pub(super) trust: Option<Trust>,
    pub(super) checks_name: bool,
    pub(super) algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trust) = &self.trust else { return Ok(ServerCertVerified::assertion()) };
        let chain =
            trust.chains.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
        match chain {
            Ok(_) => {}
            // The name is the last thing that it looks at, so the chain is good.
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => {}
            Err(error) => {
                vouched_for(end_entity, &trust.listed, now, self.algorithms.all).unwrap_or(Err(
                    match error {
                        Error::InvalidCertificate(reason) => reason,
                        other => return Err(other),
                    },
                ))?;
            }
        }
        if self.checks_name {
            is_for(end_entity, server_name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let content = content_of(cert)?;
        if content.version != Version::V1 {
            return verify_tls12_signature(message, cert, dss, &self.algorithms);
        }
        // As for version 1.3 below, save that rustls has no way to do it by the key alone.
        let of_scheme = self.algorithms.mapping.iter().find(|(scheme, _)| *scheme == dss.scheme);
        let algorithms = of_scheme.map_or(&[][..], |(_, algorithms)| *algorithms);
        match is_signed_with(&content.subject_public_key_info, message, dss.signature(), algorithms) {
            Some(true) => Ok(HandshakeSignatureValid::assertion()),
            _ => Err(CertificateError::BadSignature.into()),
        }
    }

    /// Looked at even where any certificate will do: channel binding relies on it. By the key alone, for rustls does
    /// not read certificates of version 1.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let key = content_of(cert)?.subject_public_key_info.to_der();
        let key = key.map_err(|_| CertificateError::BadEncoding)?;
        verify_tls13_signature_with_raw_key(
            message,
            &SubjectPublicKeyInfoDer::from(key),
            dss,
            &self.algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn content_of(certificate: &CertificateDer<'_>) -> Result<TbsCertificate, CertificateError> {
    let read = Certificate::from_der(certificate).map_err(|_| CertificateError::BadEncoding)?;
    Ok(read.tbs_certificate)
}
