//! What a guard says of a request.

use std::fmt;

use super::count::Counts;
use crate::telemetry::Fingerprint;

/// What a guard counted in one request.
///
/// ```
/// use freehold_tenancy::{Execute, guard};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let (_, report) = guard::watch("GET /notes", async {
///     for id in 1..=4_i64 {
///         acme.execute("SELECT FROM notes WHERE id = $1", &[&id]).await?;
///     }
///     Ok::<_, freehold_tenancy::Error>(())
/// })
/// .await;
/// assert!(report.to_string().starts_with(
///     "GET /notes: 4 statements\n  asked 4 times with 4 different keys where once for all would do: \
///      select from notes where id = ?; at "
/// ));
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    name: String,
    statements: u64,
    findings: Vec<Repeated>,
}

/// In which way a statement was repeated.
///
/// ```
/// use freehold_tenancy::{Execute, guard::{self, Kind}};
///
/// # freehold_tenancy_ground::with_db(|db, tenant| async move {
/// # let acme = db.tenant(&tenant);
/// let (_, report) = guard::watch("GET /notes", async {
///     for _ in 0..4 {
///         acme.execute("SELECT FROM notes WHERE id = $1", &[&1_i64]).await?;
///     }
///     Ok::<_, freehold_tenancy::Error>(())
/// })
/// .await;
/// assert_eq!(report.findings()[0].kind, Kind::SameKey);
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// With different keys: N+1.
    DifferentKeys,
    /// With the same key: the answer was there already.
    SameKey,
}

/// A statement that was repeated.
///
/// ```
/// use freehold_tenancy::guard::{Kind, Repeated};
///
/// fn advice(found: &Repeated) -> String {
///     match found.kind {
///         Kind::DifferentKeys => format!("ask once for all {}: {}", found.keys, found.fingerprint.text()),
///         Kind::SameKey => format!("keep the answer: {}", found.fingerprint.text()),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repeated {
    /// In which way.
    pub kind: Kind,
    /// The statement.
    pub fingerprint: Fingerprint,
    /// How often it came; for [`Kind::SameKey`], with the key that came most often.
    pub times: u64,
    /// With how many different keys it came.
    pub keys: usize,
    /// Where the program asked, the most frequent place first.
    pub sites: Vec<Site>,
}

/// A place in the program.
///
/// ```
/// use freehold_tenancy::guard::Repeated;
///
/// fn first_place(found: &Repeated) -> Option<&str> {
///     found.sites.first().map(|site| site.place.as_str())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// `file:line:column`
    pub place: String,
    /// How often it asked.
    pub times: u64,
}

/// The report of a request that repeated statements, as an error.
///
/// ```
/// use freehold_tenancy::guard::{self, Repetition};
///
/// /// A test that fails when the handler repeats itself; what it repeated is the message.
/// async fn repeats_nothing(handler: impl Future<Output = ()>) -> Result<(), Repetition> {
///     let (_, report) = guard::watch("GET /notes", handler).await;
///     report.assert_none()
/// }
/// # freehold_tenancy_ground::alone(async {
/// repeats_nothing(async {}).await?;
/// # Ok(())
/// # });
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Repetition(Report);

impl Repetition {
    /// The report.
    ///
    /// ```
    /// use freehold_tenancy::guard::Repetition;
    ///
    /// fn how_many(failed: &Repetition) -> usize {
    ///     failed.report().findings().len()
    /// }
    /// ```
    pub fn report(&self) -> &Report {
        &self.0
    }
}

