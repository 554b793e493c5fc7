//! What was not verified, told once for each reason.

use crate::{
    render::one_line,
    report::{NotVerified, Report},
};

/// More gaps of one reason than this are told together.
const MOST_OF_A_REASON: usize = 3;

/// Gaps with one reason, on one line.
pub(super) struct Gap {
    pub(super) asked_for: bool,
    /// What was not verified: all of it, or the first and how many more.
    pub(super) what: String,
    pub(super) why: String,
}

/// The gaps in the order of the report. With `whole` each is told on its own.
pub(super) fn gaps(report: &Report, whole: bool) -> Vec<Gap> {
    let mut groups: Vec<Vec<&NotVerified>> = Vec::new();
    for gap in &report.not_verified {
        let alike = |group: &&mut Vec<&NotVerified>| {
            group.first().is_some_and(|first| (first.asked_for, &first.why) == (gap.asked_for, &gap.why))
        };
        match groups.iter_mut().find(alike) {
            Some(group) => group.push(gap),
            None => groups.push(vec![gap]),
        }
    }
    groups.iter().flat_map(|group| told(group, whole)).collect()
}

fn told(group: &[&NotVerified], whole: bool) -> Vec<Gap> {
    let gap = |gap: &NotVerified, more: String| Gap {
        asked_for: gap.asked_for,
        what: format!("{}{more}", one_line(&gap.what)),
        why: one_line(&gap.why),
    };
    match group {
        [first, rest @ ..] if rest.len() >= MOST_OF_A_REASON && !whole => {
            vec![gap(first, format!(" (and {} more for the same reason)", rest.len()))]
        }
        all => all.iter().map(|one| gap(one, String::new())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Project;

    fn shown(gaps_of: Vec<NotVerified>, whole: bool) -> Vec<String> {
        let mut report = Report::new("check", Project::default());
        report.not_verified = gaps_of;
        gaps(&report, whole).into_iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect()
    }

    #[test]
    fn four_gaps_of_one_reason_are_one_line_and_three_are_three() {
        let asked = |number: usize| NotVerified::asked(format!("line {number}"), "no rows");
        let three: Vec<_> = (0..3).map(asked).collect();
        assert_eq!(shown(three, false).len(), 3);
        let four = || (0..4).map(asked).collect::<Vec<_>>();
        assert_eq!(shown(four(), false), ["line 0 (and 3 more for the same reason): no rows"]);
        assert_eq!(shown(four(), true).len(), 4);
    }

    #[test]
    fn what_was_asked_for_is_never_told_with_what_was_not() {
        let mut mixed: Vec<_> = (0..3).map(|n| NotVerified::asked(format!("line {n}"), "no rows")).collect();
        mixed.push(NotVerified::for_completeness("line 3", "no rows"));
        assert_eq!(shown(mixed, false).len(), 4);
    }
}
