//! The frame of every service's `main`: logs, variables, stopping, and an error told once.

use std::{io::IsTerminal as _, process::ExitCode};

use tracing_subscriber::EnvFilter;

use crate::{BeginError, Settings};

/// Reads the settings from the process's environment, runs the service, and tells an error with its causes.
/// A signal stops the service; its private servers stop with it.
pub async fn run(
    name: &'static str,
    service: impl AsyncFnOnce(Settings) -> Result<(), BeginError>,
) -> ExitCode {
    #[expect(clippy::disallowed_methods, reason = "this is the face of the example services")]
    let variable = |name: &str| std::env::var(name).ok();
    let filter = EnvFilter::try_new(variable("RUST_LOG").unwrap_or_else(|| "info".to_owned()));
    tracing_subscriber::fmt()
        .with_env_filter(filter.unwrap_or_else(|_| EnvFilter::new("info")))
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    let outcome = match Settings::from_variables(variable) {
        Ok(settings) => service(settings).await,
        Err(error) => Err(BeginError::Settings(error)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let causes =
                std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source());
            let causes = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
            tracing::error!("{name} could not run: {causes}");
            ExitCode::FAILURE
        }
    }
}
