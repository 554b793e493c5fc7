//! The status of many targets: those that stand alike on one line.

use std::collections::BTreeMap;

use freehold_app::{
    migrate::status::{Status, TargetStatus},
    render::one_line,
};

use crate::commands::migrate::human;

/// So many targets of a group are named unless all are asked for.
const NAMED: usize = 5;

/// The text, ended by a newline.
pub(super) fn text(status: &Status, verbose: bool) -> String {
    let mut groups: BTreeMap<String, Vec<&TargetStatus>> = BTreeMap::new();
    for target in &status.targets {
        groups.entry(stands(target)).or_default().push(target);
    }
    let mut groups: Vec<(String, Vec<&TargetStatus>)> = groups.into_iter().collect();
    groups.sort_by_key(|(_, targets)| std::cmp::Reverse(targets.len()));
    let mut text = String::new();
    for (stands, targets) in &groups {
        let most = groups.len() > 1 && targets.len() * 2 > status.targets.len();
        let names = if most && !verbose { String::new() } else { names(targets, verbose) };
        let stands = one_line(&format!("{stands}{names}"));
        text.push_str(&format!("{:>6}  {stands}\n", targets.len()));
    }
    let behind = status.targets.iter().filter(|target| !target.is_up_to_date()).count();
    let newest = status.newest.as_deref().map(|v| format!(" at {v}")).unwrap_or_default();
    let total = human::count(status.targets.len(), "target");
    text.push_str(&match behind {
        0 => format!("\nall {total} are up to date{newest}\n"),
        _ => format!("\n{} of {total} are up to date{newest}\n", status.targets.len() - behind),
    });
    text
}

fn stands(target: &TargetStatus) -> String {
    if let Some(trouble) = &target.trouble {
        return super::super::fleet::first_line(&trouble.error).to_owned();
    }
    let counts = target.counts;
    let mut parts = vec![match &target.at {
        Some(version) => format!("at {version}"),
        None => "nothing applied".to_owned(),
    }];
    let more = [
        (counts.pending, "pending"),
        (counts.late, "late"),
        (counts.edited, "edited"),
        (counts.missing, "without a file"),
        (counts.unfinished, "stopped in the middle"),
    ];
    parts.extend(more.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")));
    parts.join(", ")
}

fn names(targets: &[&TargetStatus], verbose: bool) -> String {
    let most = if verbose { targets.len() } else { NAMED };
    let mut names: Vec<&str> = targets.iter().take(most).map(|target| target.target.as_str()).collect();
    let more = targets.len().saturating_sub(most);
    let rest = format!("and {more} more");
    if more > 0 {
        names.push(&rest);
    }
    format!(": {}", names.join(", "))
}
