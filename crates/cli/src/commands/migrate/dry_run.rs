//! What a command would do, for people.

use std::collections::BTreeMap;

use freehold_app::{
    migrate::dry_run::{DryMigration, DryRun, DryStatement, DryTarget, DryTransaction},
    render::one_line,
};

use super::human;
use crate::{failure::Failure, printer::Printer};

/// So many targets of a group are named.
const NAMED: usize = 8;

/// Shows it: what stands against it on standard error, the rest on standard output.
pub(super) fn show(printer: &Printer, run: &DryRun) {
    let mut text = String::new();
    for (targets, names) in groups(run) {
        push_target(&mut text, targets, &names, run);
    }
    if let Some(remark) = &run.rehearsal
        && !run.migrations.is_empty()
    {
        text.push_str(&format!("{}\n", one_line(remark)));
    }
    text.push_str("Nothing was done.\n");
    printer.out(&text);
    for refused in &run.refused {
        let place = refused.place.as_ref().map(|place| format!("{place}: ")).unwrap_or_default();
        printer.failure(&Failure::new(format!("{place}{}", refused.reason), refused.help.clone()));
    }
    for target in &run.targets {
        if let Some(trouble) = &target.trouble {
            printer.failure(&super::show::troubled(&target.target, trouble));
        }
    }
}

/// Targets on which the same would be done, with their names.
fn groups(run: &DryRun) -> Vec<(&DryTarget, Vec<&str>)> {
    let mut groups: BTreeMap<String, (&DryTarget, Vec<&str>)> = BTreeMap::new();
    for target in run.targets.iter().filter(|target| target.trouble.is_none()) {
        let same = format!("{:?} {:?} {:?}", target.steps, target.marks, target.skipped);
        groups.entry(same).or_insert_with(|| (target, Vec::new())).1.push(&target.target);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|(_, names)| std::cmp::Reverse(names.len()));
    groups
}

fn push_target(text: &mut String, target: &DryTarget, names: &[&str], run: &DryRun) {
    let named = match names {
        [one] => (*one).to_owned(),
        _ => {
            let first = names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
            let more = names.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{} ({first}{more})", human::count(names.len(), "target"))
        }
    };
    let what = match (target.steps.len(), target.marks.len()) {
        (0, 0) => "nothing would be done".to_owned(),
        (0, marks) => format!("{} would be recorded without being run", human::count(marks, "migration")),
        (steps, _) => format!("{} would be run, in this order", human::count(steps, "migration")),
    };
    text.push_str(&format!("{}: {what}\n\n", one_line(&named)));
    for mark in &target.marks {
        let word = if mark.applied { "applied" } else { "not applied" };
        text.push_str(&format!("  {word:<12} {}\n", one_line(&label(&mark.version, &mark.name))));
    }
    for step in &target.steps {
        let mut head = format!("{:<4} {}", step.direction, label(&step.version, &step.name));
        if step.out_of_order {
            head.push_str(", out of order");
        }
        if let Some(done) = step.resumes_after {
            head.push_str(&format!(", goes on after statement {done}"));
        }
        text.push_str(&format!("{}\n", one_line(&head)));
        let script =
            run.migrations.iter().find(|m| m.version == step.version && m.direction == step.direction);
        if let Some(script) = script {
            push_script(text, script, step.resumes_after.unwrap_or(0));
        }
        text.push('\n');
    }
    for skipped in &target.skipped {
        text.push_str(&format!("  left alone: {}\n", one_line(skipped)));
    }
}

fn label(version: &str, name: &str) -> String {
    if name.is_empty() || version.ends_with(name) { version.to_owned() } else { format!("{version} {name}") }
}

fn push_script(text: &mut String, script: &DryMigration, done: usize) {
    let because = script.because.as_ref().map(|because| format!(": {because}")).unwrap_or_default();
    let how = match script.transaction {
        DryTransaction::One => "in one transaction, with its row in the history".to_owned(),
        DryTransaction::StatementByStatement => format!("statement by statement{because}"),
        DryTransaction::Unreadable => format!("it is no SQL and would not be run{because}"),
    };
    text.push_str(&format!("     {} ({})\n", one_line(&how), one_line(&script.file)));
    if let Some(rehearsed) = &script.rehearsed {
        text.push_str(&format!("     {}\n", one_line(rehearsed)));
    }
    for statement in script.statements.iter().skip(done) {
        push_statement(text, statement);
    }
}

fn push_statement(text: &mut String, statement: &DryStatement) {
    text.push_str(&format!("  {:>3}. {}\n", statement.number, one_line(&statement.headline)));
    for lock in &statement.locks {
        let line = format!("locks {} ({}): blocks {}", lock.relation, lock.mode, lock.blocks.words());
        text.push_str(&format!("       {}\n", one_line(&line)));
    }
    for (what, relations) in [("rewrites", &statement.rewrites), ("reads all of", &statement.scans)] {
        if !relations.is_empty() {
            text.push_str(&format!("       {}\n", one_line(&format!("{what} {}", relations.join(", ")))));
        }
    }
    for loss in &statement.destroys {
        let object = loss.object.as_deref().map(|object| format!(" {object}")).unwrap_or_default();
        let allowed = match &loss.allowed_because {
            Some(reason) => format!("allowed because {reason}"),
            None => "not allowed by its author".to_owned(),
        };
        text.push_str(&format!(
            "       {}\n",
            one_line(&format!("destroys ({}{object}): {}; {allowed}", loss.word, loss.why))
        ));
    }
}
