//! From the cells of a matrix to findings: what leaks of one target by ways of one kind is one finding.

use freehold_model::{
    catalog::{Catalog, Relation, RelationKind},
    finding::{Evidence, Finding, Rule, Severity, Subject},
};

use super::{of, tenancy_unclear, tenant_column_missing};
use crate::isolation::{
    matrix::{Cell, Matrix},
    outcome::{Leak, Outcome},
    target::{Target, TargetKind},
    tenancy::{Ownership, Tenancy},
};

/// A finding with what it is about, for telling it together with what others say of the same thing.
#[derive(Debug)]
pub struct Breach {
    /// The finding; it has no place.
    pub finding: Finding,
    /// What leaks, by its number in [`Matrix::targets`].
    pub target: usize,
    /// The constraint, index or role that it goes by.
    pub by: Option<String>,
    /// The ways that leaked, by id; the first is the one that the evidence shows.
    pub ways: Vec<&'static str>,
}

/// What leaked, in the order of the matrix: one for each target, kind of leak, and object that it goes by.
pub fn breaches(matrix: &Matrix) -> Vec<Breach> {
    let mut breaches: Vec<Breach> = Vec::new();
    for cell in &matrix.cells {
        let (Outcome::Leaked(leak), Some(target)) = (&cell.outcome, matrix.target_of(cell)) else { continue };
        let rule = of(cell.way.family);
        let same = breaches.iter_mut().find(|breach| {
            breach.target == cell.target && breach.finding.rule == rule && breach.by == leak.by
        });
        match same {
            Some(breach) if !breach.ways.contains(&cell.way.id) => breach.ways.push(cell.way.id),
            Some(_) => {}
            None => breaches.push(breach(rule, cell, target, leak)),
        }
    }
    for breach in &mut breaches {
        if let [_, more @ ..] = breach.ways.as_slice()
            && !more.is_empty()
        {
            breach.finding.evidence.push(Evidence::Saw(format!("it leaks as well by {}", more.join(", "))));
        }
    }
    breaches
}

fn breach(rule: &'static Rule, cell: &Cell, target: &Target, leak: &Leak) -> Breach {
    let severity = if leak.note_only { Severity::Note } else { Severity::Error };
    let kind = match target.kind {
        TargetKind::Relation(_) => target.about.split(", ").next().unwrap_or("relation"),
        TargetKind::Function(_) => "function",
        TargetKind::Database => "database",
    };
    let mut finding = Finding::new(rule, Subject::new(kind, target.name.as_str()), leak.means.as_str())
        .with_severity(severity)
        .because(Evidence::Ran(format!("-- {}: {}\n{}", cell.way.id, cell.way.title, leak.sql)));
    if !leak.returned.is_empty() {
        finding = finding.because(Evidence::Saw(leak.returned.join("\n")));
    }
    if !leak.advice.is_empty() {
        finding = finding.fixed_by(leak.advice.as_str(), None);
    }
    Breach { finding, target: cell.target, by: leak.by.clone(), ways: vec![cell.way.id] }
}

/// That nobody said of a table whether tenants share it; graver where the application may write it.
pub fn unclear(relation: &Relation, matrix: &Matrix) -> Finding {
    let name = relation.name.to_string();
    let written = matrix.may_write.contains(&relation.oid) && !matrix.role_was_made;
    let (severity, words) = if written {
        (
            Severity::Warning,
            format!("; {} may write it", matrix.effective_role.as_ref().unwrap_or(&matrix.role)),
        )
    } else {
        (Severity::Note, String::new())
    };
    let message =
        format!("it is not known whether {name} belongs to tenants or is shared by all of them{words}");
    Finding::new(&tenancy_unclear::RULE, Subject::new("table", name.as_str()), message)
        .with_severity(severity)
        .because(Evidence::Saw(
            "it has no tenant column and refers to no table that has one: it was not tried".to_owned(),
        ))
        .fixed_by(
            format!("Give {name} a tenant column, or add it to `[tenancy] shared` in freehold.toml"),
            None,
        )
}

/// The tables whose rows belong to a tenant only through others; partitions are their parents' affair.
pub fn columns_missing<'c>(catalog: &'c Catalog, tenancy: &Tenancy) -> Vec<(&'c Relation, Finding)> {
    let mut findings = Vec::new();
    for (oid, ownership) in &tenancy.owned {
        let Ownership::Through { parent, columns } = ownership else { continue };
        let (Some(relation), Some(parent)) =
            (catalog.relation_by_oid(*oid), catalog.relation_by_oid(*parent))
        else {
            continue;
        };
        if relation.partition.is_some()
            || !matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable)
        {
            continue;
        }
        let name = relation.name.to_string();
        let by: Vec<&str> = columns.iter().map(|(own, _)| own.as_str()).collect();
        let message =
            format!("rows of {name} belong to a tenant only through {} (by {})", parent.name, by.join(", "));
        let finding =
            Finding::new(&tenant_column_missing::RULE, Subject::new("table", name.as_str()), message)
                .fixed_by(format!("Add the tenant column to {name} and carry it in the foreign key"), None);
        findings.push((relation, finding));
    }
    findings
}
