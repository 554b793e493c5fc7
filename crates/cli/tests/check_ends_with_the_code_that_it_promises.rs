//! `freehold check` as a person or a build server runs it: one test for each exit code, on a real server.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

#[expect(clippy::disallowed_methods, reason = "a test of the real binary")]
fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_freehold"));
    command.current_dir(folder).args(args);
    for name in ["DATABASE_URL", "NO_COLOR", "CI", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn freehold(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn project(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("migrations")).unwrap();
    for (name, content) in files {
        std::fs::write(folder.path().join("migrations").join(name), content).unwrap();
    }
    folder
}

const TABLE: (&str, &str) =
    ("000001_create_plans.up.sql", "CREATE TABLE plans (id bigint PRIMARY KEY, name text);\n");
const NO_TABLE: (&str, &str) =
    ("000001_create_plans.down.sql", "SET LOCAL lock_timeout = '3s';\nDROP TABLE plans;\n");
const COLUMN: (&str, &str) = (
    "000002_add_plans_price.up.sql",
    "SET LOCAL lock_timeout = '3s';\nALTER TABLE plans ADD COLUMN price integer;\n",
);
const FORGETS: (&str, &str) = ("000002_add_plans_price.down.sql", "SELECT 1;\n");

#[test]
fn a_clean_folder_ends_with_0_and_says_so() {
    let folder = project(&[TABLE, NO_TABLE]);
    let output = freehold(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    assert!(
        text(&output.stdout).contains("nothing found in 1 migration (1 statement)"),
        "{}",
        text(&output.stdout)
    );
    assert_eq!(
        text(&output.stderr),
        "rehearsal record: migrations/.freehold-rehearsal.json (commit it with the migrations)\n"
    );
    let quiet = freehold(folder.path(), &["check", "--quiet"]);
    assert_eq!(
        (quiet.status.code(), text(&quiet.stdout), text(&quiet.stderr)),
        (Some(0), String::new(), String::new())
    );
}

#[test]
fn the_record_is_left_only_where_it_is_wanted_and_can_be() {
    let folder = project(&[TABLE, NO_TABLE]);
    let record = folder.path().join("migrations/.freehold-rehearsal.json");
    let check = |args: &[&str]| {
        let output = freehold(folder.path(), args);
        (output.status.code(), text(&output.stderr))
    };
    assert_eq!(check(&["check", "--no-repeat", "--no-record"]), (Some(0), String::new()));
    assert!(!record.exists());
    std::fs::write(folder.path().join("freehold.toml"), "[check]\nrecord = false\n").unwrap();
    assert_eq!(check(&["check", "--no-repeat"]), (Some(0), String::new()));
    assert!(!record.exists());
    std::fs::write(folder.path().join("freehold.toml"), "").unwrap();
    assert_eq!(check(&["check", "--no-repeat"]).0, Some(0));
    let first = std::fs::read_to_string(&record).unwrap();
    assert_eq!(check(&["check"]), (Some(0), String::new()), "what says the same is not written again");
    assert_eq!(std::fs::read_to_string(&record).unwrap(), first);

    // A file cannot take the place of a folder, whoever asks.
    std::fs::remove_file(&record).unwrap();
    std::fs::create_dir(&record).unwrap();
    let (code, said) = check(&["check", "--no-repeat"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("remark: the rehearsal record ") && said.contains("--no-record"), "{said}");
    assert_eq!(
        std::fs::read_dir(folder.path().join("migrations")).unwrap().count(),
        3,
        "nothing is left over"
    );
    std::fs::remove_dir(&record).unwrap();
    assert_eq!(check(&["check", "--pg-bin", "no/such/folder"]).0, Some(2));
    assert!(!record.exists(), "what could not be rehearsed has no record");
}

#[test]
fn findings_end_with_1_in_every_format_and_in_files() {
    let folder = project(&[TABLE, NO_TABLE, COLUMN, FORGETS]);
    let args =
        ["check", "--format", "json", "--report", "html=page.html", "--report", "sarif=log.sarif", "-v"];
    let output = freehold(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(report["summary"]["exit_code"], 1);
    let finding = &report["findings"][0];
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["place"]["file"], "migrations/000002_add_plans_price.down.sql");
    assert_eq!((&finding["place"]["line"], &finding["place"]["column"]), (&1.into(), &1.into()));
    assert!(finding["evidence"][0].is_object() && finding["message"].is_string(), "{finding}");
    let page = std::fs::read_to_string(folder.path().join("page.html")).unwrap();
    assert!(page.contains("</html>") && page.contains("<svg"));
    let log: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path().join("log.sarif")).unwrap()).unwrap();
    assert_eq!(log["runs"][0]["results"][0]["ruleId"], finding["rule"]);
    assert!(text(&output.stderr).contains("html report: page.html"), "{}", text(&output.stderr));

    let human = freehold(folder.path(), &["check", "migrations", "-o", "report.txt"]);
    assert_eq!((human.status.code(), text(&human.stdout)), (Some(1), String::new()));
    let human = std::fs::read_to_string(folder.path().join("report.txt")).unwrap();
    assert!(
        human.contains("--> migrations/000002_add_plans_price.down.sql:1:1") && !human.contains('\u{1b}'),
        "{human}"
    );
}

#[test]
fn the_threshold_and_the_levels_of_rules_decide_what_fails() {
    let folder = project(&[TABLE]);
    let code = |args: &[&str]| freehold(folder.path(), args).status.code();
    assert_eq!(code(&["check", "--no-repeat"]), Some(0), "a missing down is a warning");
    assert_eq!(code(&["check", "--no-repeat", "--fail-on", "warning"]), Some(1));
    std::fs::write(folder.path().join("freehold.toml"), "[check]\nfail_on = \"warning\"\n").unwrap();
    assert_eq!(code(&["check", "--no-repeat"]), Some(1), "the file decides");
    assert_eq!(code(&["check", "--no-repeat", "--fail-on", "error"]), Some(0), "a flag wins over the file");
    std::fs::write(folder.path().join("freehold.toml"), "[rules]\ndown-missing = \"error\"\n").unwrap();
    assert_eq!(code(&["check", "--no-repeat"]), Some(1));
    std::fs::write(folder.path().join("freehold.toml"), "[rules]\nFH1104 = \"off\"\n").unwrap();
    assert_eq!(code(&["check", "--no-repeat", "--fail-on", "note"]), Some(0));
}

#[test]
fn what_cannot_be_run_ends_with_2_and_one_clear_error() {
    let folder = project(&[TABLE, NO_TABLE]);
    let output = freehold(folder.path(), &["check", "--pg-bin", "no/such/folder"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains("PostgreSQL"), "{}", text(&output.stderr));
    let slow = project(&[
        ("000001_sleep.up.sql", "-- waits\nSELECT pg_sleep(60);\n"),
        ("000001_sleep.down.sql", "SELECT 1;\n"),
    ]);
    let output = freehold(slow.path(), &["check", "--timeout", "300ms"]);
    assert_eq!(output.status.code(), Some(2));
    let said = text(&output.stderr);
    assert!(said.contains("000001_sleep.up.sql:2") && said.contains("--timeout"), "{said}");
    assert!(said.contains("2 | SELECT pg_sleep(60);"), "{said}");
}

#[test]
fn what_was_asked_for_and_could_not_be_verified_ends_with_3() {
    let unfillable = "CREATE TABLE plans (id bigint PRIMARY KEY, CHECK (id < 0 AND id > 0));\n";
    let folder = project(&[
        ("000001_create_plans.up.sql", unfillable),
        NO_TABLE,
        ("000002_index_plans.up.sql", "CREATE INDEX idx_plans_id ON plans (id);\n"),
        ("000002_index_plans.down.sql", "DROP INDEX idx_plans_id;\n"),
    ]);
    let output = freehold(folder.path(), &["check", "--measure", "all"]);
    let said = text(&output.stdout) + &text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{said}");
    assert!(
        said.contains("not verified") && said.contains("not everything asked for could be verified"),
        "{said}"
    );
}

#[test]
fn told_to_stop_it_stops_what_it_started() {
    let folder = project(&[
        ("000001_sleep.up.sql", "SELECT pg_sleep(60);\n"),
        ("000001_sleep.down.sql", "SELECT 1;\n"),
    ]);
    for (signal, code) in [(rustix::process::Signal::INT, 130), (rustix::process::Signal::TERM, 143)] {
        let mut child = command(folder.path(), &["check"]).stderr(Stdio::piped()).spawn().unwrap();
        let pid = rustix::process::Pid::from_child(&child);
        std::thread::sleep(Duration::from_secs(3));
        assert!(child.try_wait().unwrap().is_none(), "it is at work");
        let servers = servers_of(child.id());
        assert!(!servers.is_empty(), "it has started a server");
        let folders = folders_of(&servers);
        assert!(!folders.is_empty(), "servers work in folders of their own");
        rustix::process::kill_process(pid, signal).unwrap();
        let begun = Instant::now();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(code));
        assert!(begun.elapsed() < Duration::from_secs(10));
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert_eq!(said, "", "what fails because of the signal is not told");
        let gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists();
        let mut waited = 0;
        while !servers.iter().all(gone) && waited < 50 {
            std::thread::sleep(Duration::from_millis(100));
            waited += 1;
        }
        assert!(servers.iter().all(gone), "servers still run: {servers:?}");
        let left: Vec<_> = folders.iter().filter(|folder| folder.exists()).collect();
        assert!(left.is_empty(), "folders are left: {left:?}");
    }
}

#[test]
fn killed_it_leaves_no_server_and_the_next_run_takes_its_folders_away() {
    let folder = project(&[
        ("000001_sleep.up.sql", "SELECT pg_sleep(60);\n"),
        ("000001_sleep.down.sql", "SELECT 1;\n"),
    ]);
    let mut child = command(folder.path(), &["check"]).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(Duration::from_secs(3));
    let servers = servers_of(child.id());
    let folders = folders_of(&servers);
    assert!(!folders.is_empty(), "it is at work");
    child.kill().unwrap();
    child.wait().unwrap();
    let gone = |pid: &u32| !Path::new(&format!("/proc/{pid}")).exists();
    let begun = Instant::now();
    while !servers.iter().all(gone) && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(servers.iter().all(gone), "servers still run: {servers:?}");
    let clean = project(&[TABLE, NO_TABLE]);
    assert_eq!(freehold(clean.path(), &["check", "--no-repeat"]).status.code(), Some(0));
    let left: Vec<_> = folders.iter().filter(|folder| folder.exists()).collect();
    assert!(left.is_empty(), "folders are left: {left:?}");
}

#[test]
fn wrong_input_ends_with_2_and_names_what_is_wrong_and_what_to_do() {
    let folder = project(&[TABLE, NO_TABLE]);
    let cases: &[(&[&str], &[&str])] = &[
        (&["check", "migratoins"], &["migratoins", "does not exist", "--dir"]),
        (&["check", "--migrations-format", "nonsense"], &["nonsense", "golang-migrate"]),
        (&["check", "--migrations-format", "flyway"], &["V1_2__name.sql", "000001_create_plans.up.sql"]),
        (&["check", "--pg-major", "13"], &["13", "14..=18"]),
        (&["check", "--pg-bin", "/nowhere"], &["/nowhere", "Install the server programs"]),
        (&["check", "-o", "/nowhere/report"], &["/nowhere"]),
        (&["check", "--timeout", "soon"], &["soon", "90s"]),
        (&["check", "--report", "pdf=x"], &["pdf", "sarif"]),
        (&["-C", "/nowhere", "check"], &["/nowhere"]),
        (&["explain-rule", "nonsense"], &["nonsense", "freehold rules"]),
    ];
    for (args, words) in cases {
        let output = freehold(folder.path(), args);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {said}");
        assert_eq!(text(&output.stdout), "", "{args:?}");
        for word in *words {
            assert!(said.contains(word), "{args:?} does not say {word}: {said}");
        }
    }
}

#[test]
fn wrong_settings_end_with_2_and_show_their_line() {
    let cases = [
        ("[migrations]\ndir = \"migrations\n", "freehold.toml:2", "not valid TOML"),
        ("[rules]\ndown-mising = \"off\"\n", "freehold.toml:2:1", "did you mean `down-missing`?"),
        ("[rules]\ndown-missing = \"loud\"\n", "freehold.toml:2:16", "off, note, warning, error"),
        ("[migrations]\ndir = \"migratons\"\n", "migratons", "[migrations] dir"),
    ];
    for (settings, place, words) in cases {
        let folder = project(&[TABLE, NO_TABLE]);
        std::fs::write(folder.path().join("freehold.toml"), settings).unwrap();
        let output = freehold(folder.path(), &["check"]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(place) && said.contains(words), "{said}");
    }
}

#[test]
fn a_password_is_never_told() {
    let folder = project(&[TABLE, NO_TABLE]);
    for server in [
        "postgres://me:s3cr3t@127.0.0.1:1/app",
        "postgresql://me:s3cr3t@127.0.0.1:1/app?connect_timeout=1",
        "host=127.0.0.1 port=1 user=me password=s3cr3t",
        "postgres://127.0.0.1:1/app?user=me&password=s3cr3t",
        "nonsense://me:s3cr3t@127.0.0.1:1/app",
        "postgres://me:s3cr3t@[::1/app",
        "postgres://me:s3cr3t@127.0.0.1:not-a-port/app",
        "host=127.0.0.1 password='s3cr3t",
        "password=s3cr3t nonsense=1",
    ] {
        let output = freehold(folder.path(), &["check", "--server", server]);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(!said.contains("s3cr3t"), "{said}");
    }
}

/// The folders that processes work in, but for those that a person or a test has made.
fn folders_of(processes: &[u32]) -> Vec<PathBuf> {
    let folders = processes.iter().filter_map(|pid| std::fs::read_link(format!("/proc/{pid}/cwd")).ok());
    let mut folders: Vec<_> = folders.filter(|folder| folder.join("PG_VERSION").is_file()).collect();
    folders.sort();
    folders.dedup();
    folders
}

/// The processes below one, by `/proc`.
fn servers_of(parent: u32) -> Vec<u32> {
    let mut below = vec![parent];
    let mut at = 0;
    while let Some(pid) = below.get(at).copied() {
        at += 1;
        for entry in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(child) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
                continue;
            };
            let stat = std::fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            let parent =
                stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
            if parent == Some(pid) {
                below.push(child);
            }
        }
    }
    below.split_off(1)
}
