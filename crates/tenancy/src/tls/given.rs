//! The options of TLS in a connection text, which the driver knows only in part.

use std::{fmt::Write as _, path::PathBuf};

use percent_encoding::percent_decode_str;

use crate::Error;

/// What `sslmode` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Plain text.
    Disable,
    /// TLS with a server that proves its name.
    Verify,
    /// TLS with whoever answers.
    Unverified,
}

/// The word for [`Mode::Unverified`]. Nobody writes it by accident, and a reviewer sees what it means.
const UNVERIFIED: &str = "no-verify-anyone-can-pose-as-the-server";

/// The options of TLS as they were given.
#[derive(Debug, Clone)]
pub(crate) struct TlsGiven {
    pub(crate) mode: Mode,
    /// `None`: whom the machine trusts.
    pub(crate) roots: Option<PathBuf>,
    /// Files of a certificate and its key.
    pub(crate) client: Option<(PathBuf, PathBuf)>,
}

/// What was said, before it is judged.
#[derive(Default)]
struct Said {
    mode: Option<String>,
    roots: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Said {
    /// Takes an option if it is one of TLS; false when it is another.
    fn take(&mut self, name: &str, value: &str) -> bool {
        let place = match name {
            "sslmode" | "ssl-mode" => &mut self.mode,
            "sslrootcert" | "ssl-root-cert" => &mut self.roots,
            "sslcert" | "ssl-cert" => &mut self.certificate,
            "sslkey" | "ssl-key" => &mut self.key,
            _ => return false,
        };
        *place = (!value.is_empty()).then(|| value.to_owned());
        true
    }
}

impl TlsGiven {
    /// Divides a connection text into what it says of TLS and the rest, which the driver reads. `over_network` is asked
    /// with the rest: no host but this machine needs TLS unless the text says so.
    ///
    /// # Errors
    /// [`Error::Setup`] for options that contradict each other or fall back to plain text.
    pub(crate) fn divide(
        text: &str,
        over_network: impl FnOnce(&str) -> Result<bool, Error>,
    ) -> Result<(Self, String), Error> {
        let mut said = Said::default();
        let rest = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            without_query_options(text, &mut said)?
        } else {
            without_words(text, &mut said)?
        };
        let mode = match said.mode.as_deref() {
            Some("disable") => Mode::Disable,
            Some("require" | "verify-ca" | "verify-full") => Mode::Verify,
            Some(word) if word == UNVERIFIED => Mode::Unverified,
            Some("allow" | "prefer") => {
                return setup(
                    "sslmode=allow and sslmode=prefer fall back to plain text when somebody in between asks for it; \
                     write sslmode=verify-full, or sslmode=disable where plain text is meant",
                );
            }
            Some(_) => return setup("sslmode is one of disable, require, verify-ca, verify-full"),
            None if over_network(&rest)? || said.roots.is_some() => Mode::Verify,
            None => Mode::Disable,
        };
        let client = match (said.certificate, said.key) {
            (Some(certificate), Some(key)) => Some((certificate.into(), key.into())),
            (None, None) => None,
            _ => return setup("sslcert and sslkey are given together or not at all"),
        };
        let roots = said.roots.filter(|roots| roots != "system").map(Into::into);
        Ok((Self { mode, roots, client }, rest))
    }
}

fn setup<T>(why: &str) -> Result<T, Error> {
    Err(Error::Setup(why.to_owned()))
}

fn without_query_options(text: &str, said: &mut Said) -> Result<String, Error> {
    let Some((before, query)) = text.split_once('?') else { return Ok(text.to_owned()) };
    let mut kept = Vec::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let Ok(value) = percent_decode_str(value).decode_utf8() else {
            return setup("an option in the database's URL is no UTF-8");
        };
        if !said.take(name, &value) {
            kept.push(pair);
        }
    }
    Ok(if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) })
}

/// `name = 'a value'`: quotes may be left out, a backslash takes the next letter as it is.
fn without_words(text: &str, said: &mut Said) -> Result<String, Error> {
    let mut rest = String::new();
    let mut letters = text.chars().peekable();
    loop {
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        if letters.peek().is_none() {
            return Ok(rest);
        }
        let mut name = String::new();
        while let Some(c) = letters.next_if(|c| *c != '=') {
            name.push(c);
        }
        if letters.next().is_none() {
            return setup("the database's connection text can't be read: write it as name=value");
        }
        while letters.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = letters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        loop {
            match letters.next() {
                Some('\\') => value.extend(letters.next()),
                Some('\'') if quoted => break,
                Some(c) if quoted || !c.is_whitespace() => value.push(c),
                None if quoted => return setup("the database's connection text ends within quotes"),
                _ => break,
            }
        }
        let name = name.trim();
        if !said.take(name, &value) {
            let value = value.replace('\\', "\\\\").replace('\'', "\\'");
            // Writing to a String can't fail.
            let _ = write!(rest, "{name}='{value}' ");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn divided(text: &str, far: bool) -> Result<(Mode, Option<PathBuf>, String), Error> {
        TlsGiven::divide(text, |_| Ok(far)).map(|(given, rest)| (given.mode, given.roots, rest))
    }

    #[test]
    fn a_server_far_away_is_verified_unless_plain_text_is_asked_for() {
        let near = divided("postgres://u@localhost/d", false).unwrap();
        assert_eq!(near, (Mode::Disable, None, "postgres://u@localhost/d".to_owned()));
        assert_eq!(divided("postgres://u@db.example/d", true).unwrap().0, Mode::Verify);
        assert_eq!(divided("postgres://u@db.example/d?sslmode=disable", true).unwrap().0, Mode::Disable);
    }

    #[test]
    fn require_means_that_the_server_is_verified() {
        for word in ["require", "verify-ca", "verify-full"] {
            assert_eq!(divided(&format!("host=h sslmode={word}"), false).unwrap().0, Mode::Verify);
        }
        assert_eq!(divided(&format!("host=h sslmode={UNVERIFIED}"), false).unwrap().0, Mode::Unverified);
        for word in ["allow", "prefer", "no-verify", "Require"] {
            assert!(divided(&format!("host=h sslmode={word}"), false).is_err(), "{word}");
        }
    }

    #[test]
    fn the_driver_gets_the_rest() {
        let url = "postgres://u:p@h/d?sslrootcert=%2Fa%20b.pem&host=/run&sslmode=verify-full&port=1";
        let (mode, roots, rest) = divided(url, false).unwrap();
        assert_eq!((mode, roots), (Mode::Verify, Some("/a b.pem".into())));
        assert_eq!(rest, "postgres://u:p@h/d?host=/run&port=1");
        let text = "host=h sslrootcert = '/a\\'b' password='it''s'";
        assert!(divided(text, false).is_err(), "a word without a value");
        let (_, roots, rest) =
            divided("host=h sslrootcert = '/a\\'b' password='it\\'s \\\\ me'", false).unwrap();
        assert_eq!((roots, rest.as_str()), (Some("/a'b".into()), "host='h' password='it\\'s \\\\ me' "));
    }

    #[test]
    fn half_a_pair_is_refused() {
        assert!(divided("host=h sslcert=/c", false).is_err());
        assert!(divided("host=h sslcert=/c sslkey=/k", false).is_ok());
    }
}
