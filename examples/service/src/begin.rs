//! The start of a service: servers, migrations, the database as the application sees it, and the listening socket.

use std::{io, net::SocketAddr};

use axum::Router;
use freehold_tenancy::{Db, Error, StatusCheck, Tenancy, migrate::Migrations};
use tokio::net::TcpListener;

use crate::{Owner, OwnerError, Places, PlacesError, Service, Settings};

/// Why a service could not begin.
#[derive(Debug, thiserror::Error)]
pub enum BeginError {
    /// The service was told something that can't be.
    #[error("reading the settings")]
    Settings(#[from] crate::SettingsError),
    /// How tenants are told apart is not written as it must be.
    #[error("reading how tenants are told apart")]
    Tenancy(#[from] freehold_tenancy::SettingsError),
    /// No servers.
    #[error("finding the servers")]
    Places(#[from] PlacesError),
    /// The migrations could not be applied.
    #[error("applying the migrations")]
    Migrate(#[from] freehold_tenancy::migrate::MigrateError),
    /// The prober's HTTP client can't be made.
    #[error("making the HTTP client")]
    Client(#[from] reqwest::Error),
    /// The owner could not prepare the tables.
    #[error("preparing the tables")]
    Owner(#[from] OwnerError),
    /// The application could not open the database.
    #[error("opening the database as the application")]
    Open(#[from] Error),
    /// A part of the service could not be set up.
    #[error("setting up {what}: {why}")]
    Part {
        /// Which part.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// Nothing could listen there.
    #[error("listening")]
    Listen(#[source] io::Error),
}

impl BeginError {
    /// A part of the service could not be set up.
    pub fn part(what: &'static str, error: &dyn std::fmt::Display) -> Self {
        Self::Part { what, why: error.to_string() }
    }
}

/// Finds or starts the servers.
///
/// # Errors
/// [`BeginError::Places`].
pub async fn begin(service: &Service, settings: &Settings) -> Result<Places, BeginError> {
    Ok(Places::find(service, settings).await?)
}

/// Applies the migrations, runs what the owner prepares at each start, and opens the database as the application sees it:
/// tenants as one login, work across them as another.
///
/// # Errors
/// When nobody answers, or the role could see more than one tenant's rows.
pub async fn open(
    service: &Service,
    places: &Places,
    migrations: Migrations,
    tenancy: Tenancy,
) -> Result<Db, BeginError> {
    let done = migrations.run(&places.owner_database_url).await?;
    tracing::info!(applied = done.applied.len(), version = done.version, "the schema is up to date");
    if !service.prepare.is_empty() {
        Owner::new(&places.owner_database_url)?.run("making partitions", service.prepare).await?;
    }
    let builder = Db::builder(&places.database_url)
        .tenancy(tenancy)
        .system_url(&places.admin_database_url)
        .status(StatusCheck::query(service.served))
        .application_name(service.name);
    Ok(builder.open().await?)
}

/// Serves until the process is told to stop; requests that are under way are answered first.
///
/// # Errors
/// When nothing can listen there.
pub async fn serve(listen: Option<SocketAddr>, router: Router) -> Result<(), BeginError> {
    let address = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = TcpListener::bind(address).await.map_err(BeginError::Listen)?;
    let address = listener.local_addr().map_err(BeginError::Listen)?;
    tracing::info!("listening on http://{address}");
    let stop = async {
        tokio::signal::ctrl_c().await.ok();
    };
    axum::serve(listener, router).with_graceful_shutdown(stop).await.map_err(BeginError::Listen)
}
