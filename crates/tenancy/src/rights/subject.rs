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
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let all = Export::of(Subject::tenant());
    /// let told = export(&tenant.snapshot().begin().await?, &all, tokio::io::sink()).await?;
    /// // The other tenants' rows are not counted.
    /// assert_eq!((told.tables["tenants"], told.tables["notes"]), (1, 3));
    /// # Ok(())
    /// # });
    /// ```
    pub fn tenant() -> Self {
        Self::new(true)
    }

    /// A person, whose rows are named by [`Subject::whose`].
    ///
    /// ```
    /// use freehold_tenancy::rights::{Export, RightsError, Subject, export};
    ///
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let nobody = Export::of(Subject::person());
    /// let refused = export(&tenant.snapshot().begin().await?, &nobody, tokio::io::sink()).await;
    /// assert!(matches!(refused, Err(RightsError::Nothing)));
    /// # Ok(())
    /// # });
    /// ```
    pub fn person() -> Self {
        Self::new(false)
    }

    /// Rows of a table in which `column` has this value are the person's, and so is every row that refers to them by a
    /// foreign key. `value` is written as text, whatever the column's type. Tables outside of `public` with their schema.
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// // A number, written as text; the two logs of the face come with it.
    /// let face = Export::of(Subject::person().whose("faces", "id", "1"));
    /// let told = export(&tenant.snapshot().begin().await?, &face, tokio::io::sink()).await?;
    /// assert_eq!((told.tables["faces"], told.tables["verification_logs"]), (1, 2));
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn whose(mut self, table: &str, column: &str, value: &str) -> Self {
        let (table, column, value) = (table.to_owned(), column.to_owned(), value.to_owned());
        self.roots.push(Root { table, column, value });
        self
    }

    /// Rows of `child` belong to the row of `parent` that they name, though no foreign key says so.
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let person = Subject::person()
    ///     .whose("faces", "id", "1")
    ///     .linked("consent_records", "external_id", "faces", "external_id");
    /// let told = export(&tenant.snapshot().begin().await?, &Export::of(person), tokio::io::sink()).await?;
    /// assert_eq!(told.tables["consent_records"], 1);
    /// # Ok(())
    /// # });
    /// ```
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
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let face = Subject::person().whose("faces", "id", "1").not_following("verification_logs", "face_id");
    /// let told = export(&tenant.snapshot().begin().await?, &Export::of(face), tokio::io::sink()).await?;
    /// assert_eq!(told.tables.into_keys().collect::<Vec<_>>(), ["faces"]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn not_following(mut self, table: &str, column: &str) -> Self {
        self.not_following.push((table.to_owned(), column.to_owned()));
        self
    }

    /// Leaves out a table, and what only it leads to.
    ///
    /// ```
    /// # use freehold_tenancy::rights::{Export, Subject, export};
    /// # freehold_tenancy_ground::with_people(|ground, tenant| async move {
    /// let all = Subject::tenant().without("notes").without("verification_logs");
    /// let told = export(&tenant.snapshot().begin().await?, &Export::of(all), tokio::io::sink()).await?;
    /// assert_eq!(told.tables.into_keys().collect::<Vec<_>>(), ["consent_records", "faces", "tenants"]);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn without(mut self, table: &str) -> Self {
        self.without.push(table.to_owned());
        self
    }
}
