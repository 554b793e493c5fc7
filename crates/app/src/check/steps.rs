//! From a folder of files to the steps of a rehearsal, with what the files alone give away.

use std::{collections::BTreeSet, path::Path};

use freehold_migrate::{FileWarning, Folder, Migration, MigrationKind, TransactionMode};
use freehold_model::{
    finding::Finding,
    place::{Place, Span},
};
use freehold_prove::step::{Delivery, Script, ScriptStatement, Step};

use crate::{
    file_rules,
    report::{NotVerified, Sources},
};

/// The longest headline of a statement, in characters.
const HEADLINE: usize = 100;

/// What a folder gives.
pub(crate) struct Steps {
    /// The steps up to the first whose up cannot be read as SQL.
    pub(crate) ready: Vec<Step>,
    /// What is wrong with the files.
    pub(crate) findings: Vec<Finding>,
    /// What could not be looked at.
    pub(crate) not_verified: Vec<NotVerified>,
    /// The texts that findings point at.
    pub(crate) sources: Sources,
}

impl Steps {
    pub(crate) fn read(folder: &Folder, project: &Path) -> Self {
        let mut reader = Reader { project, findings: Vec::new(), sources: Sources::new() };
        let mut ready = Vec::with_capacity(folder.migrations.len());
        let mut broken = None;
        for migration in &folder.migrations {
            let up = reader.script(migration, &migration.up);
            let down = migration.down.as_ref().map(|script| (reader.script(migration, script), script));
            if migration.up.is_empty() {
                reader
                    .findings
                    .push(reader.shown(file_rules::script_empty(&migration.label(), &migration.up)));
            }
            match up {
                Some(up) if broken.is_none() => ready.push(reader.step(folder, migration, up, down)),
                Some(_) => {}
                None => {
                    broken.get_or_insert_with(|| migration.label());
                }
            }
        }
        let mut not_verified: Vec<NotVerified> = folder
            .skipped
            .iter()
            .map(|skipped| {
                NotVerified::for_completeness(
                    reader.relative(&skipped.path).display().to_string(),
                    skipped.why.clone(),
                )
            })
            .collect();
        if let Some(label) = broken {
            let left = folder.migrations.len() - ready.len();
            not_verified.push(NotVerified::for_completeness(
                format!("{left} migrations from {label} on"),
                "its up script is not SQL, so nothing after it could be run",
            ));
        }
        let silent = empty_files(folder);
        let remarks = folder.warnings.iter().filter(|warning| !silent.contains(&warning.path));
        let remarks: Vec<Finding> = remarks
            .map(|warning| reader.shown(file_rules::file_not_read(&relative_warning(&reader, warning))))
            .collect();
        reader.findings.extend(remarks);
        Self { ready, findings: reader.findings, not_verified, sources: reader.sources }
    }
}

fn relative_warning(reader: &Reader<'_>, warning: &FileWarning) -> FileWarning {
    FileWarning { path: reader.relative(&warning.path), message: warning.message.clone() }
}

/// True when the format's tool writes downs, or somebody has written some all the same.
fn knows_downs(folder: &Folder) -> bool {
    folder.format.expects_downs() || folder.migrations.iter().any(|migration| migration.down.is_some())
}

/// The files before a migration that are no SQL: those whose leading number is smaller.
fn left_out_before(folder: &Folder, migration: &Migration) -> Vec<String> {
    let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let number = |name: &str| {
        let digits: String = name.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u128>().ok()
    };
    let Some(own) = number(&name(&migration.up.file.path)) else { return Vec::new() };
    folder
        .skipped
        .iter()
        .filter(|skipped| skipped.path.extension().is_some_and(|extension| extension != "sql"))
        .map(|skipped| name(&skipped.path))
        .filter(|skipped| number(skipped).is_some_and(|number| number < own))
        .collect()
}

/// Files of which an empty script is told by another rule.
fn empty_files(folder: &Folder) -> BTreeSet<std::path::PathBuf> {
    folder
        .migrations
        .iter()
        .flat_map(|m| std::iter::once(&m.up).chain(m.down.as_ref()))
        .filter(|script| script.is_empty())
        .map(|script| script.file.path.clone())
        .collect()
}

struct Reader<'p> {
    project: &'p Path,
    findings: Vec<Finding>,
    sources: Sources,
}

impl Reader<'_> {
    fn step(
        &self,
        folder: &Folder,
        migration: &Migration,
        up: Script,
        down: Option<(Option<Script>, &freehold_migrate::Script)>,
    ) -> Step {
        let unreadable_down = matches!(down, Some((None, _)));
        Step {
            version: migration.version.clone(),
            name: migration.name.clone(),
            file: self.relative(&migration.up.file.path),
            up,
            down: down.and_then(|(script, _)| script),
            left_out_before: left_out_before(folder, migration),
            // A down that cannot be read is told as such, not as missing.
            down_expected: knows_downs(folder)
                && migration.kind == MigrationKind::Versioned
                && !unreadable_down,
        }
    }

    /// The statements of a script, or findings about its text.
    fn script(&mut self, migration: &Migration, script: &freehold_migrate::Script) -> Option<Script> {
        self.sources.add(&self.relative(&script.file.path), script.file.text.as_str());
        let whole = Span::new(0, script.text().len());
        let mut statements = Vec::new();
        let mut broken = false;
        // Some tools cut a script by rules of their own, and leave parts of it out.
        for piece in script.pieces.clone().unwrap_or_else(|| vec![whole]) {
            let text = script.text().get(piece.start..piece.end).unwrap_or("");
            for outcome in freehold_sql::parse_lenient(text) {
                match outcome {
                    Ok(statement) => statements.push(self.statement(script, piece, text, statement)),
                    Err(error) => {
                        broken = true;
                        let span = error.span().shifted(piece.start);
                        let (message, help) = (error.to_string(), error.help());
                        let finding =
                            file_rules::syntax_error(&migration.label(), script, span, &message, help);
                        self.findings.push(self.shown(finding));
                    }
                }
            }
        }
        let delivery = match &script.transaction {
            TransactionMode::Wrapped => Delivery::Wrapped,
            TransactionMode::Implicit => Delivery::Implicit,
            TransactionMode::None { .. } => Delivery::Separate,
        };
        let place = self.relative_place(script.beginning());
        (!broken).then_some(Script { statements, delivery, place })
    }

    fn statement(
        &self,
        script: &freehold_migrate::Script,
        piece: Span,
        text: &str,
        statement: freehold_sql::Statement,
    ) -> ScriptStatement {
        ScriptStatement {
            sql: statement.text(text).to_owned(),
            place: self.relative_place(script.place(statement.span.shifted(piece.start))),
            headline: statement.headline(text, HEADLINE),
            copy_data: statement.rows(text).map(str::to_owned),
            statement,
        }
    }

    fn shown(&self, mut finding: Finding) -> Finding {
        finding.place = finding.place.map(|place| self.relative_place(place));
        finding
    }

    fn relative_place(&self, mut place: Place) -> Place {
        place.file = self.relative(&place.file);
        place
    }

    fn relative(&self, path: &Path) -> std::path::PathBuf {
        path.strip_prefix(self.project).unwrap_or(path).to_owned()
    }
}
