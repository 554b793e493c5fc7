//! Conditions on the rows of a table.

use std::{fmt, marker::PhantomData, ops::Not};

use sha2::{Digest, Sha256};

use super::{
    DEEPEST_FILTER, Flaw, QueryError, Table,
    statement::{Bound, Statement},
};

/// A condition on the rows of `T`, made of its [`Column`](super::Column)s.
///
/// `Debug` shows the SQL with places for the values, never the values.
///
/// ```
/// # use freehold_tenancy_ground::PlainNote as Note;
/// let filter = Note::ID.gt(1).and(!Note::BODY.eq("milk"));
/// assert_eq!(format!("{filter:?}"), r#"Filter(("id" > $1 AND ("body" = $2) IS NOT TRUE))"#);
/// ```
pub struct Filter<T> {
    node: Node,
    of: PhantomData<fn() -> T>,
}

#[derive(Clone)]
pub(crate) enum Node {
    Compare {
        column: &'static str,
        operator: &'static str,
        value: Bound<'static>,
    },
    List {
        column: &'static str,
        operator: &'static str,
        values: Bound<'static>,
    },
    Null {
        column: &'static str,
        is: bool,
    },
    /// Found when the filter was made, told when it is used.
    Flawed {
        column: &'static str,
        flaw: Flaw,
    },
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
}

impl<T> From<Node> for Filter<T> {
    fn from(node: Node) -> Self {
        Self { node, of: PhantomData }
    }
}

impl<T> Clone for Filter<T> {
    fn clone(&self) -> Self {
        self.node.clone().into()
    }
}

impl<T: Table> Filter<T> {
    /// Rows that meet both.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Note::ID.gt(1).and(Note::ID.lt(9)).and(Note::BODY.ne("tea"));
    /// assert_eq!(format!("{filter:?}"), r#"Filter(("id" > $1 AND "id" < $2 AND "body" <> $3))"#);
    /// ```
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self.node, other.node) {
            (Node::All(mut parts), Node::All(more)) => {
                parts.extend(more);
                Node::All(parts)
            }
            (Node::All(mut parts), other) => {
                parts.push(other);
                Node::All(parts)
            }
            (one, other) => Node::All(vec![one, other]),
        }
        .into()
    }

    /// Rows that meet one of them, or both.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Note::ID.eq(1).or(Note::BODY.eq("tea")).and(Note::ID.lt(9));
    /// assert_eq!(format!("{filter:?}"), r#"Filter((("id" = $1 OR "body" = $2) AND "id" < $3))"#);
    /// ```
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self.node, other.node) {
            (Node::Any(mut parts), Node::Any(more)) => {
                parts.extend(more);
                Node::Any(parts)
            }
            (Node::Any(mut parts), other) => {
                parts.push(other);
                Node::Any(parts)
            }
            (one, other) => Node::Any(vec![one, other]),
        }
        .into()
    }

    /// Rows that meet all of them: every row, where there is none.
    ///
    /// ```
    /// # use freehold_tenancy::query::Filter;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let words = ["milk", "fresh"];
    /// let filter = Filter::all(words.map(|word| Note::BODY.contains(word)));
    /// assert_eq!(format!("{filter:?}"), r#"Filter(("body" LIKE $1 AND "body" LIKE $2))"#);
    /// assert_eq!(format!("{:?}", Filter::<Note>::all([])), "Filter(TRUE)");
    /// ```
    pub fn all(filters: impl IntoIterator<Item = Self>) -> Self {
        Node::All(filters.into_iter().map(|filter| filter.node).collect()).into()
    }

    /// Rows that meet at least one of them: no row, where there is none.
    ///
    /// ```
    /// # use freehold_tenancy::query::Filter;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Filter::any([Note::ID.eq(1), Note::BODY.eq("tea")]);
    /// assert_eq!(format!("{filter:?}"), r#"Filter(("id" = $1 OR "body" = $2))"#);
    /// assert_eq!(format!("{:?}", Filter::<Note>::any([])), "Filter(FALSE)");
    /// ```
    pub fn any(filters: impl IntoIterator<Item = Self>) -> Self {
        Node::Any(filters.into_iter().map(|filter| filter.node).collect()).into()
    }

    pub(crate) fn write(&self, statement: &mut Statement<'_>) -> Result<(), QueryError> {
        write::<T>(&self.node, statement, 0)
    }

    /// What tells this filter, with its values, from others.
    pub(crate) fn digest(&self) -> Result<[u8; 32], QueryError> {
        let mut statement = Statement::default();
        self.write(&mut statement)?;
        let mut digest = Sha256::new();
        digest.update(statement.text.as_bytes());
        for value in &statement.values {
            // Of a value of any type, only this can be had before the server has named the parameter's type.
            let text = format!("{value:?}");
            digest.update((text.len() as u64).to_be_bytes());
            digest.update(text.as_bytes());
        }
        Ok(digest.finalize().into())
    }

    /// Whether it is met by every row whatever they hold, because it says nothing.
    pub(crate) fn says_nothing(&self) -> bool {
        fn nothing(node: &Node) -> bool {
            match node {
                Node::All(parts) => parts.iter().all(nothing),
                _ => false,
            }
        }
        nothing(&self.node)
    }
}

