//! Findings of the three depths about one thing become one finding, with the strongest evidence.

use std::collections::BTreeMap;

use freehold_lint::LintRule;
use freehold_model::{
    finding::{Evidence, Finding},
    place::Place,
};

/// What the rules said, beside what a rehearsal proved: where a proof says the same of the same statement, the proof stays,
/// with the rule's fix and its words as evidence; what the proof allows or ignores covers both.
pub(crate) fn merged(proved: Vec<Finding>, said: Vec<(&'static LintRule, Finding)>) -> Vec<Finding> {
    let mut all = proved;
    let mut at: BTreeMap<(Place, &'static str), Vec<usize>> = BTreeMap::new();
    for (number, finding) in all.iter().enumerate() {
        if let Some(place) = &finding.place {
            at.entry((place.clone(), finding.rule.id)).or_default().push(number);
        }
    }
    for (rule, finding) in said {
        let same = finding.place.as_ref().and_then(|place| {
            rule.same_as.iter().find_map(|id| at.get(&(place.clone(), *id)))?.iter().copied().find(|number| {
                all.get(*number).is_some_and(|proof| {
                    proof.subject.name == finding.subject.name || rule.same_as.len() == 1
                })
            })
        });
        match same.and_then(|number| all.get_mut(number)) {
            Some(proof) => absorb(proof, finding),
            None => all.push(finding),
        }
    }
    all
}

fn absorb(proof: &mut Finding, said: Finding) {
    proof.also.push(said.rule);
    if proof.message != said.message {
        proof.evidence.push(Evidence::Saw(format!("the text says: {}", said.message)));
    }
    if said.fix.as_ref().is_some_and(|fix| fix.sql.is_some()) || proof.fix.is_none() {
        proof.fix = said.fix;
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use freehold_model::finding::{Rule, Subject};

    use super::*;

    static PROOF: Rule = Rule { id: "blocking-index-build", ..Rule::NEW };

    fn rule() -> &'static LintRule {
        freehold_lint::rules::named("index-built-without-concurrently").unwrap()
    }

    fn at(file: &str) -> Option<Place> {
        Some(Place::whole_file(Path::new(file)))
    }

    #[test]
    fn one_thing_is_told_once_with_the_fix_of_the_rule() {
        let proved = Finding::new(&PROOF, Subject::new("table", "orders"), "held").at(at("a.sql"));
        let said = Finding::new(&rule().rule, Subject::new("table", "orders"), "holds")
            .at(at("a.sql"))
            .fixed_by("Build it concurrently.", Some("CREATE INDEX CONCURRENTLY".to_owned()));
        let all = merged(vec![proved], vec![(rule(), said)]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].rule.id, "blocking-index-build");
        assert_eq!(all[0].also, [&rule().rule]);
        assert!(all[0].fix.as_ref().unwrap().sql.is_some());
    }

    #[test]
    fn the_same_rule_at_another_place_stays() {
        let proved = Finding::new(&PROOF, Subject::new("table", "orders"), "held").at(at("a.sql"));
        let said = Finding::new(&rule().rule, Subject::new("table", "orders"), "holds").at(at("b.sql"));
        assert_eq!(merged(vec![proved], vec![(rule(), said)]).len(), 2);
    }
}
