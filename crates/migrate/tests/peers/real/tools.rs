//! The tools: their files, their commands, and how what they print is read.

use std::collections::BTreeSet;

/// The words of a command.
macro_rules! words {
    ($($word:expr),* $(,)?) => { vec![$($word.to_string()),*] };
}

/// What a tool says of the versions of a folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) applied: BTreeSet<String>,
    pub(super) pending: BTreeSet<String>,
}

/// How a tool is driven: its files, its commands, and how its status reads.
pub(super) struct Tool {
    pub(super) name: &'static str,
    pub(super) program: &'static str,
    /// The name of the file of a version, or of a folder with a file in it.
    pub(super) file: fn(u32) -> String,
    /// The file of the down, where it is another.
    pub(super) down_file: Option<fn(u32) -> String>,
    /// The text of a file from up and down.
    pub(super) text: fn(&str, &str) -> String,
    /// Whether a migration can ask for no transaction, and how.
    pub(super) without_transaction: fn(&str, &str) -> Option<String>,
    /// The version of a number, as the folder has it.
    pub(super) version: fn(u32) -> String,
    pub(super) up: fn(&Place) -> Vec<String>,
    pub(super) down: Option<fn(&Place) -> Vec<String>>,
    pub(super) status: fn(&Place) -> Vec<String>,
    pub(super) read: fn(&str, &[u32]) -> Status,
}

/// Where a tool works.
pub(super) struct Place {
    pub(super) url: String,
    pub(super) socket: String,
    pub(super) database: String,
    pub(super) dir: String,
}

