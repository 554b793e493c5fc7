//! SQL that was written by a person: a literal, unless somebody signs for it.

use std::{borrow::Cow, sync::Arc};

/// The text of one statement.
///
/// Only a literal becomes one by itself. A text that was put together at run time needs [`Sql::vouched`], whose caller
/// answers for it: values are bound (`$1`), identifiers go through [`quote_identifier`](crate::quote_identifier).
///
/// ```compile_fail
/// let name = String::from("acme");
/// let sql: freehold_tenancy::Sql = format!("select * from users where name = '{name}'").into();
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sql {
    text: Cow<'static, str>,
    for_once: bool,
    /// The same without its comment, where it has one.
    bare: Option<Arc<Self>>,
}

impl Sql {
    /// A text that was put together at run time. Whoever calls this answers for every byte of it.
    ///
    /// ```
    /// use freehold_tenancy::{Sql, quote_identifier};
    ///
    /// # let table = "weekly \"report\"";
    /// let sql = Sql::vouched(format!("SELECT count(*) FROM {}", quote_identifier(table)));
    /// assert_eq!(sql.as_str(), r#"SELECT count(*) FROM "weekly ""report""""#);
    /// ```
    pub fn vouched(text: String) -> Self {
        Self { text: Cow::Owned(text), for_once: false, bare: None }
    }

    /// A statement with a comment, which means the same as without it. `for_once`: the text will not come again, so that
    /// it is not worth a place among the prepared statements.
    pub(crate) fn commented(bare: &Self, text: String, for_once: bool) -> Self {
        Self { text: Cow::Owned(text), for_once, bare: Some(Arc::new(bare.clone())) }
    }

    /// The statement as it is known: without the comment that makes its text one for once.
    pub(crate) fn known(&self) -> &Self {
        match &self.bare {
            Some(bare) if self.for_once => bare.known(),
            _ => self,
        }
    }

    /// Whether the text will not come again.
    pub(crate) fn is_for_once(&self) -> bool {
        self.for_once
    }

    /// The text.
    ///
    /// ```
    /// use freehold_tenancy::Sql;
    ///
    /// const NOTES: &str = "SELECT id, body FROM notes";
    /// assert_eq!(Sql::from(NOTES).as_str(), NOTES);
    /// ```
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl From<&'static str> for Sql {
    fn from(text: &'static str) -> Self {
        Self { text: Cow::Borrowed(text), for_once: false, bare: None }
    }
}

impl From<&Self> for Sql {
    fn from(sql: &Self) -> Self {
        sql.clone()
    }
}
