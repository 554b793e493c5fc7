//! Whom it is about, and what is theirs.

/// Whom it is about: the whole tenant, or one person within it.
///
/// ```
/// use freehold_tenancy::rights::Subject;
///
/// let person = Subject::person()
///     .whose("faces", "external_id", "person-1")
///     .whose("verification_logs", "external_id", "person-1")
///     .linked("audit_log", "row_id", "faces", "id")
///     .not_following("employees", "manager_id");
/// # let _ = person;
/// ```
#[derive(Debug, Clone)]
pub struct Subject {
    pub(super) whole_tenant: bool,
    pub(super) roots: Vec<Root>,
    pub(super) links: Vec<DeclaredLink>,
    pub(super) not_following: Vec<(String, String)>,
    pub(super) without: Vec<String>,
}

#[derive(Clone)]
pub(super) struct Root {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) value: String,
}

/// Never the value, which names a person.
impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table, self.column)
    }
}

#[derive(Debug, Clone)]
pub(super) struct DeclaredLink {
    pub(super) child: String,
    pub(super) child_column: String,
    pub(super) parent: String,
    pub(super) parent_column: String,
}

impl Subject {
    fn new(whole_tenant: bool) -> Self {
        Self {
            whole_tenant,
            roots: Vec::new(),
            links: Vec::new(),
            not_following: Vec::new(),
            without: Vec::new(),
        }
    }

    /// The tenant: its row, all rows that have its key in the tenant column, and what refers to them.
    pub fn tenant() -> Self {
        Self::new(true)
    }

    /// A person, whose rows are named by [`Subject::whose`].
    pub fn person() -> Self {
        Self::new(false)
    }

    /// Rows of a table in which `column` has this value are the person's, and so is every row that refers to them by a
    /// foreign key. `value` is written as text, whatever the column's type. Tables outside of `public` with their schema.
    #[must_use]
    pub fn whose(mut self, table: &str, column: &str, value: &str) -> Self {
        let (table, column, value) = (table.to_owned(), column.to_owned(), value.to_owned());
        self.roots.push(Root { table, column, value });
        self
    }

    /// Rows of `child` belong to the row of `parent` that they name, though no foreign key says so.
    #[must_use]
    pub fn linked(mut self, child: &str, child_column: &str, parent: &str, parent_column: &str) -> Self {
        self.links.push(DeclaredLink {
            child: child.to_owned(),
            child_column: child_column.to_owned(),
            parent: parent.to_owned(),
            parent_column: parent_column.to_owned(),
        });
        self
    }

    /// Rows that refer by this column are not the person's: those whose manager they are, for example.
    #[must_use]
    pub fn not_following(mut self, table: &str, column: &str) -> Self {
        self.not_following.push((table.to_owned(), column.to_owned()));
        self
    }

    /// Leaves out a table, and what only it leads to.
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        self.without.push(table.to_owned());
        self
    }
}
