//! A shell that waits at the end of a pipe: when this process is gone, however it went, the pipe ends, and the shell
//! stops the server and removes its folder.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::error::SandboxError;

/// $1 the sandbox's folder, $2 its data folder, $3 its lock file. `done` on the pipe: nothing is left to do. The end
/// of the pipe without it: this process died. Processes are recognised by their working folder and name as in
/// `processes`; a zombie has no working folder.
const SCRIPT: &str = r#"
trap '' HUP INT QUIT TERM PIPE
while read -r word; do
  [ "$word" = done ] && exit 0
done
folder=$1 data=$2 lock=$3
if [ -e /proc/self/cwd ]; then
  ours() {
    ls -l /proc/[0-9]*/cwd 2>/dev/null | grep -F -- "-> $folder" |
      sed 's,.*/proc/\([0-9]*\)/cwd.*,\1,' | while read -r pid; do
        grep -qxE 'postgres|initdb|redis-server|valkey-server|pgbouncer' "/proc/$pid/comm" 2>/dev/null && echo "$pid"
      done
  }
else
  ours() {
    main=$(ps -axo pid=,command= | grep -F -e "-D $data" -e " $folder/daemon.conf" | grep -v grep | sed 's/^ *\([0-9]*\).*/\1/')
    [ -n "$main" ] && echo "$main" && ps -axo pid=,ppid= | awk -v p="$main" '$2 == p { print $1 }'
  }
fi
segment=$(sed -n 7p "$data/postmaster.pid" 2>/dev/null | awk '{ print $2 }')
kill -QUIT $(ours) 2>/dev/null
tries=0
while [ -n "$(ours)" ] && [ $tries -lt 20 ]; do sleep 0.05; tries=$((tries + 1)); done
kill -KILL $(ours) 2>/dev/null
tries=0
while [ -d "$folder" ] && [ $tries -lt 20 ]; do rm -rf -- "$folder" || sleep 0.05; tries=$((tries + 1)); done
[ -n "$segment" ] && ipcrm -m "$segment"
rm -f -- "$lock"
"#;

/// The watching shell. Dropped without [`Watchdog::dismiss`], it does its work.
#[derive(Debug)]
pub(crate) struct Watchdog {
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts watching, in a process group of its own so that Ctrl-C does not reach it.
    pub(crate) fn start(folder: &Path, data: &Path, lock: &Path) -> Result<Self, SandboxError> {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(SCRIPT).arg("freehold-watchdog").args([folder, data, lock]);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin").env("LC_ALL", "C");
        command.current_dir("/").process_group(0);
        let mut shell =
            command.spawn().map_err(|source| SandboxError::Spawn { program: "/bin/sh".into(), source })?;
        let pipe = shell.stdin.take();
        Ok(Self { shell, pipe })
    }

    /// Tells the shell that nothing is left to do, and waits for its end.
    pub(crate) fn dismiss(mut self) {
        if let Some(mut pipe) = self.pipe.take() {
            // A shell that is gone already has nothing to be told.
            let _ = pipe.write_all(b"done\n");
        }
        let _ = self.shell.wait();
    }
}
