//! What a matrix comes to: findings, a verdict, what was not tried.

use std::collections::BTreeMap;

use freehold_model::{catalog::Catalog, finding::Finding};
use freehold_prove::{
    isolation::{Matrix, Outcome, rules},
    step::Step,
};

use super::place;
use crate::{
    report::{CellWord, NotVerified, ReportClaim, ReportIsolation, ReportTenancy, VerdictWord},
    tenancy::Resolved,
};

/// The claim that the proof is about.
const CLAIM: &str = "no tenant reaches another's rows";

/// What came of a proof.
#[derive(Debug)]
pub(crate) struct Judged {
    /// What leaked, and what needs a decision.
    pub(crate) findings: Vec<Finding>,
    /// What was not tried.
    pub(crate) gaps: Vec<NotVerified>,
    /// The verdict.
    pub(crate) claim: ReportClaim,
    /// The matrix; none where nothing was tried.
    pub(crate) matrix: Option<ReportIsolation>,
}

/// That there is nothing to prove, and why. `asked`: it was asked for by its own command.
pub(crate) fn nothing_to_prove(why: &str, asked: bool) -> Judged {
    let gaps = if asked { vec![NotVerified::asked(format!("that {CLAIM}"), why)] } else { Vec::new() };
    let claim =
        ReportClaim { claim: CLAIM.to_owned(), verdict: VerdictWord::NothingToProve, detail: why.to_owned() };
    Judged { findings: Vec::new(), gaps, claim, matrix: None }
}

/// That the proof could not be made, and why.
pub(crate) fn undecided(why: String) -> Judged {
    let claim = ReportClaim { claim: CLAIM.to_owned(), verdict: VerdictWord::Undecided, detail: why };
    Judged { findings: Vec::new(), gaps: Vec::new(), claim, matrix: None }
}

/// What a matrix comes to. `asked`: it was asked for by its own command, so that each cell that was not tried counts.
pub(crate) fn judged(
    resolved: &Resolved,
    catalog: &Catalog,
    matrix: &Matrix,
    steps: &[Step],
    asked: bool,
) -> Judged {
    let mut findings: Vec<Finding> = Vec::new();
    for breach in rules::breaches(matrix) {
        let kind = matrix.targets.get(breach.target).map(|target| target.kind);
        findings.push(breach.finding.at(kind.and_then(|kind| place::of(kind, catalog, steps))));
    }
    let unclear = resolved.unclear.iter().filter_map(|name| catalog.relation(name));
    for relation in unclear {
        let finding = rules::unclear(relation, matrix);
        findings.push(finding.at(place::of_relation(&relation.name, steps)));
    }
    for (relation, finding) in rules::columns_missing(catalog, &resolved.tenancy) {
        findings.push(finding.at(place::of_relation(&relation.name, steps)));
    }
    let section = ReportIsolation::of(matrix, tenancy(resolved, catalog));
    let mut gaps = not_tried(matrix, asked);
    if section.count(CellWord::Held) + section.count(CellWord::Leaked) == 0 && gaps.is_empty() {
        let why = "no relation with rows of tenants gave anything to try";
        gaps.push(if asked {
            NotVerified::asked(format!("that {CLAIM}"), why)
        } else {
            NotVerified::for_completeness(CLAIM, why)
        });
    }
    Judged { findings, gaps, claim: claim(&section), matrix: Some(section) }
}

fn tenancy(resolved: &Resolved, catalog: &Catalog) -> ReportTenancy {
    let name = |oid: &u32| catalog.relation_by_oid(*oid).map(|relation| relation.name.to_string());
    ReportTenancy {
        root: resolved.root.clone(),
        column: resolved.column.clone(),
        settings: resolved.tenancy.settings.clone(),
        assume: resolved.tenancy.assume.clone(),
        guessed: resolved.guessed.clone(),
        shared: resolved.tenancy.shared.iter().filter_map(name).collect(),
        unclear: resolved.unclear.iter().map(ToString::to_string).collect(),
        ..ReportTenancy::default()
    }
}

/// Cells that were not tried: those of one target and one reason together.
fn not_tried(matrix: &Matrix, asked: bool) -> Vec<NotVerified> {
    let mut order: Vec<(usize, &str)> = Vec::new();
    let mut ways: BTreeMap<(usize, &str), Vec<&str>> = BTreeMap::new();
    for cell in matrix.not_tried() {
        let Outcome::NotTried { why } = &cell.outcome else { continue };
        let key = (cell.target, why.as_str());
        let list = ways.entry(key).or_insert_with(|| {
            order.push(key);
            Vec::new()
        });
        if !list.contains(&cell.way.id) {
            list.push(cell.way.id);
        }
    }
    let gap = |(target, why): &(usize, &str)| {
        let name = matrix.targets.get(*target).map_or("", |target| target.name.as_str());
        let list = ways.get(&(*target, *why)).map(Vec::as_slice).unwrap_or_default();
        let what = match list {
            [] => name.to_owned(),
            [one] => format!("{name} by {one}"),
            [one, rest @ ..] => format!("{name} by {one} and {} more ways", rest.len()),
        };
        if asked { NotVerified::asked(what, *why) } else { NotVerified::for_completeness(what, *why) }
    };
    order.iter().map(gap).collect()
}

fn claim(section: &ReportIsolation) -> ReportClaim {
    let [leaked, not_tried, noted, held] = CellWord::ALL.map(|word| section.count(word));
    let verdict = match (leaked, not_tried, held) {
        (0, 0, 0) => VerdictWord::NothingToProve,
        (0, 0, _) => VerdictWord::Proven,
        (0, _, _) => VerdictWord::Undecided,
        _ => VerdictWord::Refuted,
    };
    let counts: Vec<String> =
        [(leaked, "leaked"), (not_tried, "not tried"), (held, "held"), (noted, "noted")]
            .into_iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
    let detail = if counts.is_empty() {
        "nothing was there to be tried".to_owned()
    } else {
        let (targets, ways) = (section.targets.len(), section.ways.len());
        format!("{} ({targets} targets by {ways} ways)", counts.join(", "))
    };
    ReportClaim { claim: CLAIM.to_owned(), verdict, detail }
}
