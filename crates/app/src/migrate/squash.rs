//! `freehold migrate squash`: one script in place of a history, proven to give the same.
//!
//! 1. The migrations up to a version are applied on a private server. What they give (schema, rows, sequences) is dumped
//!    by `pg_dump` and made fit to be a migration; roles and settings of the database, which no dump holds, are added.
//! 2. The script is put into a copy of the folder, in the folder's own format, and that copy is applied on a second
//!    server: the script, then all later migrations. Catalog (the order of columns too), rows, sequences, roles must be
//!    the same, twice: after the script and at the end. Any difference is an error, and nothing is written.
//! 3. A second run of the original migrations tells which values are others in every run (times, random keys): the script
//!    keeps those of one run, and that is said.
//!
//! The script begins with a mark by which the runner knows that a database with the old migrations needs nothing of it.

pub mod error;
pub(in crate::migrate) mod ground;
pub(in crate::migrate) mod rename;
pub(in crate::migrate) mod reprint;

mod cluster;
mod folder;
mod original;
mod range;
mod replace;
mod state;
mod text;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use freehold_migrate::{Listing, ReadOptions, Squashed as Mark, TenantSchema, chain, read};
use freehold_model::name::quote_identifier;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use error::SquashError;
pub use ground::{Ground, GroundError, PreludeScript};

use crate::progress::Progress;
use folder::{Staged, stage};
use ground::Field;
use original::{Given, Original};
use range::range;

/// The role that applies the migrations and owns what they make. The name is nobody else's: so in the dump it stands
/// only for "whoever applies this".
const ROLE: &str = "freehold_squash_owner";

/// The schema that stands for a tenant's, on the server of the originals.
const TENANT: &str = "freehold_squash_tenant";

/// The schemas of two tenants on the server of the script: one to compare, one to see that a second can have it too.
const OTHER_TENANTS: [&str; 2] = ["freehold_squash_tenant_a", "freehold_squash_tenant_b"];

/// What the script is called where nothing else is asked for.
pub const DEFAULT_NAME: &str = "baseline";

/// What to squash, and where the script goes.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder of migrations, as a path that can be opened.
    pub dir: PathBuf,
    /// Its format; detected otherwise.
    pub format: Option<String>,
    /// The last version that is squashed: as it is recorded, or as it stands in the file's name.
    pub upto: String,
    /// The name of the new migration; [`DEFAULT_NAME`] otherwise. In formats whose tool records the whole name, the last
    /// squashed migration's name is kept.
    pub name: Option<String>,
    /// Where the script goes.
    pub destination: SquashTo,
    /// For tenants with a schema each: the schemas after the tenant's own in the path.
    pub tenant_shared: Option<Vec<String>>,
    /// The PostgreSQL to try it on.
    pub ground: Ground,
    /// Told what is being done.
    pub progress: Arc<dyn Progress>,
}

/// Where the script goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SquashTo {
    /// To a file that does not exist yet; the folder stays as it is.
    File(PathBuf),
    /// Into the folder, in place of the squashed files, which go to a folder beside it.
    Replace,
}

/// What was squashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Squashed {
    /// The version of this shape: 1.
    pub version: u32,
    /// How many migrations the script stands for.
    pub count: usize,
    /// The last of them.
    pub upto: String,
    /// Their chain, as it stands in the script's mark.
    pub chain: String,
    /// How many statements the script has.
    pub statements: usize,
    /// Tables with rows in the script, and how many.
    pub seeds: Vec<Seed>,
    /// How many later migrations were applied after the script to compare the end.
    pub later: usize,
    /// What it was proven on.
    pub server: String,
    /// What one should know, a sentence each.
    pub remarks: Vec<String>,
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// Where the squashed files are now, when they were replaced.
    pub moved_to: Option<PathBuf>,
}

/// A table with rows in the script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Seed {
    /// The table.
    pub table: String,
    /// How many rows.
    pub rows: usize,
}

/// Squashes.
///
/// # Errors
/// See [`SquashError`]. After an error nothing is changed.
pub async fn run(request: &Request) -> Result<Squashed, SquashError> {
    let outcome = squash(request).await;
    request.progress.done();
    outcome
}

