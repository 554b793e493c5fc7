//! Starts the service. Variables: see `freehold_example_service::Settings`.

use face_recognition::{SERVICE, router, start};
use freehold_example_service::{Settings, begin, run, serve};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    run(SERVICE.name, async |settings: Settings| {
        let places = begin(&SERVICE, &settings).await?;
        let app = start(&places, &settings).await?;
        if settings.admin_token.is_none() {
            tracing::info!("the administration's token of this run is {}", app.admin_token());
        }
        serve(settings.listen, router(app.clone())).await?;
        app.stop().await;
        drop(places);
        Ok(())
    })
    .await
}
