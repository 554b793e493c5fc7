//! LISTEN and NOTIFY that survive lost connections.
//!
//! [`notify`] sends a text to a channel, with the tenant in front of it; [`Listener::subscribe`] gives what was sent
//! within one tenant, and nothing of any other. A [`Listener`] has a connection of its own. When that is lost, it is made
//! anew, the channels are listened to again, and every subscriber is told [`Event::Gap`]: what was sent in between is
//! gone, so read anew what you keep in memory.
//!
//! ```
//! # freehold_tenancy_ground::with_ground(|ground| async move {
//! # let (db, acme) = (ground.db().await, freehold_tenancy_ground::tenant(1));
//! # let direct_url = ground.url("app_writer");
//! use freehold_tenancy::listen::{self, Channel, Event, Listener};
//!
//! let notes = Channel::new("notes")?;
//! let listener = Listener::connect(&direct_url).await?;
//! let mut changes = listener.subscribe(&acme, &notes).await?;
//! listen::notify(&db.tenant(&acme), &notes, "7").await?;
//! while let Some(event) = changes.next().await {
//!     match event {
//!         Event::Notification(id) => println!("note {id} has changed"),
//!         Event::Gap(_) => println!("read all notes again"),
//!     }
//!     # break;
//! }
//! # Ok(())
//! # });
//! ```
//!
//! PostgreSQL checks no rights on channels: whoever can run SQL of their choice can listen to every channel, and send
//! what looks like another tenant's. Send keys to look rows up with, not the rows, and look them up through the tenant's
//! handle.

mod channel;
mod connection;
mod error;
mod queue;
mod registry;

use std::{sync::Arc, time::Duration};

use tokio::sync::{mpsc, oneshot};

use crate::{Execute, System, TenantId, db::ConnectOptions};
use connection::{Manager, Order};
use queue::Queue;
use registry::Registry;

pub use channel::{Channel, LONGEST_PAYLOAD, tag};
pub use error::ListenError;
pub use queue::{Event, Gap};

/// How a [`Listener`] connects and what it keeps.
///
/// ```
/// use freehold_tenancy::listen::ListenOptions;
///
/// let patient = ListenOptions { capacity: 10_000, ..ListenOptions::default() };
/// assert_eq!(patient.heartbeat.as_secs(), 30);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListenOptions {
    /// How many notifications wait for a slow subscriber (1,024 unless said); what is more is dropped, and told as
    /// [`Gap::Overflow`].
    pub capacity: usize,
    /// The server is asked whether it is still there this often (every 30 s unless said).
    pub heartbeat: Duration,
    /// For how long one waits for the server to let one in, or to answer a heartbeat (5 s unless said).
    pub timeout: Duration,
    /// The longest pause between two attempts to connect again (5 s unless said); the first comes at once.
    pub longest_pause: Duration,
}

impl Default for ListenOptions {
    fn default() -> Self {
        Self {
            capacity: 1_024,
            heartbeat: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            longest_pause: Duration::from_secs(5),
        }
    }
}

/// A connection that listens, for any number of subscribers. Cheap to clone; it is closed when the last clone and the
/// last [`Subscription`] are gone.
///
/// ```
/// # use freehold_tenancy::listen::{self, Channel, Listener};
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # let db = ground.db().await;
/// # let acme = freehold_tenancy_ground::tenant(1);
/// # let notes = Channel::new("notes")?;
/// # let listener = Listener::connect(&ground.url("app_writer")).await?;
/// let mut one = listener.subscribe(&acme, &notes).await?;
/// let mut other = listener.clone().subscribe(&acme, &notes).await?;
/// listen::notify(&db.tenant(&acme), &notes, "7").await?;
/// assert_eq!(one.next().await, other.next().await, "each subscriber receives it");
/// # Ok(())
/// # });
/// ```
#[derive(Clone)]
pub struct Listener {
    registry: Arc<Registry>,
    orders: mpsc::UnboundedSender<Order>,
    capacity: usize,
}

