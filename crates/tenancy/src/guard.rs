//! Counts repeated statements in a request: the N+1 guard.
//!
//! A list is read with one statement, and then a statement more for each of its rows: nothing fails, and a page with
//! 200 rows costs 201 round trips. [`scope`] counts what is asked within one request and warns, with the places in the
//! program, of every statement that came [`Guard::THRESHOLD`] times or more
//!
//! - with different keys ([`Kind::DifferentKeys`]): ask once for all of them, with `= ANY($1)` or a join;
//! - with the same key ([`Kind::SameKey`]): ask once and keep the answer.
//!
//! It is there in builds with debug assertions, and with the feature `guard` in others too; elsewhere [`scope`] is just
//! the future that it is given and nothing is counted ([`IS_ON`]). Statements of tasks that are spawned within the
//! request are not seen, unless they run under [`Guard::watch`] of a clone.
//!
//! ```
//! use freehold_tenancy::{Execute, guard};
//!
//! # freehold_tenancy_ground::with_db(|db, tenant| async move {
//! # let tenant = db.tenant(&tenant);
//! // In a middleware, around each request:
//! guard::scope("GET /notes", async {
//!     let ids: Vec<(i64,)> = tenant.query("SELECT id FROM notes", &[]).await?;
//!     for (id,) in ids {
//!         // With one note more the guard would warn of this, and say that it stands here.
//!         let _body: String = tenant.query_value("SELECT body FROM notes WHERE id = $1", &[&id]).await?;
//!     }
//!     Ok::<_, freehold_tenancy::Error>(())
//! })
//! .await?;
//!
//! // In a test:
//! let (_, report) = guard::watch("GET /notes", async { /* call the handler */ }).await;
//! report.assert_none()?;
//! # Ok(())
//! # });
//! ```

mod count;
mod report;

use std::{
    borrow::Cow,
    future::Future,
    panic::Location,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{execute::Param, telemetry::Fingerprint};
use count::Counts;
pub use report::{Kind, Repeated, Repetition, Report, Site};

/// Whether statements are counted in this build.
///
/// ```
/// use freehold_tenancy::{Execute, guard};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let acme = db.tenant(&tenant);
/// let (done, report) = guard::watch("GET /notes", acme.execute("SELECT FROM notes", &[])).await;
/// assert_eq!(done?, 3);
/// assert_eq!(report.statements(), u64::from(guard::IS_ON));
/// # Ok(())
/// # });
/// ```
pub const IS_ON: bool = cfg!(any(debug_assertions, feature = "guard"));

tokio::task_local! {
    static CURRENT: Guard;
}

/// Counts the statements of one request. Cheap to clone; clones count together.
///
/// ```
/// use freehold_tenancy::{Execute, guard::Guard};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let guard = Guard::new("GET /notes").threshold(10);
/// let spawned = guard.clone();
/// let task = tokio::spawn(async move { spawned.watch(acme.execute("SELECT FROM notes", &[])).await });
/// assert_eq!(task.await??, 3);
/// assert_eq!(guard.report().statements(), 1, "counted, though another task asked");
/// assert!(guard.report().findings().is_empty());
/// # Ok(())
/// # });
/// ```
#[derive(Clone, Debug)]
pub struct Guard {
    name: Cow<'static, str>,
    threshold: usize,
    counts: Arc<Mutex<Counts>>,
}

impl Guard {
    /// How often a statement may be repeated before it is reported, unless said otherwise: it is at this many.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, guard::{self, Guard}};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let (_, report) = guard::watch("GET /notes", async {
    ///     for _ in 1..Guard::THRESHOLD {
    ///         acme.execute("SELECT FROM notes", &[]).await?;
    ///     }
    ///     Ok::<_, freehold_tenancy::Error>(())
    /// })
    /// .await;
    /// assert!(report.findings().is_empty(), "three times is not reported, four times is");
    /// # Ok(())
    /// # });
    /// ```
    pub const THRESHOLD: usize = 4;

    /// A guard of a request; `name` stands in what it reports.
    ///
    /// ```
    /// use freehold_tenancy::guard::Guard;
    ///
    /// let report = Guard::new("GET /notes").report();
    /// assert_eq!(report.to_string(), "GET /notes: 0 statements");
    /// ```
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self { name: name.into(), threshold: Self::THRESHOLD, counts: Arc::default() }
    }

    /// The same guard, which reports what came `times` times or more; less than 2 counts as 2.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, guard::Guard};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let strict = Guard::new("GET /notes").threshold(2);
    /// for _ in 0..2 {
    ///     strict.watch(acme.execute("SELECT FROM notes", &[])).await?;
    /// }
    /// assert_eq!(strict.report().findings()[0].times, 2);
    /// # Ok(())
    /// # });
    /// ```
    #[must_use]
    pub fn threshold(mut self, times: usize) -> Self {
        self.threshold = times.max(2);
        self
    }

    /// Runs a future; its statements are counted here. A guard within a guard takes the statements for itself.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, guard::Guard};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let (outer, inner) = (Guard::new("request"), Guard::new("part"));
    /// outer.watch(inner.watch(acme.execute("SELECT FROM notes", &[]))).await?;
    /// assert_eq!((outer.report().statements(), inner.report().statements()), (0, 1));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn watch<F: Future>(&self, work: F) -> F::Output {
        if IS_ON { CURRENT.scope(self.clone(), work).await } else { work.await }
    }

    /// What was counted so far.
    ///
    /// ```
    /// use freehold_tenancy::guard::Guard;
    ///
    /// let guard = Guard::new("GET /notes");
    /// assert_eq!(guard.report().name(), "GET /notes");
    /// assert_eq!(guard.report().statements(), 0);
    /// ```
    pub fn report(&self) -> Report {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        Report::of(self.name.clone().into_owned(), &counts, self.threshold)
    }
}

/// Runs a future, counts its statements, and logs a warning (target `freehold_tenancy::guard`) for each that it
/// repeated.
///
/// ```
/// use freehold_tenancy::{Execute, guard};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// let acme = db.tenant(&tenant);
/// // What the future gives is given on.
/// let found = guard::scope("GET /notes", acme.execute("SELECT FROM notes", &[])).await?;
/// assert_eq!(found, 3);
/// # Ok(())
/// # });
/// ```
pub async fn scope<F: Future>(name: impl Into<Cow<'static, str>>, work: F) -> F::Output {
    if !IS_ON {
        return work.await;
    }
    let (output, report) = watch(name, work).await;
    report.warn();
    output
}

/// Runs a future, counts its statements, and gives the report beside what the future gave.
///
/// ```
/// use freehold_tenancy::{Execute, guard};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let (done, report) = guard::watch("GET /notes", async {
///     for id in 1..=4_i64 {
///         acme.execute("SELECT FROM notes WHERE id = $1", &[&id]).await?;
///     }
///     Ok::<_, freehold_tenancy::Error>(())
/// })
/// .await;
/// done?;
/// assert_eq!(report.findings()[0].keys, 4);
/// # Ok(())
/// # });
/// ```
pub async fn watch<F: Future>(name: impl Into<Cow<'static, str>>, work: F) -> (F::Output, Report) {
    let guard = Guard::new(name);
    let output = guard.watch(work).await;
    (output, guard.report())
}

/// Counts a statement, where a guard watches.
pub(crate) fn note(
    fingerprint: &Fingerprint,
    text: &str,
    params: &[Param<'_>],
    site: &'static Location<'static>,
) {
    let _ = CURRENT.try_with(|guard| {
        let key = count::key(text, params);
        guard.counts.lock().unwrap_or_else(PoisonError::into_inner).add(fingerprint, key, site);
    });
}
