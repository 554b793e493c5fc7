//! What the end-to-end tests of the services share: a served router, a client that gives up at random, and a watch over
//! every answer.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::Router;
use http::{Method, StatusCode};
use serde_json::Value;
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{BeginError, Places};

/// A router that is served on a free port of this machine until this is dropped.
#[derive(Debug)]
pub struct Trial {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Trial {
    /// Serves a router.
    ///
    /// # Errors
    /// When nothing can listen.
    pub async fn serve(router: Router) -> Result<Self, BeginError> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(BeginError::Listen)?;
        let address = listener.local_addr().map_err(BeginError::Listen)?;
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.ok();
        });
        Ok(Self { address, task })
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A client that is nobody yet.
    pub fn client(&self) -> Client {
        Client { base: self.url(""), http: reqwest::Client::new(), token: None, admin: None, watch: None }
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Came {
    /// The status.
    pub status: StatusCode,
    /// The body as text.
    pub text: String,
}

impl Came {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// A text in the body, by its key; empty when there is none.
    pub fn text_of(&self, key: &str) -> String {
        self.json().get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// Asks as somebody.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
    admin: Option<String>,
    watch: Option<Arc<Watch>>,
}

impl Client {
    /// The same with a bearer token.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// The same with the administration's token.
    #[must_use]
    pub fn with_admin(mut self, token: impl Into<String>) -> Self {
        self.admin = Some(token.into());
        self
    }

    /// The same; every answer is looked at.
    #[must_use]
    pub fn watched_by(mut self, watch: Arc<Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Asks, and gives what came. `None` when nobody answered.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Option<Came> {
        let mut request = self.http.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(token) = &self.admin {
            request = request.header("x-admin-token", token);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        if let Some(watch) = &self.watch {
            watch.look_at(path, &text);
        }
        Some(Came { status, text })
    }

    /// Asks again and again until an answer holds `text`, ten seconds at most; a private pooler that has ended is brought
    /// back meanwhile. Whether one came.
    pub async fn ask_until_it_holds(
        &self,
        places: &Places,
        (method, path, body): (Method, &str, Option<Value>),
        text: &str,
    ) -> bool {
        let asking = async {
            for _ in 0..200 {
                let came = self.ask(method.clone(), path, body.clone()).await;
                if came.is_some_and(|came| came.text.contains(text)) {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            false
        };
        tokio::select! {
            () = places.keep_pooler() => false,
            came = asking => came,
        }
    }

    /// Asks, and hangs up after at most `patience`, which drops the handler in the middle of its work.
    pub async fn ask_or_hang_up(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        patience: Duration,
    ) -> Option<Came> {
        tokio::time::timeout(patience, self.ask(method, path, body)).await.ok().flatten()
    }
}

/// Looks at every answer that one tenant gets.
#[derive(Debug)]
pub struct Watch {
    /// The key under which rows name their tenant.
    tenant_key: &'static str,
    /// The tenant.
    own: String,
    /// What only the other tenant's rows hold: its id, its names.
    foreign: Mutex<Vec<String>>,
    rows: AtomicUsize,
    leaks: Mutex<Vec<String>>,
}

impl Watch {
    /// For the tenant `own`; rows name their tenant under `tenant_key`; `foreign` must never be seen.
    pub fn new(tenant_key: &'static str, own: impl Into<String>, foreign: Vec<String>) -> Arc<Self> {
        Arc::new(Self {
            tenant_key,
            own: own.into(),
            foreign: Mutex::new(foreign),
            rows: AtomicUsize::new(0),
            leaks: Mutex::default(),
        })
    }

    /// How many rows were looked at that named their tenant.
    pub fn rows(&self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }

    /// What was seen and must not have been.
    pub fn leaks(&self) -> Vec<String> {
        self.leaks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn look_at(&self, path: &str, text: &str) {
        let found = self.foreign.lock().unwrap_or_else(PoisonError::into_inner);
        for foreign in found.iter().filter(|foreign| text.contains(foreign.as_str())) {
            self.leaked(format!("{path} holds {foreign:?}: {text}"));
        }
        drop(found);
        // Exports are lines of JSON, everything else is one value.
        for value in serde_json::Deserializer::from_str(text).into_iter::<Value>().map_while(Result::ok) {
            self.walk(path, &value);
        }
    }

    fn walk(&self, path: &str, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.walk(path, value)),
            Value::Object(fields) => {
                if let Some(tenant) = fields.get(self.tenant_key).and_then(Value::as_str) {
                    self.rows.fetch_add(1, Ordering::Relaxed);
                    if tenant != self.own {
                        self.leaked(format!("{path} has a row of {tenant}: {value}"));
                    }
                }
                fields.values().for_each(|value| self.walk(path, value));
            }
            _ => {}
        }
    }

    fn leaked(&self, what: String) {
        self.leaks.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_watch_sees_what_is_foreign_and_counts_what_is_own() {
        let watch = Watch::new("org_id", "a", vec!["b-secret".to_owned()]);
        watch.look_at("/x", r#"[{"org_id":"a","in":{"org_id":"a"}}]"#);
        assert_eq!((watch.rows(), watch.leaks().len()), (2, 0));
        watch.look_at("/x", r#"[{"org_id":"b"}]"#);
        assert_eq!(watch.leaks().len(), 1);
        watch.look_at("/x", "plain text with b-secret in it");
        assert_eq!(watch.leaks().len(), 2);
        watch.look_at("/x", "{\"org_id\":\"a\"}\n{\"org_id\":\"c\"}\n");
        assert_eq!((watch.rows(), watch.leaks().len()), (5, 3));
    }
}
