//! Stands between a program and a server, counts what the program says, and calls for something to be done when a
//! certain message comes: before it is handed on, or when the server has answered it and the answer is still here.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// When something is done about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// The server has not seen it.
    Before,
    /// The server has carried it out, and the program does not know.
    After,
}

/// Called with the process id of the backend that serves the connection.
pub(crate) type Act = Box<dyn FnMut(i32) + Send>;

struct Shared {
    /// How many messages that the server answers have come, over all connections.
    counted: AtomicUsize,
    at: Option<(usize, Moment)>,
    act: Mutex<Act>,
    acted: AtomicBool,
    server: PathBuf,
}

impl Shared {
    fn act_on(&self, backend: i32) {
        (self.act.lock().unwrap())(backend);
        self.acted.store(true, Ordering::SeqCst);
    }
}

/// A socket folder of its own whose connections lead to the server.
pub(crate) struct Proxy {
    folder: tempfile::TempDir,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Leads to the socket `server`; does `act` at the message of that number, counted from 0.
    pub(crate) fn new(server: &Path, at: Option<(usize, Moment)>, act: Act) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let shared = Arc::new(Shared {
            counted: AtomicUsize::new(0),
            at,
            act: Mutex::new(act),
            acted: AtomicBool::new(false),
            server: server.to_owned(),
        });
        let accepting = Arc::clone(&shared);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&accepting);
                std::thread::spawn(move || serve(&client, &shared));
            }
        });
        Self { folder, shared }
    }

    /// The folder to connect to.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until what was called for has been done.
    pub(crate) async fn acted(&self) {
        while !self.shared.acted.load(Ordering::SeqCst) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }

    /// How many messages have come.
    pub(crate) fn counted(&self) -> usize {
        self.shared.counted.load(Ordering::SeqCst)
    }
}

fn serve(client: &UnixStream, shared: &Arc<Shared>) {
    let Ok(server) = UnixStream::connect(&shared.server) else { return };
    let backend = Arc::new(AtomicI32::new(0));
    // The answers are held back from the message of interest on.
    let held = Arc::new(AtomicUsize::new(0));
    let answers = {
        let (client, server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        let (shared, backend, held) = (Arc::clone(shared), Arc::clone(&backend), Arc::clone(&held));
        std::thread::spawn(move || hand_back(server, client, &shared, &backend, &held))
    };
    questions(client, &server, shared, &backend, &held);
    let _ = server.shutdown(Shutdown::Both);
    let _ = answers.join();
    let _ = client.shutdown(Shutdown::Both);
}

/// One message with its type, or without one for the first.
fn message(from: &mut impl Read, typed: bool) -> Option<(u8, Vec<u8>)> {
    let mut head = vec![0; if typed { 5 } else { 4 }];
    from.read_exact(&mut head).ok()?;
    let length = u32::from_be_bytes(head.get(head.len() - 4..)?.try_into().ok()?);
    let mut whole = head.clone();
    let mut body = vec![0; usize::try_from(length).ok()?.checked_sub(4)?];
    from.read_exact(&mut body).ok()?;
    whole.extend(body);
    Some((if typed { head[0] } else { 0 }, whole))
}

fn questions(
    mut client: &UnixStream,
    mut server: &UnixStream,
    shared: &Shared,
    backend: &AtomicI32,
    held: &AtomicUsize,
) {
    let mut typed = false;
    while let Some((kind, bytes)) = message(&mut client, typed) {
        typed = true;
        // A query, the end of an extended one, and rows that end: the messages that are answered.
        if matches!(kind, b'Q' | b'S' | b'c') {
            let number = shared.counted.fetch_add(1, Ordering::SeqCst);
            match shared.at {
                Some((at, Moment::Before)) if at == number => {
                    shared.act_on(backend.load(Ordering::SeqCst));
                    return;
                }
                Some((at, Moment::After)) if at == number => held.store(1, Ordering::SeqCst),
                _ => {}
            }
        }
        if server.write_all(&bytes).is_err() {
            return;
        }
    }
}

fn hand_back(
    mut server: UnixStream,
    mut client: UnixStream,
    shared: &Shared,
    backend: &AtomicI32,
    held: &AtomicUsize,
) {
    while let Some((kind, bytes)) = message(&mut server, true) {
        if kind == b'K' {
            let pid = bytes.get(5..9).and_then(|b| b.try_into().ok()).map_or(0, i32::from_be_bytes);
            backend.store(pid, Ordering::SeqCst);
        }
        if held.load(Ordering::SeqCst) == 1 {
            // Answers to earlier messages may still be on their way: the last one counts when nothing more comes.
            if kind == b'Z' && nothing_more(&server) {
                shared.act_on(backend.load(Ordering::SeqCst));
                let _ = client.shutdown(Shutdown::Both);
                return;
            }
            continue;
        }
        if client.write_all(&bytes).is_err() {
            return;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

/// True when the server has said all that it has to say for now.
fn nothing_more(server: &UnixStream) -> bool {
    let mut byte = [0_u8; 1];
    server.set_read_timeout(Some(std::time::Duration::from_millis(30))).unwrap();
    let peeked = rustix::net::recv(server, &mut byte, rustix::net::RecvFlags::PEEK);
    server.set_read_timeout(None).unwrap();
    !matches!(peeked, Ok((1.., _)))
}
