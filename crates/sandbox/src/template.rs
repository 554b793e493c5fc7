//! The data folder that initdb made once, kept in the cache and cloned for each sandbox.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::account::Account;
use crate::clone::{CloneError, FileEntry, Tree, clone_tree, survey};
use crate::error::SandboxError;
use crate::find::Installation;
use crate::folders::{LockFile, SandboxFolder, remove_folder};
use crate::settings::{HBA, SUPERUSER, TEMPLATE_DATABASE, WAL_SEGMENT_MIB, postgresql_conf};
use crate::watchdog::Watchdog;

/// Changes when the way a template is made changes in a manner that the settings do not show.
const LAYOUT: u32 = 1;

/// First line of a manifest; the last line is `end`, so that a cut one is recognised.
const MANIFEST_HEAD: &str = "freehold template 1";

/// A template's place in the cache: `template-<key>/` with `data/` and `manifest`, and `template-<key>.lock`.
#[derive(Debug)]
pub(crate) struct Template<'a> {
    installation: &'a Installation,
    account: &'a Account,
    folder: PathBuf,
    lock: PathBuf,
}

impl<'a> Template<'a> {
    /// The place for this installation; nothing is made yet.
    pub(crate) fn at(cache_dir: &Path, installation: &'a Installation, account: &'a Account) -> Self {
        let name = format!("template-{}-{}", installation.version.major(), key(installation));
        let folder = cache_dir.join(&name);
        let lock = cache_dir.join(format!("{name}.lock"));
        Self { installation, account, folder, lock }
    }

    /// Clones the template to `folder.data()`. It is made first when it is missing, and made anew when it is damaged.
    /// Safe against other processes that do the same at the same time.
    pub(crate) fn clone_to(&self, folder: &SandboxFolder, root: &Path) -> Result<(), SandboxError> {
        for last_attempt in [false, false, true] {
            let sharing = LockFile::wait(&self.lock, true)?;
            let cloned = self.try_clone(folder);
            drop(sharing);
            match cloned {
                Ok(()) => return Ok(()),
                Err(CloneError::Failed(error)) => return Err(error),
                Err(CloneError::Damaged(why)) if last_attempt => {
                    return Err(SandboxError::TemplateDamaged { path: self.folder.clone(), why });
                }
                Err(CloneError::Damaged(_)) => remove_folder(&folder.data())?,
            }
            let _alone = LockFile::wait(&self.lock, false)?;
            // Another process may have made it while this one waited.
            if !self.is_whole() {
                self.make(root)?;
            }
        }
        Ok(())
    }

    /// Throws the template away: a clone of it did not start.
    pub(crate) fn discard(&self) -> Result<(), SandboxError> {
        let _alone = LockFile::wait(&self.lock, false)?;
        remove_folder(&self.folder)
    }

    fn try_clone(&self, folder: &SandboxFolder) -> Result<(), CloneError> {
        let text = fs::read_to_string(self.folder.join("manifest"));
        let text = text.map_err(|error| CloneError::Damaged(format!("manifest: {error}")))?;
        let tree = tree_of_manifest(&text)
            .ok_or_else(|| CloneError::Damaged("the manifest cannot be read".to_owned()))?;
        clone_tree(&tree, &self.folder.join("data"), &folder.data(), self.account)
    }

    fn is_whole(&self) -> bool {
        let manifest = fs::read_to_string(self.folder.join("manifest")).ok();
        let Some(tree) = manifest.as_deref().and_then(tree_of_manifest) else { return false };
        survey(&self.folder.join("data")).is_ok_and(|found| found == tree)
    }

