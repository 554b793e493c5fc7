//! The matrix of the tenant line as reports carry it.

use freehold_prove::isolation::{Cell, Family, Matrix, Outcome, TargetKind, Way, ways};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::milliseconds;

/// Relations and other targets by the ways of reaching across the tenant line, with what came of each.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReportIsolation {
    /// How tenants are told apart.
    pub tenancy: ReportTenancy,
    /// The keys of the tenants that rows were made for: A, B and C. Empty for a live database.
    pub tenants: Vec<String>,
    /// The ways that gave a cell, in the order in which they are shown.
    pub ways: Vec<ReportWay>,
    /// What was tried to be reached, relations first; each has at least one cell.
    pub targets: Vec<ReportTarget>,
    /// What came of it, by target, then by way.
    pub cells: Vec<ReportCell>,
    /// Tables that got no rows, or too few, each with what refused them.
    pub unfilled: Vec<ReportUnfilled>,
    /// What was taken for granted or made for the proof, as sentences.
    pub remarks: Vec<String>,
    /// Transactions that were run as the application.
    pub trials: u64,
    /// How long the proof took, the making of rows included, in milliseconds.
    pub took_ms: f64,
}

/// How tenants are told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportTenancy {
    /// The table with one row for each tenant, where there is one.
    pub root: Option<String>,
    /// The tenant column.
    pub column: String,
    /// The settings that hold a session's tenant.
    pub settings: Vec<String>,
    /// The role that stood for the application.
    pub role: String,
    /// The role that statements ran as in a tenant's context.
    pub effective_role: String,
    /// The statements by which a transaction took on a tenant; `$1` is its key, `$2` a user who is its member.
    pub assume: Vec<String>,
    /// What the project does not say and was concluded, as sentences.
    pub guessed: Vec<String>,
    /// Tables that all tenants share on purpose: not tried.
    pub shared: Vec<String>,
    /// Tables of which nobody said whether tenants share them: not tried.
    pub unclear: Vec<String>,
}

/// One manner of reaching across.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportWay {
    /// Family and name, such as `read-all`.
    pub id: String,
    /// What it is about: `read`, `write`, `reference`, `context`, `around`, `live`, `attacker` or `pooler`.
    pub family: String,
    /// What is tried, as a short phrase.
    pub title: String,
}

/// Something that was tried to be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportTarget {
    /// Its name as people write it.
    pub name: String,
    /// What it is: `relation`, `function` or `database`.
    pub kind: TargetWord,
    /// What it is in words, with how it belongs to a tenant: `table, by tenant_id`.
    pub about: String,
}

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TargetWord {
    /// A table, partition, view, materialised view, foreign table or sequence.
    Relation,
    /// A function or procedure.
    Function,
    /// The database as a whole: roles, privileges, sessions.
    Database,
}

/// What came of one way on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportCell {
    /// The target's place in `targets`, from 0.
    pub target: usize,
    /// The way's place in `ways`, from 0.
    pub way: usize,
    /// What came of it.
    pub outcome: CellWord,
    /// The constraint, index or role inside the target that it is about.
    pub by: Option<String>,
    /// What was run, ready to paste; empty where it was not tried.
    pub sql: String,
    /// Of a leak: what came back, one line for each row or fact, at most a few.
    pub returned: Vec<String>,
    /// What was seen, what the leak means, or why it was not tried.
    pub words: String,
    /// Something worth knowing of a cell that held; of a leak, what to do.
    pub note: Option<String>,
}

/// What came of trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CellWord {
    /// It was tried, and nothing crossed.
    Held,
    /// It crosses, and nothing in the schema could prevent it: worth knowing.
    Noted,
    /// It could not be tried.
    NotTried,
    /// Something of another tenant was reached.
    Leaked,
}

impl CellWord {
    /// All of them, the gravest first.
    pub const ALL: [Self; 4] = [Self::Leaked, Self::NotTried, Self::Noted, Self::Held];

    /// For people: `held`, `noted`, `not tried`, `leaked`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Noted => "noted",
            Self::NotTried => "not tried",
            Self::Leaked => "leaked",
        }
    }

    /// One character for it, for those who see no colours.
    pub fn sign(self) -> char {
        match self {
            Self::Held => '✓',
            Self::Noted => 'i',
            Self::NotTried => '?',
            Self::Leaked => '✗',
        }
    }
}

