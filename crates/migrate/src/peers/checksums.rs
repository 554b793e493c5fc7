//! Recomputing the checksums that other tools record, and what can be said when they differ.

use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384};

use crate::script::BYTE_ORDER_MARK;

/// How the checksum that a tool recorded compares with the file of today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal by the tool's own rules.
    Same,
    /// They are equal once something is left out that the tool itself looks at: the file was changed in that alone,
    /// or the tool was set up not to look at it.
    SameBut {
        /// What: `line ends`.
        what: &'static str,
    },
    /// The file is not the one that was applied.
    Differs {
        /// The checksum in the table.
        recorded: String,
        /// The checksum of the file.
        ours: String,
    },
    /// The row has no checksum, though the tool keeps one for others.
    NotRecorded,
    /// The tool keeps none at all, so an edited file cannot be told.
    NotKept,
    /// A row that stands for many migrations says nothing of each one's text.
    NotOfThisFile,
}

impl Comparison {
    /// True when the file is known to be another than the one that was applied.
    pub fn is_different(&self) -> bool {
        matches!(self, Self::Differs { .. })
    }
}

/// SHA-384 of a text, hexadecimal.
pub(crate) fn sha384(text: &str) -> String {
    hex::encode(Sha384::digest(text.as_bytes()))
}

/// SHA-256 of a text, hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// SHA-1 of texts one after the other, hexadecimal.
pub(crate) fn sha1(texts: &[&str]) -> String {
    let mut hash = Sha1::new();
    texts.iter().for_each(|text| hash.update(text.as_bytes()));
    hex::encode(hash.finalize())
}

/// CRC-32 (ISO 3309, the one of zip and zlib) over the lines of a text without their ends, as a signed number: a line
/// ends at LF, CR or CRLF, and a byte order mark in front does not count.
pub(crate) fn crc32_of_lines(text: &str) -> i32 {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let bytes = text.bytes().filter(|byte| !matches!(byte, b'\n' | b'\r'));
    let crc = bytes.fold(u32::MAX, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(byte),
            |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 }
            },
        )
    });
    (!crc).cast_signed()
}

/// The text with every line ended by LF alone.
pub(crate) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// The text with every line ended by CRLF.
pub(crate) fn with_crlf(text: &str) -> String {
    with_lf(text).replace('\n', "\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_are_those_of_their_published_test_values() {
        // The check value of CRC-32 (ISO-HDLC) and the one-block messages of FIPS 180-4.
        assert_eq!(crc32_of_lines("123456789").cast_unsigned(), 0xCBF4_3926);
        assert_eq!(sha1(&["a", "bc"]), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert!(sha256("abc").starts_with("ba7816bf8f01cfea"));
        assert!(sha384("abc").starts_with("cb00753f45a35e8b"));
    }

    #[test]
    fn flyways_sum_does_not_see_line_ends_and_marks_but_sees_every_other_byte() {
        let sum = crc32_of_lines("select 1;\nselect 2;\n");
        for same in ["select 1;\r\nselect 2;\r\n", "select 1;\rselect 2;", "\u{feff}select 1;\nselect 2;"] {
            assert_eq!(crc32_of_lines(same), sum, "{same:?}");
        }
        for other in ["select 1; \nselect 2;\n", "select 1;\nselect 3;\n", "select 1;\n\u{feff}select 2;\n"] {
            assert_ne!(crc32_of_lines(other), sum, "{other:?}");
        }
    }

    #[test]
    fn line_ends_go_both_ways() {
        assert_eq!(with_crlf("a\nb\r\nc"), "a\r\nb\r\nc");
        assert_eq!(with_lf("a\nb\r\nc\r"), "a\nb\nc\r");
    }
}
