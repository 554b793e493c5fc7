//! A database with another tool's table in it and a folder beside it; what the tests of this room stand on.

use std::fmt::Write as _;
use std::path::PathBuf;

use freehold_db::Session;
use freehold_migrate::{
    Adoption, Folder, Obstacle, PeerError, PeerHistory, find_peers, match_with, read, read_peer,
};
use freehold_sandbox::Scratch;
use freehold_sandbox::testing::scratch;

/// A scratch database with a session that may write, for the test, and one that may not, for what is tested.
pub(crate) struct Database {
    pub(crate) scratch: Scratch,
    pub(crate) writing: Session,
    pub(crate) reading: Session,
}

impl Database {
    /// A new one in which a text was run.
    pub(crate) async fn with(sql: &str) -> Self {
        let scratch = scratch().await;
        let to = scratch.connect_to();
        let writing = Session::open(&to).await.unwrap();
        let read_only = to.with_setting("default_transaction_read_only", "on");
        let reading = Session::open(&read_only).await.unwrap();
        writing.run(sql).await.unwrap();
        Self { scratch, writing, reading }
    }

    /// Runs a text.
    pub(crate) async fn run(&self, sql: &str) -> &Self {
        self.writing.run(sql).await.unwrap();
        self
    }

    /// The histories that are found without being named.
    pub(crate) async fn found(&self) -> Vec<PeerHistory> {
        find_peers(&self.reading, None).await.unwrap()
    }

    /// The only history that is found; of this tool.
    pub(crate) async fn only(&self, tool: &str) -> PeerHistory {
        let mut found = self.found().await;
        assert_eq!(found.iter().map(|history| history.tool).collect::<Vec<_>>(), [tool]);
        found.remove(0)
    }

    /// The history in a table that is named.
    pub(crate) async fn named(&self, table: &str, tool: Option<&str>) -> Result<PeerHistory, PeerError> {
        read_peer(&self.reading, table, tool).await
    }

    /// Every row of every table outside the system with where it lies and which transaction wrote it, and every
    /// relation with its file and the transaction that made it: what changes when anything is touched.
    pub(crate) async fn everything(&self) -> String {
        let tables = "select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                      where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
                      order by 1";
        let mut text = String::new();
        for table in self.writing.query(tables, &[]).await.unwrap() {
            let table: String = table.get(0);
            let rows = format!(
                "select t.ctid::text, t.xmin::text, t.xmax::text, t::text from {table} t order by 4, 1"
            );
            for row in self.writing.query(&rows, &[]).await.unwrap() {
                let cells: Vec<String> = (0..4).map(|i| row.get(i)).collect();
                writeln!(text, "{table}: {}", cells.join(" ")).unwrap();
            }
        }
        let catalog = "select c.oid::text, c.relname::text, c.xmin::text, c.relfilenode::text, c.relacl::text \
                       from pg_class c join pg_namespace n on n.oid = c.relnamespace \
                       where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' \
                       union all select n.oid::text, n.nspname::text, n.xmin::text, '', n.nspacl::text \
                       from pg_namespace n where n.nspname !~ '^pg_' order by 1";
        for row in self.writing.query(catalog, &[]).await.unwrap() {
            let cells: Vec<String> =
                (0..5).map(|i| row.get::<_, Option<String>>(i).unwrap_or_default()).collect();
            writeln!(text, "{}", cells.join(" ")).unwrap();
        }
        text
    }
}

/// A folder of migrations on the disk.
pub(crate) struct Files {
    pub(crate) project: tempfile::TempDir,
    pub(crate) dir: PathBuf,
    format: &'static str,
}

impl Files {
    /// Files by name and text, to be read in this format.
    pub(crate) fn new(format: &'static str, files: &[(&str, &str)]) -> Self {
        let project = tempfile::tempdir().unwrap();
        let dir = project.path().join("prisma/migrations");
        std::fs::create_dir_all(&dir).unwrap();
        let made = Self { project, dir, format };
        files.iter().for_each(|(name, text)| made.write(name, text));
        made
    }

    /// Writes a file, over what was there.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.dir.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Takes a file away.
    pub(crate) fn remove(&self, name: &str) {
        std::fs::remove_file(self.dir.join(name)).unwrap();
    }

    /// The folder as it is now.
    pub(crate) fn folder(&self) -> Folder {
        read(&self.dir, Some(self.format)).unwrap()
    }

    /// What a history says of the folder as it is now.
    pub(crate) fn beside(&self, history: &PeerHistory) -> Adoption {
        match_with(&self.folder(), history)
    }

    /// The same in one line: `applied 1 2; pending 3`.
    pub(crate) fn line(&self, history: &PeerHistory) -> String {
        line_of(&self.folder(), &self.beside(history))
    }
}

/// What is in which list, in one line. A migration that is late has `(late)` behind it, one that comes again
/// `(again)`, one that another row stands for the row's version.
pub(crate) fn line_of(folder: &Folder, adoption: &Adoption) -> String {
    let label = |place: usize| {
        let migration = &folder.migrations[place];
        if migration.version.is_empty() { migration.name.clone() } else { migration.version.clone() }
    };
    let applied = adoption.applied.iter().map(|adopted| {
        let by = adopted.covered_by.as_ref().map(|by| format!("(by {by})")).unwrap_or_default();
        format!("{}{by}", label(adopted.migration))
    });
    let pending = adoption.pending.iter().map(|awaiting| {
        let late = if awaiting.is_late { "(late)" } else { "" };
        let again = if awaiting.is_again { "(again)" } else { "" };
        format!("{}{late}{again}", label(awaiting.migration))
    });
    let open = adoption.undecided.iter().map(|place| label(*place));
    let lost = adoption.without_file.iter().map(|row| {
        let explained = if row.explained.is_some() { "(explained)" } else { "" };
        format!("{}{explained}", row.entry.label())
    });
    let lists: [(&str, Vec<String>); 4] = [
        ("applied", applied.collect()),
        ("pending", pending.collect()),
        ("open", open.collect()),
        ("without file", lost.collect()),
    ];
    let count = adoption.applied.len() + adoption.pending.len() + adoption.undecided.len();
    assert_eq!(count, folder.migrations.len(), "every migration is in one list: {adoption:#?}");
    let shown = lists.iter().filter(|(_, list)| !list.is_empty());
    shown.map(|(name, list)| format!("{name} {}", list.join(" "))).collect::<Vec<_>>().join("; ")
}

/// The obstacles as a person reads them, one a line.
pub(crate) fn obstacles(adoption: &Adoption) -> Vec<String> {
    adoption.obstacles.iter().map(Obstacle::to_string).collect()
}
