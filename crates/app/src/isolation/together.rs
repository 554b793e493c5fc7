//! What the proof saw of a thing and what the rules say of it become one finding: the rule's, with the proof's evidence.
//!
//! The rule names the statement that is to blame and often the fix; the proof shows what comes of it. One forgotten line
//! leaks by many ways, which are told once.

use freehold_model::{
    finding::{Category, Evidence, Finding, Severity},
    name::{QualifiedName, quote_identifier},
};

/// The kinds of leaks that follow from what a rule says.
struct Explains {
    rule: &'static str,
    leaks: &'static [&'static str],
}

const READ: &str = "tenant-rows-readable";
const WRITE: &str = "tenant-rows-writable";
const REFER: &str = "tenant-references-cross";
const CONTEXT: &str = "tenant-context-carries-over";
const AROUND: &str = "tenant-line-bypassed";
const LIVE: &str = "tenant-locked-out-of-own-rows";
const COLUMN: &str = "tenant-column-missing";

/// Of so many leaks that one cause has, what was run is told; that of the others is in the matrix.
const IN_FULL: usize = 2;

/// Nothing holds the table's rows apart.
const OPEN: &[&str] = &[READ, WRITE, CONTEXT, AROUND];

const fn explains(rule: &'static str, leaks: &'static [&'static str]) -> Explains {
    Explains { rule, leaks }
}

const EXPLAINS: &[Explains] = &[
    explains("row-security-off", OPEN),
    explains("row-security-disabled", OPEN),
    explains("row-security-not-forced", OPEN),
    explains("partition-without-row-security", OPEN),
    explains("copy-loses-row-security", OPEN),
    explains("policy-admits-all-rows", OPEN),
    explains("policy-without-tenant", OPEN),
    explains("policy-matches-by-prefix", OPEN),
    explains("policy-open-without-tenant", OPEN),
    explains("policy-dropped", &[READ, WRITE, CONTEXT, AROUND, LIVE]),
    explains("table-owned-by-application", OPEN),
    explains("granted-to-everybody", OPEN),
    explains("role-bypasses-row-security", OPEN),
    explains("foreign-table-with-tenants", OPEN),
    explains("materialized-view-of-all-tenants", OPEN),
    explains("view-bypasses-row-security", OPEN),
    explains("security-definer-bypasses-row-security", OPEN),
    explains("security-definer-without-search-path", OPEN),
    explains("tenant-owned-without-tenant-column", &[READ, WRITE, REFER, CONTEXT, AROUND, COLUMN]),
    explains("new-rows-unchecked", &[WRITE, CONTEXT]),
    explains("truncate-granted", &[WRITE, AROUND]),
    explains("trigger-or-references-granted", &[REFER, AROUND]),
    explains("policy-fails-on-empty-setting", &[CONTEXT]),
    explains("session-level-tenant-setting", &[CONTEXT]),
    explains("tenant-column-nullable", &[READ, WRITE, CONTEXT]),
    explains("row-security-without-policy", &[LIVE]),
    explains("command-without-policy", &[LIVE]),
    explains("foreign-key-without-tenant", &[REFER]),
    explains("unique-without-tenant", &[REFER]),
];

/// Findings of rules with their tables, and those of the proof, as they are told: each thing once.
pub(crate) fn together(findings: Vec<(Finding, Option<QualifiedName>)>) -> Vec<Finding> {
    let (proved, mut told): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|(finding, _)| finding.rule.category == Category::Isolation);
    let mut alone = Vec::new();
    for (leak, _) in proved {
        match cause(&leak, &told).and_then(|number| told.get_mut(number)) {
            Some((finding, _)) => absorb(finding, leak),
            None => alone.push(leak),
        }
    }
    told.into_iter().map(|(finding, _)| finding).chain(alone).collect()
}

/// The number of the finding that says why it leaks: of those about the same thing the one that names the object by which
/// it leaks, else the first.
fn cause(leak: &Finding, told: &[(Finding, Option<QualifiedName>)]) -> Option<usize> {
    let same = told.iter().enumerate().filter(|(_, (finding, relation))| {
        let explained = EXPLAINS
            .iter()
            .any(|explains| explains.rule == finding.rule.id && explains.leaks.contains(&leak.rule.id));
        explained && (is_about(finding, relation.as_ref(), leak) || is_of_role(finding, leak))
    });
    let same: Vec<(usize, &Finding)> = same.map(|(number, (finding, _))| (number, finding)).collect();
    let named = same.iter().find(|(_, finding)| names_the_object(finding, leak));
    named.or(same.first()).map(|(number, _)| *number)
}

