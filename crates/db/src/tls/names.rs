//! Whether a certificate is for a host, by the rules of libpq (PostgreSQL manual, 34.19.1): names in `subjectAltName`,
//! and the common name where that has none of the host's kind.

use std::net::IpAddr;

use rustls::{
    CertificateError,
    client::verify_server_name,
    pki_types::{CertificateDer, ServerName},
    server::ParsedCertificate,
};
use x509_cert::{
    Certificate,
    der::{Decode, oid::db::rfc4519::COMMON_NAME},
    ext::pkix::{SubjectAltName, name::GeneralName},
};

/// # Errors
/// With the names that it is for.
pub(super) fn is_for(leaf: &CertificateDer<'_>, host: &ServerName<'_>) -> Result<(), CertificateError> {
    let judged = ParsedCertificate::try_from(leaf).and_then(|parsed| verify_server_name(&parsed, host));
    if judged.is_ok() {
        return Ok(());
    }
    let names = Names::of(leaf).ok_or(CertificateError::BadEncoding)?;
    if names.include(host) {
        return Ok(());
    }
    Err(CertificateError::NotValidForNameContext { expected: host.to_owned(), presented: names.presented() })
}

#[derive(Debug, Default)]
struct Names {
    hosts: Vec<String>,
    addresses: Vec<IpAddr>,
    common: Option<String>,
}

impl Names {
    fn of(leaf: &CertificateDer<'_>) -> Option<Self> {
        let content = Certificate::from_der(leaf).ok()?.tbs_certificate;
        let mut names = Self::default();
        let alternatives = content.get::<SubjectAltName>().ok()?;
        for name in alternatives.into_iter().flat_map(|(_, alternatives)| alternatives.0) {
            match name {
                GeneralName::DnsName(host) => names.hosts.push(host.as_str().to_owned()),
                GeneralName::IpAddress(octets) => names.addresses.extend(address(octets.as_bytes())),
                _ => {}
            }
        }
        let mut attributes = content.subject.0.iter().flat_map(|together| together.0.iter());
        names.common = attributes
            .find(|attribute| attribute.oid == COMMON_NAME)
            .and_then(|attribute| std::str::from_utf8(attribute.value.value()).ok())
            .filter(|name| !name.contains('\0'))
            .map(str::to_owned);
        Some(names)
    }

    /// rustls compared the names before, but is stricter than libpq: it wants a `*` to stand before two labels.
    fn include(&self, host: &ServerName<'_>) -> bool {
        let common = self.common.as_deref();
        match host {
            ServerName::DnsName(host) => {
                let is_it = |name: &str| matches(name, host.as_ref());
                self.hosts.iter().any(|name| is_it(name))
                    || (self.hosts.is_empty() && common.is_some_and(is_it))
            }
            ServerName::IpAddress(address) => {
                let address = IpAddr::from(*address);
                let is_it = |name: &str| name.parse() == Ok(address);
                self.hosts.iter().any(|name| is_it(name))
                    || (self.addresses.is_empty() && common.is_some_and(is_it))
            }
            _ => false,
        }
    }

    fn presented(&self) -> Vec<String> {
        let mut all = self.hosts.clone();
        all.extend(self.addresses.iter().map(ToString::to_string));
        if all.is_empty() {
            all.extend(self.common.clone());
        }
        all
    }
}

fn address(octets: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(octets).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(octets).map(IpAddr::from)).ok()
}

/// Names are compared without regard to case; a leading `*` stands for one label.
fn matches(pattern: &str, host: &str) -> bool {
    if pattern.eq_ignore_ascii_case(host) {
        return true;
    }
    match (pattern.strip_prefix("*."), host.split_once('.')) {
        (Some(rest), Some((label, domain))) => !label.is_empty() && rest.eq_ignore_ascii_case(domain),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_one_label_and_for_the_first_only() {
        assert!(matches("*.example.com", "DB.example.com"));
        assert!(matches("db.Example.com", "db.example.com"));
        for other in ["example.com", "a.db.example.com", ".example.com", "db.example.org"] {
            assert!(!matches("*.example.com", other), "{other}");
        }
        assert!(!matches("*", "db") && !matches("d*.example.com", "db.example.com"));
    }

    #[test]
    fn the_common_name_counts_only_where_no_other_name_of_the_kind_is_given() {
        let names = |hosts: &[&str], addresses: &[&str], common: &str| Names {
            hosts: hosts.iter().map(|host| (*host).to_owned()).collect(),
            addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
            common: Some(common.to_owned()),
        };
        let host = |text: &str| ServerName::try_from(text.to_owned()).unwrap();
        assert!(names(&[], &[], "db.example").include(&host("db.example")));
        assert!(names(&[], &["10.0.0.1"], "db.example").include(&host("db.example")));
        assert!(!names(&["other.example"], &[], "db.example").include(&host("db.example")));
        assert!(names(&["other.example"], &[], "10.0.0.1").include(&host("10.0.0.1")));
        assert!(names(&["10.0.0.1"], &[], "other").include(&host("10.0.0.1")));
        assert!(!names(&[], &["10.0.0.2"], "10.0.0.1").include(&host("10.0.0.1")));
        assert!(names(&[], &[], "::1").include(&host("0:0:0:0:0:0:0:1")));
    }
}
