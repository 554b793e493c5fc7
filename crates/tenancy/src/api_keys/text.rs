//! The text of a key: `<prefix>_<tenant>_<secret><checksum>`.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::error::ApiKeyError;
use crate::{
    TenantId, TenantKind,
    secrets::{KeyError, random},
};

/// Letters and digits: a double click selects them all.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 43 of 62 letters hold 256 bits.
const SECRET: usize = 43;
/// 6 of 62 letters hold 32 bits.
const CHECKSUM: usize = 6;
/// Letters of the secret that are kept readable, to tell keys apart. 208 bits stay hidden.
const SHOWN: usize = 8;
/// Bytes of the longest key: a tenant's text may be long.
const LONGEST: usize = 7 + 1 + 280 + 1 + SECRET + CHECKSUM;

/// The text of a key, as it was just made. It is wiped from memory when it is dropped, and nothing prints it but
/// [`ApiKey::expose`].
///
/// ```
/// # use freehold_tenancy::api_keys::NewKey;
/// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
/// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
/// assert_eq!(format!("{:?}", issued.key), "ApiKey(..)");
/// # Ok(())
/// # });
/// ```
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// The text. To be given to the one who asked for the key, once.
    ///
    /// ```
    /// # use freehold_tenancy::api_keys::NewKey;
    /// # freehold_tenancy_ground::with_api_keys(|keys, tenant| async move {
    /// let issued = keys.issue(&tenant, NewKey::named("nightly job")).await?;
    /// let parts: Vec<&str> = issued.key.expose().split('_').collect();
    /// let [prefix, tenant, secret] = parts[..] else { panic!("a key has three parts") };
    /// assert_eq!((prefix, tenant, secret.len()), ("fr", "00000000000000000000000000000001", 49));
    /// # Ok(())
    /// # });
    /// ```
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(super) fn generate(prefix: &str, tenant: &TenantId) -> Result<Self, KeyError> {
        let mut text = Zeroizing::new(format!("{prefix}_{}_", tenant_text(tenant)));
        // Longer than it will become, so that nothing is left behind where it was before.
        text.reserve(SECRET + CHECKSUM);
        let mut left = SECRET;
        while left > 0 {
            let mut bytes = random::<64>()?;
            // 248 is four times 62: what lies above would make some letters likelier.
            let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| letter(u32::from(*byte)));
            for letter in letters.take(left) {
                text.push(letter);
                left -= 1;
            }
            bytes.zeroize();
        }
        let sum = checksum(&text);
        text.push_str(&sum);
        Ok(Self(text))
    }

    /// What is stored of it to tell keys apart in a list: the prefix and the secret's first letters.
    pub(super) fn shown(&self, prefix: &str) -> String {
        let secret = self.0.len().saturating_sub(SECRET + CHECKSUM);
        format!("{prefix}_{}", self.0.get(secret..secret + SHOWN).unwrap_or_default())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}

/// A key that somebody brought: well-formed, with the right checksum, and not known to be good.
#[derive(Debug)]
pub(super) struct Presented {
    pub(super) tenant: TenantId,
    pub(super) hash: [u8; 32],
}

impl Presented {
    pub(super) fn read(prefix: &str, kind: TenantKind, text: &str) -> Result<Self, ApiKeyError> {
        let text = text.trim_ascii();
        if text.len() > LONGEST {
            return Err(ApiKeyError::TooLong { bytes: text.len(), most: LONGEST });
        }
        let not_a_key = || ApiKeyError::NotAKey { prefix: format!("{prefix}_") };
        let rest = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or_else(not_a_key)?;
        let missing = ApiKeyError::Malformed("there is no secret after the tenant");
        let (tenant, secret) = rest.rsplit_once('_').ok_or(missing)?;
        if secret.len() != SECRET + CHECKSUM || !secret.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Err(ApiKeyError::Malformed("its secret does not have 49 letters and digits"));
        }
        let (body, sum) = text.split_at_checked(text.len() - CHECKSUM).ok_or_else(not_a_key)?;
        if !bool::from(checksum(body).as_bytes().ct_eq(sum.as_bytes())) {
            return Err(ApiKeyError::Checksum);
        }
        Ok(Self { tenant: read_tenant(kind, tenant)?, hash: hash(text) })
    }
}

/// The SHA-256 of a key.
pub(super) fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Tells a mistyped key, and is no secret: whoever has the key can work it out.
fn checksum(body: &str) -> Zeroizing<String> {
    let digest = Sha256::digest(body.as_bytes());
    let mut rest = digest.iter().take(4).fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    let mut sum = Zeroizing::new(String::with_capacity(CHECKSUM));
    for _ in 0..CHECKSUM {
        sum.push(letter(rest));
        rest /= 62;
    }
    sum
}

fn letter(number: u32) -> char {
    let at = usize::try_from(number % 62).unwrap_or_default();
    ALPHABET.get(at).map_or('0', |byte| char::from(*byte))
}

