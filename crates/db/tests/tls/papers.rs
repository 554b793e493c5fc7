//! Certificates and keys for tests of TLS, made anew each time.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DistinguishedName, DnType, IsCa,
    Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, RevokedCertParams, SerialNumber, SigningKey,
    date_time_ymd,
};
use x509_cert::{
    Certificate, Version,
    der::{Decode, Encode, asn1::BitString},
};

/// A certificate with its key, both as PEM.
pub(crate) struct Paper {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Someone who signs.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) certificate: String,
}

fn params(common_name: &str, names: &[&str]) -> CertificateParams {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).unwrap();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// An authority below this one; its certificate does not hold this one's.
    pub(crate) fn below(&self, name: &str) -> Self {
        let mut params = params(name, &[]);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for these names, with a common name of its own.
    pub(crate) fn signs(&self, common_name: &str, names: &[&str]) -> Paper {
        self.signs_with(params(common_name, names))
    }

    pub(crate) fn signs_expired(&self, common_name: &str, names: &[&str]) -> Paper {
        let mut params = params(common_name, names);
        params.not_after = date_time_ymd(2020, 1, 1);
        self.signs_with(params)
    }

    pub(crate) fn signs_numbered(&self, common_name: &str, names: &[&str], number: u64) -> Paper {
        let mut params = params(common_name, names);
        params.serial_number = Some(SerialNumber::from(number));
        self.signs_with(params)
    }

    fn signs_with(&self, params: CertificateParams) -> Paper {
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Paper { certificate, key: key.serialize_pem() }
    }

    /// A certificate of X.509 version 1, as `openssl x509 -req` makes them: no extension, a common name only.
    pub(crate) fn signs_version_1(&self, common_name: &str) -> Paper {
        let key = KeyPair::generate().unwrap();
        let certificate = params(common_name, &[]).signed_by(&key, &self.issuer).unwrap();
        let mut certificate = Certificate::from_der(certificate.der()).unwrap();
        certificate.tbs_certificate.version = Version::V1;
        certificate.tbs_certificate.extensions = None;
        let signature = self.issuer.key().sign(&certificate.tbs_certificate.to_der().unwrap()).unwrap();
        certificate.signature = BitString::from_bytes(&signature).unwrap();
        Paper { certificate: pem(&certificate.to_der().unwrap()), key: key.serialize_pem() }
    }

    /// A list that calls back one number.
    pub(crate) fn revokes(&self, number: u64) -> String {
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(4000, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![RevokedCertParams {
                serial_number: SerialNumber::from(number),
                revocation_time: date_time_ymd(2024, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

/// A certificate that signed itself and is an authority too, as `openssl req -x509` makes them.
pub(crate) fn self_signed(common_name: &str, expired: bool) -> Paper {
    let mut params = params(common_name, &[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    if expired {
        params.not_after = date_time_ymd(2020, 1, 1);
    }
    let key = KeyPair::generate().unwrap();
    Paper { certificate: params.self_signed(&key).unwrap().pem(), key: key.serialize_pem() }
}

/// Certificate in PEM form (RFC 7468).
fn pem(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letter = |bits: u32| char::from(LETTERS[usize::try_from(bits & 63).unwrap()]);
    let mut text = String::from("-----BEGIN CERTIFICATE-----");
    for (nth, group) in der.chunks(3).enumerate() {
        if nth % 16 == 0 {
            text.push('\n');
        }
        let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        text.extend([letter(bits >> 18), letter(bits >> 12)]);
        text.push(if group.len() > 1 { letter(bits >> 6) } else { '=' });
        text.push(if group.len() > 2 { letter(bits) } else { '=' });
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}
