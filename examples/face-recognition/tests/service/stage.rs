//! The service on servers of its own, with two tenants and their keys.

use std::sync::Arc;

use face_recognition::{App, SERVICE, router, start};
use freehold_example_service::{
    Places, Settings, begin,
    trial::{Came, Client, Trial, Watch},
};
use http::{Method, StatusCode};
use serde_json::{Value, json};

/// Servers and service.
pub(crate) struct Stage {
    pub(crate) places: Places,
    pub(crate) app: App,
    pub(crate) trial: Trial,
}

/// One tenant with its first key, which may do everything.
pub(crate) struct Account {
    pub(crate) client: Client,
    pub(crate) watch: Arc<Watch>,
    pub(crate) tenant_id: String,
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

    /// Two tenants of a plan, each watched for what is the other's.
    pub(crate) async fn two(&self, plan: &str) -> [Account; 2] {
        let (a, b) = (self.account("acme", plan).await, self.account("bolt", plan).await);
        let watched = |own: &(Client, String), mark: &str, other: &str, foreign: &str| {
            let watch = Watch::new("tenant_id", own.1.clone(), vec![other.to_owned(), foreign.to_owned()]);
            let client = own.0.clone().watched_by(watch.clone());
            Account { client, watch, tenant_id: own.1.clone(), mark: mark.to_owned() }
        };
        [watched(&a, "acme-only", &b.1, "bolt-only"), watched(&b, "bolt-only", &a.1, "acme-only")]
    }

    async fn account(&self, slug: &str, plan: &str) -> (Client, String) {
        let admin = self.trial.client().with_admin(self.app.admin_token());
        let body = json!({ "name": format!("{slug}-only"), "slug": slug, "contact_email": "a@b.example", "plan": plan });
        let made = admin.ask(Method::POST, "/tenants", Some(body)).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        (self.trial.client().with_token(made.text_of("api_key")), made.text_of("tenant_id"))
    }
}

impl Account {
    /// Asks, and must be answered.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Came {
        self.client.ask(method, path, body).await.unwrap()
    }

    /// A person's name in URLs.
    pub(crate) fn person(&self, n: usize) -> String {
        format!("{}-{n}", self.mark)
    }

    /// Records a consent and registers the face number `n`.
    pub(crate) async fn register(&self, n: usize) {
        let consent = json!({ "external_id": self.person(n), "consent_type": "FACE_REGISTRATION" });
        let agreed = self.ask(Method::POST, "/consents", Some(consent)).await;
        assert_eq!(agreed.status, StatusCode::CREATED, "{}", agreed.text);
        let stored = self.ask(Method::PUT, &format!("/faces/{}", self.person(n)), Some(self.face(n))).await;
        assert_eq!(stored.status, StatusCode::OK, "{}", stored.text);
    }

    /// The body that registers the face number `n`, which 1:N search finds.
    pub(crate) fn face(&self, n: usize) -> Value {
        json!({ "embedding": embedding(n), "quality_score": 0.9, "searchable": true, "metadata": { "of": self.mark } })
    }
}

/// The embedding number `n`: all but orthogonal to the others. Both tenants have the same ones, so that a search over
/// the line would find them.
pub(crate) fn embedding(n: usize) -> Vec<f32> {
    (0..512).map(|at| if at == n % 512 { 1.0 } else { 0.001 }).collect()
}
