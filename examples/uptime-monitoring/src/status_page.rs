//! The status page: one bar a day for each monitor, drawn by the server.

use std::collections::HashMap;

use axum::{
    extract::{Path, State},
    response::Html,
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::Execute;
use jiff::ToSpan;
use minijinja::{Environment, context};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    App,
    days::{Day, SHOWN, today},
    monitors::Monitor,
    tenants,
};

const PAGE: &str = include_str!("status_page.html");

/// One monitor as it is drawn.
#[derive(Serialize)]
struct Line {
    name: String,
    /// The word for now.
    state: &'static str,
    /// Percent of the days shown, such as `99.95`; none without checks.
    uptime: Option<String>,
    bars: Vec<Bar>,
}

/// One day as it is drawn.
#[derive(Serialize)]
struct Bar {
    /// Where it stands, from the left.
    x: i64,
    /// `up`, `partly`, `down` or `unknown`.
    class: &'static str,
    /// What is read when the bar is pointed at.
    says: String,
}

/// Width of a bar and the gap behind it.
const STEP: i64 = 8;

/// The status page of a tenant, for everybody who has its address.
#[utoipa::path(get, path = "/status/{slug}", responses((status = 200, content_type = "text/html"), (status = 404)))]
pub(crate) async fn page(State(app): State<App>, Path(slug): Path<String>) -> Answer<Html<String>> {
    let tenant_id = tenants::by_slug(&app, &slug).await?.ok_or(Refusal::not_found("status page"))?;
    let tenant = app.0.db.tenant(&tenant_id).read_only();
    let name: String = tenant.query_value("SELECT name FROM tenants WHERE id = $1", &[&tenant_id]).await?;
    let monitors: Vec<Monitor> = tenant
        .query(
            "SELECT tenant_id, id, name, url, check_interval, is_active FROM monitors
             WHERE tenant_id = $1 AND deleted_at IS NULL AND is_active ORDER BY name LIMIT 100",
            &[&tenant_id],
        )
        .await?;
    let ids: Vec<Uuid> = monitors.iter().map(|monitor| monitor.id).collect();
    // One statement for the days of all monitors and one for their states, however many there are.
    let days: Vec<Day> = tenant
        .query(
            "SELECT tenant_id, monitor_id, day, checks, checks_up, response_time_max FROM monitor_uptime_days
             WHERE tenant_id = $1 AND monitor_id = ANY ($2) AND day >= $3 ORDER BY day",
            &[&tenant_id, &ids, &(today() - (SHOWN - 1).days())],
        )
        .await?;
    let states: Vec<(Uuid, String)> = tenant
        .query(
            "SELECT m.id, c.status FROM unnest($2::uuid[]) AS m (id)
             CROSS JOIN LATERAL (SELECT status FROM monitor_checks
                 WHERE tenant_id = $1 AND monitor_id = m.id AND checked_at >= now() - interval '2 days'
                 ORDER BY checked_at DESC LIMIT 1) AS c",
            &[&tenant_id, &ids],
        )
        .await?;
    let states: HashMap<Uuid, String> = states.into_iter().collect();
    let lines: Vec<Line> =
        monitors.iter().map(|monitor| line(monitor, &days, states.get(&monitor.id))).collect();
    render(&name, &lines).map_err(|error| {
        tracing::error!(%error, "the status page can't be drawn");
        Refusal::new(http::StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong here")
    })
}

fn line(monitor: &Monitor, days: &[Day], state: Option<&String>) -> Line {
    let own: HashMap<_, _> =
        days.iter().filter(|day| day.monitor_id == monitor.id).map(|day| (day.day, day)).collect();
    let first = today() - (SHOWN - 1).days();
    let bars = (0..SHOWN).map(|at| {
        let date = first + at.days();
        let day = own.get(&date);
        let (class, seen) = match day.and_then(|day| day.uptime()) {
            None => ("unknown", "no checks".to_owned()),
            Some(percent) if percent >= 99.9 => ("up", shown(percent)),
            Some(percent) if percent >= 95.0 => ("partly", shown(percent)),
            Some(percent) => ("down", shown(percent)),
        };
        Bar { x: at * STEP, class, says: format!("{date}: {seen}") }
    });
    let (checks, up) = own.values().fold((0_i64, 0_i64), |(checks, up), day| {
        (checks + i64::from(day.checks), up + i64::from(day.checks_up))
    });
    #[expect(clippy::cast_precision_loss, reason = "ninety days of checks are far below 2^52")]
    let uptime = (checks > 0).then(|| shown(100.0 * up as f64 / checks as f64));
    let state = match state.map(String::as_str) {
        Some("up") => "up",
        Some(_) => "down",
        None => "unknown",
    };
    Line { name: monitor.name.clone(), state, uptime, bars: bars.collect() }
}

/// Percent with two decimals, cut off, so that 99.999 is not told as 100.
fn shown(percent: f64) -> String {
    format!("{:.2} %", (percent * 100.0).floor() / 100.0)
}

fn render(name: &str, lines: &[Line]) -> Result<Html<String>, minijinja::Error> {
    let mut environment = Environment::new();
    // The name ends in .html, so every value is escaped.
    environment.add_template("status_page.html", PAGE)?;
    let down = lines.iter().filter(|line| line.state == "down").count();
    let page = environment.get_template("status_page.html")?.render(context! {
        name, down, lines => minijinja::value::Serde(lines), days => SHOWN, width => SHOWN * STEP,
    })?;
    Ok(Html(page))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_never_rounded_up() {
        assert_eq!(shown(99.999), "99.99 %");
        assert_eq!(shown(100.0), "100.00 %");
    }

    #[test]
    fn names_are_escaped() {
        let line = Line { name: "<script>".to_owned(), state: "up", uptime: None, bars: Vec::new() };
        let Html(page) = render("a & b", &[line]).unwrap();
        assert!(page.contains("a &amp; b") && page.contains("&lt;script&gt;") && !page.contains("<script>"));
    }
}
