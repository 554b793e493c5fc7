//! The report as JSON, exactly its own shape.

use std::io::{self, BufWriter, Write};

use super::{RenderOptions, Renderer};
use crate::report::{Report, Sources};

/// The bytes that are written at once.
const BUFFER: usize = 64 << 10;

/// `--format json`
pub(super) struct Json;

impl Renderer for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn about(&self) -> &'static str {
        "the whole report for other programs; its schema is published"
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }

    fn extension(&self) -> &'static str {
        "json"
    }

    fn render(&self, report: &Report, _sources: &Sources, _options: &RenderOptions) -> String {
        pretty(report)
    }

    fn write(
        &self,
        report: &Report,
        _sources: &Sources,
        _options: &RenderOptions,
        out: &mut dyn Write,
    ) -> Option<io::Result<()>> {
        Some(written(report, out))
    }
}

fn written(value: &impl serde::Serialize, out: &mut dyn Write) -> io::Result<()> {
    // What is written in small pieces is collected; the pieces themselves are never cut within a character.
    let mut out = BufWriter::with_capacity(BUFFER, out);
    serde_json::to_writer_pretty(Harmless::new(&mut out), value)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Any value as indented JSON with a last newline. Control characters beyond those that JSON escapes by itself are
/// written as `\u` escapes, so that the text may be printed on a terminal.
pub fn pretty(value: &impl serde::Serialize) -> String {
    // Our own types serialise without error: no map has keys that are not strings.
    let mut text = Vec::new();
    let written = serde_json::to_writer_pretty(Harmless::new(&mut text), value);
    ended(text, written)
}

/// The same on one line.
pub fn line(value: &impl serde::Serialize) -> String {
    let mut text = Vec::new();
    let written = serde_json::to_writer(Harmless::new(&mut text), value);
    ended(text, written)
}

fn ended(text: Vec<u8>, written: serde_json::Result<()>) -> String {
    let text = written.ok().and_then(|()| String::from_utf8(text).ok());
    let mut text = text.unwrap_or_else(|| "{}".to_owned());
    text.push('\n');
    text
}

/// Passes JSON on in which what a terminal or a build server would take for a command is escaped: the escape is the same
/// character. Each piece that is written must be whole characters, as serde_json's are.
struct Harmless<W> {
    out: W,
    /// The last byte was a `#` that is not the second of a pair.
    after_hash: bool,
}

impl<W: Write> Harmless<W> {
    fn new(out: W) -> Self {
        Self { out, after_hash: false }
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut plain = 0;
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let escaped = match byte {
                b'#' => {
                    self.after_hash = !self.after_hash;
                    (!self.after_hash).then_some(('#', 1))
                }
                0x7f | 0xc2 | 0xe2 => {
                    self.after_hash = false;
                    commanding(bytes.get(at..).unwrap_or_default())
                }
                _ => {
                    self.after_hash = false;
                    None
                }
            };
            at += escaped.map_or(1, |(_, length)| length);
            if let Some((character, length)) = escaped {
                self.out.write_all(bytes.get(plain..at - length).unwrap_or_default())?;
                write!(self.out, "\\u{:04x}", u32::from(character))?;
                plain = at;
            }
        }
        self.out.write_all(bytes.get(plain..).unwrap_or_default())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// The control character, or the one that changes the direction or the line, that the bytes begin with, and its length.
fn commanding(bytes: &[u8]) -> Option<(char, usize)> {
    let length = match bytes.first()? {
        0x7f => 1,
        0xc2 => 2,
        _ => 3,
    };
    let character = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    matches!(character, '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        .then_some((character, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_taken_for_a_command_is_escaped_and_nothing_else() {
        for (value, json) in [
            ("a # b ## c ### d", "a # b #\\u0023 c #\\u0023# d"),
            ("é€ \u{80}\u{9f}\u{a0}\u{7f}~", "é€ \\u0080\\u009f\u{a0}\\u007f~"),
            ("\u{2027}\u{2028}\u{202e}\u{202f}", "\u{2027}\\u2028\\u202e\u{202f}"),
            ("\u{2065}\u{2066}\u{2069}\u{206a}", "\u{2065}\\u2066\\u2069\u{206a}"),
            ("#\n#\"#", "#\\n#\\\"#"),
            ("\u{1b}[31m", "\\u001b[31m"),
        ] {
            assert_eq!(line(&value), format!("\"{json}\"\n"));
            assert_eq!(serde_json::from_str::<String>(&line(&value)).unwrap(), value);
        }
    }

    #[test]
    fn what_is_streamed_is_what_is_rendered() {
        let value = vec!["a ##", "b\u{7f}"; 10_000];
        let mut streamed = Vec::new();
        written(&value, &mut streamed).unwrap();
        assert_eq!(String::from_utf8(streamed).unwrap(), pretty(&value));
    }
}
