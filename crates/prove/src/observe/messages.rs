//! What PostgreSQL says at `client_min_messages = debug1` of the work that a statement makes it do.
//!
//! The texts are those of the server's own source, the same from 14 to 18: `ATRewriteTable` says "rewriting table"
//! or "verifying table", `index_build` says "building index", constraint proofs say what spared a scan.

use freehold_db::Notice;

/// One piece of work that the server told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Work {
    /// The heap of this table is written anew.
    Rewrites(String),
    /// Every row of this table is read to check a constraint.
    Verifies(String),
    /// An index is built by reading the whole table.
    Builds {
        /// The index.
        index: String,
        /// Its table.
        table: String,
    },
    /// A foreign key of this name is checked by a join over both tables.
    ValidatesForeignKey(String),
    /// A scan was not needed, in the server's own words.
    Spared(String),
}

/// Reads the messages of one statement; anything else is passed over.
pub(crate) fn work_told(notices: &[Notice]) -> Vec<Work> {
    notices.iter().filter_map(|notice| work(&notice.message)).collect()
}

fn work(message: &str) -> Option<Work> {
    if let Some(rest) = message.strip_prefix("rewriting table ") {
        return quoted(rest).map(|(table, _)| Work::Rewrites(table));
    }
    if let Some(rest) = message.strip_prefix("verifying table ") {
        return quoted(rest).map(|(table, _)| Work::Verifies(table));
    }
    if let Some(rest) = message.strip_prefix("building index ") {
        let (index, rest) = quoted(rest)?;
        let (table, _) = quoted(rest.strip_prefix(" on table ")?)?;
        return Some(Work::Builds { index, table });
    }
    if let Some(rest) = message.strip_prefix("validating foreign key constraint ") {
        return quoted(rest).map(|(constraint, _)| Work::ValidatesForeignKey(constraint));
    }
    let spared =
        message.contains("sufficient to prove") || message.contains("is implied by existing constraints");
    spared.then(|| Work::Spared(message.to_owned()))
}

/// The text between the first quote and the last one that can close it. The server does not double quotes inside
/// names here, so the shortest reading that leaves a known rest is taken.
fn quoted(text: &str) -> Option<(String, &str)> {
    let inner = text.strip_prefix('"')?;
    let end = inner
        .find("\" on table ")
        .or_else(|| inner.find("\" serially"))
        .or_else(|| inner.find("\" with request"))
        .or_else(|| inner.rfind('"'))?;
    Some((inner.get(..end)?.to_owned(), inner.get(end + 1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_sentences_are_understood() {
        assert_eq!(work("rewriting table \"t\""), Some(Work::Rewrites("t".into())));
        assert_eq!(work("verifying table \"odd \"\" name\""), Some(Work::Verifies("odd \"\" name".into())));
        assert_eq!(
            work("building index \"i\" on table \"t\" serially"),
            Some(Work::Builds { index: "i".into(), table: "t".into() })
        );
        assert_eq!(
            work("building index \"i\" on table \"t\" with request for 1 parallel workers"),
            Some(Work::Builds { index: "i".into(), table: "t".into() })
        );
        assert_eq!(
            work("validating foreign key constraint \"fk\""),
            Some(Work::ValidatesForeignKey("fk".into()))
        );
        assert!(matches!(
            work(
                "existing constraints on column \"t.c\" are sufficient to prove that it does not contain nulls"
            ),
            Some(Work::Spared(_))
        ));
        assert_eq!(
            work("CREATE TABLE / PRIMARY KEY will create implicit index \"t_pkey\" for table \"t\""),
            None
        );
    }
}
