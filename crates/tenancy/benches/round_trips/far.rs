//! A way to the server that takes half a millisecond in each direction, and as much as one likes at a time.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How long a byte is on the way, in one direction.
const ONE_WAY: Duration = Duration::from_micros(500);

/// Listens on a port of this machine and passes everything on to a socket; the port.
pub(crate) fn listen(socket: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for near in listener.incoming() {
            let near = near.unwrap();
            near.set_nodelay(true).unwrap();
            let far = UnixStream::connect(&socket).unwrap();
            pass(near.try_clone().unwrap(), far.try_clone().unwrap(), |far: &UnixStream| {
                far.shutdown(std::net::Shutdown::Both).ok();
            });
            pass(far, near, |near: &TcpStream| {
                near.shutdown(std::net::Shutdown::Both).ok();
            });
        }
    });
    port
}

/// One direction: what is read is written when its time has come, in the order in which it was read.
fn pass<R: Read + Send + 'static, W: Write + Send + 'static>(
    mut from: R,
    mut to: W,
    end: impl Fn(&W) + Send + 'static,
) {
    let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut chunk = vec![0; 64 * 1024];
        while let Ok(count) = from.read(&mut chunk) {
            let due = Instant::now() + ONE_WAY;
            if count == 0 || sender.send((due, chunk.get(..count).unwrap().to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in receiver {
            wait_until(due);
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        end(&to);
    });
}

/// Sleeps most of the way, and looks at the clock for the rest: a sleep is up to 60 µs too long.
fn wait_until(due: Instant) {
    let left = due.saturating_duration_since(Instant::now());
    if left > Duration::from_micros(100) {
        thread::sleep(left - Duration::from_micros(100));
    }
    while Instant::now() < due {
        thread::yield_now();
    }
}
