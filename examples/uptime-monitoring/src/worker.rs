//! The worker: probes what is due, writes what it saw in batches, keeps the roll-up.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::{Duration, Instant},
};

use freehold_tenancy::{Db, Error, Execute, FromRow, TenantId};
use futures_util::{StreamExt, stream};
use jiff::{civil::Date, tz::TimeZone};
use reqwest::{Client, redirect::Policy};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    days,
    probe::{Seen, probe},
};

/// How the worker works.
#[derive(Debug, Clone)]
pub struct WorkerOptions {
    /// How often it looks what is due.
    pub tick: Duration,
    /// How often it looks which monitors there are.
    pub look_every: Duration,
    /// How many probes run at once.
    pub concurrency: usize,
    /// How often the days that got new checks are summed anew.
    pub roll_up_every: Duration,
    /// How long an answer is waited for.
    pub patience: Duration,
    /// What a second of a monitor's interval lasts; less than a second in tests.
    pub second: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            look_every: Duration::from_secs(10),
            concurrency: 64,
            patience: Duration::from_secs(10),
            roll_up_every: Duration::from_secs(60),
            second: Duration::from_secs(1),
        }
    }
}

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WorkerReport {
    /// Tenants that had something due.
    pub tenants: usize,
    /// Probes.
    pub probes: usize,
    /// Checks written.
    pub written: u64,
    /// Checks kept for the next round, because the database did not take them.
    pub waiting: usize,
}

/// Probes all tenants' monitors. What the database did not take is kept and written later; what was told as written is
/// on disk.
pub struct Worker {
    db: Db,
    client: Client,
    options: WorkerOptions,
    known: Vec<(TenantId, Vec<Due>)>,
    looked: Option<Instant>,
    last: HashMap<(TenantId, Uuid), Instant>,
    unwritten: HashMap<TenantId, Vec<Seen>>,
    unsummed: BTreeSet<(TenantId, Date)>,
    summed: Instant,
}

/// At most so many checks of a tenant wait for the database; the oldest go first.
const WAITING: usize = 100_000;

#[derive(Debug, Clone, FromRow)]
struct Due {
    id: Uuid,
    url: String,
    check_interval: i32,
}

