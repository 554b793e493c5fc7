//! The same with the tools themselves: they make the history, Freehold reads it, and both must say the same.
//!
//! The programs are those that `dev/peers` installs; run these by hand:
//! `cargo nextest run -p freehold-migrate --test peers --run-ignored only --no-capture`.

mod tools;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use freehold_migrate::{Adoption, PeerHistory};

use tools::{Place, Status, Tool, dbmate, diesel, golang_migrate, goose, prisma, sqlx};

use crate::workbench::{Database, Files, line_of, obstacles};

struct Trial {
    tool: Tool,
    database: Database,
    files: Files,
    place: Place,
    numbers: Vec<u32>,
}

fn program(name: &str) -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no face that could read the environment for them"
    )]
    let (peers, home) = (std::env::var_os("FREEHOLD_PEERS"), std::env::var_os("HOME"));
    let peers = peers.map_or_else(|| Path::new(&home.unwrap()).join(".cache/freehold-peers"), PathBuf::from);
    let found = peers.join("bin").join(name);
    assert!(found.exists(), "{} is missing: run dev/peers", found.display());
    found
}

impl Trial {
    async fn begin(tool: Tool) -> Self {
        let database = Database::with("select 1").await;
        let files = Files::new(tool.name, &[]);
        let url = database.scratch.connect_to().masked();
        let after = |mark: &str| url.split(mark).nth(1).unwrap().split(['?', '&']).next().unwrap().to_owned();
        let dir = files.dir.to_string_lossy().into_owned();
        let place = Place { socket: after("host="), database: after("@/"), url, dir };
        Self { tool, database, files, place, numbers: Vec::new() }
    }

    async fn lived(tool: Tool) -> Self {
        let mut trial = Self::begin(tool).await;
        live(&mut trial).await;
        trial
    }

    fn add(&mut self, number: u32, up: &str, down: &str) {
        let path = (self.tool.file)(number);
        if let Some(down_file) = self.tool.down_file {
            self.files.write(&down_file(number), down);
        }
        self.files.write(&path, &(self.tool.text)(up, down));
        self.numbers.push(number);
    }

    fn add_table(&mut self, number: u32) {
        self.add(number, &format!("create table t{number} (id int);\n"), &format!("drop table t{number};\n"));
    }

    fn run(&self, words: &[String]) -> (bool, String) {
        #[expect(clippy::disallowed_methods, reason = "these tests are about other tools' programs")]
        let output = std::process::Command::new(program(self.tool.program))
            .args(words)
            // Some will not do without a host in front, though the socket behind it is what counts.
            .env("DATABASE_URL", self.place.url.replace("@/", "@localhost/"))
            .current_dir(self.files.project.path())
            .output()
            .unwrap();
        let text =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (output.status.success(), text)
    }

    fn up(&self) {
        let (ok, said) = self.run(&(self.tool.up)(&self.place));
        assert!(ok, "{}: {said}", self.tool.name);
    }

    async fn history(&self) -> PeerHistory {
        self.database.only(self.tool.name).await
    }

    /// Asks the tool and reads the table; both must agree, and the reading must leave no trace.
    async fn compare(&self, when: &str) -> Adoption {
        let (_, said) = self.run(&(self.tool.status)(&self.place));
        let theirs = (self.tool.read)(&said, &self.numbers);
        let before = self.database.everything().await;
        let history = self.history().await;
        let adoption = self.files.beside(&history);
        assert_eq!(self.database.everything().await, before, "{}: something was touched", self.tool.name);
        let folder = self.files.folder();
        println!("== {} {when}\n-- its own status:\n{}", self.tool.name, said.trim_end());
        println!("-- ours:\n{}", line_of(&folder, &adoption));
        obstacles(&adoption).iter().chain(&adoption.remarks).for_each(|line| println!("   {line}"));
        let of = |place: usize| folder.migrations[place].version.clone();
        let ours = Status {
            applied: adoption.applied_versions().into_iter().map(str::to_owned).collect(),
            pending: adoption.pending.iter().map(|awaiting| of(awaiting.migration)).collect(),
        };
        // What is left open here is in neither list; the tool has no such word.
        let open: BTreeSet<String> = adoption.undecided.iter().map(|place| of(*place)).collect();
        let without = |all: &BTreeSet<String>| all.difference(&open).cloned().collect::<BTreeSet<_>>();
        assert_eq!(ours.applied, without(&theirs.applied), "{} {when}: {said}", self.tool.name);
        assert_eq!(ours.pending, without(&theirs.pending), "{} {when}: {said}", self.tool.name);
        adoption
    }
}

