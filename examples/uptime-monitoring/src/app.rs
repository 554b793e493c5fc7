//! The service put together: state, routes, start.

use std::{sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use freehold_example_service::{Bearers, BeginError, Places, Service, Settings, open};
use freehold_tenancy::{Db, Tenancy};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

use crate::{caller, checks, monitors, openapi, status_page, tenants};

/// The service's name and what its owner prepares at each start: partitions of this month and the coming ones.
pub const SERVICE: Service = Service {
    name: "uptime-monitoring",
    prepare: "SELECT create_coming_monitor_checks_partitions()",
    served: "SELECT is_active AND deleted_at IS NULL FROM tenants WHERE id = $1",
};

/// The greatest request body, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) bearers: Bearers,
    pub(crate) admin_token: String,
}

impl App {
    /// With a database.
    pub fn new(db: Db, admin_token: String) -> Self {
        Self(Arc::new(Parts { db, bearers: Bearers::new(Duration::from_secs(12 * 3600)), admin_token }))
    }

    /// The database.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// What opens the door to administration.
    pub fn admin_token(&self) -> &str {
        &self.0.admin_token
    }
}

/// Migrates and opens the database.
///
/// # Errors
/// [`BeginError`], by the step that failed.
pub async fn start(places: &Places, settings: &Settings) -> Result<App, BeginError> {
    let tenancy = Tenancy::from_toml(include_str!("../freehold.toml"))?;
    let migrations = freehold_tenancy::migrate!("migrations");
    let db = open(&SERVICE, places, migrations, tenancy).await?;
    let token = settings.admin_token.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    Ok(App::new(db, token))
}

/// All routes.
pub fn router(app: App) -> Router {
    let people = Router::new()
        .route("/monitors", post(monitors::add).get(monitors::list))
        .route("/monitors/{monitor_id}", get(monitors::one).delete(monitors::remove))
        .route("/monitors/{monitor_id}/checks", get(checks::latest))
        .route("/monitors/{monitor_id}/days", get(checks::days))
        .layer(middleware::from_fn_with_state(app.clone(), caller::authenticate));
    Router::new()
        .route("/health", get(tenants::health))
        .route("/openapi.json", get(openapi::document))
        .route("/tenants", post(tenants::add))
        .route("/login", post(tenants::log_in))
        .route("/status/{slug}", get(status_page::page))
        .merge(people)
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
