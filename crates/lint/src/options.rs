//! What a run knows besides the scripts: versions, sizes, production.

use std::collections::BTreeMap;

use freehold_model::name::QualifiedName;

/// What a run knows besides the scripts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Major versions of the server that the project must run on, oldest first; 14 to 18 when nothing is known.
    pub majors: Vec<u32>,
    /// Up to this many rows a table counts as tiny: locking, reading or writing it again takes no time that matters.
    pub tiny_rows: u64,
    /// Rows of tables, from settings, from a live catalog or a snapshot.
    pub rows: BTreeMap<QualifiedName, u64>,
    /// Scripts that are wanted are deployed together: what one of them makes is new to the next.
    pub one_deployment: bool,
    /// The runner sets a `lock_timeout` by itself.
    pub runner_sets_lock_timeout: bool,
    /// The tenant column, where the project names it.
    pub tenant_column: Option<String>,
    /// The table of tenants, where the project names it.
    pub tenant_root: Option<String>,
    /// Tables that all tenants share on purpose.
    pub shared: Vec<String>,
    /// The role that the application uses, where the project names it.
    pub application_role: Option<String>,
    /// What is known of production.
    pub production: Option<Production>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            majors: vec![14, 15, 16, 17, 18],
            tiny_rows: 1_000,
            rows: BTreeMap::new(),
            one_deployment: false,
            runner_sets_lock_timeout: false,
            tenant_column: None,
            tenant_root: None,
            shared: Vec::new(),
            application_role: None,
            production: None,
        }
    }
}

impl Options {
    /// The oldest version that the project must run on.
    pub fn oldest(&self) -> u32 {
        self.majors.iter().copied().min().unwrap_or(14)
    }
}

/// What is known of production.
#[derive(Debug, Clone, Default)]
pub struct Production {
    /// Queries that ran there, with how often.
    pub queries: Vec<LiveQuery>,
    /// Over how many seconds the queries were counted; 0 when that is unknown.
    pub seconds: f64,
    /// Scans of each index since statistics were reset, by schema and name of the index.
    pub index_scans: BTreeMap<QualifiedName, u64>,
    /// Answers to the questions of [`crate::probes`]: table, what is demanded of its rows, how many break it.
    pub violations: BTreeMap<(QualifiedName, String), u64>,
}

/// A query as `pg_stat_statements` keeps it.
#[derive(Debug, Clone)]
pub struct LiveQuery {
    /// Its text with constants replaced.
    pub text: String,
    /// How often it was called.
    pub calls: u64,
    /// Mean time of a call, in milliseconds.
    pub mean_ms: f64,
    /// Relations that it reads or writes, resolved where the text allows.
    pub relations: Vec<QualifiedName>,
    /// Names of columns that its text mentions, bare.
    pub columns: Vec<String>,
}