async fn squash(request: &Request) -> Result<Squashed, SquashError> {
    let mut remarks: Vec<String> = Vec::new();
    if request.destination == SquashTo::Replace {
        let undone = replace::recover(&request.dir)?;
        remarks.extend(undone.iter().map(|folder| {
            format!("An earlier run was interrupted: what it had moved to {} was put back.", folder.display())
        }));
    }
    let folder = read(&request.dir, request.format.as_deref())?;
    let listing = Listing::of(&request.dir, &ReadOptions::default())?;
    let range = range(&folder, &listing, &request.upto)?;
    let upto = range.squashed.last().map(|m| m.version.clone()).unwrap_or_default();
    refuse_what_is_there(request, &upto)?;
    let mark = Mark { count: range.squashed.len(), version: upto.clone(), chain: chain(range.squashed) };
    remarks.extend(range.untried.clone());

    let tenant = request.tenant_shared.as_ref();
    let original = original::apply(request, &folder, &range, tenant).await?;
    let script = compose(&mark, &original)?;
    let name = request.name.as_deref().unwrap_or(DEFAULT_NAME);
    let staged = stage(&folder, &listing, range.squashed, &script.text, &mark, name)?;
    request.progress.phase("Proving the script", None);
    remarks.extend(original.remarks.clone());
    remarks.extend(prove(request, &staged, &original).await?);

    let (files, moved_to) = write(request, &staged, &upto)?;
    Ok(Squashed {
        version: 1,
        count: mark.count,
        upto,
        chain: mark.chain,
        statements: script.statements,
        seeds: original.seeds(),
        later: original.later,
        server: original.server.clone(),
        remarks,
        files,
        moved_to,
    })
}

/// Before anything is tried: a minute later is too late to hear that the file is there.
fn refuse_what_is_there(request: &Request, upto: &str) -> Result<(), SquashError> {
    let path = match &request.destination {
        SquashTo::File(path) => path.clone(),
        SquashTo::Replace => replace::place_for(&request.dir, upto),
    };
    if path.exists() { Err(SquashError::Exists { path }) } else { Ok(()) }
}

struct Script {
    text: String,
    statements: usize,
}

/// The script's text, its mark first.
fn compose(mark: &Mark, original: &Original) -> Result<Script, SquashError> {
    let own = text::fit(&original.dump, &original.about())?;
    if original.tenant.is_some() {
        let named = own.iter().find(|sql| sql.contains(TENANT));
        if let Some(sql) = named {
            return Err(SquashError::TenantNamed { headline: freehold_sql::headline(sql, 100) });
        }
    }
    let cluster = original.cluster.statements(&original.cluster_before);
    let cluster: Vec<String> =
        cluster.iter().map(|sql| rename::replace_name(sql, ROLE, "CURRENT_USER")).collect();
    let mut text = format!(
        "{}\n-- Written by `freehold migrate squash` and proven to give the same schema, rows and sequences.\n\n\
         SET LOCAL check_function_bodies = false;\n",
        mark.line()
    );
    if !cluster.is_empty() {
        text.push_str("\n-- What belongs to the whole server, or to the database as a whole.\n");
    }
    for sql in cluster.iter().chain(&own) {
        text.push('\n');
        text.push_str(sql);
        text.push_str(";\n");
    }
    text.push_str("\nSET LOCAL check_function_bodies = true;\n");
    Ok(Script { text, statements: cluster.len() + own.len() })
}

