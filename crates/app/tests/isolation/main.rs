//! Small schemas, each with one known leak or none, and exactly the cells that leak.
//!
//! A case is a file of SQL in `cases`. Its first lines say what must come out; every cell that is not named is held:
//!
//! ```text
//! -- leaked: write-truncate orders
//! -- leaked: reference-foreign-key invoices (invoices_order_id_fkey)
//! -- not tried: read-all imports
//! -- held: read-lock orders
//! -- settings: [tenancy]
//! -- settings: shared = ["plans"]
//! ```
//! What is named as held is taken out of what the patterns of the other lines stand for.
//! A way that ends in `*` stands for all ways of that beginning that gave a cell on the target; the target `*` for all
//! targets. `FREEHOLD_CASE=part` runs the cases whose name holds that part, and prints every cell.

#![expect(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test that cannot go on fails")]

mod closed;
mod mutants;
mod pooler;

use std::{collections::BTreeSet, fmt::Write as _, path::Path, sync::Arc};

use freehold_app::{
    settings::Settings,
    tenancy::{self, Resolved},
};
use freehold_db::{
    Session,
    catalog::{CatalogReader, read_roles},
};
use freehold_model::catalog::Catalog;
use freehold_prove::isolation::{self, Matrix, Options, Outcome, Tenancy};
use freehold_sandbox::{Sandbox, Scratch, Server, testing};

struct Case {
    name: String,
    sql: String,
    settings: String,
    leaked: Vec<String>,
    not_tried: Vec<String>,
    held: Vec<String>,
}

impl Case {
    fn read(path: &Path) -> Self {
        let sql = std::fs::read_to_string(path).unwrap();
        let told = |word: &str| -> Vec<String> {
            let lines = sql
                .lines()
                .filter_map(|line| line.strip_prefix("-- ")?.strip_prefix(word)?.strip_prefix(": "));
            lines.map(|line| line.trim().to_owned()).collect()
        };
        Self {
            name: path.file_stem().unwrap().to_string_lossy().into_owned(),
            leaked: told("leaked"),
            not_tried: told("not tried"),
            held: told("held"),
            settings: told("settings").join("\n"),
            sql,
        }
    }
}

/// The cases that the environment asks for; all without.
fn cases() -> Vec<Case> {
    cases_named(&std::env::var("FREEHOLD_CASE").unwrap_or_default())
}

fn read_cases() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/isolation/cases");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let paths = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "sql"));
    paths.map(|path| Case::read(path)).collect()
}

/// The cases whose name holds this part, whatever the environment says.
fn cases_named(part: &str) -> Vec<Case> {
    read_cases().into_iter().filter(|case| case.name.contains(part)).collect()
}

/// A case's schema in a database of its own, with its tenancy.
struct Stage {
    server: Arc<Server>,
    scratch: Scratch,
    catalog: Arc<Catalog>,
    settings: Settings,
    resolved: Resolved,
}

impl Stage {
    /// The tenancy of another state of the schema.
    async fn resolve(&self, catalog: &Catalog) -> Tenancy {
        let session = Session::open(&self.scratch.connect_to()).await.unwrap();
        let roles = read_roles(&session).await.unwrap();
        session.close().await;
        tenancy::resolve(catalog, &roles, &self.settings).unwrap().tenancy
    }
}

/// A server of one's own: roles are a server's, and two tests may make the same.
async fn own_server() -> Arc<Server> {
    Arc::new(Server::Own(Sandbox::start(&testing::options()).await.unwrap()))
}

async fn staged(case: &Case, server: &Arc<Server>) -> Result<Stage, String> {
    let server = Arc::clone(server);
    let scratch = server.scratch().await.unwrap();
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    session.run(&case.sql).await.map_err(|error| format!("{}: {error:?}", case.name))?;
    let catalog = CatalogReader::new().read(&session).await.unwrap();
    let roles = read_roles(&session).await.unwrap();
    session.close().await;
    let settings = Settings::parse(Path::new("freehold.toml"), &case.settings, &[]).unwrap();
    let resolved = tenancy::resolve(&catalog, &roles, &settings)
        .ok_or_else(|| format!("{}: no tenancy was found", case.name))?;
    Ok(Stage { server, scratch, catalog, settings, resolved })
}