/// A uuid in hex, a bigint in digits, a text in base64, so that it stands in a header whatever is in it.
fn tenant_text(tenant: &TenantId) -> String {
    match (tenant.kind(), tenant.as_uuid()) {
        (_, Some(id)) => id.simple().to_string(),
        (TenantKind::Text, None) => URL_SAFE_NO_PAD.encode(tenant.to_string()),
        _ => tenant.to_string(),
    }
}

fn read_tenant(kind: TenantKind, text: &str) -> Result<TenantId, ApiKeyError> {
    if kind != TenantKind::Text {
        return Ok(TenantId::parse(kind, text)?);
    }
    let malformed = || ApiKeyError::Malformed("its tenant is not in base64");
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    Ok(TenantId::text(&text)?)
}

/// A regular expression that keys match.
pub(super) fn pattern(prefix: &str, kind: TenantKind) -> String {
    let tenant = match kind {
        TenantKind::Uuid => "[0-9a-f]{32}",
        TenantKind::BigInt => "[0-9]{1,19}",
        TenantKind::Text => "[0-9A-Za-z_-]{2,267}",
    };
    format!("{prefix}_{tenant}_[0-9A-Za-z]{{{}}}", SECRET + CHECKSUM)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tenants() -> [TenantId; 3] {
        let uuid = "7f2c1a52-5a0e-4c5e-9d65-0c5a1d2b3e4f".parse().unwrap();
        [uuid, TenantId::bigint(42).unwrap(), TenantId::text("Müller & Söhne_2").unwrap()]
    }

    #[test]
    fn a_key_names_its_tenant_whatever_its_kind() {
        for tenant in tenants() {
            let key = ApiKey::generate("fr", &tenant).unwrap();
            let read = Presented::read("fr", tenant.kind(), &format!(" {}\n", key.expose())).unwrap();
            assert_eq!((read.tenant, read.hash), (tenant.clone(), hash(key.expose())));
            assert_eq!(key.shown("fr").len(), 11);
            assert!(key.expose().contains(&key.shown("fr")[3..]));
            assert_eq!(format!("{key:?}"), "ApiKey(..)");
        }
    }

    #[test]
    fn the_longest_tenant_has_keys() {
        let tenant = TenantId::text(&"ä".repeat(100)).unwrap();
        let key = ApiKey::generate("sevenxx", &tenant).unwrap();
        assert_eq!(Presented::read("sevenxx", TenantKind::Text, key.expose()).unwrap().tenant, tenant);
    }

    #[test]
    fn any_letter_that_is_mistyped_is_told_without_a_look_up() {
        let [tenant, ..] = tenants();
        let key = ApiKey::generate("fr", &tenant).unwrap();
        for at in 3..key.expose().len() {
            let mut bytes = key.expose().as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let text = String::from_utf8(bytes).unwrap();
            let refused = Presented::read("fr", TenantKind::Uuid, &text).unwrap_err();
            assert!(matches!(refused, ApiKeyError::Checksum | ApiKeyError::Malformed(_)), "{at}: {refused}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_by_what_is_wrong_with_it() {
        let [tenant, ..] = tenants();
        let key = ApiKey::generate("fr", &tenant).unwrap();
        let read = |text: &str| Presented::read("fr", TenantKind::Uuid, text).unwrap_err();
        assert!(matches!(read(""), ApiKeyError::NotAKey { .. }));
        assert!(matches!(read("Bearer fr_x"), ApiKeyError::NotAKey { .. }));
        assert!(matches!(read("frank_7f2c"), ApiKeyError::NotAKey { .. }));
        assert!(matches!(read("fr_7f2c1a525a0e4c5e9d650c5a1d2b3e4f"), ApiKeyError::Malformed(_)));
        let cut = &key.expose()[..key.expose().len() - 1];
        assert!(matches!(read(cut), ApiKeyError::Malformed(_)));
        assert!(matches!(read(&"fr_".repeat(200)), ApiKeyError::TooLong { bytes: 600, .. }));
        assert!(matches!(read(&key.expose().replace("7f2c", "7fäc")), ApiKeyError::Checksum));
        // With the right checksum over a tenant that can't be one.
        let body = key.expose().replace("7f2c1a525a0e4c5e9d650c5a1d2b3e4f", &"0".repeat(32));
        let body = &body[..body.len() - CHECKSUM];
        let nil = format!("{body}{}", checksum(body).as_str());
        assert!(matches!(read(&nil), ApiKeyError::Tenant(_)));
    }

    #[test]
    fn keys_do_not_repeat() {
        let [tenant, ..] = tenants();
        let keys: std::collections::HashSet<String> =
            (0..1_000).map(|_| ApiKey::generate("fr", &tenant).unwrap().expose().to_owned()).collect();
        assert_eq!(keys.len(), 1_000);
    }
}