impl Listener {
    /// Connects to a server, past any pooler, with [`ListenOptions::default`]. The role needs no rights but to connect.
    ///
    /// # Errors
    /// [`ListenError::Connect`]; [`ListenError::Pooler`] when a pooler in transaction mode answers.
    ///
    /// ```
    /// # use freehold_tenancy::listen::{ListenError, Listener};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// let listener = Listener::connect(&ground.url("app_writer")).await?;
    /// assert!(listener.is_connected());
    /// let nobody = Listener::connect("postgres://app_writer@localhost:1/app").await;
    /// assert!(matches!(nobody, Err(ListenError::Connect(_))));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn connect(direct_url: &str) -> Result<Self, ListenError> {
        Self::connect_with(direct_url, ListenOptions::default()).await
    }

    /// As [`Listener::connect`], with options.
    ///
    /// # Errors
    /// As [`Listener::connect`].
    ///
    /// ```
    /// # use freehold_tenancy::listen::{ListenOptions, Listener};
    /// # use std::time::Duration;
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// let options = ListenOptions { capacity: 16, heartbeat: Duration::from_secs(5), ..ListenOptions::default() };
    /// let listener = Listener::connect_with(&ground.url("app_writer"), options).await?;
    /// assert!(listener.is_connected());
    /// # Ok(())
    /// # });
    /// ```
    pub async fn connect_with(direct_url: &str, options: ListenOptions) -> Result<Self, ListenError> {
        let connect = ConnectOptions::from_url(direct_url).map_err(ListenError::Connect)?;
        let registry = Arc::new(Registry::default());
        let (orders, received) = mpsc::unbounded_channel();
        let manager = Manager::connect(connect, options, &registry, received).await?;
        tokio::spawn(manager.run());
        Ok(Self { registry, orders, capacity: options.capacity.max(1) })
    }

    /// Listens to what is sent to a channel within one tenant. What is sent after this returns is received.
    ///
    /// # Errors
    /// [`ListenError::Refused`] when the server refuses, [`ListenError::Closed`] when the listener was given up.
    ///
    /// ```
    /// # use freehold_tenancy::listen::{self, Channel, Event, Listener};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let db = ground.db().await;
    /// # let acme = freehold_tenancy_ground::tenant(1);
    /// # let notes = Channel::new("notes")?;
    /// # let listener = Listener::connect(&ground.url("app_writer")).await?;
    /// let mut changes = listener.subscribe(&acme, &notes).await?;
    /// listen::notify(&db.tenant(&freehold_tenancy_ground::tenant(2)), &notes, "of another tenant").await?;
    /// listen::notify(&db.tenant(&acme), &notes, "7").await?;
    /// assert_eq!(changes.next().await, Some(Event::Notification("7".to_owned())));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn subscribe(&self, tenant: &TenantId, channel: &Channel) -> Result<Subscription, ListenError> {
        self.add(Some(tag(tenant)), channel).await
    }

    /// Listens to what is sent to a channel within any tenant, and across them.
    ///
    /// # Errors
    /// As [`Listener::subscribe`].
    ///
    /// ```
    /// # use freehold_tenancy::listen::{self, Channel, Event, Listener};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let db = ground.db().await;
    /// # let acme = freehold_tenancy_ground::tenant(1);
    /// # let notes = Channel::new("notes")?;
    /// # let listener = Listener::connect(&ground.url("app_writer")).await?;
    /// let system = db.system("a cache of all tenants")?;
    /// let mut changes = listener.subscribe_across_tenants(&system, &notes).await?;
    /// listen::notify(&db.tenant(&acme), &notes, "7").await?;
    /// assert_eq!(changes.next().await, Some(Event::Notification("7".to_owned())));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn subscribe_across_tenants(
        &self,
        _by: &System,
        channel: &Channel,
    ) -> Result<Subscription, ListenError> {
        self.add(None, channel).await
    }

    /// Whether the connection stands just now; for a health check.
    ///
    /// ```
    /// # use freehold_tenancy::listen::Listener;
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let listener = Listener::connect(&ground.url("app_writer")).await?;
    /// assert!(listener.is_connected());
    /// assert_eq!(format!("{listener:?}"), "Listener { connected: true, .. }");
    /// # Ok(())
    /// # });
    /// ```
    pub fn is_connected(&self) -> bool {
        self.registry.is_connected()
    }

    async fn add(&self, tag: Option<String>, channel: &Channel) -> Result<Subscription, ListenError> {
        let queue = Arc::new(Queue::new(self.capacity));
        let id = self.registry.add(channel, tag, &queue);
        // From here on it is taken away again when this future is dropped.
        let subscription =
            Subscription { queue, id, registry: self.registry.clone(), orders: self.orders.clone() };
        let (told, answer) = oneshot::channel();
        let order = Order::Listen { channel: channel.clone(), told };
        self.orders.send(order).map_err(|_| ListenError::Closed)?;
        answer.await.map_err(|_| ListenError::Closed)??;
        Ok(subscription)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Listener").field("connected", &self.is_connected()).finish_non_exhaustive()
    }
}

