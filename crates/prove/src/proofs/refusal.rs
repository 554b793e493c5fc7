//! How a statement that the server refused is told: place, message and what the server said.

use freehold_model::{
    finding::{Evidence, Finding, Rule, Subject},
    place::Place,
};

use crate::{
    observation::Refusal,
    step::{Script, Step},
};

/// A finding at the refused statement, with the server's words as evidence.
pub(super) fn finding(
    rule: &'static Rule,
    step: &Step,
    script: &Script,
    refusal: &Refusal,
    what: &str,
) -> Finding {
    let statement = script.statements.get(refusal.index);
    let place = statement.map_or_else(|| script.place.clone(), |s| s.place.clone());
    let ran = statement.map_or_else(|| "COMMIT".to_owned(), |s| s.headline.clone());
    let mut finding = Finding::new(rule, subject(step), format!("{what}: {}", words(refusal)))
        .at(Some(place))
        .because(Evidence::Ran(ran));
    for line in details(refusal) {
        finding = finding.because(Evidence::Saw(line));
    }
    finding
}

/// The migration as a subject.
pub(super) fn subject(step: &Step) -> Subject {
    Subject::new("migration", step.label())
}

/// Where a whole script stands.
pub(super) fn top(script: &Script) -> Option<Place> {
    Some(script.statements.first().map_or_else(|| script.place.clone(), |s| s.place.clone()))
}

/// The server's message, or the driver's.
pub(super) fn words(refusal: &Refusal) -> String {
    refusal.error.server().map_or_else(|| refusal.error.to_string(), |server| server.message.clone())
}

fn details(refusal: &Refusal) -> Vec<String> {
    let Some(server) = refusal.error.server() else { return Vec::new() };
    let mut lines: Vec<String> = server.sqlstate.iter().map(|state| format!("SQLSTATE {state}")).collect();
    let more = [("detail", &server.detail), ("hint", &server.hint), ("context", &server.context)];
    lines.extend(more.iter().filter_map(|(word, text)| text.as_ref().map(|text| format!("{word}: {text}"))));
    if let Some(position) = server.position {
        lines.push(format!("at character {position} of the statement"));
    }
    lines
}
