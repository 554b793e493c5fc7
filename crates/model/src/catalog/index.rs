//! Indexes.

use super::facts::Facts;

/// One key column or expression of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexColumn {
    /// A column of the table, by name.
    Column(String),
    /// An expression, as the server prints it.
    Expression(String),
}

impl IndexColumn {
    /// The column's name, if it is a plain column.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Column(name) => Some(name),
            Self::Expression(_) => None,
        }
    }
}

/// An index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Index {
    /// In `pg_class`; not compared.
    pub oid: u32,
    /// The file that holds it; not compared. A new one means that the index was built again.
    pub relfilenode: u32,
    /// Its name, unquoted; its schema is the table's.
    pub name: String,
    /// What `pg_get_indexdef` says.
    pub definition: String,
    /// `btree`, `gin`, `hnsw` and so on.
    pub method: String,
    /// The key, in order.
    pub columns: Vec<IndexColumn>,
    /// The columns of `INCLUDE`, in order.
    pub included: Vec<String>,
    /// The condition of a partial index.
    pub predicate: Option<String>,
    /// True with `UNIQUE`.
    pub unique: bool,
    /// True with `NULLS NOT DISTINCT` (PostgreSQL 15).
    pub nulls_not_distinct: bool,
    /// True for the primary key's index.
    pub primary: bool,
    /// True for an exclusion constraint's index.
    pub exclusion: bool,
    /// False when building it failed or has not ended: queries do not use it.
    pub valid: bool,
    /// False when writes do not keep it up to date.
    pub ready: bool,
    /// True when the table was last clustered by it.
    pub clustered: bool,
    /// True when it is the table's replica identity.
    pub replica_identity: bool,
    /// The constraint that it serves, by name.
    pub constraint: Option<String>,
    /// True when it hangs on an index of the partitioned table above.
    pub attached: bool,
    /// The index of the partitioned table above that it hangs on; its schema is that table's. Not compared.
    pub parent: Option<String>,
    /// Where it is, if not in the database's own tablespace.
    pub tablespace: Option<String>,
    /// Statistics targets of expressions, as `number=target`.
    pub statistics_targets: Vec<String>,
    /// Its comment.
    pub comment: Option<String>,
}

impl Index {
    /// True when its key begins with these columns, in any order among themselves: it can serve a search by all of
    /// them. Partial and invalid indexes do not count.
    pub fn serves(&self, columns: &[&str]) -> bool {
        let start: Vec<&str> =
            self.columns.iter().take(columns.len()).filter_map(IndexColumn::column).collect();
        self.valid
            && self.predicate.is_none()
            && !columns.is_empty()
            && start.len() == columns.len()
            && columns.iter().all(|column| start.contains(column))
    }

    pub(super) fn facts(&self) -> Facts {
        Facts::new()
            .text("definition", &self.definition)
            .flag("valid", self.valid)
            .flag("ready", self.ready)
            .flag("primary key", self.primary)
            .flag("clustered", self.clustered)
            .flag("replica identity", self.replica_identity)
            .maybe("constraint", self.constraint.as_deref())
            .flag("part of the parent's", self.attached)
            .maybe("tablespace", self.tablespace.as_deref())
            .set("statistics targets", self.statistics_targets.clone())
            .long("comment", self.comment.as_deref())
    }
}