/// Applies the staged folder on a server of its own and compares.
async fn prove(request: &Request, staged: &Staged, original: &Original) -> Result<Vec<String>, SquashError> {
    let field = Field::start(&request.ground, ROLE).await?;
    let scratch = field.scratch().await?;
    let refused = |error| match error {
        GroundError::Apply(_) => SquashError::Refused(Box::new(error)),
        other => SquashError::Ground(other),
    };
    let (baseline, rest) = staged.folder.migrations.split_at(1);
    let rest = rest.get(..original.later).unwrap_or_default();
    let tenant = |schema: &str| {
        let shared = request.tenant_shared.clone()?;
        Some(TenantSchema { schema: schema.to_owned(), shared })
    };
    let [compared, another] = OTHER_TENANTS;
    let session = field.session(&scratch).await?;
    if request.tenant_shared.is_some() {
        make_schema(&session, compared).await?;
    }
    let first = tenant(compared);
    field.apply(&scratch, &staged.folder, baseline, first.as_ref()).await.map_err(refused)?;
    if request.tenant_shared.is_some() {
        let sql =
            format!("ALTER SCHEMA {} RENAME TO {}", quote_identifier(compared), quote_identifier(TENANT));
        session.run(&sql).await?;
    }
    let given = Given::read(&session).await?;
    let differences = original.at_upto.differences(&given, None, &original.reprint);
    if !differences.is_empty() {
        return Err(SquashError::Differs { after_later: false, differences });
    }
    let filled = original.at_upto.state.filled_otherwise(&given.state);
    let remarks = filled.into_iter().map(|view| {
        format!(
            "The migrations leave {view} with the rows of an earlier time; the script fills it at its end."
        )
    });
    let remarks: Vec<String> = remarks.collect();
    if !rest.is_empty() {
        field.apply(&scratch, &staged.folder, rest, tenant(TENANT).as_ref()).await.map_err(refused)?;
        compare_end(&session, original).await?;
    }
    if let Some(second) = tenant(another) {
        make_schema(&session, another).await?;
        let applied = field.apply(&scratch, &staged.folder, baseline, Some(&second)).await;
        applied.map_err(|error| SquashError::SecondTenant(Box::new(error)))?;
    }
    session.close().await;
    scratch.remove().await.map_err(GroundError::from)?;
    field.stop().await?;
    Ok(remarks)
}

async fn compare_end(session: &freehold_db::Session, original: &Original) -> Result<(), SquashError> {
    let Some(end) = &original.at_end else { return Ok(()) };
    let mut given = Given::read(session).await?;
    given.state = given.state.without(session, &original.volatile_at_end).await?;
    let differences = end.differences(&given, Some(&original.volatile_at_end), &original.reprint_at_end);
    if differences.is_empty() {
        return Ok(());
    }
    Err(SquashError::Differs { after_later: true, differences })
}

pub(in crate::migrate) async fn make_schema(
    session: &freehold_db::Session,
    schema: &str,
) -> Result<(), GroundError> {
    let sql = format!("CREATE SCHEMA {}", quote_identifier(schema));
    session.run(&sql).await.map_err(GroundError::own("make the tenant's schema"))
}

/// Writes what was proven. Gives the files, and where the squashed ones are now.
fn write(
    request: &Request,
    staged: &Staged,
    upto: &str,
) -> Result<(Vec<PathBuf>, Option<PathBuf>), SquashError> {
    match &request.destination {
        SquashTo::File(path) => {
            let text = staged.files.first().map(|file| file.text.as_str()).unwrap_or_default();
            write_new(path, text)?;
            Ok((vec![path.clone()], None))
        }
        SquashTo::Replace => {
            let before = replace::replace(&request.dir, upto, &staged.moved, &staged.files)?;
            let files = staged.files.iter().map(|file| request.dir.join(&file.place)).collect();
            Ok((files, Some(before)))
        }
    }
}

/// A file appears whole or not at all, and only where nothing stands.
fn write_new(path: &Path, text: &str) -> Result<(), SquashError> {
    use std::io::Write as _;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |source| SquashError::Files { doing: "write", path: path.to_owned(), source };
    let mut file = tempfile::Builder::new().prefix(".freehold-").tempfile_in(folder).map_err(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
    open_for_others(file.path());
    file.persist_noclobber(path).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => SquashError::Exists { path: path.to_owned() },
        _ => failed(error.error),
    })?;
    Ok(())
}

/// A temporary file is readable by its owner alone; a script is not secret.
fn open_for_others(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // It stays as it is where that cannot be changed.
        let _ = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644));
    }
}
