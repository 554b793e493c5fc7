//! The program killed with -9 at every boundary of what it says to the server.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use freehold_sandbox::testing;
use futures_util::StreamExt as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::project::{folder, freehold, state, url};
use crate::proxy::{Moment, Proxy};

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_killed_at_any_boundary_is_followed_by_one_that_ends_the_work() {
    let server = testing::server().await;
    let sandbox = server.sandbox().unwrap();
    let socket = sandbox.socket_dir().join(".s.PGSQL.5432");
    let project = folder();

    let undisturbed = testing::scratch().await;
    let proxy = Proxy::new(&socket, None, Box::new(|_| {}));
    let output =
        freehold(project.path(), &url(proxy.folder(), undisturbed.name()), &["up"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wanted = state(&undisturbed.connect_to()).await;
    let boundaries = proxy.counted();
    assert!(boundaries > 20, "{boundaries}");

    let boundaries = (0..boundaries).flat_map(|number| [(number, Moment::Before), (number, Moment::After)]);
    // Two at a time: each has a database of its own.
    futures_util::stream::iter(boundaries)
        .map(|(number, moment)| {
            tokio::spawn(killed_at(project.path().to_owned(), number, moment, wanted.clone()))
        })
        .buffer_unordered(2)
        .for_each(|outcome| async { outcome.unwrap() })
        .await;
}

async fn killed_at(project: PathBuf, number: usize, moment: Moment, wanted: Vec<String>) {
    let server = testing::server().await;
    let sandbox = server.sandbox().unwrap();
    let scratch = testing::scratch().await;
    let child: Arc<Mutex<Option<u32>>> = Arc::default();
    let told = Arc::clone(&child);
    let act = move |_| {
        let pid = loop {
            if let Some(pid) = *told.lock().unwrap() {
                break pid;
            }
            std::thread::yield_now();
        };
        kill_process(Pid::from_raw(i32::try_from(pid).unwrap()).unwrap(), Signal::KILL).unwrap();
    };
    let socket = sandbox.socket_dir().join(".s.PGSQL.5432");
    let proxy = Proxy::new(&socket, Some((number, moment)), Box::new(act));
    let mut running = freehold(&project, &url(proxy.folder(), scratch.name()), &["up"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    *child.lock().unwrap() = Some(running.id());
    let status = tokio::task::spawn_blocking(move || running.wait().unwrap()).await.unwrap();
    assert!(!status.success(), "boundary {number} {moment:?}: {status}");

    let mut again = freehold(&project, &url(sandbox.socket_dir(), scratch.name()), &["up"]);
    let output = tokio::task::spawn_blocking(move || again.output().unwrap()).await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "boundary {number} {moment:?}: {said}");
    assert_eq!(state(&scratch.connect_to()).await, wanted, "boundary {number} {moment:?}: {said}");
}
