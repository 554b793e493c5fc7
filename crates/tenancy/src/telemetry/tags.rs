//! Tags in a comment behind a statement, as sqlcommenter writes them.

use std::{collections::BTreeMap, fmt, sync::Arc};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Sql;

/// What stays as it is: RFC 3986's unreserved characters. Quotes, stars and slashes are not among them, so that no tag
/// can end the comment.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Tags that travel with each statement of a handle, as a comment: `/*application='shop',route='%2Fnotes'*/`.
///
/// The server's log, `pg_stat_activity` and `auto_explain` show them. A comment is a part of the text that is prepared,
/// so a tag with many values would be many prepared statements: [`Tags::with`] takes literals only.
/// [`Tags::for_request`] and [`Tags::traceparent`] take anything; statements that carry such a tag are parsed anew each
/// time and not kept, which costs some tens of microseconds each.
///
/// ```
/// use freehold_tenancy::telemetry::Tags;
///
/// let tags = Tags::new()
///     .with("route", "/notes/:id")
///     .with("application", "shop")
///     .traceparent("00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01")?;
/// assert_eq!(
///     tags.to_string(),
///     "/*application='shop',route='%2Fnotes%2F%3Aid',\
///      traceparent='00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/"
/// );
/// # Ok::<(), freehold_tenancy::telemetry::TagError>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Encoded already.
    tags: BTreeMap<String, String>,
    comment: Arc<str>,
    for_once: bool,
}

/// Why something is no tag.
///
/// ```
/// use freehold_tenancy::telemetry::{TagError, Tags};
///
/// let long = "x".repeat(201);
/// assert_eq!(
///     Tags::new().for_request("agent", &long),
///     Err(TagError::TooLong { key: "agent", length: 201 })
/// );
/// assert_eq!(Tags::new().traceparent("none"), Err(TagError::Traceparent));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TagError {
    /// Longer than [`Tags::LONGEST_VALUE`] bytes.
    #[error("the tag {key} has {length} bytes; at most 200 are sent along with each statement")]
    TooLong {
        /// The tag.
        key: &'static str,
        /// Bytes of the value.
        length: usize,
    },
    /// Not what W3C calls a `traceparent`.
    #[error(
        "a traceparent has the form 00-<32 hex digits>-<16 hex digits>-<2 hex digits>; what was given has another"
    )]
    Traceparent,
}

impl Tags {
    /// Bytes of the longest value that [`Tags::for_request`] takes.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// // Better cut off than refused: `floor_char_boundary` leaves whole characters.
    /// let agent = "ü".repeat(150);
    /// let cut = &agent[..agent.floor_char_boundary(Tags::LONGEST_VALUE)];
    /// assert!(Tags::new().for_request("agent", cut).is_ok());
    /// ```
    pub const LONGEST_VALUE: usize = 200;

    /// No tags.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// assert_eq!(Tags::new().to_string(), "");
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// With a tag that has few values in the whole program, such as the route.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// let tags = Tags::new().with("route", "/notes").with("application", "shop").with("route", "/notes/:id");
    /// assert_eq!(tags.to_string(), "/*application='shop',route='%2Fnotes%2F%3Aid'*/");
    /// ```
    #[must_use]
    pub fn with(self, key: &'static str, value: &'static str) -> Self {
        self.set(key, value)
    }

    /// With a tag that differs from request to request. Statements that carry it are not kept prepared.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// // Nothing in it ends the comment.
    /// let tags = Tags::new().for_request("agent", "*/ DROP TABLE notes")?;
    /// assert_eq!(tags.to_string(), "/*agent='%2A%2F%20DROP%20TABLE%20notes'*/");
    /// # Ok::<(), freehold_tenancy::telemetry::TagError>(())
    /// ```
    ///
    /// # Errors
    /// [`TagError::TooLong`].
    pub fn for_request(mut self, key: &'static str, value: &str) -> Result<Self, TagError> {
        if value.len() > Self::LONGEST_VALUE {
            return Err(TagError::TooLong { key, length: value.len() });
        }
        self.for_once = true;
        Ok(self.set(key, value))
    }

