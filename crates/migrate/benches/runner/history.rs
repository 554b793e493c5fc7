//! A long history applied to an empty database, by Freehold and by its peers, beside the same SQL over one connection.

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::{Duration, Instant};

use freehold_db::{ConnectTo, Session};
use freehold_migrate::{Command, Prepared, RunOptions, Target};

use crate::figures::{Times, head, row};
use crate::ground::{Ground, Outcome, Programs, demand, run};
use crate::story::{Chapter, Files, story, write};

/// How many migrations.
const LENGTH: usize = 300;
/// The database that all of them work in, one after the other.
const DATABASE: &str = "history";

/// Who applies it.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    SameSql,
    Library,
    Program,
    Sqlx,
    Dbmate,
    Refinery,
}

const EVERYBODY: [Who; 6] = [Who::SameSql, Who::Library, Who::Program, Who::Sqlx, Who::Dbmate, Who::Refinery];

impl Who {
    fn words(self) -> &'static str {
        match self {
            Self::SameSql => "the same SQL over one connection",
            Self::Library => "Freehold as a library",
            Self::Program => "`freehold migrate up`",
            Self::Sqlx => "`sqlx migrate run`",
            Self::Dbmate => "`dbmate migrate`",
            Self::Refinery => "`refinery migrate`",
        }
    }

    fn is_peer(self) -> bool {
        matches!(self, Self::Sqlx | Self::Dbmate | Self::Refinery)
    }
}

/// The folders of the history, one for each tool.
struct Folders {
    base: tempfile::TempDir,
    chapters: Vec<Chapter>,
}

impl Folders {
    fn write() -> Outcome<Self> {
        let base = tempfile::tempdir()?;
        let chapters = story(LENGTH);
        let kinds = [("sqlx", Files::Sqlx), ("dbmate", Files::Dbmate), ("refinery", Files::Refinery)];
        for (name, files) in kinds {
            write(&base.path().join(name), &chapters, files)?;
        }
        Ok(Self { base, chapters })
    }

    fn of(&self, name: &str) -> PathBuf {
        self.base.path().join(name)
    }
}

/// Measures and prints the table.
pub(crate) async fn measure(programs: &Programs, rounds: usize) -> Outcome<()> {
    let folders = Folders::write()?;
    let durable = Ground::start(true).await?;
    let not_durable = Ground::start(false).await?;
    let mut columns = Vec::new();
    for ground in [&durable, &not_durable] {
        columns.push(measure_on(ground, programs, &folders, rounds).await?);
    }
    let statements: usize = folders.chapters.iter().map(|chapter| chapter.up.len()).sum();
    println!(
        "\n{LENGTH} migrations ({statements} statements) on an empty database, PostgreSQL {}, median of {rounds} (least, most)",
        durable.version()
    );
    println!("durable: {}", Ground::durable_settings());
    head(&["", "durable", "times the same SQL", "not durable", "times the same SQL"]);
    for (at, who) in EVERYBODY.into_iter().enumerate() {
        let mut cells = vec![who.words().to_owned()];
        for times in &columns {
            let (Some(own), Some(same)) = (times.get(at), times.first()) else { continue };
            let ratio = if own.0.is_empty() { "–".to_owned() } else { format!("{:.2}", own.times(same)) };
            cells.extend([own.shown(), ratio]);
        }
        row(&cells);
    }
    println!();
    for (name, times) in ["durable", "not durable"].iter().zip(&columns) {
        compare_with_quickest(name, times);
    }
    durable.stop().await?;
    not_durable.stop().await
}

fn compare_with_quickest(name: &str, times: &[Times]) {
    let measured = || EVERYBODY.into_iter().zip(times).filter(|(_, times)| !times.0.is_empty());
    let quickest = measured().filter(|(who, _)| who.is_peer()).min_by_key(|(_, times)| times.median());
    let ours = measured()
        .find(|(who, _)| *who == Who::Program)
        .or_else(|| measured().find(|(who, _)| *who == Who::Library));
    if let (Some((peer, theirs)), Some((own, ours))) = (quickest, ours) {
        println!(
            "{name}: {} takes {:.2} times the time of {}",
            own.words(),
            ours.times(theirs),
            peer.words()
        );
    }
}

