//! The backend and the whole server killed with -9, and connections cut, at every boundary of what the program says.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

use rustix::process::{Pid, Signal, kill_process};

use crate::own_server::OwnServer;
use crate::project::{folder, freehold, short_folder, state, url};
use crate::proxy::{Act, Moment, Proxy};

/// Kills, and waits until the process is gone: a backend's end is known to the whole server by then.
fn kill(pid: i32) {
    let Some(pid) = Pid::from_raw(pid) else { return };
    // It may have ended by itself just now.
    let _ = kill_process(pid, Signal::KILL);
    while is_alive(pid) {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// A child of this process that has ended and was not waited for counts as gone.
fn is_alive(pid: Pid) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    stat.rsplit(')')
        .next()
        .is_some_and(|rest| !rest.trim_start().starts_with(['Z', 'X']) && !rest.trim().is_empty())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Cut,
    BackendKilled,
    ServerKilled,
}

/// Runs `up` with the act at each boundary, then plainly; demands the state of an undisturbed run. Even boundaries are
/// met before the server has heard of them, odd ones when it has carried them out.
async fn at_every_boundary(server: &mut OwnServer, act: fn(Arc<AtomicI32>) -> Act, fault: Fault) {
    let (cuts, restart) = (fault == Fault::Cut, fault == Fault::ServerKilled);
    let project = if cuts { folder() } else { short_folder() };
    let undisturbed = server.database("undisturbed").await;
    let proxy = Proxy::new(&server.socket(), None, Box::new(|_| {}));
    let output = freehold(project.path(), &url(proxy.folder(), "undisturbed"), &["up"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let wanted = state(&undisturbed).await;
    let boundaries = proxy.counted();
    let mut by_itself = 0;
    for number in 0..boundaries {
        let name = format!("at_{number}");
        let to = server.database(&name).await;
        let moment = if number % 2 == 0 { Moment::Before } else { Moment::After };
        let postmaster = Arc::new(AtomicI32::new(server.pid().as_raw_nonzero().get()));
        let proxy = Proxy::new(&server.socket(), Some((number, moment)), act(postmaster));
        let running = freehold(project.path(), &url(proxy.folder(), &name), &["up"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        if restart {
            while server.is_running() {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            server.again().await;
        }
        let output = running.wait_with_output().unwrap();
        by_itself += usize::from(output.status.success());
        let first = String::from_utf8_lossy(&output.stderr).into_owned();
        proxy.acted().await;
        server.answers().await;
        let plain = url(server.socket_folder(), &name);
        let output = freehold(project.path(), &plain, &["up"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "boundary {number} {moment:?}: {first}\nthen: {said}");
        assert_eq!(state(&to).await, wanted, "boundary {number} {moment:?}: {first}\nthen: {said}");
    }
    // What is lost while a migration runs is got back by the run itself; before and after, it ends with an error.
    assert!(
        by_itself * 4 > boundaries,
        "only {by_itself} of {boundaries} runs came to their end by themselves"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_at_any_boundary_is_made_again_and_the_outcome_found_out() {
    let mut server = OwnServer::start().await;
    at_every_boundary(&mut server, |_| Box::new(|_| {}), Fault::Cut).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_killed_at_any_boundary_costs_nothing_but_time() {
    let mut server = OwnServer::start().await;
    at_every_boundary(&mut server, |_| Box::new(kill), Fault::BackendKilled).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_at_any_boundary_costs_nothing_but_time() {
    let mut server = OwnServer::start().await;
    let act =
        |postmaster: Arc<AtomicI32>| -> Act { Box::new(move |_| kill(postmaster.load(Ordering::SeqCst))) };
    at_every_boundary(&mut server, act, Fault::ServerKilled).await;
}