/// What one subscriber receives. Dropped, it listens no more.
///
/// ```
/// # use freehold_tenancy::listen::{self, Channel, Event, Listener};
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # let db = ground.db().await;
/// # let acme = freehold_tenancy_ground::tenant(1);
/// # let notes = Channel::new("notes")?;
/// # let listener = Listener::connect(&ground.url("app_writer")).await?;
/// let mut changes = listener.subscribe(&acme, &notes).await?;
/// listen::notify(&db.tenant(&acme), &notes, "7").await?;
/// assert_eq!(changes.next().await, Some(Event::Notification("7".to_owned())));
/// drop(changes); // nothing is listened to any more
/// # Ok(())
/// # });
/// ```
pub struct Subscription {
    queue: Arc<Queue>,
    id: u64,
    registry: Arc<Registry>,
    orders: mpsc::UnboundedSender<Order>,
}

impl Subscription {
    /// The next event, in the order in which transactions committed; `None` when there will be none any more. Safe to
    /// cancel: an event that was not returned comes next.
    ///
    /// ```
    /// # use freehold_tenancy::listen::{self, Channel, Event, Listener};
    /// # freehold_tenancy_ground::with_ground(|ground| async move {
    /// # let db = ground.db().await;
    /// # let acme = freehold_tenancy_ground::tenant(1);
    /// # let notes = Channel::new("notes")?;
    /// # let listener = Listener::connect(&ground.url("app_writer")).await?;
    /// let mut changes = listener.subscribe(&acme, &notes).await?;
    /// for id in ["7", "8"] {
    ///     listen::notify(&db.tenant(&acme), &notes, id).await?;
    /// }
    /// assert_eq!(changes.next().await, Some(Event::Notification("7".to_owned())));
    /// assert_eq!(changes.next().await, Some(Event::Notification("8".to_owned())));
    /// # Ok(())
    /// # });
    /// ```
    pub async fn next(&mut self) -> Option<Event> {
        self.queue.next().await
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(channel) = self.registry.remove(self.id) {
            // A manager that is gone listens to nothing.
            let _ = self.orders.send(Order::Unlisten { channel });
        }
    }
}

impl std::fmt::Debug for Subscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// Sends a text to a channel, within the tenant of `by`; by a [`System`] without a tenant, to subscribers across tenants
/// alone. In a transaction, it is sent when that commits, and not at all when it does not.
///
/// # Errors
/// [`ListenError::Payload`] when the text is longer than [`LONGEST_PAYLOAD`] bytes or holds NUL, before anything is
/// sent; [`ListenError::Notify`] when the server refuses.
///
/// ```
/// # use freehold_tenancy::listen::{self, Channel, Event, Listener};
/// # freehold_tenancy_ground::with_ground(|ground| async move {
/// # let db = ground.db().await;
/// # let acme = freehold_tenancy_ground::tenant(1);
/// # let notes = Channel::new("notes")?;
/// # let listener = Listener::connect(&ground.url("app_writer")).await?;
/// let mut changes = listener.subscribe(&acme, &notes).await?;
/// let dropped = db.tenant(&acme).begin().await?;
/// listen::notify(&dropped, &notes, "7").await?;
/// dropped.rollback().await?;
/// listen::notify(&db.tenant(&acme), &notes, "8").await?;
/// assert_eq!(changes.next().await, Some(Event::Notification("8".to_owned())), "7 was never sent");
/// # Ok(())
/// # });
/// ```
pub async fn notify(by: &impl Execute, channel: &Channel, payload: &str) -> Result<(), ListenError> {
    let text = channel::tagged(by.tenant_id(), payload)?;
    by.execute("SELECT pg_catalog.pg_notify($1, $2)", &[&channel.name(), &text])
        .await
        .map(drop)
        .map_err(|source| ListenError::Notify { channel: channel.name().to_owned(), source })
}
