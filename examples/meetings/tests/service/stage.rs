//! The service on servers of its own, with two organisations whose people are logged in.

use std::sync::Arc;

use freehold_example_service::{
    Places, Settings, begin,
    trial::{Came, Client, Trial, Watch},
};
use http::{Method, StatusCode};
use meetings::{App, SERVICE, router, start};
use serde_json::{Value, json};

/// Servers, service and two organisations.
pub(crate) struct Stage {
    pub(crate) places: Places,
    pub(crate) app: App,
    pub(crate) trial: Trial,
}

/// One organisation with one person who is logged in.
pub(crate) struct Org {
    pub(crate) client: Client,
    pub(crate) watch: Arc<Watch>,
    pub(crate) user_id: String,
    /// What the texts of this organisation hold and no other's do.
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

    /// Two organisations, each watched for what is the other's.
    pub(crate) async fn two(&self) -> [Org; 2] {
        let (a, b) = (self.organization("acme").await, self.organization("bolt").await);
        let watched = |own: (Client, String, String, String), other: &(Client, String, String, String)| {
            let watch =
                Watch::new("org_id", own.1.clone(), vec![other.1.clone(), other.2.clone(), other.3.clone()]);
            let client = own.0.watched_by(watch.clone());
            Org { client, watch, user_id: own.2, mark: own.3 }
        };
        [watched(a.clone(), &b), watched(b, &a)]
    }

    async fn organization(&self, name: &str) -> (Client, String, String, String) {
        let mark = format!("{name}-only");
        let admin = self.trial.client().with_admin(self.app.admin_token());
        let owner = json!({ "email": format!("ada@{name}.example"), "display_name": format!("Ada {mark}"), "password": "correct horse" });
        let body = json!({ "name": format!("{name} {mark}"), "slug": name, "owner": owner });
        let made = admin.ask(Method::POST, "/organizations", Some(body)).await.unwrap();
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let login = json!({ "organization": name, "email": format!("ada@{name}.example"), "password": "correct horse" });
        let token = admin.ask(Method::POST, "/login", Some(login)).await.unwrap();
        assert_eq!(token.status, StatusCode::OK, "{}", token.text);
        let client = self.trial.client().with_token(token.text_of("token"));
        (client, made.text_of("org_id"), made.text_of("user_id"), mark)
    }
}

impl Org {
    /// Asks, and must be answered.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Came {
        self.client.ask(method, path, body).await.unwrap()
    }

    /// A meeting to be scheduled, in so many hours.
    pub(crate) fn meeting(&self, hours: i64) -> Value {
        let at = |hours: i64| {
            jiff::Timestamp::now().checked_add(jiff::SignedDuration::from_hours(hours)).unwrap().to_string()
        };
        json!({ "title": format!("{} {hours}", self.mark), "starts_at": at(hours), "ends_at": at(hours + 1) })
    }

    /// Schedules one.
    pub(crate) async fn schedule(&self, hours: i64) -> Came {
        let made = self.ask(Method::POST, "/meetings", Some(self.meeting(hours))).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        made
    }

    /// Another person of the same organisation, logged in.
    pub(crate) async fn another(&self, stage: &Stage, name: &str) -> Client {
        let email = format!("{name}@{}.example", self.mark);
        let body = json!({ "email": email, "display_name": format!("{name} {}", self.mark), "password": "correct horse" });
        let made = self.ask(Method::POST, "/users", Some(body)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        let slug = self.mark.trim_end_matches("-only");
        let login = json!({ "organization": slug, "email": email, "password": "correct horse" });
        let token = stage.trial.client().ask(Method::POST, "/login", Some(login)).await.unwrap();
        stage.trial.client().with_token(token.text_of("token"))
    }
}
