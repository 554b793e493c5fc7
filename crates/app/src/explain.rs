//! What a face needs to show an error well: the next step, and the lines of the file that it is about.

mod causes;

use std::error::Error;

use freehold_model::place::Span;

pub use causes::{excerpt_in, excerpt_of, excerpt_of_run};

/// An error that knows what to do next and which lines it is about. The chain of causes is `Error::source`.
pub trait Explain: Error {
    /// What failed, in short, where the message says more than is wanted above an excerpt.
    fn title(&self) -> Option<String> {
        None
    }

    /// What to do next, as a sentence; `None` where nothing useful can be said.
    fn help(&self) -> Option<String> {
        None
    }

    /// The lines of a file that the error is about.
    fn excerpt(&self) -> Option<Excerpt> {
        None
    }
}

/// A file's text with marks in it. The text must hold no secrets: see [`mask_passwords`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// The file as people call it.
    pub file: String,
    /// Its whole text.
    pub text: String,
    /// Spans in the text, each with what is to be said of it; never empty.
    pub marks: Vec<(Span, String)>,
}

/// The same text with the passwords of connection URLs, and values of keys named `password`, replaced by asterisks.
/// No byte changes its place, so that spans stay right. Masks too much rather than too little.
pub fn mask_passwords(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        mask_line(line, &mut masked);
    }
    masked
}

fn mask_line(line: &str, masked: &mut String) {
    let mut done = 0;
    let mut from = 0;
    while let Some((start, end)) = next_secret(line, from) {
        masked.push_str(line.get(done..start).unwrap_or_default());
        match line.get(start..end) {
            // The word itself, in our own advice on how a URL is written.
            Some("PASSWORD") => masked.push_str("PASSWORD"),
            _ => masked.extend(std::iter::repeat_n('*', end.saturating_sub(start))),
        }
        done = end;
        from = end;
    }
    masked.push_str(line.get(done..).unwrap_or_default());
}

/// The byte range of the next secret in a line at or after `from`.
fn next_secret(line: &str, from: usize) -> Option<(usize, usize)> {
    let rest = line.get(from..)?;
    let in_url = rest.find("://").and_then(|at| {
        let authority = from + at + 3;
        let tail = line.get(authority..)?;
        let colon = tail.find(':')?;
        let stop = tail.find(|c: char| c.is_whitespace()).unwrap_or(tail.len());
        let last = tail.get(..stop)?.rfind('@').or_else(|| tail.rfind('@'))?;
        (colon < last).then_some((authority + colon + 1, authority + last))
    });
    let lower = rest.to_ascii_lowercase();
    let in_key = lower.find("password").and_then(|at| {
        let after = from + at + "password".len();
        let tail = line.get(after..)?;
        let equals = tail.find('=')?;
        let only_space = tail.get(..equals)?.chars().all(|c| c.is_whitespace() || c == '"' || c == '\'');
        let value = after + equals + 1;
        let value_text = line.get(value..)?.trim_end_matches(['\n', '\r']);
        let lead = value_text.len() - value_text.trim_start().len();
        let word = value_text.trim_start();
        let length = if word.starts_with(['\'', '"']) {
            word.len()
        } else {
            word.find([' ', '&', '"', '\'', '\t']).unwrap_or(word.len())
        };
        (only_space && length > 0).then_some((value + lead, value + lead + length))
    });
    match (in_url, in_key) {
        (Some(url), Some(key)) => Some(if url.0 <= key.0 { url } else { key }),
        (url, key) => url.or(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_masked_and_nothing_moves() {
        for (text, secret) in [
            ("url = \"postgres://app:s3cret@db:5432/x\"", "s3cret"),
            ("url = 'postgresql://app:p@ss:w/rd@db/x' # mine", "p@ss:w/rd"),
            ("url = \"postgres://app:two words@db/x\"\n[a]\n", "two words"),
            ("url = \"host=db password=s3cret user=app\"", "s3cret"),
            ("password = \"s3 cret\"\nx = 1", "s3 cret"),
            ("a = \"postgres://h/db?user=u&password=s3cret\"", "s3cret"),
            ("a = \"postgres://a:one@h/x\" b = \"postgres://b:two@h/x\"", "two"),
        ] {
            let masked = mask_passwords(text);
            assert!(!masked.contains(secret), "{masked}");
            assert_eq!(masked.len(), text.len(), "{masked}");
            assert_eq!(masked.lines().count(), text.lines().count());
        }
        let harmless = "dir = \"migrations\"\nurl = \"postgres://localhost/x\"\n";
        assert_eq!(mask_passwords(harmless), harmless);
    }
}
