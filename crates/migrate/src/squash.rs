//! The mark of a script that stands for all migrations up to its version.

use crate::script::Script;

/// What the mark begins with.
const MARK: &str = "-- freehold: squashed ";

/// What the mark says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Squashed {
    /// How many migrations the script stands for.
    pub count: usize,
    /// The last version among them.
    pub version: String,
    /// Their chain, see [`crate::chain`].
    pub chain: String,
}

impl Squashed {
    /// Reads the mark of a script: a comment line before its first statement.
    pub fn of(script: &Script) -> Option<Self> {
        let lines = script
            .text()
            .lines()
            .take_while(|line| line.trim().is_empty() || line.trim_start().starts_with("--"));
        lines.filter_map(|line| Self::parse(line.trim())).next()
    }

    fn parse(line: &str) -> Option<Self> {
        let (count, rest) = line.strip_prefix(MARK)?.split_once(" migrations up to ")?;
        let (version, chain) = rest.rsplit_once(", chain ")?;
        Some(Self { count: count.parse().ok()?, version: version.to_owned(), chain: chain.trim().to_owned() })
    }

    /// The mark as a line.
    pub fn line(&self) -> String {
        format!("{MARK}{} migrations up to {}, chain {}", self.count, self.version, self.chain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_read_as_it_is_written() {
        let squashed = Squashed { count: 12, version: "0012".to_owned(), chain: "ab".repeat(32) };
        assert_eq!(Squashed::parse(&squashed.line()), Some(squashed));
        assert_eq!(Squashed::parse("-- freehold: squashed"), None);
    }
}
