//! A project in a folder of its own, and what the program says of it.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The rule that most tests provoke, and those about files.
pub(crate) const SELECT: &str = "index-built-without-concurrently,files";

/// A table with its down.
pub(crate) const TABLE: (&str, &str) = (
    "000001_orders.up.sql",
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);\n",
);
pub(crate) const NO_TABLE: (&str, &str) = ("000001_orders.down.sql", "DROP TABLE orders;\n");
/// An index that its writers wait for.
pub(crate) const INDEX: (&str, &str) =
    ("000002_index.up.sql", "-- faster\nCREATE INDEX orders_note_idx ON orders (note);\n");
pub(crate) const NO_INDEX: (&str, &str) = ("000002_index.down.sql", "DROP INDEX orders_note_idx;\n");

/// A project with these migrations.
pub(crate) fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("migrations")).unwrap();
    for (name, content) in files {
        write(folder.path(), &format!("migrations/{name}"), content);
    }
    folder
}

/// The project of a table and an index.
pub(crate) fn with_index() -> TempDir {
    project(&[TABLE, NO_TABLE, INDEX, NO_INDEX])
}

/// Writes a file, and the folders to it.
pub(crate) fn write(folder: &Path, name: &str, content: &str) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// What the program said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The report, of a run with `--format json`.
    pub(crate) fn report(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Rule, file and line of each finding, of a run with `--format json`.
    pub(crate) fn findings(&self) -> Vec<(String, String, u64)> {
        let report = self.report();
        let findings = report["findings"].as_array().unwrap();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .iter()
            .map(|f| (text(&f["rule"]), text(&f["place"]["file"]), f["place"]["line"].as_u64().unwrap_or(0)))
            .collect()
    }

    /// The rules of the findings.
    pub(crate) fn rules(&self) -> Vec<String> {
        self.findings().into_iter().map(|(rule, ..)| rule).collect()
    }
}

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).args(args).stdin(Stdio::null());
    for name in ["DATABASE_URL", "FREEHOLD_PG_BIN", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

/// Runs the program.
pub(crate) fn freehold(folder: &Path, args: &[&str]) -> Said {
    Said::of(command(folder, args).output().unwrap())
}

/// `freehold lint` with few rules and no server, as JSON.
pub(crate) fn lint(folder: &Path, args: &[&str]) -> Said {
    let mut all = vec!["lint", "--no-try", "--format", "json"];
    if !args.contains(&"--select") {
        all.extend(["--select", SELECT]);
    }
    all.extend(args);
    freehold(folder, &all)
}

/// The same with a text on standard input.
pub(crate) fn lint_text(folder: &Path, args: &[&str], text: &[u8]) -> Said {
    let mut all = vec!["lint", "--no-try", "--select", SELECT];
    all.extend(args);
    let mut child = command(folder, &all)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    Said::of(child.wait_with_output().unwrap())
}

/// Runs git in the folder.
#[expect(clippy::disallowed_methods, reason = "a test that needs a repository")]
pub(crate) fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .current_dir(folder)
        .args(["-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false"])
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
}