/// Rows that do not meet it: those too for which it can't be told because of a NULL.
impl<T> Not for Filter<T> {
    type Output = Self;

    fn not(self) -> Self {
        match self.node {
            Node::Null { column, is } => Node::Null { column, is: !is },
            node => Node::Not(Box::new(node)),
        }
        .into()
    }
}

impl<T: Table> fmt::Debug for Filter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut statement = Statement::default();
        match self.write(&mut statement) {
            Ok(()) => f.debug_tuple("Filter").field(&format_args!("{}", statement.text)).finish(),
            Err(error) => f.debug_tuple("Filter").field(&format_args!("{error}")).finish(),
        }
    }
}

fn write<T: Table>(node: &Node, to: &mut Statement<'_>, depth: usize) -> Result<(), QueryError> {
    if depth > DEEPEST_FILTER {
        return Err(QueryError::TooDeep { table: T::NAME });
    }
    match node {
        Node::Compare { column, operator, value } => {
            to.name(column).push(operator).bind(value.clone());
        }
        Node::List { column, operator, values } => {
            to.name(column).push(operator).bind(values.clone()).push(")");
        }
        Node::Null { column, is } => {
            to.name(column).push(if *is { " IS NULL" } else { " IS NOT NULL" });
        }
        Node::Flawed { column, flaw } => return Err(QueryError::Value { column, flaw: *flaw }),
        Node::All(parts) => joined::<T>(parts, " AND ", "TRUE", to, depth)?,
        Node::Any(parts) => joined::<T>(parts, " OR ", "FALSE", to, depth)?,
        Node::Not(inner) => {
            to.push("(");
            write::<T>(inner, to, depth + 1)?;
            to.push(") IS NOT TRUE");
        }
    }
    Ok(())
}

fn joined<T: Table>(
    parts: &[Node],
    joint: &str,
    none: &str,
    to: &mut Statement<'_>,
    depth: usize,
) -> Result<(), QueryError> {
    if parts.is_empty() {
        to.push(none);
        return Ok(());
    }
    to.push("(");
    for (at, part) in parts.iter().enumerate() {
        to.push(if at > 0 { joint } else { "" });
        write::<T>(part, to, depth + 1)?;
    }
    to.push(")");
    Ok(())
}

/// A pattern of `LIKE`.
#[derive(Clone, Copy)]
pub(crate) enum Pattern<'t> {
    Raw(&'t str),
    Starts(&'t str),
    Ends(&'t str),
    Holds(&'t str),
}

impl Pattern<'_> {
    pub(crate) fn text(self) -> Result<String, Flaw> {
        let text = match self {
            Self::Raw(text) => {
                let backslashes = text.chars().rev().take_while(|&c| c == '\\').count();
                if backslashes % 2 == 1 {
                    return Err(Flaw::Pattern);
                }
                text.to_owned()
            }
            Self::Starts(text) => format!("{}%", escaped(text)),
            Self::Ends(text) => format!("%{}", escaped(text)),
            Self::Holds(text) => format!("%{}%", escaped(text)),
        };
        if text.contains('\0') { Err(Flaw::Nul) } else { Ok(text) }
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_of_patterns_stand_for_themselves() {
        assert_eq!(Pattern::Holds(r"50%_\").text().unwrap(), r"%50\%\_\\%");
        assert_eq!(Pattern::Starts("a").text().unwrap(), "a%");
        assert_eq!(Pattern::Starts("a\0").text(), Err(Flaw::Nul));
    }

    #[test]
    fn a_pattern_that_ends_with_a_lone_backslash_is_told() {
        assert_eq!(Pattern::Raw(r"a\").text(), Err(Flaw::Pattern));
        assert_eq!(Pattern::Raw(r"a\\").text().unwrap(), r"a\\");
    }
}