    /// With the caller's trace, as W3C's header `traceparent` has it. Statements that carry it are not kept prepared.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// assert!(Tags::new().traceparent("00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01").is_ok());
    /// // All zeros stand for no trace.
    /// assert!(Tags::new().traceparent("00-00000000000000000000000000000000-c532cb4098ac3dd2-01").is_err());
    /// ```
    ///
    /// # Errors
    /// [`TagError::Traceparent`] when it has another form.
    pub fn traceparent(self, value: &str) -> Result<Self, TagError> {
        let parts: Vec<&str> = value.split('-').collect();
        let hex = |part: &str, length| {
            part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let [version, trace, parent, flags] = parts.as_slice() else { return Err(TagError::Traceparent) };
        let zero = |part: &str| part.bytes().all(|b| b == b'0');
        let good = hex(version, 2) && hex(trace, 32) && hex(parent, 16) && hex(flags, 2);
        if !good || *version == "ff" || zero(trace) || zero(parent) {
            return Err(TagError::Traceparent);
        }
        self.for_request("traceparent", value)
    }

    /// Whether there are none.
    ///
    /// ```
    /// use freehold_tenancy::telemetry::Tags;
    ///
    /// assert!(Tags::new().is_empty());
    /// assert!(!Tags::new().with("route", "/notes").is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    fn set(mut self, key: &str, value: &str) -> Self {
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        self.tags.insert(encoded(key), encoded(value));
        let pairs: Vec<String> = self.tags.iter().map(|(key, value)| format!("{key}='{value}'")).collect();
        self.comment = format!("/*{}*/", pairs.join(",")).into();
        self
    }

    /// The statement with the comment behind it.
    pub(crate) fn on(&self, sql: &Sql) -> Sql {
        let text = sql.as_str().trim_end();
        // A comment that runs to the end of the line would swallow this one.
        let between = if text.contains("--") { '\n' } else { ' ' };
        let text = format!("{text}{between}{}", self.comment);
        Sql::commented(sql, text, self.for_once || sql.is_for_once())
    }
}

/// The comment; empty without tags.
impl fmt::Display for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.comment)
    }
}

impl fmt::Debug for Tags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tags").field(&self.comment).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_ends_the_comment() {
        let tags = Tags::new().for_request("who", "*/ drop table notes; /* 'x' \\ \0 ü").unwrap();
        let comment = tags.to_string();
        assert_eq!(
            comment,
            "/*who='%2A%2F%20drop%20table%20notes%3B%20%2F%2A%20%27x%27%20%5C%20%00%20%C3%BC'*/"
        );
        assert_eq!(comment.matches("*/").count(), 1);
    }

    #[test]
    fn a_comment_at_the_end_of_the_statement_swallows_nothing() {
        let tags = Tags::new().with("route", "a");
        assert_eq!(tags.on(&"select 1".into()).as_str(), "select 1 /*route='a'*/");
        assert_eq!(tags.on(&"select 1 -- one".into()).as_str(), "select 1 -- one\n/*route='a'*/");
    }

    #[test]
    fn only_tags_of_a_request_keep_a_statement_from_being_prepared() {
        let stable = Tags::new().with("route", "a");
        assert!(!stable.on(&"select 1".into()).is_for_once());
        assert!(stable.for_request("request", "7").unwrap().on(&"select 1".into()).is_for_once());
    }

    #[test]
    fn what_has_another_form_is_no_traceparent() {
        let good = "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01";
        assert!(Tags::new().traceparent(good).is_ok());
        for bad in [
            "",
            "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2",
            "00-5BD66EF5095369C7B0D1F8F4BD33716A-c532cb4098ac3dd2-01",
            "00-00000000000000000000000000000000-c532cb4098ac3dd2-01",
            "ff-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01",
            "00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01'*/",
        ] {
            assert_eq!(Tags::new().traceparent(bad), Err(TagError::Traceparent), "{bad}");
        }
        assert!(Tags::new().for_request("a", &"x".repeat(201)).is_err());
    }
}