/// Reads lines that hold a mark for applied or for pending, and a file's name.
fn by_lines(
    said: &str,
    numbers: &[u32],
    name: fn(u32) -> String,
    version: fn(u32) -> String,
    applied: fn(&str) -> bool,
) -> Status {
    let mut status = Status::default();
    for number in numbers {
        let name = name(*number);
        let line = said.lines().find(|line| line.contains(&name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in: {said}"));
        let list = if applied(line) { &mut status.applied } else { &mut status.pending };
        list.insert(version(*number));
    }
    status
}

pub(super) fn golang_migrate() -> Tool {
    Tool {
        name: "golang-migrate",
        program: "migrate",
        file: |n| format!("{n:06}_t.up.sql"),
        down_file: Some(|n| format!("{n:06}_t.down.sql")),
        text: |up, _| up.to_owned(),
        without_transaction: |up, _| Some(up.to_owned()),
        version: |n| n.to_string(),
        up: |p| words!["-path", p.dir, "-database", format!("{}&sslmode=disable", p.url), "up"],
        down: Some(|p| {
            words!["-path", p.dir, "-database", format!("{}&sslmode=disable", p.url), "down", "1"]
        }),
        status: |p| words!["-path", p.dir, "-database", format!("{}&sslmode=disable", p.url), "version"],
        read: |said, numbers| {
            let at: u32 = said.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
            let (applied, pending): (Vec<u32>, Vec<u32>) = numbers.iter().partition(|number| **number <= at);
            let versions = |list: Vec<u32>| list.iter().map(u32::to_string).collect();
            Status { applied: versions(applied), pending: versions(pending) }
        },
    }
}

pub(super) fn sqlx() -> Tool {
    Tool {
        name: "sqlx",
        program: "sqlx",
        file: |n| format!("{n:04}_t.up.sql"),
        down_file: Some(|n| format!("{n:04}_t.down.sql")),
        text: |up, _| up.to_owned(),
        without_transaction: |up, _| Some(format!("-- no-transaction\n{up}")),
        version: |n| n.to_string(),
        up: |p| words!["migrate", "run", "--no-dotenv", "--source", p.dir, "--ignore-missing"],
        down: Some(|p| words!["migrate", "revert", "--no-dotenv", "--source", p.dir]),
        status: |p| words!["migrate", "info", "--no-dotenv", "--source", p.dir],
        read: |said, numbers| {
            by_lines(said, numbers, |n| format!("{n}/"), |n| n.to_string(), |line| line.contains("installed"))
        },
    }
}

pub(super) fn diesel() -> Tool {
    Tool {
        name: "diesel",
        program: "diesel",
        file: |n| format!("2026-01-0{n}-000000_t/up.sql"),
        down_file: Some(|n| format!("2026-01-0{n}-000000_t/down.sql")),
        text: |up, _| up.to_owned(),
        without_transaction: |_, _| None,
        version: |n| format!("2026010{n}000000"),
        up: |p| words!["migration", "run", "--migration-dir", p.dir],
        down: Some(|p| words!["migration", "revert", "--migration-dir", p.dir]),
        status: |p| words!["migration", "list", "--migration-dir", p.dir],
        read: |said, numbers| {
            let version = |n| format!("2026010{n}000000");
            by_lines(
                said,
                numbers,
                |n| format!("2026-01-0{n}-000000_t"),
                version,
                |line| line.contains("[X]"),
            )
        },
    }
}

pub(super) fn goose() -> Tool {
    fn command(place: &Place, word: &str) -> Vec<String> {
        let to = format!("host={} user=postgres dbname={} sslmode=disable", place.socket, place.database);
        words!["-dir", place.dir, "-allow-missing", "postgres", to, word]
    }
    Tool {
        name: "goose",
        program: "goose",
        file: |n| format!("{n:05}_t.sql"),
        down_file: None,
        text: |up, down| format!("-- +goose Up\n{up}-- +goose Down\n{down}"),
        without_transaction: |up, down| {
            Some(format!("-- +goose NO TRANSACTION\n-- +goose Up\n{up}-- +goose Down\n{down}"))
        },
        version: |n| n.to_string(),
        up: |p| command(p, "up"),
        down: Some(|p| command(p, "down")),
        status: |p| command(p, "status"),
        read: |said, numbers| {
            by_lines(
                said,
                numbers,
                |n| format!("{n:05}_t.sql"),
                |n| n.to_string(),
                |line| !line.contains("Pending"),
            )
        },
    }
}

pub(super) fn dbmate() -> Tool {
    fn command(place: &Place, word: &str) -> Vec<String> {
        words!["--url", format!("{}&sslmode=disable", place.url), "-d", place.dir, "--no-dump-schema", word]
    }
    Tool {
        name: "dbmate",
        program: "dbmate",
        file: |n| format!("{n:03}_t.sql"),
        down_file: None,
        text: |up, down| format!("-- migrate:up\n{up}-- migrate:down\n{down}"),
        without_transaction: |up, down| {
            Some(format!("-- migrate:up transaction:false\n{up}-- migrate:down\n{down}"))
        },
        version: |n| format!("{n:03}"),
        up: |p| command(p, "migrate"),
        down: Some(|p| command(p, "rollback")),
        status: |p| command(p, "status"),
        read: |said, numbers| {
            by_lines(
                said,
                numbers,
                |n| format!("{n:03}_t.sql"),
                |n| format!("{n:03}"),
                |line| line.contains("[X]"),
            )
        },
    }
}

pub(super) fn prisma() -> Tool {
    Tool {
        name: "prisma",
        program: "prisma",
        file: |n| format!("2026010{n}000000_t/migration.sql"),
        down_file: None,
        text: |up, _| up.to_owned(),
        without_transaction: |up, _| Some(up.to_owned()),
        version: |n| format!("2026010{n}000000_t"),
        up: |_| words!["migrate", "deploy"],
        down: None,
        status: |_| words!["migrate", "status"],
        read: |said, numbers| {
            // It names what is not applied, and says nothing of the rest.
            let version = |n: u32| format!("2026010{n}000000_t");
            let named = said.lines().map(str::trim);
            let named: Vec<&str> =
                named.filter(|line| numbers.iter().any(|n| version(*n) == *line)).collect();
            let all = numbers.iter().map(|n| version(*n));
            let (pending, applied) = all.partition(|name| named.contains(&name.as_str()));
            Status { applied, pending }
        },
    }
}
