//! Processes of a server, found by the data folder they work in, so that no other process is ever hit.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::daemon::CONF;

/// The programs that work in sandbox folders, as the system names their processes.
const NAMES: &[&str] = &["postgres", "initdb", "redis-server", "valkey-server", "pgbouncer"];

/// Every live process of a server or of initdb that works in this sandbox folder: a server's process changes into
/// the data folder when it starts and stays there, initdb is started in the sandbox folder itself. A person's shell
/// in one of these folders is let alone.
pub(crate) fn working_in(folder: &Path) -> Vec<i32> {
    if Path::new("/proc/self/cwd").exists() { by_proc(folder) } else { by_ps(folder) }
}

fn by_proc(folder: &Path) -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let data = folder.join("data");
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok())
        .filter(|pid| {
            let cwd = fs::read_link(format!("/proc/{pid}/cwd"));
            cwd.is_ok_and(|cwd| cwd == data || cwd == folder)
                && fs::read_to_string(format!("/proc/{pid}/comm"))
                    .is_ok_and(|name| NAMES.contains(&name.trim_end()))
        })
        .collect()
}

/// Without `/proc`: the postmaster names the data folder on its command line, its children have it as their parent.
/// Redis and PgBouncer name their configuration.
fn by_ps(folder: &Path) -> Vec<i32> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
    let output = Command::new("ps").args(["-axo", "pid=,ppid=,command="]).stdin(Stdio::null()).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).into_owned()).unwrap_or_default();
    postmaster_and_children(&text, folder)
}

fn postmaster_and_children(ps: &str, folder: &Path) -> Vec<i32> {
    let data = format!(" -D {}", folder.join("data").display());
    let conf = format!(" {}", folder.join(CONF).display());
    let lines: Vec<(i32, i32, bool)> = ps
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let pid = words.next()?.parse().ok()?;
            let parent = words.next()?.parse().ok()?;
            Some((pid, parent, line.contains(&data) || line.contains(&conf)))
        })
        .collect();
    let postmasters: Vec<i32> = lines.iter().filter(|line| line.2).map(|line| line.0).collect();
    let ours = |line: &&(i32, i32, bool)| line.2 || postmasters.contains(&line.1);
    lines.iter().filter(ours).map(|line| line.0).collect()
}

/// Sends a signal; a process that is gone is fine.
pub(crate) fn signal(pid: i32, what: Signal) {
    if let Some(pid) = Pid::from_raw(pid).filter(|pid| pid.as_raw_nonzero().get() > 1) {
        // The only failure that can occur here is that the process ended in between.
        let _ = kill_process(pid, what);
    }
}

/// Ends all processes that work in a sandbox folder: asks them to quit at once, then kills those that have not.
pub(crate) fn end_all_in(folder: &Path) {
    let started = Instant::now();
    let mut asked = false;
    loop {
        let left = working_in(folder);
        if left.is_empty() || started.elapsed() > Duration::from_secs(3) {
            return;
        }
        let what = if started.elapsed() < Duration::from_millis(500) { Signal::QUIT } else { Signal::KILL };
        if !asked || what == Signal::KILL {
            left.into_iter().for_each(|pid| signal(pid, what));
            asked = true;
        }
        sleep(Duration::from_millis(5));
    }
}

/// Frees the System V shared memory segment by which a postmaster guards its data folder: a killed one leaves it. Its
/// id is the second number of the seventh line of `postmaster.pid` (PostgreSQL's `miscadmin.h`,
/// `LOCK_FILE_LINE_SHMEM_KEY`).
pub(crate) fn free_shared_memory(data: &Path) {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let id = text.lines().nth(6).and_then(|line| line.split_whitespace().nth(1));
    if let Some(id) = id.filter(|id| id.bytes().all(|b| b.is_ascii_digit())) {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let removed = Command::new("ipcrm")
            .args(["-m", id])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        // A system without ipcrm keeps 56 bytes until it is restarted.
        drop(removed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_proc_the_postmaster_is_known_by_its_folder_and_its_children_by_their_parent() {
        let ps = "  10  1 /bin/postgres -D /tmp/a/data -k /tmp/a\n 11 10 postgres: checkpointer\n\
                  12 1 /bin/postgres -D /tmp/b/data\n 13 12 postgres: walwriter\n\
                  14 1 /usr/bin/redis-server /tmp/d/daemon.conf\n";
        assert_eq!(postmaster_and_children(ps, Path::new("/tmp/a")), [10, 11]);
        assert_eq!(postmaster_and_children(ps, Path::new("/tmp/d")), [14]);
        assert!(postmaster_and_children(ps, Path::new("/tmp/c")).is_empty());
    }
}
