//! The connection that listens, made anew as often as it takes.

use std::{future::poll_fn, sync::Arc, time::Duration};

use rustls::ClientConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};
use tokio_postgres::{AsyncMessage, Client, Connection, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{ListenError, ListenOptions, channel::Channel, queue::Gap, registry::Registry};
use crate::{Error, Pooler, db::ConnectOptions, quote_identifier};

/// The first pause between two attempts to connect.
const FIRST_PAUSE: Duration = Duration::from_millis(50);

/// What subscribers want of the connection.
pub(super) enum Order {
    /// Listen to a channel, and say when it is so.
    Listen { channel: Channel, told: oneshot::Sender<Result<(), ListenError>> },
    /// Listen to a channel no more, if nobody does.
    Unlisten { channel: Channel },
}

/// Keeps a connection that listens to all channels of a registry.
pub(super) struct Manager {
    connect: ConnectOptions,
    options: ListenOptions,
    registry: Arc<Registry>,
    orders: mpsc::UnboundedReceiver<Order>,
    line: Line,
}

/// A connection, and the task that reads it.
struct Line {
    client: Client,
    reading: JoinHandle<()>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

/// Why the manager stopped serving one connection.
enum Ended {
    /// It was lost.
    Lost,
    /// Nobody wants it any more.
    Unwanted,
}

impl Manager {
    pub(super) async fn connect(
        connect: ConnectOptions,
        options: ListenOptions,
        registry: &Arc<Registry>,
        orders: mpsc::UnboundedReceiver<Order>,
    ) -> Result<Self, ListenError> {
        let pooler = Pooler::detect(&connect, options.timeout).await.map_err(ListenError::Connect)?;
        if !matches!(pooler, Pooler::Direct | Pooler::Session) {
            return Err(ListenError::Pooler(pooler));
        }
        let line = open(&connect, options.timeout, registry).await.map_err(ListenError::Connect)?;
        registry.set_connected(true);
        Ok(Self { connect, options, registry: Arc::clone(registry), orders, line })
    }

    /// Serves until nobody wants the connection any more.
    pub(super) async fn run(mut self) {
        loop {
            match self.serve().await {
                Ended::Unwanted => break,
                Ended::Lost => {}
            }
            self.registry.set_connected(false);
            tracing::warn!(to = %self.connect.to(), "the connection that listens was lost; it is made anew");
            if !self.reconnect().await {
                break;
            }
        }
        self.registry.close();
    }

    async fn serve(&mut self) -> Ended {
        loop {
            let order = tokio::select! {
                order = self.orders.recv() => order,
                _ = &mut self.line.reading => return Ended::Lost,
                () = sleep(self.options.heartbeat) => {
                    if self.say("").await.is_err() {
                        return Ended::Lost;
                    }
                    continue;
                }
            };
            match order {
                None => return Ended::Unwanted,
                Some(Order::Listen { channel, told }) => match self.say(&listen(&channel)).await {
                    // It is listened to once the connection is back: that is what the caller waits for.
                    Err(Error::Lost { .. } | Error::Deadline) => {
                        let back = self.reconnect().await;
                        // A caller who is gone needs no answer.
                        let _ = told.send(if back { Ok(()) } else { Err(ListenError::Closed) });
                        if !back {
                            return Ended::Unwanted;
                        }
                    }
                    said => {
                        let channel = channel.name().to_owned();
                        let _ = told.send(said.map_err(|source| ListenError::Refused { channel, source }));
                    }
                },
                Some(Order::Unlisten { channel }) if !self.registry.has(&channel) => {
                    let sql = format!("UNLISTEN {}", quote_identifier(channel.name()));
                    if self.say(&sql).await.is_err() {
                        return Ended::Lost;
                    }
                }
                Some(Order::Unlisten { .. }) => {}
            }
        }
    }

    async fn say(&self, sql: &str) -> Result<(), Error> {
        match timeout(self.options.timeout, self.line.client.batch_execute(sql)).await {
            Ok(said) => said.map_err(Error::from),
            Err(_) => Err(Error::Deadline),
        }
    }

    /// Connects until it works; false when nobody wants the connection any more. Everybody is told of the gap after the
    /// channels are listened to again, so that what is read thereafter misses nothing.
    async fn reconnect(&mut self) -> bool {
        self.registry.set_connected(false);
        let mut pause = FIRST_PAUSE;
        loop {
            if self.orders.is_closed() {
                return false;
            }
            match open(&self.connect, self.options.timeout, &self.registry).await {
                Ok(line) => {
                    self.line = line;
                    let all: String = self.registry.channels().iter().map(listen).collect();
                    match self.say(&all).await {
                        Ok(()) => break,
                        Err(error) => tracing::warn!(%error, "listening again"),
                    }
                }
                Err(error) => tracing::debug!(%error, "connecting again in order to listen"),
            }
            sleep(pause.mul_f64(0.5 + fastrand::f64() / 2.0)).await;
            pause = (pause * 2).min(self.options.longest_pause);
        }
        self.registry.set_connected(true);
        self.registry.gap(Gap::Reconnected);
        tracing::info!(to = %self.connect.to(), "the connection that listens is back");
        true
    }
}

fn listen(channel: &Channel) -> String {
    format!("LISTEN {};", quote_identifier(channel.name()))
}

/// Opens a connection whose notifications go to the registry.
async fn open(connect: &ConnectOptions, within: Duration, registry: &Arc<Registry>) -> Result<Line, Error> {
    let opening = async {
        match &connect.tls {
            None => {
                let (client, connection) = connect.config.connect(NoTls).await?;
                Ok(Line { client, reading: read(connection, registry) })
            }
            Some(tls) => {
                let tls = MakeRustlsConnect::new(ClientConfig::clone(tls));
                let (client, connection) = connect.config.connect(tls).await?;
                Ok(Line { client, reading: read(connection, registry) })
            }
        }
    };
    match timeout(within, opening).await {
        Ok(opened) => opened.map_err(|error| connect.error(error)),
        Err(_) => Err(connect.slow(within)),
    }
}

/// Reads a connection until it ends.
fn read<S, T>(mut connection: Connection<S, T>, registry: &Arc<Registry>) -> JoinHandle<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let registry = Arc::clone(registry);
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await {
            if let AsyncMessage::Notification(notification) = message {
                registry.dispatch(notification.channel(), notification.payload());
            }
        }
    })
}