/// A table that got no rows, or too few.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReportUnfilled {
    /// The table.
    pub table: String,
    /// What refused, with the constraint.
    pub why: String,
}

impl ReportIsolation {
    /// The matrix as reports carry it: targets and ways without any cell are left out.
    pub fn of(matrix: &Matrix, mut tenancy: ReportTenancy) -> Self {
        tenancy.role.clone_from(&matrix.role);
        tenancy.effective_role.clone_from(matrix.effective_role.as_ref().unwrap_or(&matrix.role));
        let used = used(matrix);
        let shown: Vec<usize> =
            (0..matrix.targets.len()).filter(|n| matrix.cells.iter().any(|c| c.target == *n)).collect();
        let cells = matrix.cells.iter().filter_map(|cell| {
            let target = shown.iter().position(|number| *number == cell.target)?;
            let way = used.iter().position(|way| std::ptr::eq(*way, cell.way))?;
            Some(report_cell(cell, target, way))
        });
        Self {
            tenancy,
            tenants: matrix.tenants.clone(),
            cells: cells.collect(),
            ways: used
                .iter()
                .map(|way| ReportWay {
                    id: way.id.to_owned(),
                    family: way.family.word().to_owned(),
                    title: way.title.to_owned(),
                })
                .collect(),
            targets: shown
                .iter()
                .filter_map(|number| matrix.targets.get(*number))
                .map(|target| ReportTarget {
                    name: target.name.clone(),
                    kind: match target.kind {
                        TargetKind::Relation(_) => TargetWord::Relation,
                        TargetKind::Function(_) => TargetWord::Function,
                        TargetKind::Database => TargetWord::Database,
                    },
                    about: target.about.clone(),
                })
                .collect(),
            unfilled: matrix
                .unfilled
                .iter()
                .map(|one| ReportUnfilled { table: one.table.clone(), why: one.why.clone() })
                .collect(),
            remarks: matrix.said.clone(),
            trials: matrix.trials,
            took_ms: milliseconds(matrix.took),
        }
    }

    /// How many cells have this outcome.
    pub fn count(&self, outcome: CellWord) -> usize {
        self.cells.iter().filter(|cell| cell.outcome == outcome).count()
    }

    /// The families that some way of the report belongs to, in the order in which they are shown.
    pub fn families(&self) -> Vec<&'static str> {
        let words = Family::ALL.into_iter().map(Family::word);
        words.filter(|word| self.ways.iter().any(|way| way.family == *word)).collect()
    }

    /// Transactions of the application in a second, over the whole proof.
    pub fn trials_per_second(&self) -> f64 {
        // Far fewer than 2^52.
        let trials = u32::try_from(self.trials).map_or(f64::from(u32::MAX), f64::from);
        if self.took_ms > 0.0 { trials * 1000.0 / self.took_ms } else { 0.0 }
    }
}

/// The ways that gave a cell: in the order of the list of all, then those of a database in use.
fn used(matrix: &Matrix) -> Vec<&'static Way> {
    let listed =
        ways::WAYS.iter().copied().filter(|way| matrix.cells.iter().any(|c| std::ptr::eq(c.way, *way)));
    let mut used: Vec<&'static Way> = listed.collect();
    for cell in &matrix.cells {
        if !used.iter().any(|way| std::ptr::eq(*way, cell.way)) {
            used.push(cell.way);
        }
    }
    used.sort_by_key(|way| way.family);
    used
}

fn report_cell(cell: &Cell, target: usize, way: usize) -> ReportCell {
    let plain = |outcome, sql: &str, words: &str, note: Option<String>| ReportCell {
        target,
        way,
        outcome,
        by: None,
        sql: sql.to_owned(),
        returned: Vec::new(),
        words: words.to_owned(),
        note,
    };
    match &cell.outcome {
        Outcome::Held { sql, seen, note } => plain(CellWord::Held, sql, seen, note.clone()),
        Outcome::NotTried { why } => plain(CellWord::NotTried, "", why, None),
        Outcome::Leaked(leak) => {
            let outcome = if leak.note_only { CellWord::Noted } else { CellWord::Leaked };
            let advice = (!leak.advice.is_empty()).then(|| leak.advice.clone());
            ReportCell {
                by: leak.by.clone(),
                returned: leak.returned.clone(),
                ..plain(outcome, &leak.sql, &leak.means, advice)
            }
        }
    }
}