/// The life of a history: up, more files, a down, a late file, an edit.
async fn live(trial: &mut Trial) {
    let version = trial.tool.version;
    for number in [1, 2, 4] {
        trial.add_table(number);
    }
    trial.up();
    assert!(trial.compare("after three").await.is_clear());
    trial.add_table(5);
    let index = "create index concurrently i on t1 (id);\n";
    if let Some(text) = (trial.tool.without_transaction)(index, "drop index i;\n") {
        trial.add(6, index, "drop index i;\n");
        trial.files.write(&(trial.tool.file)(6), &text);
    } else {
        trial.add_table(6);
    }
    let adoption = trial.compare("with two new files").await;
    assert_eq!(adoption.pending.len(), 2);
    trial.up();
    let adoption = trial.compare("after all").await;
    assert!(adoption.is_clear() && adoption.pending.is_empty(), "{:?}", adoption.obstacles);
    assert_eq!(adoption.applied.len(), 5);
    if let Some(down) = trial.tool.down {
        let (ok, said) = trial.run(&down(&trial.place));
        assert!(ok, "{said}");
        let adoption = trial.compare("after a down").await;
        assert_eq!(adoption.pending.len(), 1);
        trial.up();
        assert!(trial.compare("after up again").await.pending.is_empty());
    }
    trial.add_table(3);
    let adoption = trial.compare("with a file that came late").await;
    let late: Vec<_> = adoption.pending.iter().filter(|awaiting| awaiting.is_late).collect();
    let is_one_number = trial.tool.name == "golang-migrate";
    assert_eq!(late.len(), usize::from(!is_one_number), "{}", version(3));
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn prisma_and_freehold_agree() {
    let mut trial = Trial::begin(prisma()).await;
    std::fs::write(
        trial.files.project.path().join("prisma/schema.prisma"),
        "datasource db {\n  provider = \"postgresql\"\n  url = env(\"DATABASE_URL\")\n}\n",
    )
    .unwrap();
    trial.files.write("migration_lock.toml", "provider = \"postgresql\"\n");
    live(&mut trial).await;
    trial.add(7, "create table t7 (id int);\nselect 1/0;\n", "");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    let adoption = trial.compare("after a failure").await;
    assert_eq!(adoption.undecided.len(), 1);
    let failed = (trial.tool.version)(7);
    let resolve = ["migrate", "resolve", "--rolled-back", &failed].map(str::to_owned);
    let (ok, said) = trial.run(&resolve);
    assert!(ok, "{said}");
    // `migrate status` takes any row for applied here; what `migrate deploy` does next shows what is true.
    let adoption = trial.files.beside(&trial.history().await);
    assert!(adoption.is_clear());
    let pending: Vec<usize> = adoption.pending.iter().map(|awaiting| awaiting.migration).collect();
    assert_eq!(pending, [6]);
    // What the first attempt left is still there: this engine does not send a script as one query.
    trial.files.write(&(trial.tool.file)(7), "create table if not exists t7 (id int);\n");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(ok && said.contains("have been applied") && said.contains("20260107000000_t/"), "{said}");
    trial.compare("after the second attempt").await;
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn golang_migrate_and_freehold_agree() {
    let mut trial = Trial::lived(golang_migrate()).await;
    trial.add(7, "create table t7 (id int); select 1/0;\n", "select 1;\n");
    trial.add_table(8);
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    let adoption = trial.compare("after a failure").await;
    assert_eq!(adoption.undecided.len(), 2);
    assert!(!adoption.is_clear());
    trial.files.remove("000007_t.up.sql");
    trial.files.remove("000007_t.down.sql");
    trial.numbers.retain(|number| *number != 7);
    assert_eq!(trial.files.beside(&trial.history().await).obstacles.len(), 2);
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn sqlx_and_freehold_agree() {
    let mut trial = Trial::lived(sqlx()).await;
    let file = (trial.tool.file)(2);
    let text = std::fs::read_to_string(trial.files.dir.join(&file)).unwrap();
    for (changed, is_clear) in [(text.replace('\n', "\r\n"), true), (format!("{text}-- more\n"), false)] {
        trial.files.write(&file, &changed);
        let adoption = trial.compare("with an edited file").await;
        assert_eq!(adoption.is_clear(), is_clear, "{changed:?}");
    }
    trial.files.write(&file, &text);
    trial.add(7, "-- no-transaction\ncreate table t7 (id int); select 1/0;\n", "select 1;\n");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    trial.compare("after a failure").await;
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn diesel_and_freehold_agree() {
    let mut trial = Trial::lived(diesel()).await;
    trial.add(7, "create table t7 (id int); select 1/0;\n", "select 1;\n");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    trial.compare("after a failure").await;
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn goose_and_freehold_agree() {
    let mut trial = Trial::lived(goose()).await;
    trial.add(7, "create table t7 (id int);\nselect 1/0;\n", "select 1;\n");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    trial.compare("after a failure").await;
}

#[tokio::test]
#[ignore = "needs dev/peers"]
async fn dbmate_and_freehold_agree() {
    let mut trial = Trial::lived(dbmate()).await;
    trial.add(7, "create table t7 (id int);\nselect 1/0;\n", "select 1;\n");
    let (ok, said) = trial.run(&(trial.tool.up)(&trial.place));
    assert!(!ok, "{said}");
    trial.compare("after a failure").await;
}
