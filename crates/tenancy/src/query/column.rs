//! Typed columns, and what can be said about them.

mod text;

use std::{fmt, marker::PhantomData, sync::Arc};

use postgres_types::ToSql;

use super::{Filter, Flaw, JsonColumn, LONGEST_LIST, Order, SqlType, Table, filter::Node, statement::Bound};

/// A column of `T` with values of type `V`. The derive of [`Table`] makes one for each field.
///
/// ```
/// # use freehold_tenancy::{FromRow, query::Table};
/// # #[derive(FromRow, Table)]
/// # #[table(name = "notes", key(id))]
/// # struct Note { id: i64, body: String }
/// let filter = Note::ID.gt(7).and(Note::BODY.starts_with("50 %")).or(Note::ID.in_list([1, 2]));
/// assert_eq!(
///     format!("{filter:?}"),
///     r#"Filter((("id" > $1 AND "body" LIKE $2) OR "id" = ANY($3)))"#,
/// );
/// ```
pub struct Column<T, V> {
    name: &'static str,
    nullable: bool,
    flaw: fn(&V) -> Option<Flaw>,
    of: PhantomData<fn() -> T>,
}

impl<T, V> Clone for Column<T, V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, V> Copy for Column<T, V> {}

impl<T, V> fmt::Debug for Column<T, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Column").field(&self.name).finish()
    }
}

impl<T, V> Column<T, V> {
    /// What the derive calls.
    #[doc(hidden)]
    pub const fn new(name: &'static str, nullable: bool, flaw: fn(&V) -> Option<Flaw>) -> Self {
        Self { name, nullable, flaw, of: PhantomData }
    }

    /// Its name.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(Note::BODY.name(), "body", "unquoted");
    /// ```
    pub const fn name(self) -> &'static str {
        self.name
    }
}

impl<T: Table, V> Column<T, V> {
    /// Rows in which it is NULL.
    ///
    /// ```
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// assert_eq!(format!("{:?}", Note::TOPIC.is_null()), r#"Filter("topic" IS NULL)"#);
    /// ```
    pub fn is_null(self) -> Filter<T> {
        Node::Null { column: self.name, is: true }.into()
    }

    /// Rows in which it is not NULL.
    ///
    /// ```
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// assert_eq!(format!("{:?}", Note::TOPIC.is_not_null()), r#"Filter("topic" IS NOT NULL)"#);
    /// assert_eq!(format!("{:?}", !Note::TOPIC.is_null()), r#"Filter("topic" IS NOT NULL)"#);
    /// ```
    pub fn is_not_null(self) -> Filter<T> {
        Node::Null { column: self.name, is: false }.into()
    }

    /// Smallest first; NULLs last unless [`Order::nulls_first`] says otherwise.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let notes = query::select::<Note>().sort(Note::BODY.asc()).all(&acme).await?;
    /// let bodies: Vec<_> = notes.iter().map(|note| note.body.as_str()).collect();
    /// assert_eq!(bodies, ["bread", "milk", "tea"]);
    /// # Ok(())
    /// # });
    /// ```
    pub fn asc(self) -> Order<T> {
        Order::new(self.name, self.nullable, false)
    }

    /// Largest first; NULLs first unless [`Order::nulls_last`] says otherwise.
    ///
    /// ```
    /// # use freehold_tenancy::query;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// # freehold_tenancy_ground::with_acme(|_db, acme| async move {
    /// let newest = query::select::<Note>().sort(Note::ID.desc()).first(&acme).await?;
    /// assert_eq!(newest.map(|note| note.body).as_deref(), Some("tea"));
    /// # Ok(())
    /// # });
    /// ```
    pub fn desc(self) -> Order<T> {
        Order::new(self.name, self.nullable, true)
    }
}

