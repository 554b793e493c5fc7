//! A name for a finding that stays the same when lines above it move, so that forges do not report it anew.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::report::{Report, ReportFinding, Sources};

/// One fingerprint for each finding of the report, in its order, all different.
///
/// Made from the rule, the subject, the file and the text of the marked source (white space folded), but not from
/// line numbers or measured figures; findings alike in all of that are told apart by their order.
pub(super) fn fingerprints(report: &Report, sources: &Sources) -> Vec<String> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    report
        .findings
        .iter()
        .map(|finding| {
            let base = digest(&parts(finding, sources));
            let number = seen.entry(base.clone()).or_default();
            *number += 1;
            if *number == 1 { base } else { digest(&[base, number.to_string()]) }
        })
        .collect()
}

fn parts(finding: &ReportFinding, sources: &Sources) -> [String; 5] {
    let file = finding.place.as_ref().map(|place| place.file.clone()).unwrap_or_default();
    let marked = finding
        .place
        .as_ref()
        .and_then(|place| sources.text(&place.file)?.get(place.span.start..place.span.end))
        .unwrap_or_default();
    let folded: Vec<&str> = marked.split_whitespace().collect();
    [finding.rule.clone(), finding.subject.kind.clone(), finding.subject.name.clone(), file, folded.join(" ")]
}

fn digest(parts: &[String]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        // The length keeps two different splits of one text apart.
        hash.update(part.len().to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}
