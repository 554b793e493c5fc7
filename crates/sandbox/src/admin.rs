//! The session that makes and drops scratch databases, on a thread with a runtime of its own: so it works from `Drop`,
//! from a signal's thread and from tests that each have their own runtime.

mod orders;

use std::sync::mpsc as blocking;
use std::sync::{Arc, Weak};
use std::time::Duration;

use freehold_db::ConnectTo;
use tokio::sync::{mpsc, oneshot};

use crate::error::SandboxError;
use crate::registry::{EndNow, register};
use crate::scratch::ScratchName;

/// How long `Drop` waits for databases to be dropped on a given server.
const DROP_LIMIT: Duration = Duration::from_secs(15);

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A sandbox: what is left on it dies with it.
    Own,
    /// A development server: nothing may be left on it.
    Given,
}

/// What the thread can be told to do. Answers go through the channel in each order.
pub(crate) enum Order {
    /// Makes a database; a clone of `from` when given, else of the prepared template.
    Create { name: ScratchName, from: Option<String>, answer: oneshot::Sender<Result<u32, SandboxError>> },
    /// Drops the database with this oid, whatever it is called now.
    Drop { name: ScratchName, oid: u32, answer: Answer },
    /// Names of roles that were made on the server since the thread started.
    RolesMade { answer: oneshot::Sender<Result<Vec<String>, SandboxError>> },
    /// Drops scratch databases whose runs are dead.
    Sweep { answer: oneshot::Sender<Result<usize, SandboxError>> },
    /// Drops everything that is left and ends the thread.
    End { answer: blocking::Sender<()> },
}

/// Where the outcome of a drop goes.
pub(crate) enum Answer {
    /// To a task.
    Task(oneshot::Sender<Result<(), SandboxError>>),
    /// To a thread that blocks.
    Thread(blocking::Sender<()>),
    /// To nobody.
    Nobody,
}

/// A handle to the thread. When it is dropped, the thread drops everything that is left and ends.
#[derive(Debug)]
pub(crate) struct Admin {
    orders: mpsc::UnboundedSender<Order>,
    kind: Kind,
}

impl Admin {
    /// Starts the thread. It connects when the first order comes.
    pub(crate) fn start(to: ConnectTo, kind: Kind) -> Arc<Self> {
        let (orders, incoming) = mpsc::unbounded_channel();
        // A thread that cannot be started drops `incoming`, which every later order reports.
        let _ = std::thread::Builder::new()
            .name("freehold-admin".to_owned())
            .spawn(move || orders::serve(to, kind, incoming));
        let admin = Arc::new(Self { orders, kind });
        if kind == Kind::Given {
            let weak: Weak<Self> = Arc::downgrade(&admin);
            register(weak);
        }
        admin
    }

    pub(crate) async fn create(&self, name: &ScratchName, from: Option<&str>) -> Result<u32, SandboxError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Order::Create { name: name.clone(), from: from.map(str::to_owned), answer });
        answered(outcome, "create a scratch database").await
    }

    pub(crate) async fn remove(&self, name: &ScratchName, oid: u32) -> Result<(), SandboxError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Order::Drop { name: name.clone(), oid, answer: Answer::Task(answer) });
        answered(outcome, "drop a scratch database").await
    }

    /// For `Drop`: on a given server it waits until the database is gone, on our own it need not.
    pub(crate) fn remove_in_drop(&self, name: &ScratchName, oid: u32) {
        match self.kind {
            Kind::Own => self.send(Order::Drop { name: name.clone(), oid, answer: Answer::Nobody }),
            Kind::Given => {
                let (answer, outcome) = blocking::channel();
                self.send(Order::Drop { name: name.clone(), oid, answer: Answer::Thread(answer) });
                // After the limit the database is left to the thread, or to the sweep of the next run.
                let _ = outcome.recv_timeout(DROP_LIMIT);
            }
        }
    }

    pub(crate) async fn roles_made(&self) -> Result<Vec<String>, SandboxError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Order::RolesMade { answer });
        answered(outcome, "list the roles that were made").await
    }

    pub(crate) async fn sweep(&self) -> Result<usize, SandboxError> {
        let (answer, outcome) = oneshot::channel();
        self.send(Order::Sweep { answer });
        answered(outcome, "drop leftover scratch databases").await
    }

    /// Drops everything that is left, and waits for it. Later orders fail.
    pub(crate) fn end(&self) {
        let (answer, outcome) = blocking::channel();
        self.send(Order::End { answer });
        let _ = outcome.recv_timeout(DROP_LIMIT);
    }

    /// An order to a thread that is gone is dropped with its channel, which its reader notices.
    fn send(&self, order: Order) {
        drop(self.orders.send(order));
    }
}

impl EndNow for Admin {
    fn end_now(&self) {
        self.end();
    }
}

impl Drop for Admin {
    fn drop(&mut self) {
        if self.kind == Kind::Given {
            self.end();
        }
    }
}

async fn answered<T>(
    outcome: oneshot::Receiver<Result<T, SandboxError>>,
    doing: &'static str,
) -> Result<T, SandboxError> {
    outcome.await.map_err(|_| SandboxError::ThreadLost { doing })?
}