impl Worker {
    /// With a database.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(db: Db, options: WorkerOptions) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(options.patience)
            .redirect(Policy::none())
            .user_agent("uptime-monitoring")
            .build()?;
        Ok(Self {
            db,
            client,
            options,
            known: Vec::new(),
            looked: None,
            last: HashMap::new(),
            unwritten: HashMap::new(),
            unsummed: BTreeSet::new(),
            summed: Instant::now(),
        })
    }

    /// Works until `stop` says so; then what is unwritten is written once more.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            match self.round().await {
                Ok(report) if report.probes > 0 => tracing::info!(?report, "probed"),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "this round could not be done"),
            }
            tokio::select! {
                () = tokio::time::sleep(self.options.tick) => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { break },
            }
        }
        self.write().await;
        self.sum().await;
    }

    /// One round: everything that is due is probed and written.
    ///
    /// # Errors
    /// When the tenants can't be listed.
    pub async fn round(&mut self) -> Result<WorkerReport, Error> {
        let due = self.due().await?;
        let mut report = WorkerReport { tenants: due.len(), ..WorkerReport::default() };
        let now = Instant::now();
        let mut asked = Vec::new();
        for (tenant, monitors) in due {
            for monitor in monitors {
                self.last.insert((tenant.clone(), monitor.id), now);
                asked.push((tenant.clone(), monitor));
            }
        }
        report.probes = asked.len();
        let client = &self.client;
        let mut seen = stream::iter(asked)
            .map(|(tenant, monitor)| async move { (tenant, probe(client, monitor.id, &monitor.url).await) })
            .buffer_unordered(self.options.concurrency.max(1));
        while let Some((tenant, check)) = seen.next().await {
            self.unwritten.entry(tenant).or_default().push(check);
        }
        drop(seen);
        report.written = self.write().await;
        if self.summed.elapsed() >= self.options.roll_up_every {
            self.sum().await;
            self.summed = Instant::now();
        }
        report.waiting = self.unwritten.values().map(Vec::len).sum();
        Ok(report)
    }

    /// The monitors whose time has come, for each tenant.
    async fn due(&mut self) -> Result<Vec<(TenantId, Vec<Due>)>, Error> {
        if self.looked.is_none_or(|looked| looked.elapsed() >= self.options.look_every) {
            self.known = self.look().await?;
            self.looked = Some(Instant::now());
            let alive: HashSet<(&TenantId, Uuid)> = self
                .known
                .iter()
                .flat_map(|(tenant, monitors)| monitors.iter().map(move |monitor| (tenant, monitor.id)))
                .collect();
            self.last.retain(|(tenant, monitor), _| alive.contains(&(tenant, *monitor)));
        }
        let due = self.known.iter().map(|(tenant, monitors)| {
            let due = monitors.iter().filter(|monitor| self.is_due(tenant, monitor)).cloned().collect();
            (tenant.clone(), due)
        });
        Ok(due.filter(|(_, due): &(TenantId, Vec<Due>)| !due.is_empty()).collect())
    }

    /// Which monitors there are. The tenants are listed by the administration, their monitors are read by each tenant's
    /// own handle; a tenant whose monitors can't be read now keeps those that were known.
    async fn look(&self) -> Result<Vec<(TenantId, Vec<Due>)>, Error> {
        let system = self.db.system("the worker lists the tenants that it probes for")?;
        let sql = "SELECT id FROM tenants WHERE is_active AND deleted_at IS NULL ORDER BY id";
        let tenants: Vec<(Uuid,)> = system.query(sql, &[]).await?;
        let mut found = Vec::new();
        for (id,) in tenants {
            let tenant = TenantId::uuid(id)?;
            let sql = "SELECT id, url, check_interval FROM monitors
                WHERE tenant_id = $1 AND is_active AND deleted_at IS NULL";
            match self.db.tenant(&tenant).query(sql, &[&tenant]).await {
                Ok(monitors) => found.push((tenant, monitors)),
                Err(error) => {
                    tracing::warn!(tenant = tenant.hash_for_logs(), %error, "its monitors can't be read now");
                    found.extend(self.known.iter().find(|(known, _)| *known == tenant).cloned());
                }
            }
        }
        Ok(found)
    }

    fn is_due(&self, tenant: &TenantId, monitor: &Due) -> bool {
        let interval = self.options.second.saturating_mul(monitor.check_interval.unsigned_abs());
        self.last.get(&(tenant.clone(), monitor.id)).is_none_or(|last| last.elapsed() >= interval)
    }

    /// Writes what was seen, one statement for each tenant.
    async fn write(&mut self) -> u64 {
        let mut written = 0;
        for (tenant, mut checks) in std::mem::take(&mut self.unwritten) {
            match self.write_for(&tenant, &checks).await {
                Ok(count) => {
                    written += count;
                    let day = |check: &Seen| check.checked_at.to_zoned(TimeZone::UTC).date();
                    self.unsummed.extend(checks.iter().map(|check| (tenant.clone(), day(check))));
                }
                Err(error) => {
                    tracing::warn!(tenant = tenant.hash_for_logs(), checks = checks.len(), %error, "kept for later");
                    let too_many = checks.len().saturating_sub(WAITING);
                    checks.drain(..too_many);
                    self.unwritten.insert(tenant, checks);
                }
            }
        }
        written
    }

    /// Whether a batch whose answer was lost is there is not known; written again, its checks keep their keys.
    async fn write_for(&self, tenant: &TenantId, checks: &[Seen]) -> Result<u64, Error> {
        let ids: Vec<Uuid> = checks.iter().map(|check| check.id).collect();
        let monitors: Vec<Uuid> = checks.iter().map(|check| check.monitor_id).collect();
        let statuses: Vec<&str> = checks.iter().map(|check| check.status).collect();
        let times: Vec<Option<i32>> = checks.iter().map(|check| check.response_time).collect();
        let codes: Vec<Option<i16>> = checks.iter().map(|check| check.status_code).collect();
        let errors: Vec<Option<&str>> = checks.iter().map(|check| check.error_message).collect();
        let moments: Vec<_> = checks.iter().map(|check| check.checked_at).collect();
        let sql = "INSERT INTO monitor_checks
                (tenant_id, id, monitor_id, status, response_time, status_code, error_message, checked_at)
            SELECT $1, * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::int[], $6::smallint[], $7::text[], $8::timestamptz[])
            ON CONFLICT DO NOTHING";
        let handle = self.db.tenant(tenant);
        handle.execute(sql, &[tenant, &ids, &monitors, &statuses, &times, &codes, &errors, &moments]).await
    }

    /// Sums the days that got new checks; one that could not be summed is summed next time.
    async fn sum(&mut self) {
        for (tenant, day) in std::mem::take(&mut self.unsummed) {
            if let Err(error) = days::roll_up(&self.db.tenant(&tenant), day).await {
                tracing::warn!(tenant = tenant.hash_for_logs(), %day, %error, "summed later");
                self.unsummed.insert((tenant, day));
            }
        }
    }
}