impl Report {
    pub(super) fn of(name: String, counts: &Counts, threshold: usize) -> Self {
        let threshold = u64::try_from(threshold).unwrap_or(u64::MAX);
        let mut found: Vec<(u64, Repeated)> = Vec::new();
        for (fingerprint, count) in &counts.by_fingerprint {
            let mut sites: Vec<Site> = count
                .sites
                .iter()
                .map(|(place, times)| Site { place: place.to_string(), times: *times })
                .collect();
            sites.sort_by(|a, b| b.times.cmp(&a.times).then_with(|| a.place.cmp(&b.place)));
            let repeated = |kind, times| {
                let (fingerprint, sites) = (fingerprint.clone(), sites.clone());
                (count.first, Repeated { kind, fingerprint, times, keys: count.keys.len(), sites })
            };
            if count.keys.len() as u64 >= threshold {
                found.push(repeated(Kind::DifferentKeys, count.times));
            }
            let most = count.keys.values().copied().max().unwrap_or(0);
            if most >= threshold {
                found.push(repeated(Kind::SameKey, most));
            }
        }
        found.sort_by_key(|(first, repeated)| (*first, repeated.kind == Kind::SameKey));
        let findings = found.into_iter().map(|(_, repeated)| repeated).collect();
        Self { name, statements: counts.statements, findings }
    }

    /// The name of the request.
    ///
    /// ```
    /// use freehold_tenancy::guard;
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let (_, report) = guard::watch("GET /notes", async {}).await;
    /// assert_eq!(report.name(), "GET /notes");
    /// # Ok(())
    /// # });
    /// ```
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many statements there were.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, guard};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let (_, report) = guard::watch("GET /notes", async {
    ///     acme.execute("SELECT FROM notes", &[]).await?;
    ///     acme.execute("DELETE FROM notes", &[]).await
    /// })
    /// .await;
    /// assert_eq!(report.statements(), 2);
    /// # Ok(())
    /// # });
    /// ```
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// What was repeated, in the order in which it first came.
    ///
    /// ```
    /// use freehold_tenancy::guard;
    ///
    /// # freehold_tenancy_ground::alone(async {
    /// let (_, report) = guard::watch("GET /notes", async {}).await;
    /// assert!(report.findings().is_empty());
    /// # Ok(())
    /// # });
    /// ```
    pub fn findings(&self) -> &[Repeated] {
        &self.findings
    }

    /// For tests: an error that says what was repeated and where, when anything was.
    ///
    /// ```
    /// use freehold_tenancy::{Execute, guard};
    ///
    /// # freehold_tenancy_ground::with_db(|db, tenant| async move {
    /// # let acme = db.tenant(&tenant);
    /// let (_, report) = guard::watch("GET /notes", async {
    ///     for _ in 0..4 {
    ///         acme.execute("SELECT FROM notes", &[]).await?;
    ///     }
    ///     Ok::<_, freehold_tenancy::Error>(())
    /// })
    /// .await;
    /// let told = report.assert_none().unwrap_err().to_string();
    /// assert!(told.contains("asked 4 times with the same key: select from notes"));
    /// # Ok(())
    /// # });
    /// ```
    ///
    /// # Errors
    /// [`Repetition`], when there are findings.
    pub fn assert_none(self) -> Result<(), Repetition> {
        if self.findings.is_empty() { Ok(()) } else { Err(Repetition(self)) }
    }

    /// A warning in the log for each finding.
    pub(super) fn warn(&self) {
        for finding in &self.findings {
            tracing::warn!(
                target: "freehold_tenancy::guard",
                request = self.name,
                kind = ?finding.kind,
                fingerprint = finding.fingerprint.hex(),
                times = finding.times,
                keys = finding.keys,
                sites = %Sites(&finding.sites),
                "{finding}"
            );
        }
    }
}

struct Sites<'s>(&'s [Site]);

impl fmt::Display for Sites<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, site) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{} ({} times)", site.place, site.times)?;
        }
        Ok(())
    }
}

impl fmt::Display for Repeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (times, keys, text) = (self.times, self.keys, self.fingerprint.text());
        match self.kind {
            Kind::DifferentKeys => {
                write!(
                    f,
                    "asked {times} times with {keys} different keys where once for all would do: {text}"
                )?;
            }
            Kind::SameKey => write!(f, "asked {times} times with the same key: {text}")?,
        }
        write!(f, "; at {}", Sites(&self.sites))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} statements", self.name, self.statements)?;
        for finding in &self.findings {
            write!(f, "\n  {finding}")?;
        }
        Ok(())
    }
}