/// Interleaved, so that what else the machine does falls on all.
async fn measure_on(
    ground: &Ground,
    programs: &Programs,
    folders: &Folders,
    rounds: usize,
) -> Outcome<Vec<Times>> {
    let mut columns = vec![Times::default(); EVERYBODY.len()];
    let mut made = None;
    for round in 0..=rounds {
        for (who, times) in EVERYBODY.into_iter().zip(&mut columns) {
            ground.empty(DATABASE).await?;
            let Some(took) = apply(who, ground, programs, folders).await? else { continue };
            let relations = ground.number(DATABASE, RELATIONS).await?;
            if *made.get_or_insert(relations) != relations {
                return Err(format!("{} made {relations} relations, not {made:?}", who.words()).into());
            }
            // The first round only warms up.
            if round > 0 {
                times.0.push(took);
            }
        }
    }
    Ok(columns)
}

/// What the migrations made; the histories of the tools do not count.
const RELATIONS: &str = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace \
     AND relname !~ '^(_sqlx_migrations|schema_migrations|refinery_schema_history)'";

async fn apply(
    who: Who,
    ground: &Ground,
    programs: &Programs,
    folders: &Folders,
) -> Outcome<Option<Duration>> {
    let to = ground.to(DATABASE);
    let mut process = match who {
        Who::SameSql => return same_sql(&to, &folders.chapters).await.map(Some),
        Who::Library => return library(&to, &folders.of("sqlx")).await.map(Some),
        Who::Program => match freehold(programs, ground, &folders.of("sqlx")) {
            Some(process) => process,
            None => return Ok(None),
        },
        Who::Sqlx => match peer(programs, "sqlx") {
            Some(mut process) => {
                process.args(["migrate", "run", "--database-url", &url(ground, "localhost", "host")]);
                process.arg("--source").arg(folders.of("sqlx"));
                process
            }
            None => return Ok(None),
        },
        Who::Dbmate => match peer(programs, "dbmate") {
            Some(mut process) => {
                process.args(["--no-dump-schema", "--url", &url(ground, "", "socket"), "--migrations-dir"]);
                process.arg(folders.of("dbmate")).arg("migrate");
                process
            }
            None => return Ok(None),
        },
        Who::Refinery => match peer(programs, "refinery") {
            Some(mut process) => {
                // The socket's folder as the host, percent-encoded.
                let host = ground.socket_dir().to_string_lossy().replace('/', "%2F");
                let url = format!("postgres://postgres@{host}:5432/{DATABASE}");
                process.env("FREEHOLD_BENCH_URL", url).args(["migrate", "-e", "FREEHOLD_BENCH_URL", "-p"]);
                process.arg(folders.of("refinery"));
                process
            }
            None => return Ok(None),
        },
    };
    Ok(Some(demand(run(&mut process, None)?, who.words())?.took))
}

fn peer(programs: &Programs, name: &str) -> Option<Process> {
    programs.peer(name).map(Process::new)
}

fn url(ground: &Ground, host: &str, parameter: &str) -> String {
    format!("postgres://postgres@{host}/{DATABASE}?{parameter}={}", ground.socket_dir().display())
}

fn freehold(programs: &Programs, ground: &Ground, folder: &Path) -> Option<Process> {
    let mut process = Process::new(programs.freehold.as_ref()?);
    process.args(["migrate", "up", "--url", &url(ground, "", "host"), "--dir"]).arg(folder);
    Some(process)
}

/// What cannot be gone below: each migration one message, which the server carries out as one transaction.
async fn same_sql(to: &ConnectTo, chapters: &[Chapter]) -> Outcome<Duration> {
    let scripts: Vec<String> = chapters.iter().map(Chapter::script).collect();
    let begun = Instant::now();
    let session = Session::open(to).await?;
    for script in &scripts {
        session.run(script).await?;
    }
    session.close().await;
    Ok(begun.elapsed())
}

async fn library(to: &ConnectTo, folder: &Path) -> Outcome<Duration> {
    let begun = Instant::now();
    let prepared = Prepared::new(freehold_migrate::read(folder, None)?);
    let target = Target::database(DATABASE, to.clone());
    let all = Command::Up { count: None };
    let done = freehold_migrate::run(&target, &prepared, &all, &RunOptions::default(), &|_| {}).await?;
    let took = begun.elapsed();
    if done.ran.len() != LENGTH {
        return Err(format!("{} migrations were run, not {LENGTH}", done.ran.len()).into());
    }
    Ok(took)
}