impl<T: Table, V: ToSql + Send + Sync + 'static> Column<T, V> {
    /// The value, ready to be bound; or what is wrong with it.
    pub(crate) fn bound(self, value: V) -> Result<Bound<'static>, Flaw> {
        match (self.flaw)(&value) {
            Some(flaw) => Err(flaw),
            None => Ok(Arc::new(value)),
        }
    }

    fn compare(self, operator: &'static str, value: V) -> Filter<T> {
        match self.bound(value) {
            Ok(value) => Node::Compare { column: self.name, operator, value }.into(),
            Err(flaw) => Node::Flawed { column: self.name, flaw }.into(),
        }
    }

    fn list(self, operator: &'static str, values: impl IntoIterator<Item = impl Into<V>>) -> Filter<T> {
        let values: Vec<V> = values.into_iter().map(Into::into).collect();
        let flaw = if values.len() > LONGEST_LIST {
            Some(Flaw::TooMany { given: values.len(), most: LONGEST_LIST })
        } else {
            values.iter().find_map(self.flaw)
        };
        match flaw {
            Some(flaw) => Node::Flawed { column: self.name, flaw }.into(),
            None => Node::List { column: self.name, operator, values: Arc::new(values) }.into(),
        }
    }

    /// Rows in which it is this value.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Note::BODY.eq("' OR true --");
    /// assert_eq!(format!("{filter:?}"), r#"Filter("body" = $1)"#, "the value is bound, and never shown");
    /// ```
    pub fn eq(self, value: impl Into<V>) -> Filter<T> {
        self.compare(" = ", value.into())
    }

    /// Rows in which it is not this value; NULL is not this value either.
    ///
    /// ```
    /// # use freehold_tenancy_ground::TopicNote as Note;
    /// assert_eq!(format!("{:?}", Note::ID.ne(7)), r#"Filter("id" <> $1)"#);
    /// assert_eq!(format!("{:?}", Note::TOPIC.ne("shop")), r#"Filter("topic" IS DISTINCT FROM $1)"#);
    /// ```
    pub fn ne(self, value: impl Into<V>) -> Filter<T> {
        self.compare(if self.nullable { " IS DISTINCT FROM " } else { " <> " }, value.into())
    }

    /// Rows in which it is less.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::ID.lt(7)), r#"Filter("id" < $1)"#);
    /// ```
    pub fn lt(self, value: impl Into<V>) -> Filter<T> {
        self.compare(" < ", value.into())
    }

    /// Rows in which it is less or the same.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::ID.le(7)), r#"Filter("id" <= $1)"#);
    /// ```
    pub fn le(self, value: impl Into<V>) -> Filter<T> {
        self.compare(" <= ", value.into())
    }

    /// Rows in which it is more.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::ID.gt(7)), r#"Filter("id" > $1)"#);
    /// ```
    pub fn gt(self, value: impl Into<V>) -> Filter<T> {
        self.compare(" > ", value.into())
    }

    /// Rows in which it is more or the same.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!(format!("{:?}", Note::ID.ge(7)), r#"Filter("id" >= $1)"#);
    /// ```
    pub fn ge(self, value: impl Into<V>) -> Filter<T> {
        self.compare(" >= ", value.into())
    }

    /// Rows in which it is one of these. The list is one parameter, however long it is (at most
    /// [`LONGEST_LIST`]); an empty one is met by no row.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Note::ID.in_list([1, 2, 3]);
    /// assert_eq!(format!("{filter:?}"), r#"Filter("id" = ANY($1))"#, "one parameter, whatever the length");
    /// let by_name = Note::BODY.in_list(["milk", "tea"]);
    /// ```
    pub fn in_list(self, values: impl IntoIterator<Item = impl Into<V>>) -> Filter<T> {
        self.list(" = ANY(", values)
    }

    /// Rows in which it is none of these, and not NULL.
    ///
    /// ```
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// let filter = Note::BODY.not_in_list(["milk", "tea"]);
    /// assert_eq!(format!("{filter:?}"), r#"Filter("body" <> ALL($1))"#);
    /// ```
    pub fn not_in_list(self, values: impl IntoIterator<Item = impl Into<V>>) -> Filter<T> {
        self.list(" <> ALL(", values)
    }
}

impl<T: Table, V: JsonColumn> Column<T, V> {
    /// Rows whose JSONB contains this document (`@>`), which a GIN index answers.
    ///
    /// ```
    /// # use freehold_tenancy_ground::DataNote as Note;
    /// let filter = Note::DATA.json_contains(serde_json::json!({"rows": 20}));
    /// assert_eq!(format!("{filter:?}"), r#"Filter("data" @> $1)"#);
    /// ```
    pub fn json_contains(self, document: serde_json::Value) -> Filter<T> {
        match document.flaw() {
            Some(flaw) => Node::Flawed { column: self.name, flaw }.into(),
            None => Node::Compare { column: self.name, operator: " @> ", value: Arc::new(document) }.into(),
        }
    }
}

/// One or several columns of a table: a column, or a tuple or an array of them.
///
/// ```
/// # use freehold_tenancy::query::Columns;
/// # use freehold_tenancy_ground::PlainNote as Note;
/// fn names<T>(columns: impl Columns<T>) -> Vec<&'static str> {
///     columns.names()
/// }
///
/// assert_eq!(names(Note::BODY), ["body"]);
/// assert_eq!(names((Note::ID, Note::BODY)), ["id", "body"], "columns of several types are a tuple");
/// ```
pub trait Columns<T> {
    /// Their names.
    ///
    /// ```
    /// # use freehold_tenancy::query::Columns;
    /// # use freehold_tenancy_ground::PlainNote as Note;
    /// assert_eq!([Note::BODY, Note::BODY].names(), ["body", "body"], "in the order in which they are given");
    /// ```
    fn names(&self) -> Vec<&'static str>;
}

impl<T, V> Columns<T> for Column<T, V> {
    fn names(&self) -> Vec<&'static str> {
        vec![self.name]
    }
}

impl<T, C: Columns<T>, const N: usize> Columns<T> for [C; N] {
    fn names(&self) -> Vec<&'static str> {
        self.iter().flat_map(Columns::names).collect()
    }
}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<T, $($name),+> Columns<T> for ($(Column<T, $name>,)+) {
            #[expect(non_snake_case, reason = "the names of the parameters name the values too")]
            fn names(&self) -> Vec<&'static str> {
                let ($($name,)+) = self;
                vec![$($name.name),+]
            }
        }
    };
}

tuples!(A);
tuples!(A B);
tuples!(A B C);
tuples!(A B C D);
tuples!(A B C D E);
tuples!(A B C D E F);
tuples!(A B C D E F G);
tuples!(A B C D E F G H);
