//! Uptime by day: the roll-up, kept and read.

use freehold_tenancy::{Error, Execute, FromRow, Tenant, TenantId};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How many days are shown.
pub(crate) const SHOWN: i64 = 90;

/// One day of one monitor.
#[derive(Debug, Clone, Serialize, ToSchema, FromRow)]
pub(crate) struct Day {
    /// The tenant.
    pub(crate) tenant_id: Uuid,
    /// The monitor.
    pub(crate) monitor_id: Uuid,
    /// The day, in UTC.
    #[schema(value_type = String, format = Date)]
    pub(crate) day: Date,
    /// How many checks there were.
    pub(crate) checks: i32,
    /// How many of them found it up.
    pub(crate) checks_up: i32,
    /// The slowest answer, in milliseconds.
    pub(crate) response_time_max: i32,
}

impl Day {
    /// Percent of the checks that found it up; none on a day without checks.
    pub(crate) fn uptime(&self) -> Option<f64> {
        (self.checks > 0).then(|| 100.0 * f64::from(self.checks_up) / f64::from(self.checks))
    }
}

/// Today, in UTC.
pub(crate) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// The last ninety days of a monitor; days without checks are missing.
///
/// # Errors
/// As [`Execute::query`].
pub(crate) async fn of_monitor(
    tenant: &Tenant,
    tenant_id: &TenantId,
    monitor: Uuid,
) -> Result<Vec<Day>, Error> {
    let since = today() - (SHOWN - 1).days();
    let sql =
        "SELECT tenant_id, monitor_id, day, checks, checks_up, response_time_max FROM monitor_uptime_days
        WHERE tenant_id = $1 AND monitor_id = $2 AND day >= $3 ORDER BY day";
    tenant.query(sql, &[&tenant_id, &monitor, &since]).await
}

/// Sums a day of the tenant anew; what was summed of it before is replaced. Gives the number of monitors.
///
/// # Errors
/// As [`Execute::query`].
pub(crate) async fn roll_up(tenant: &Tenant, day: Date) -> Result<i64, Error> {
    tenant.query_value("SELECT roll_up_monitor_uptime($1)", &[&day]).await
}
