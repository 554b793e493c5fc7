//! Certificates that OpenSSL takes, and so libpq, but rustls does not: those that the PostgreSQL manual (18.9.5) tells
//! how to make. A self-signed one is an authority at the same time, and one that `openssl x509 -req` signs is of X.509
//! version 1.

use rustls::{
    CertificateError,
    pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime},
};
use x509_cert::{
    Certificate, Version,
    der::{Decode, Encode, asn1::AnyRef},
    ext::pkix::BasicConstraints,
    spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned},
};

/// Signature algorithms that are trusted.
pub(super) type Algorithms = [&'static dyn SignatureVerificationAlgorithm];

/// Whether the certificates of a file vouch for a certificate that rustls refused: it is one of them and signed by
/// itself, or it is of version 1 and signed by one of them. `None` when neither holds; an error when it is out of date.
pub(super) fn vouched_for(
    leaf: &CertificateDer<'_>,
    listed: &[CertificateDer<'_>],
    now: UnixTime,
    algorithms: &Algorithms,
) -> Option<Result<(), CertificateError>> {
    let certificate = Certificate::from_der(leaf).ok()?;
    let content = &certificate.tbs_certificate;
    let by_itself = content.issuer == content.subject && listed.contains(leaf);
    let by_one_of_them = || {
        content.version == Version::V1
            && listed.iter().any(|issuer| is_signed_by(&certificate, issuer, algorithms).unwrap_or(false))
    };
    if !by_itself && !by_one_of_them() {
        return None;
    }
    let now = now.as_secs();
    let validity = &content.validity;
    Some(if now < validity.not_before.to_unix_duration().as_secs() {
        Err(CertificateError::NotValidYet)
    } else if now > validity.not_after.to_unix_duration().as_secs() {
        Err(CertificateError::Expired)
    } else {
        Ok(())
    })
}

/// `None` when one of both cannot be read.
fn is_signed_by(certificate: &Certificate, issuer: &CertificateDer<'_>, known: &Algorithms) -> Option<bool> {
    let issuer = Certificate::from_der(issuer).ok()?.tbs_certificate;
    let may_sign = match issuer.version {
        // Version 1 cannot say so; OpenSSL takes those that signed themselves.
        Version::V1 => issuer.issuer == issuer.subject,
        _ => issuer.get::<BasicConstraints>().ok()?.is_some_and(|(_, constraints)| constraints.ca),
    };
    if !may_sign
        || issuer.subject != certificate.tbs_certificate.issuer
        || certificate.signature_algorithm != certificate.tbs_certificate.signature
    {
        return Some(false);
    }
    let signed_with = content_of(&certificate.signature_algorithm)?;
    let fitting: Vec<_> =
        known.iter().filter(|one| one.signature_alg_id().as_ref() == signed_with).copied().collect();
    let message = certificate.tbs_certificate.to_der().ok()?;
    is_signed_with(&issuer.subject_public_key_info, &message, certificate.signature.as_bytes()?, &fitting)
}

/// Whether a signature was made with the private half of a key, by one of these algorithms. `None` when the key cannot
/// be read.
pub(super) fn is_signed_with(
    key: &SubjectPublicKeyInfoOwned,
    message: &[u8],
    signature: &[u8],
    algorithms: &Algorithms,
) -> Option<bool> {
    let kind = content_of(&key.algorithm)?;
    let key = key.subject_public_key.as_bytes()?;
    Some(algorithms.iter().any(|algorithm| {
        algorithm.public_key_alg_id().as_ref() == kind
            && algorithm.verify_signature(key, message, signature).is_ok()
    }))
}

/// What stands in the sequence that an identifier is, which is how rustls writes them.
fn content_of(identifier: &AlgorithmIdentifierOwned) -> Option<Vec<u8>> {
    let whole = identifier.to_der().ok()?;
    AnyRef::from_der(&whole).ok().map(|sequence| sequence.value().to_vec())
}
