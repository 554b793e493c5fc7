//! The service put together: state, routes, start.

use std::{sync::Arc, time::Duration};

use axum::{
    Router, middleware,
    routing::{delete, get, post},
};
use freehold_example_service::{Bearers, BeginError, Places, Service, Settings, open};
use freehold_tenancy::{
    Db, Tenancy,
    query::{CursorKey, Cursors},
};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};
use uuid::Uuid;

use crate::{audit, caller, joining, meetings, openapi, organizations, people, presence::Presence};

/// The service's name and what its owner prepares at each start.
pub const SERVICE: Service = Service {
    name: "meetings",
    prepare: "",
    served: "SELECT is_active FROM organizations WHERE org_id = $1",
};

/// The greatest request body, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// What every handler has at hand.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Parts>);

pub(crate) struct Parts {
    pub(crate) db: Db,
    pub(crate) bearers: Bearers,
    pub(crate) cursors: Cursors,
    pub(crate) presence: Presence,
    pub(crate) admin_token: String,
}

impl App {
    /// With a database and where the presence is kept.
    ///
    /// # Errors
    /// [`BeginError::Part`] when a part can't be set up.
    pub async fn new(db: Db, redis_url: Option<&str>, admin_token: String) -> Result<Self, BeginError> {
        let bearers = Bearers::new(Duration::from_secs(12 * 3600));
        // Of this run, as the tokens are: whoever has to log in again begins with the first page again.
        let secret = [*Uuid::new_v4().as_bytes(), *Uuid::new_v4().as_bytes()].concat();
        let key = CursorKey::new(1, &secret).map_err(|error| BeginError::part("the cursors", &error))?;
        let presence =
            Presence::open(redis_url).await.map_err(|error| BeginError::part("the presence", &error))?;
        let cursors = Cursors::new(key);
        Ok(Self(Arc::new(Parts { db, bearers, cursors, presence, admin_token })))
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
    let token = settings.admin_token.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    App::new(db, places.redis_url.as_deref(), token).await
}

/// All routes.
pub fn router(app: App) -> Router {
    let people = Router::new()
        .route("/users", post(people::add).get(people::list))
        .route("/meetings", post(meetings::schedule).get(meetings::upcoming))
        .route("/meetings/join", post(joining::join))
        .route("/meetings/{meeting_id}", get(meetings::one).delete(meetings::cancel))
        .route("/meetings/{meeting_id}/participants", get(joining::participants))
        .route("/meetings/{meeting_id}/present", get(joining::present).post(joining::still_here))
        .route("/meetings/{meeting_id}/present/me", delete(joining::leave))
        .route("/audit", get(audit::of_organization))
        .route("/audit/{table}/{row}", get(audit::of_row))
        .layer(middleware::from_fn_with_state(app.clone(), caller::authenticate));
    Router::new()
        .route("/health", get(organizations::health))
        .route("/openapi.json", get(openapi::document))
        .route("/organizations", post(organizations::add))
        .route("/login", post(people::log_in))
        .merge(people)
        .layer(RequestBodyLimitLayer::new(LONGEST_BODY))
        .layer(CatchPanicLayer::new())
        .with_state(app)
}