/// The matrix of one case, in a database and with roles of its own.
async fn matrix(case: &Case) -> Result<(Resolved, Matrix), String> {
    let Stage { server, scratch, catalog, resolved, .. } = staged(case, &testing::server().await).await?;
    let options = Options::default();
    let matrix = isolation::prove(&server, &scratch, &catalog, &resolved.tenancy, &options, &|_, _, _| {})
        .await
        .map_err(|error| format!("{}: {error:?}", case.name))?;
    scratch.remove().await.unwrap();
    Ok((resolved, matrix))
}

/// The cells of one kind: `way target`, or `way target (object)`.
fn cells(matrix: &Matrix, wanted: fn(&Outcome) -> bool) -> BTreeSet<String> {
    let named = matrix.cells.iter().filter(|cell| wanted(&cell.outcome)).map(|cell| {
        let by = match &cell.outcome {
            Outcome::Leaked(leak) => leak.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default(),
            _ => String::new(),
        };
        format!("{} {}{by}", cell.way.id, matrix.targets[cell.target].name)
    });
    named.collect()
}

/// The expected cells, patterns written out against all cells of the matrix.
fn expected(patterns: &[String], all: &BTreeSet<String>) -> BTreeSet<String> {
    let mut cells = BTreeSet::new();
    for pattern in patterns {
        let (way, target) = pattern.split_once(' ').unwrap();
        if !way.ends_with('*') && target != "*" {
            cells.insert(pattern.clone());
            continue;
        }
        let beginning = way.trim_end_matches('*');
        let fits = |cell: &&String| {
            let (own, on) = cell.split_once(' ').unwrap();
            (own == way || (way.ends_with('*') && own.starts_with(beginning)))
                && (target == "*" || on == target)
        };
        cells.extend(all.iter().filter(fits).cloned());
    }
    cells
}

/// How many runs the cases are divided among, so that each ends in good time.
const RUNS: usize = 6;

/// Every so manieth case from this one on.
async fn every_case_of_run(run: usize) {
    let alone = std::env::var("FREEHOLD_CASE").is_ok();
    let mut wrong = String::new();
    for case in cases().into_iter().skip(run).step_by(RUNS) {
        judge(&case, alone, &mut wrong).await;
    }
    if !wrong.is_empty() {
        panic!("{wrong}");
    }
}

macro_rules! runs {
    ($($name:ident: $run:literal,)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                every_case_of_run($run).await;
            }
        )*

        #[test]
        fn no_case_is_left_out() {
            assert_eq!([$($run),*], std::array::from_fn::<usize, RUNS, _>(|run| run));
            assert!(!cases().is_empty(), "no case has that name");
        }
    };
}

runs! {
    cases_give_exactly_the_cells_that_they_name_1: 0,
    cases_give_exactly_the_cells_that_they_name_2: 1,
    cases_give_exactly_the_cells_that_they_name_3: 2,
    cases_give_exactly_the_cells_that_they_name_4: 3,
    cases_give_exactly_the_cells_that_they_name_5: 4,
    cases_give_exactly_the_cells_that_they_name_6: 5,
}

/// Writes what is otherwise than the case says.
async fn judge(case: &Case, alone: bool, wrong: &mut String) {
    let (resolved, matrix) = match matrix(case).await {
        Ok(found) => found,
        Err(error) => {
            writeln!(wrong, "{error}").unwrap();
            return;
        }
    };
    let all = cells(&matrix, |_| true);
    let mut held = cells(&matrix, |outcome| matches!(outcome, Outcome::Held { .. }));
    let (leaked, not_tried) = (
        cells(&matrix, Outcome::is_leak),
        cells(&matrix, |outcome| matches!(outcome, Outcome::NotTried { .. })),
    );
    held.retain(|cell| !leaked.contains(cell));
    if alone {
        println!("{}: {:?} {:?} {:#?}", case.name, resolved.guessed, resolved.unclear, matrix);
    }
    if held.is_empty() && leaked.is_empty() {
        writeln!(wrong, "{}: nothing was tried", case.name).unwrap();
    }
    for (what, wanted, found) in
        [("leaked", &case.leaked, &leaked), ("not tried", &case.not_tried, &not_tried)]
    {
        let mut wanted = expected(wanted, &all);
        for held in expected(&case.held, &all) {
            wanted.remove(&held);
        }
        for missing in wanted.difference(found) {
            writeln!(wrong, "{}: expected as {what} and is not: {missing}", case.name).unwrap();
        }
        for more in found.difference(&wanted) {
            writeln!(wrong, "{}: {what} and not expected: {more}", case.name).unwrap();
        }
    }
}
