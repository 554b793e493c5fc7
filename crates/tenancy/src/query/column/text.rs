//! What can be said of a column of text.

use std::sync::Arc;

use super::Column;
use crate::query::{
    Filter, Table,
    filter::{Node, Pattern},
};

impl<T: Table> Column<T, String> {
    fn pattern(self, pattern: Pattern<'_>, ignoring_case: bool) -> Filter<T> {
        let operator = if ignoring_case { " ILIKE " } else { " LIKE " };
        match pattern.text() {
            Ok(text) => Node::Compare { column: self.name, operator, value: Arc::new(text) }.into(),
            Err(flaw) => Node::Flawed { column: self.name, flaw }.into(),
        }
    }

    /// Rows in which it fits a pattern of SQL's: `%` is any text, `_` any character, `\` escapes.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::BODY.like("m_lk%")), r#"Filter("body" LIKE $1)"#);
    /// let refused = Note::BODY.like(r"50 \");
    /// assert_eq!(
    ///     format!("{refused:?}"),
    ///     "Filter(the value for body: the pattern ends with a backslash that escapes nothing)",
    /// );
    /// ```
    pub fn like(self, pattern: &str) -> Filter<T> {
        self.pattern(Pattern::Raw(pattern), false)
    }

    /// As [`Column::like`], whatever the case.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::BODY.like_ignoring_case("M_LK")), r#"Filter("body" ILIKE $1)"#);
    /// ```
    pub fn like_ignoring_case(self, pattern: &str) -> Filter<T> {
        self.pattern(Pattern::Raw(pattern), true)
    }

    /// Rows in which it begins with this text. `%`, `_` and `\` in it stand for themselves.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let starts = |text: &str| query::select::<Note>().filter(Note::BODY.starts_with(text));
    /// assert!(starts("mi").exists(&acme).await?);
    /// assert!(!starts("%").exists(&acme).await?, "a percent sign is a percent sign");
    /// # Ok(())
    /// # });
    /// ```
    pub fn starts_with(self, text: &str) -> Filter<T> {
        self.pattern(Pattern::Starts(text), false)
    }

    /// Rows in which it ends with this text. `%`, `_` and `\` in it stand for themselves.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let ends = query::select::<Note>().filter(Note::BODY.ends_with("ea"));
    /// assert_eq!(ends.all(&acme).await?, [Note { id: 3, body: "tea".to_owned() }]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn ends_with(self, text: &str) -> Filter<T> {
        self.pattern(Pattern::Ends(text), false)
    }

    /// Rows that hold this text in it. `%`, `_` and `\` in it stand for themselves.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// query::insert(&[Note { id: 4, body: "50 % off".to_owned() }]).run(&acme).await?;
    /// let found = query::select::<Note>().filter(Note::BODY.contains("%")).all(&acme).await?;
    /// assert_eq!(found.len(), 1, "and not every note");
    /// # Ok(())
    /// # });
    /// ```
    pub fn contains(self, text: &str) -> Filter<T> {
        self.pattern(Pattern::Holds(text), false)
    }

    /// As [`Column::contains`], whatever the case.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let found = query::select::<Note>().filter(Note::BODY.contains_ignoring_case("ILK")).first(&acme).await?;
    /// assert_eq!(found.map(|note| note.body).as_deref(), Some("milk"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn contains_ignoring_case(self, text: &str) -> Filter<T> {
        self.pattern(Pattern::Holds(text), true)
    }
}
