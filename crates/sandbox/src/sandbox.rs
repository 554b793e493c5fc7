//! A private server: started for its value, gone with its value.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use freehold_db::ConnectTo;
use freehold_model::version::PgVersion;

use crate::account::Account;
use crate::admin::{Admin, Kind};
use crate::error::SandboxError;
use crate::find::{Installation, choose_installation};
use crate::folders::{PORT, free_bytes, make_own_folder, root_for_new, runtime_roots, spread_over_the_disk};
use crate::memo::Memo;
use crate::options::SandboxOptions;
use crate::postmaster::Postmaster;
use crate::processes::signal;
use crate::registry::{EndNow, register};
use crate::settings::SUPERUSER;
use crate::sweep::sweep_root;
use crate::template::Template;

/// A private PostgreSQL server. It dies with this value, with this process, and with a panic; see the crate's page for
/// how. Who may connect is said in `settings`.
#[derive(Debug)]
pub struct Sandbox {
    postmaster: Arc<Postmaster>,
    installation: Installation,
    account: Account,
    /// The session that makes and drops scratch databases, opened when the first one is wanted.
    admin: OnceLock<Arc<Admin>>,
    /// The settings of its command line, for [`Sandbox::restart`].
    settings: Vec<(String, String)>,
    /// Roles other than the superuser that may log in; only needed before version 16.
    admitted: Mutex<Vec<String>>,
}

impl Sandbox {
    /// Starts a server on a clone of the template data folder, which is made when there is none. Sweeps what killed
    /// runs left behind first. Ready for sessions when it returns.
    pub async fn start(options: &SandboxOptions) -> Result<Self, SandboxError> {
        let options = options.clone();
        off_the_runtime("start the server", move || Self::start_blocking(&options)).await
    }

    fn start_blocking(options: &SandboxOptions) -> Result<Self, SandboxError> {
        make_own_folder(&options.cache_dir, false)?;
        spread_over_the_disk(&options.cache_dir);
        let memo = Memo::load(options.cache_dir.join("programs"));
        let installation = choose_installation(&options.search, options.pg_major, memo)?;
        let account = Account::choose()?;
        let root = root_for_new(options, &account)?;
        for root in runtime_roots(options, &account) {
            sweep_root(&root)?;
        }
        let template = Template::at(&options.cache_dir, &installation, &account);
        let postmaster = match start_on_clone(&template, &root, &installation, &account, options) {
            // Damage that the checksums cannot know of, such as a template whose making went wrong: once more.
            Err(SandboxError::DiedAtStart { .. }) if options.settings.is_empty() => {
                template.discard()?;
                start_on_clone(&template, &root, &installation, &account, options)?
            }
            other => other?,
        };
        let settings = options.settings.clone();
        let (admin, admitted) = (OnceLock::new(), Mutex::default());
        Ok(Self { postmaster, installation, account, admin, settings, admitted })
    }

    /// The superuser `postgres` in the database `postgres`, over the Unix socket.
    pub fn connect_to(&self) -> ConnectTo {
        ConnectTo::socket(self.socket_dir(), PORT, SUPERUSER, "postgres")
    }

    /// Lets a role log in over the socket. From version 16 on every role may; before, `pg_ident.conf` names each one.
    /// The server takes a moment (milliseconds) to read the new map.
    pub fn admit(&self, role: &str) -> Result<(), SandboxError> {
        let major = self.version().major();
        if major >= 16 {
            return Ok(());
        }
        let mut admitted = self.admitted.lock().unwrap_or_else(PoisonError::into_inner);
        if admitted.iter().all(|known| known != role) {
            admitted.push(role.to_owned());
            self.postmaster.write_ident_map(&self.account, major, &admitted)?;
            if let Some(pid) = self.postmaster.pid() {
                signal(pid, rustix::process::Signal::HUP);
            }
        }
        Ok(())
    }

    /// The server's version.
    pub fn version(&self) -> PgVersion {
        self.installation.version
    }

    /// The server programs it runs.
    pub fn installation(&self) -> &Installation {
        &self.installation
    }

    /// The 0700 folder of the socket `.s.PGSQL.5432`.
    pub fn socket_dir(&self) -> &Path {
        &self.postmaster.folder.path
    }

    /// The server's data folder.
    pub fn data_dir(&self) -> PathBuf {
        self.postmaster.folder.data()
    }

    /// The process id of the server; `None` when it has ended.
    pub fn pid(&self) -> Option<i32> {
        self.postmaster.pid()
    }

    /// How the server ended, such as `signal: 9 (SIGKILL)`, when it ended without being told to.
    pub fn died(&self) -> Option<String> {
        self.postmaster.died()
    }

    /// The last lines of the server's log, at most 8 KiB.
    pub fn log_tail(&self) -> String {
        self.postmaster.log_tail()
    }

    /// Bytes that may still be written where the data folder lies; `None` when the system does not say.
    pub fn free_bytes(&self) -> Option<u64> {
        free_bytes(self.socket_dir())
    }

    pub(crate) fn account(&self) -> &Account {
        &self.account
    }

    pub(crate) fn admin(&self) -> &Arc<Admin> {
        self.admin.get_or_init(|| Admin::start(self.connect_to(), Kind::Own))
    }

    /// Ends every process of the server as `kill -9` does, as a crash would; the data stay for [`Sandbox::restart`]. What
    /// was committed is lost with it unless the sandbox was started with `synchronous_commit = on`.
    ///
    /// # Errors
    /// [`SandboxError::ThreadLost`] when the runtime is going down.
    pub async fn kill(&self) -> Result<(), SandboxError> {
        let postmaster = self.postmaster.clone();
        off_the_runtime("kill the server", move || {
            postmaster.kill();
            Ok(())
        })
        .await
    }

    /// Starts a killed server again on the same folder and socket. Ready for sessions when it returns. Nothing happens
    /// when it runs.
    ///
    /// # Errors
    /// As [`Sandbox::start`].
    pub async fn restart(&self) -> Result<(), SandboxError> {
        let (postmaster, settings) = (self.postmaster.clone(), self.settings.clone());
        let (installation, account) = (self.installation.clone(), self.account.clone());
        off_the_runtime("restart the server", move || postmaster.launch(&installation, &account, &settings))
            .await
    }

    /// Stops the server and removes its folder: first asked to end in order, then at once, then killed.
    pub async fn stop(self) -> Result<(), SandboxError> {
        let postmaster = self.postmaster.clone();
        off_the_runtime("stop the server", move || postmaster.stop()).await
    }
}

fn start_on_clone(
    template: &Template<'_>,
    root: &Path,
    installation: &Installation,
    account: &Account,
    options: &SandboxOptions,
) -> Result<Arc<Postmaster>, SandboxError> {
    let postmaster = Arc::new(Postmaster::new(root, account)?);
    let live: Arc<dyn EndNow> = postmaster.clone();
    register(Arc::downgrade(&live));
    template.clone_to(&postmaster.folder, root)?;
    postmaster.start(installation, account, &options.settings)?;
    Ok(postmaster)
}

/// Runs what blocks (copying, waiting for processes) on a thread for that.
pub(crate) async fn off_the_runtime<T: Send + 'static>(
    doing: &'static str,
    work: impl FnOnce() -> Result<T, SandboxError> + Send + 'static,
) -> Result<T, SandboxError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| SandboxError::ThreadLost { doing })?
}
