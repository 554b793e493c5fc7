//! Starts the pages and the worker. Variables: see `freehold_example_service::Settings`.

use freehold_example_service::{Settings, begin, run, serve};
use tokio::sync::watch;
use uptime_monitoring::{SERVICE, Worker, WorkerOptions, router, start};

#[tokio::main]
async fn main() -> std::process::ExitCode {
    run(SERVICE.name, async |settings: Settings| {
        let places = begin(&SERVICE, &settings).await?;
        let app = start(&places, &settings).await?;
        if settings.admin_token.is_none() {
            tracing::info!("the administration's token of this run is {}", app.admin_token());
        }
        let (stop, stopped) = watch::channel(false);
        let worker = Worker::new(app.db().clone(), WorkerOptions::default())?;
        let worker = tokio::spawn(worker.run(stopped));
        serve(settings.listen, router(app)).await?;
        // What the worker has seen and not written yet is written before the servers go.
        stop.send(true).ok();
        worker.await.ok();
        drop(places);
        Ok(())
    })
    .await
}
