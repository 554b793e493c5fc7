//! `pg_dump` of a scratch database, by the programs that the sandbox itself runs.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use freehold_model::name::QualifiedName;

use crate::account::Account;
use crate::extensions::System;
use crate::folders::PORT;
use crate::sandbox::Sandbox;
use crate::scratch::Scratch;

/// What of a database is dumped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DumpOf {
    /// The schema, without rows.
    Schema,
    /// The schema and the rows of its tables, in the order in which they can be loaded: rows come before the indexes,
    /// foreign keys and triggers that would look at them.
    SchemaAndRows {
        /// Tables whose rows are left out.
        except: Vec<QualifiedName>,
    },
    /// Only the rows of these tables.
    Rows {
        /// The tables.
        of: Vec<QualifiedName>,
    },
}

/// How many rows one INSERT of a dump holds at most.
const ROWS_PER_INSERT: u32 = 100;

/// Why there is no dump.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The installation has the server but not its clients.
    #[error("there is no {} beside the server programs of PostgreSQL {major}", program.display())]
    NotInstalled {
        /// Where it was looked for.
        program: PathBuf,
        /// The server's major version.
        major: u32,
    },
    /// The program could not be started.
    #[error("could not start {}", program.display())]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("pg_dump of {database} failed ({status}): {output}")]
    Failed {
        /// The database.
        database: String,
        /// How it ended.
        status: String,
        /// What it said.
        output: String,
    },
    /// What it wrote is no UTF-8.
    #[error("pg_dump of {database} did not write UTF-8")]
    NotText {
        /// The database.
        database: String,
    },
    /// The thread that waited for it is gone.
    #[error("the thread that was to dump {database} ended without an answer")]
    ThreadLost {
        /// The database.
        database: String,
    },
}

impl DumpError {
    /// What to do next, as a sentence.
    pub fn help(&self) -> Option<String> {
        let Self::NotInstalled { major, .. } = self else { return None };
        let about = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let command = match System::of(&about) {
            System::Debian => format!("apt-get install postgresql-client-{major}"),
            System::RedHat => "dnf install postgresql".to_owned(),
            System::Alpine => format!("apk add postgresql{major}-client"),
            System::Arch => "pacman -S postgresql".to_owned(),
            System::MacOs => format!("brew install postgresql@{major}"),
            System::Other => format!("the package of PostgreSQL {major}'s client programs"),
        };
        Some(format!("Install the client programs of PostgreSQL {major}: {command}."))
    }
}

impl Sandbox {
    /// Dumps a scratch database of this sandbox as SQL that needs no psql: rows are INSERTs with named columns. `role`
    /// is the role to connect as; it must be a superuser that was admitted.
    ///
    /// # Errors
    /// When the installation has no `pg_dump`, or it fails.
    pub async fn dump(&self, scratch: &Scratch, role: &str, what: &DumpOf) -> Result<String, DumpError> {
        let installation = self.installation();
        let program = installation.program("pg_dump");
        let database = scratch.name().to_owned();
        if !program.is_file() {
            return Err(DumpError::NotInstalled { program, major: installation.version.major() });
        }
        let mut arguments = vec![
            "--host".to_owned(),
            self.socket_dir().display().to_string(),
            format!("--port={PORT}"),
            format!("--username={role}"),
            "--no-password".to_owned(),
            "--encoding=UTF8".to_owned(),
        ];
        arguments.extend(choice(what));
        arguments.push(database.clone());
        let folder = self.socket_dir().to_owned();
        let account = self.account().clone();
        let started = program.clone();
        let outcome = tokio::task::spawn_blocking(move || run(&started, &arguments, &folder, &account)).await;
        let output = outcome
            .map_err(|_| DumpError::ThreadLost { database: database.clone() })?
            .map_err(|source| DumpError::Spawn { program, source })?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(DumpError::Failed { database, status: output.status.to_string(), output: said });
        }
        let text = String::from_utf8(output.stdout).map_err(|_| DumpError::NotText { database })?;
        Ok(without_psql(&text))
    }
}

fn run(
    program: &PathBuf,
    arguments: &[String],
    folder: &PathBuf,
    account: &Account,
) -> std::io::Result<Output> {
    #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
    let mut command = Command::new(program);
    account.apply(&mut command);
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC").env("PATH", "/usr/local/bin:/usr/bin:/bin");
    command.output()
}

fn choice(what: &DumpOf) -> Vec<String> {
    let rows = [
        "--column-inserts".to_owned(),
        format!("--rows-per-insert={ROWS_PER_INSERT}"),
        "--no-blobs".to_owned(),
    ];
    match what {
        DumpOf::Schema => vec!["--schema-only".to_owned()],
        DumpOf::SchemaAndRows { except } => {
            let except = except.iter().map(|table| format!("--exclude-table-data={}", table.quoted()));
            rows.into_iter().chain(except).collect()
        }
        DumpOf::Rows { of } => {
            let of = of.iter().map(|table| format!("--table={}", table.quoted()));
            rows.into_iter().chain(["--data-only".to_owned()]).chain(of).collect()
        }
    }
}

/// Newer releases frame their output with commands of psql that keep it from running others: `\restrict KEY` before the
/// first statement and `\unrestrict KEY` after the last one.
fn without_psql(text: &str) -> String {
    const OPEN: &str = "\\restrict ";
    let mut head =
        text.lines().take_while(|line| line.is_empty() || line.starts_with("--") || line.starts_with(OPEN));
    let Some(key) = head.find_map(|line| line.strip_prefix(OPEN)) else {
        return text.to_owned();
    };
    let (open, close) = (format!("{OPEN}{key}\n"), format!("\\unrestrict {key}\n"));
    let opened = text.replacen(&open, "", 1);
    match opened.rsplit_once(close.as_str()) {
        Some((before, after)) => format!("{before}{after}"),
        None => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_newer_releases_is_taken_away_and_nothing_else() {
        let framed =
            "--\n-- dump\n--\n\n\\restrict aB1\n\nSELECT '\n\\unrestrict aB1\n';\n\n\\unrestrict aB1\n\n";
        assert_eq!(without_psql(framed), "--\n-- dump\n--\n\n\nSELECT '\n\\unrestrict aB1\n';\n\n\n");
        let plain = "-- dump\nSELECT '\n\\restrict x\n';\n";
        assert_eq!(without_psql(plain), plain);
    }

    #[test]
    fn what_to_install_names_the_major_version() {
        let error = DumpError::NotInstalled { program: "/x/pg_dump".into(), major: 17 };
        assert!(error.help().unwrap().contains("17"), "{error}");
    }
}
