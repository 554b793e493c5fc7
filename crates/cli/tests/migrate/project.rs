//! A project, a database of its own, and the program between them.

use std::{
    path::Path,
    process::{Command, Output},
};

use freehold_db::Session;
use freehold_sandbox::{Scratch, Server, testing};
use tempfile::TempDir;

/// Two tables, and an index that is built outside a transaction.
pub(crate) const SHOP: &[(&str, &str)] = &[
    ("000001_create_plans.up.sql", "CREATE TABLE plans (id bigint PRIMARY KEY, name text);\n"),
    ("000001_create_plans.down.sql", "DROP TABLE plans;\n"),
    ("000002_create_users.up.sql", "CREATE TABLE users (id bigint PRIMARY KEY, email text, name text);\n"),
    ("000002_create_users.down.sql", "DROP TABLE users;\n"),
    ("000003_index_users_email.up.sql", "CREATE INDEX CONCURRENTLY users_email ON users (email);\n"),
    ("000003_index_users_email.down.sql", "DROP INDEX users_email;\n"),
];

/// A project with its database.
pub(crate) struct Project {
    folder: TempDir,
    scratch: Scratch,
    url: String,
}

/// What the program said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Project {
    pub(crate) async fn of(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("migrations")).unwrap();
        let scratch = testing::scratch().await;
        let url = url_of(scratch.name()).await;
        let project = Self { folder, scratch, url };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn database(&self) -> &str {
        self.scratch.name()
    }

    /// Writes a file of the folder of migrations.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.folder.path().join("migrations").join(name), text).unwrap();
    }

    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.folder.path().join("migrations").join(name)).unwrap();
    }

    pub(crate) fn settings(&self, text: &str) {
        let text = text.replace("{url}", &self.url);
        std::fs::write(self.folder.path().join("freehold.toml"), text).unwrap();
    }

    /// The program in the project, with nothing named.
    pub(crate) fn bare(&self, args: &[&str]) -> Said {
        Said::of(&command(self.folder(), args).output().unwrap())
    }

    /// The program on the project's database.
    pub(crate) fn migrate(&self, args: &[&str]) -> Said {
        let args: Vec<&str> = args.iter().copied().chain(["--url", self.url()]).collect();
        self.bare(&args)
    }

    pub(crate) async fn session(&self) -> Session {
        Session::open(&self.scratch.connect_to()).await.unwrap()
    }

    pub(crate) async fn run(&self, sql: &str) {
        let session = self.session().await;
        session.run(sql).await.unwrap();
        session.close().await;
    }

    /// The rows of a query, their columns (of type text) joined by blanks.
    pub(crate) async fn rows(&self, sql: &str) -> Vec<String> {
        let session = self.session().await;
        let rows = session.query(sql, &[]).await.unwrap();
        let mut shown = Vec::with_capacity(rows.len());
        for row in &rows {
            let columns = (0..row.len()).map(|at| row.get::<_, Option<String>>(at));
            shown.push(columns.map(|text| text.unwrap_or("-".to_owned())).collect::<Vec<_>>().join(" "));
        }
        session.close().await;
        shown
    }

    /// The tables, indexes and views outside the history, sorted.
    pub(crate) async fn relations(&self) -> Vec<String> {
        self.rows(
            "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = 'public' ORDER BY 1",
        )
        .await
    }

    /// A text with what differs from run to run replaced.
    pub(crate) fn steady(&self, text: &str) -> String {
        steady(&text.replace(self.database(), "shop"))
    }
}

/// `freehold migrate` in a folder.
pub(crate) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = freehold(folder);
    command.arg("migrate").args(args);
    command
}

/// `freehold` in a folder.
#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
pub(crate) fn freehold(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder);
    for name in ["DATABASE_URL", "NO_COLOR", "CI", "CLICOLOR_FORCE", "GITHUB_ACTOR", "GITLAB_USER_LOGIN"] {
        command.env_remove(name);
    }
    command.env("USER", "ana");
    command
}

async fn url_of(database: &str) -> String {
    let server = testing::server().await;
    let Server::Own(sandbox) = &*server else { panic!("tests have a server of their own") };
    let to = sandbox.connect_to();
    let folder = sandbox.socket_dir().display().to_string();
    format!("postgres://{}@/{database}?host={folder}&port=5432", to.user())
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// Demands an exit code, and shows what was said if it was another.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Demands words on standard output.
    #[track_caller]
    pub(crate) fn tells(self, words: &str) -> Self {
        assert!(self.out.contains(words), "{words:?} is not in standard output:\n{}\n{}", self.out, self.err);
        self
    }

    /// Demands words on standard error, wherever lines are broken.
    #[track_caller]
    pub(crate) fn complains(self, words: &str) -> Self {
        assert!(unbroken(&self.err).contains(words), "{words:?} is not in standard error:\n{}", self.err);
        self
    }
}

/// A message as it was before it was broken into lines and decorated.
fn unbroken(text: &str) -> String {
    let marks = |c: char| matches!(c, '│' | '×' | '├' | '╰' | '─' | '▶' | '|' | '=') || c.is_whitespace();
    text.split(marks).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Times and durations replaced: `12 ms`, `3.4 s`, `2026-11-21 10:34:11Z`.
fn steady(text: &str) -> String {
    let mut steady = text.to_owned();
    for (pattern, stands_for) in [
        ("0000-00-00 00:00:00Z", "DAY TIME"),
        ("0.0 s", "TIME"),
        ("000 ms", "TIME"),
        ("00 ms", "TIME"),
        ("0 ms", "TIME"),
    ] {
        steady = replaced(&steady, pattern, stands_for);
    }
    steady
}

/// Replaces what a pattern fits, in which `0` stands for any digit.
fn replaced(text: &str, pattern: &str, stands_for: &str) -> String {
    let text: Vec<char> = text.chars().collect();
    let pattern: Vec<char> = pattern.chars().collect();
    let fits = |at: usize| {
        text.get(at..at + pattern.len()).is_some_and(|part| {
            part.iter().zip(&pattern).all(|(c, p)| if *p == '0' { c.is_ascii_digit() } else { c == p })
        })
    };
    let mut out = String::new();
    let mut at = 0;
    while at < text.len() {
        if fits(at) {
            out.push_str(stands_for);
            at += pattern.len();
        } else {
            out.push(text[at]);
            at += 1;
        }
    }
    out
}