fn is_about(finding: &Finding, relation: Option<&QualifiedName>, leak: &Finding) -> bool {
    let name = leak.subject.name.as_str();
    let bare = name.split('(').next().unwrap_or(name);
    relation.is_some_and(|relation| relation.to_string() == name)
        || [name, bare].contains(&finding.subject.name.as_str())
}

/// A rule about a role speaks of all that was reached as that role.
fn is_of_role(finding: &Finding, leak: &Finding) -> bool {
    let role = format!("SESSION AUTHORIZATION {}", quote_identifier(&finding.subject.name));
    let ran_as = |evidence: &Evidence| matches!(evidence, Evidence::Ran(sql) if sql.contains(&role));
    let of_database = leak.subject.kind == "database" && leak.message.contains(&finding.subject.name);
    finding.subject.kind == "role" && (of_database || leak.evidence.iter().any(ran_as))
}

/// A constraint that the leak speaks of is the one that the rule speaks of.
fn names_the_object(finding: &Finding, leak: &Finding) -> bool {
    leak.message
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| word.len() > 3 && *word != leak.subject.name)
        .any(|word| finding.subject.name == word)
}

fn absorb(finding: &mut Finding, leak: Finding) {
    let severity = if leak.severity == Severity::Note { finding.severity } else { leak.severity };
    finding.severity = finding.severity.max(severity);
    finding.also.push(leak.rule);
    // A note adds no experiment to what the rule says.
    if leak.severity > Severity::Note {
        let shown =
            finding.also.iter().filter(|rule| rule.category == Category::Isolation).count() <= IN_FULL;
        finding.evidence.push(Evidence::Saw(format!("tried: {}", leak.message)));
        if shown {
            finding.evidence.extend(leak.evidence);
        }
    }
    if finding.fix.is_none() {
        finding.fix = leak.fix;
    }
}

#[cfg(test)]
mod tests {
    use freehold_prove::isolation::rules::RULES;

    use super::*;
    use crate::{report::ReportFinding, rules};

    fn leak(rule: &str, table: &str) -> (Finding, Option<QualifiedName>) {
        let rule = RULES.iter().find(|one| one.id == rule).unwrap();
        let finding =
            Finding::new(rule, freehold_model::finding::Subject::new("table", table), "B's rows came back")
                .with_severity(Severity::Error)
                .because(Evidence::Ran("SELECT 1".to_owned()));
        (finding, None)
    }

    fn said(rule: &str, table: &str) -> (Finding, Option<QualifiedName>) {
        let rule = rules::named(rule).unwrap();
        let subject = freehold_model::finding::Subject::new("table", table);
        (Finding::new(rule, subject, "row security is off"), Some(QualifiedName::new("public", table)))
    }

    #[test]
    fn every_rule_and_every_leak_of_the_list_is_one() {
        for explains in EXPLAINS {
            assert!(rules::named(explains.rule).is_some(), "{}", explains.rule);
            for leak in explains.leaks {
                assert!(RULES.iter().any(|rule| rule.id == *leak), "{leak}");
            }
        }
    }

    #[test]
    fn leaks_of_one_table_are_told_with_what_the_rule_says_of_it() {
        let all = vec![said("row-security-off", "orders"), leak(READ, "orders"), leak(WRITE, "orders")];
        let told = together(all);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].rule.id, told[0].severity), ("row-security-off", Severity::Error));
        assert_eq!(ReportFinding::from(&told[0]).evidence.len(), 4);
    }

    #[test]
    fn a_leak_of_another_table_or_another_kind_stands_alone() {
        let told =
            together(vec![said("row-security-off", "orders"), leak(READ, "notes"), leak(REFER, "orders")]);
        let rules: Vec<&str> = told.iter().map(|finding| finding.rule.id).collect();
        assert_eq!(rules, ["row-security-off", READ, REFER]);
        assert!(told[0].evidence.is_empty());
    }
}