    /// Makes the data folder as the server's user in a sandbox folder, which dies with this process, then copies it
    /// to the cache under a temporary name and renames that.
    fn make(&self, root: &Path) -> Result<(), SandboxError> {
        let workshop = Workshop::open(root, self.account)?;
        let data = workshop.folder.data();
        self.run_initdb(&workshop.folder)?;
        let files = [
            ("postgresql.conf", postgresql_conf(self.installation.version.major())),
            ("pg_hba.conf", HBA.to_owned()),
            ("pg_ident.conf", String::new()),
        ];
        for (name, text) in files {
            let path = data.join(name);
            fs::write(&path, text).map_err(|e| SandboxError::files("write", &path, e))?;
        }
        self.prepare_database(&workshop.folder)?;

        let tree = survey(&data).map_err(|e| SandboxError::files("read", &data, e))?;
        let fresh = self.folder.with_extension("new");
        remove_folder(&fresh)?;
        fs::DirBuilder::new()
            .mode(0o700)
            .create(&fresh)
            .map_err(|e| SandboxError::files("create the folder", &fresh, e))?;
        // The template belongs to us, so that a server that runs as another user can never change it.
        let ourselves = Account { dropped: false, ..self.account.clone() };
        clone_tree(&tree, &data, &fresh.join("data"), &ourselves).map_err(|error| match error {
            CloneError::Failed(error) => error,
            CloneError::Damaged(why) => SandboxError::TemplateDamaged { path: data.clone(), why },
        })?;
        let manifest = fresh.join("manifest");
        fs::write(&manifest, manifest_of_tree(&tree))
            .map_err(|e| SandboxError::files("write", &manifest, e))?;
        remove_folder(&self.folder)?;
        fs::rename(&fresh, &self.folder).map_err(|e| SandboxError::files("rename", &fresh, e))
    }

    fn run_initdb(&self, workshop: &SandboxFolder) -> Result<(), SandboxError> {
        let program = self.installation.program("initdb");
        if self.account.dropped
            && let Some(path) = self.account.barrier(&self.installation.bin_dir)
        {
            return Err(SandboxError::Unreachable { account: self.account.name.clone(), path });
        }
        let mut command = self.program(&program, workshop);
        command.arg("-D").arg(workshop.data()).args(["-U", SUPERUSER, "--auth=peer", "--no-sync"]);
        command.args(["--no-instructions", "--locale=C", "--encoding=UTF8"]);
        command.arg(format!("--wal-segsize={WAL_SEGMENT_MIB}"));
        if self.installation.version.major() >= 18 {
            command.arg("--no-data-checksums");
        }
        run(&program, command, "")
    }

    /// Makes the database that scratch databases are cloned from, in single-user mode: no socket, no session.
    fn prepare_database(&self, workshop: &SandboxFolder) -> Result<(), SandboxError> {
        let program = self.installation.program("postgres");
        let mut command = self.program(&program, workshop);
        command.arg("--single").arg("-D").arg(workshop.data()).args(["-c", "exit_on_error=on", "postgres"]);
        let statements = format!("CREATE DATABASE {TEMPLATE_DATABASE} TEMPLATE template0 IS_TEMPLATE true\n");
        run(&program, command, &statements)
    }

    fn program(&self, program: &Path, workshop: &SandboxFolder) -> Command {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let mut command = Command::new(program);
        self.account.apply(&mut command);
        command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.current_dir(&workshop.path);
        command
    }
}

/// The folder in which a template is made; removed at the end, by the watchdog if this process dies.
struct Workshop {
    folder: SandboxFolder,
    watchdog: Option<Watchdog>,
}

impl Workshop {
    fn open(root: &Path, account: &Account) -> Result<Self, SandboxError> {
        let mut workshop = Self { folder: SandboxFolder::create(root, account)?, watchdog: None };
        let folder = &workshop.folder;
        workshop.watchdog = Some(Watchdog::start(&folder.path, &folder.data(), folder.lock_path())?);
        Ok(workshop)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let removed = self.folder.remove();
        // What cannot be removed is left to the watchdog and to the sweep of the next run.
        if let (Ok(()), Some(watchdog)) = (removed, self.watchdog.take()) {
            watchdog.dismiss();
        }
    }
}

