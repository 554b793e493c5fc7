//! Which user the server runs as: our own, or, since PostgreSQL refuses root, `postgres` or `nobody`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::SandboxError;

/// The user that the server runs as, and the one that we run as.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The server's user.
    pub(crate) uid: u32,
    /// The server's group.
    pub(crate) gid: u32,
    /// The server's user by name.
    pub(crate) name: String,
    /// Our own user by name; differs from `name` only when we are root.
    pub(crate) own_name: String,
    /// True when we are root and the server's processes give that up.
    pub(crate) dropped: bool,
}

impl Account {
    /// Ourselves, or the user to drop to when we are root.
    pub(crate) fn choose() -> Result<Self, SandboxError> {
        let uid = rustix::process::geteuid().as_raw();
        let own = user_by_number(uid).ok_or(SandboxError::NamelessUser { uid })?;
        if uid != 0 {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Self { uid, gid, own_name: own.name.clone(), name: own.name, dropped: false });
        }
        let other = ["postgres", "nobody"].into_iter().find_map(user_by_name);
        let other = other.filter(|user| user.uid != 0).ok_or(SandboxError::NoAccount)?;
        Ok(Self { uid: other.uid, gid: other.gid, name: other.name, own_name: own.name, dropped: true })
    }

    /// Lets a program run as this user. The standard library clears the supplementary groups when it changes
    /// the user as root.
    pub(crate) fn apply(&self, command: &mut Command) {
        if self.dropped {
            command.uid(self.uid).gid(self.gid);
        }
    }

    /// The first folder or file on the way to `path`, itself included, that this user may not pass or read.
    /// Only permission bits are looked at: an access list may still say otherwise.
    pub(crate) fn barrier(&self, path: &Path) -> Option<PathBuf> {
        let mut way: Vec<&Path> = path.ancestors().collect();
        way.reverse();
        way.into_iter().find(|part| !self.may_pass(part)).map(Path::to_owned)
    }

    fn may_pass(&self, path: &Path) -> bool {
        let Ok(about) = fs::metadata(path) else { return false };
        let shift = if about.uid() == self.uid {
            6
        } else if about.gid() == self.gid {
            3
        } else {
            0
        };
        about.mode() >> shift & 1 == 1
    }
}

/// One line of the user database.
struct User {
    name: String,
    uid: u32,
    gid: u32,
}

fn user_by_number(uid: u32) -> Option<User> {
    passwd().find(|user| user.uid == uid).or_else(|| asked(&uid.to_string()))
}

fn user_by_name(name: &str) -> Option<User> {
    passwd().find(|user| user.name == name).or_else(|| asked(name))
}

fn passwd() -> impl Iterator<Item = User> {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    text.lines().filter_map(user_of_line).collect::<Vec<_>>().into_iter()
}

fn user_of_line(line: &str) -> Option<User> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(User { name, uid, gid })
}

/// Users that are not in the file (a directory service, macOS) are known to the program `id`.
fn asked(user: &str) -> Option<User> {
    let ask = |what: &str| {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let output = Command::new("id").args([what, "--", user]).output().ok()?;
        let text = String::from_utf8(output.stdout).ok()?;
        (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
    };
    Some(User { name: ask("-un")?, uid: ask("-u")?.parse().ok()?, gid: ask("-g")?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_user_database_is_read() {
        let user = user_of_line("postgres:x:101:104:PostgreSQL administrator,,,:/var/lib:/bin/sh").unwrap();
        assert_eq!((user.name.as_str(), user.uid, user.gid), ("postgres", 101, 104));
        assert!(user_of_line("broken").is_none());
    }

    #[test]
    fn the_server_never_runs_as_root() {
        assert_ne!(Account::choose().unwrap().uid, 0);
    }

    #[test]
    fn a_closed_folder_on_the_way_is_named_as_the_barrier() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir_in("/tmp").unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let stranger =
            Account { uid: 54_321, gid: 54_321, name: String::new(), own_name: String::new(), dropped: true };
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(stranger.barrier(&inner).as_deref(), Some(folder.path()));
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        assert_eq!(stranger.barrier(&inner), None);
    }
}
