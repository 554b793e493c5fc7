//! Starts the service. Variables: see `freehold_example_service::Settings`.

use freehold_example_service::{Settings, run};
use meetings::{router, start};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    run("meetings", async |settings: Settings| {
        let (places, app) = start(&settings).await?;
        tracing::info!(token = app.admin_token_if_made(&settings), "administration");
        freehold_example_service::serve(settings.listen, router(app)).await?;
        drop(places);
        Ok(())
    })
    .await
}
