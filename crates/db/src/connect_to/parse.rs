//! Taking connection URLs and key=value strings apart. Errors name options, never values.

use percent_encoding::percent_decode_str;

use super::error::ConnectToError;

/// Names of options with their values.
pub(super) type Pairs = Vec<(String, String)>;

/// A connection text taken apart.
pub(super) struct Parsed {
    /// Names and values in the order of the text; a later one of a name wins.
    pub(super) pairs: Pairs,
    /// A URL, not a key=value string.
    pub(super) is_url: bool,
}

/// Takes a URL or a key=value string apart.
pub(super) fn parse(text: &str) -> Result<Parsed, ConnectToError> {
    let text = text.trim();
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let pairs = match rest {
        Some(rest) => url_pairs(rest)?,
        None if names_another_scheme(text) || !text.contains('=') => return Err(ConnectToError::Form),
        None => keyword_pairs(text)?,
    };
    Ok(Parsed { pairs, is_url: rest.is_some() })
}

/// Whether a URL of something else than PostgreSQL begins the text; a `://` inside a value is no scheme.
fn names_another_scheme(text: &str) -> bool {
    text.split_once("://").is_some_and(|(before, _)| {
        before.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    })
}

fn url_pairs(rest: &str) -> Result<Pairs, ConnectToError> {
    let rest =
        rest.split('#').next().filter(|_| !rest.contains('#')).ok_or(ConnectToError::SpecialCharacter)?;
    let (before, query) = rest.split_once('?').map_or((rest, None), |(before, query)| (before, Some(query)));
    let (authority, path) = before.split_once('/').map_or((before, None), |(a, p)| (a, Some(p)));
    let (login, hosts) = authority.rsplit_once('@').map_or((None, authority), |(l, h)| (Some(l), h));
    if query.is_some_and(|q| q.contains('@')) || path.is_some_and(|p| p.contains('@')) {
        return Err(ConnectToError::SpecialCharacter);
    }
    let mut pairs = Vec::new();
    if let Some(login) = login {
        let (user, password) = login.split_once(':').map_or((login, None), |(u, p)| (u, Some(p)));
        if !user.is_empty() {
            pairs.push(("user".to_owned(), decoded(user, "user")?));
        }
        if let Some(password) = password {
            pairs.push(("password".to_owned(), decoded(password, "password")?));
        }
    }
    if !hosts.is_empty() {
        host_pairs(hosts, &mut pairs)?;
    }
    if let Some(path) = path.filter(|path| !path.is_empty()) {
        pairs.push(("dbname".to_owned(), decoded(path, "database")?));
    }
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(ConnectToError::Pair)?;
        let (name, value) = (decoded(name, "option's name")?, decoded(value, "option")?);
        // JDBC's way to demand TLS, which libpq takes in URLs too.
        let jdbc = name == "ssl" && value == "true";
        pairs.push(if jdbc { ("sslmode".to_owned(), "require".to_owned()) } else { (name, value) });
    }
    Ok(pairs)
}

/// `host:port,host:port`; a missing port in a list is 5432.
fn host_pairs(hosts: &str, pairs: &mut Pairs) -> Result<(), ConnectToError> {
    let mut names = Vec::new();
    let mut ports = Vec::new();
    for host in hosts.split(',') {
        let (name, port) = match host.strip_prefix('[') {
            Some(bracketed) => {
                let (name, after) =
                    bracketed.split_once(']').ok_or(ConnectToError::Value { name: "host" })?;
                (name, after.strip_prefix(':').unwrap_or(after))
            }
            None => host.split_once(':').unwrap_or((host, "")),
        };
        names.push(decoded(name, "host")?);
        ports.push(port);
    }
    if names.iter().any(|name| !name.is_empty()) {
        pairs.push(("host".to_owned(), names.join(",")));
    }
    if ports.iter().any(|port| !port.is_empty()) {
        pairs.push(("port".to_owned(), ports.join(",")));
    }
    Ok(())
}

fn decoded(text: &str, part: &'static str) -> Result<String, ConnectToError> {
    let bytes = text.as_bytes();
    let broken = |at: usize| {
        let digits = bytes.get(at + 1..at + 3);
        bytes.get(at) == Some(&b'%') && !digits.is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit))
    };
    if (0..bytes.len()).any(broken) {
        return Err(ConnectToError::Encoding { part });
    }
    let text = percent_decode_str(text).decode_utf8().map_err(|_| ConnectToError::Encoding { part })?;
    Ok(text.into_owned())
}

/// `key = value` pairs; values may stand in single quotes, and a backslash takes the next character as it is.
fn keyword_pairs(text: &str) -> Result<Pairs, ConnectToError> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(ConnectToError::Pair)?;
        let name = name.trim();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(ConnectToError::Pair);
        }
        let (value, after) = keyword_value(after.trim_start())?;
        pairs.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(pairs)
}

fn keyword_value(text: &str) -> Result<(String, &str), ConnectToError> {
    let (text, quoted) = text.strip_prefix('\'').map_or((text, false), |inner| (inner, true));
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, next)| next)),
            '\'' if quoted => return Ok((value, text.get(at + 1..).unwrap_or_default())),
            space if !quoted && space.is_whitespace() => {
                return Ok((value, text.get(at..).unwrap_or_default()));
            }
            other => value.push(other),
        }
    }
    if quoted { Err(ConnectToError::Pair) } else { Ok((value, "")) }
}