/// Runs a program with the given standard input to its end.
fn run(program: &Path, mut command: Command, input: &str) -> Result<(), SandboxError> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let spawn = |source| SandboxError::Spawn { program: program.to_owned(), source };
    let mut child = command.spawn().map_err(spawn)?;
    if let Some(mut pipe) = child.stdin.take() {
        // A program that ended before reading says why on its standard error.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(spawn)?;
    if output.status.success() {
        return Ok(());
    }
    let mut said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.trim().is_empty() {
        said = String::from_utf8_lossy(&output.stdout).into_owned();
    }
    if said.contains("No space left on device") {
        return Err(SandboxError::DiskFull { doing: "make a data folder with", path: program.to_owned() });
    }
    let lines: Vec<&str> = said.trim_end().lines().collect();
    let tail = lines.get(lines.len().saturating_sub(8)..).unwrap_or_default().join("\n");
    Err(SandboxError::ProgramFailed {
        program: program.to_owned(),
        status: output.status.to_string(),
        output: tail,
    })
}

/// Differs whenever a template made before would not fit: another build of the server (its banner, place, length and
/// time, which also tell builds with different catalog versions apart), other settings, another way of making.
fn key(installation: &Installation) -> String {
    let program = installation.program("postgres");
    let about = fs::metadata(&program).map(|about| (about.len(), about.mtime())).unwrap_or_default();
    let mut hash = Sha256::new();
    let parts = [
        format!("{LAYOUT} {WAL_SEGMENT_MIB} {SUPERUSER} {TEMPLATE_DATABASE} {about:?}"),
        installation.banner.clone(),
        program.display().to_string(),
        postgresql_conf(installation.version.major()),
        HBA.to_owned(),
    ];
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hex::encode(hash.finalize()).chars().take(16).collect()
}

fn manifest_of_tree(tree: &Tree) -> String {
    let mut text = format!("{MANIFEST_HEAD}\n");
    for folder in &tree.folders {
        text.push_str(&format!("folder {}\n", folder.display()));
    }
    for file in &tree.files {
        text.push_str(&format!("file {} {:016x} {}\n", file.length, file.checksum, file.path.display()));
    }
    text.push_str("end\n");
    text
}

/// `None` when the text is no whole manifest, or names a path that would lead out of the data folder.
fn tree_of_manifest(text: &str) -> Option<Tree> {
    let mut lines = text.strip_suffix("end\n")?.lines();
    if lines.next()? != MANIFEST_HEAD {
        return None;
    }
    let inside = |path: &str| {
        let path = PathBuf::from(path);
        path.components().all(|part| matches!(part, std::path::Component::Normal(_))).then_some(path)
    };
    let mut tree = Tree::default();
    for line in lines {
        match line.split_once(' ')? {
            ("folder", path) => tree.folders.push(inside(path)?),
            ("file", rest) => {
                let mut words = rest.splitn(3, ' ');
                let length = words.next()?.parse().ok()?;
                let checksum = u64::from_str_radix(words.next()?, 16).ok()?;
                tree.files.push(FileEntry { path: inside(words.next()?)?, length, checksum });
            }
            _ => return None,
        }
    }
    Some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_reads_back_as_written_and_a_cut_one_is_refused() {
        let tree = Tree {
            folders: vec!["base".into(), "base/1".into()],
            files: vec![FileEntry { path: "base/1/a b".into(), length: 5, checksum: u64::MAX - 1 }],
        };
        let text = manifest_of_tree(&tree);
        assert_eq!(tree_of_manifest(&text), Some(tree));
        for length in 0..text.len() {
            assert_eq!(tree_of_manifest(&text[..length]), None, "cut at {length}");
        }
        assert_eq!(tree_of_manifest(&format!("{MANIFEST_HEAD}\nfolder ../x\nend\n")), None);
    }
}
