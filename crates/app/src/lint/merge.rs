//! Findings of the three depths about one thing become one finding, with the strongest evidence.

use std::{collections::BTreeMap, path::PathBuf};

use freehold_lint::{Check, LintRule};
use freehold_model::{
    finding::{Evidence, Finding},
    place::Place,
};

/// What the rules said, beside what a rehearsal proved: where a proof says the same of the same statement, the proof stays,
/// with the rule's fix and its words as evidence; what the proof allows or ignores covers both. What both say of a script
/// as a whole is one thing wherever in its file they point.
pub(crate) fn merged(proved: Vec<Finding>, said: Vec<(&'static LintRule, Finding)>) -> Vec<Finding> {
    let mut all = proved;
    let mut at = Proved::default();
    for (number, finding) in all.iter().enumerate() {
        if let Some(place) = &finding.place {
            at.places.entry((place.clone(), finding.rule.id)).or_default().push(number);
            at.files.entry((place.file.clone(), finding.rule.id)).or_default().push(number);
        }
    }
    for (rule, finding) in said {
        let about =
            |number: &usize| all.get(*number).is_some_and(|proof| proof.subject.name == finding.subject.name);
        let candidates = at.candidates(rule, &finding);
        let any = candidates.first().filter(|_| rule.same_as.len() == 1);
        let same = candidates.iter().find(|number| about(number)).or(any).copied();
        match same.and_then(|number| all.get_mut(number)) {
            Some(proof) => absorb(proof, finding),
            None => all.push(finding),
        }
    }
    all
}

/// The numbers of what was proved, by place and by file.
#[derive(Default)]
struct Proved {
    places: BTreeMap<(Place, &'static str), Vec<usize>>,
    files: BTreeMap<(PathBuf, &'static str), Vec<usize>>,
}

impl Proved {
    /// What may say the same as a rule's finding.
    fn candidates(&self, rule: &LintRule, finding: &Finding) -> &[usize] {
        let Some(place) = &finding.place else { return &[] };
        let here = rule.same_as.iter().find_map(|id| self.places.get(&(place.clone(), *id)));
        let in_file = || match rule.check {
            Check::Script(_) => rule.same_as.iter().find_map(|id| self.files.get(&(place.file.clone(), *id))),
            _ => None,
        };
        here.or_else(in_file).map_or(&[], Vec::as_slice)
    }
}

fn absorb(proof: &mut Finding, said: Finding) {
    if !proof.also.iter().any(|rule| rule.id == said.rule.id) {
        proof.also.push(said.rule);
    }
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

    use freehold_model::{
        finding::{Rule, Subject},
        place::Span,
    };

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

    #[test]
    fn what_both_say_of_a_whole_script_is_one_thing_wherever_they_point() {
        static DOWN: Rule = Rule { id: "down-missing", ..Rule::NEW };
        let rule = freehold_lint::rules::named("migration-without-down").unwrap();
        let place = Place { span: Span::new(4, 4), ..Place::whole_file(Path::new("a.sql")) };
        let proved = Finding::new(&DOWN, Subject::new("migration", "1 a"), "no way back").at(Some(place));
        let said = Finding::new(&rule.rule, Subject::new("migration", "1 a"), "no down").at(at("a.sql"));
        assert_eq!(merged(vec![proved], vec![(rule, said)]).len(), 1);
    }
}
