//! The service on servers of its own, with two tenants who are logged in, and targets that answer as told.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use freehold_example_service::{
    Places, Settings, begin,
    trial::{Came, Client, Trial, Watch},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use uptime_monitoring::{App, SERVICE, Worker, WorkerOptions, router, start};

/// Servers and service.
pub(crate) struct Stage {
    pub(crate) places: Places,
    pub(crate) app: App,
    pub(crate) trial: Trial,
}

/// One tenant with one person who is logged in.
pub(crate) struct Account {
    pub(crate) client: Client,
    pub(crate) watch: Arc<Watch>,
    pub(crate) mark: String,
}

impl Stage {
    /// Starts everything; with a PgBouncer in transaction mode between, if asked to.
    pub(crate) async fn set(pooler: bool) -> Self {
        let settings = Settings::default();
        let mut places = begin(&SERVICE, &settings).await.unwrap();
        if pooler {
            places.put_pooler_between().await.unwrap();
        }
        let app = start(&places, &settings).await.unwrap();
        let trial = Trial::serve(router(app.clone())).await.unwrap();
        Self { places, app, trial }
    }

    /// Two tenants, each watched for what is the other's.
    pub(crate) async fn two(&self) -> [Account; 2] {
        let (a, b) = (self.account("acme").await, self.account("bolt").await);
        let watched = |own: &(Client, String), mark: &str, other: &str, foreign: &str| {
            let watch = Watch::new("tenant_id", own.1.clone(), vec![other.to_owned(), foreign.to_owned()]);
            Account { client: own.0.clone().watched_by(watch.clone()), watch, mark: mark.to_owned() }
        };
        [watched(&a, "acme-only", &b.1, "bolt-only"), watched(&b, "bolt-only", &a.1, "acme-only")]
    }

    async fn account(&self, slug: &str) -> (Client, String) {
        let admin = self.trial.client().with_admin(self.app.admin_token());
        let email = format!("ada@{slug}.example");
        let body = json!({ "name": format!("{slug}-only"), "slug": slug, "email": email, "password": "correct horse" });
        let made = admin.ask(Method::POST, "/tenants", Some(body)).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let login = json!({ "tenant": slug, "email": email, "password": "correct horse" });
        let token = admin.ask(Method::POST, "/login", Some(login)).await.unwrap();
        assert_eq!(token.status, StatusCode::OK, "{}", token.text);
        (self.trial.client().with_token(token.text_of("token")), made.text_of("tenant_id"))
    }

    /// A worker whose seconds last a millisecond.
    pub(crate) fn worker(&self) -> Worker {
        let options = WorkerOptions {
            tick: Duration::from_millis(5),
            look_every: Duration::ZERO,
            concurrency: 4,
            roll_up_every: Duration::ZERO,
            patience: Duration::from_millis(500),
            second: Duration::from_millis(1),
        };
        Worker::new(self.app.db().clone(), options).unwrap()
    }
}

impl Account {
    /// Asks, and must be answered.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Came {
        self.client.ask(method, path, body).await.unwrap()
    }

    /// A monitor of this name and address; gives its id.
    pub(crate) async fn monitor(&self, name: &str, url: &str) -> String {
        let body = json!({ "name": format!("{name} {}", self.mark), "url": url, "check_interval": 10 });
        let made = self.ask(Method::POST, "/monitors", Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        made.text_of("id")
    }
}

/// A target: `/up` answers, `/down` answers with 500, `/slow` takes too long; counts who is being answered at once.
pub(crate) struct Target {
    address: SocketAddr,
    pub(crate) most_at_once: Arc<AtomicUsize>,
}

#[derive(Clone, Default)]
struct Counts {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

impl Target {
    /// Begins to listen.
    pub(crate) async fn listen() -> Self {
        let counts = Counts::default();
        let busy = async |State(counts): State<Counts>| {
            let now = counts.now.fetch_add(1, Ordering::SeqCst) + 1;
            counts.most.fetch_max(now, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(10)).await;
            counts.now.fetch_sub(1, Ordering::SeqCst);
        };
        let slow = async || tokio::time::sleep(Duration::from_secs(30)).await;
        let router = Router::new()
            .route("/up", get(busy))
            .route("/down", get(async || StatusCode::INTERNAL_SERVER_ERROR))
            .route("/slow", get(slow))
            .with_state(counts.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, most_at_once: counts.most }
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
