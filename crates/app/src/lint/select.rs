//! Which rules look, and how grave what they say is: flags over `[[lint.override]]` over `[rules]` over the rule's own.

use freehold_model::{
    finding::{Finding, Rule, Severity},
    name::QualifiedName,
};

use super::heard::Heard;
use crate::{
    report::slashed,
    rules::Which,
    settings::{LintOverride, RuleLevel, Settings},
};

/// What flags say of the rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Flags {
    /// `--select`: in place of what the settings select.
    pub select: Vec<Which>,
    /// `--ignore`: beside what the settings ignore.
    pub ignore: Vec<Which>,
    /// `--level`: over what the settings say.
    pub levels: Vec<(Which, RuleLevel)>,
}

/// Which rules look, and how grave what they say is.
#[derive(Debug)]
pub(crate) struct Selection<'a> {
    settings: &'a Settings,
    flags: &'a Flags,
    /// Something is known of production.
    production: bool,
}

impl<'a> Selection<'a> {
    /// From the settings and the flags. `production` says that something is known of production.
    pub(crate) fn new(settings: &'a Settings, flags: &'a Flags, production: bool) -> Self {
        Self { settings, flags, production }
    }

    /// True when the rule is to look: something that it says may be told.
    pub(crate) fn looks(&self, rule: &Rule) -> bool {
        let covers = |list: &[Which]| list.iter().any(|which| which.covers(rule));
        let lint = &self.settings.lint;
        if covers(&self.flags.ignore) || (!self.production && covers(&lint.production_only)) {
            return false;
        }
        if let Some(level) = last(&self.flags.levels, rule) {
            return level != RuleLevel::Off;
        }
        // A rule that is named on the command line is wanted, whatever the settings say.
        if by_name(&self.flags.select, rule) {
            return true;
        }
        let select = if self.flags.select.is_empty() { &lint.select } else { &self.flags.select };
        if covers(&lint.ignore) || !(select.is_empty() || covers(select) || always(rule)) {
            return false;
        }
        let somewhere =
            lint.overrides.iter().any(|there| matches!(last(&there.levels, rule), Some(RuleLevel::At(_))));
        somewhere || self.settings.rules.get(rule.id) != Some(&RuleLevel::Off)
    }

    /// The findings that are to be told, each with the severity that is wanted for it.
    pub(crate) fn apply(&self, findings: Vec<Heard>) -> Vec<Heard> {
        let told = |heard: Heard| {
            let Heard { finding, relation, found } = heard;
            let finding = self.told(finding, relation.as_ref())?;
            Some(Heard { finding, relation, found })
        };
        findings.into_iter().filter_map(told).collect()
    }

    /// The finding with the severity that is wanted for it; none when it is not to be told. `relation` is the table that
    /// it is about; without it, what the finding says of its subject counts.
    pub(crate) fn told(&self, finding: Finding, relation: Option<&QualifiedName>) -> Option<Finding> {
        if !self.looks(finding.rule) || finding.also.iter().any(|rule| self.ignored(rule)) {
            return None;
        }
        let names = || std::iter::once(finding.rule).chain(finding.also.iter().copied());
        let flagged = names().find_map(|rule| last(&self.flags.levels, rule));
        let level = flagged.or_else(|| {
            let overrides = self.settings.lint.overrides.iter().rev();
            let mut here = overrides.filter(|there| holds(there, &finding, relation));
            here.find_map(|there| names().find_map(|rule| last(&there.levels, rule)))
        });
        let level = level.or_else(|| {
            let general = names().find_map(|rule| self.settings.rules.get(rule.id).copied());
            // Who names a rule on the command line wants to hear it, but for where it was silenced on purpose.
            let asked_for = names().any(|rule| by_name(&self.flags.select, rule));
            general.filter(|level| !(asked_for && *level == RuleLevel::Off))
        });
        match level {
            Some(RuleLevel::Off) => None,
            Some(RuleLevel::At(severity)) => Some(finding.with_severity(severity)),
            None => Some(finding),
        }
    }

    /// True when the rule is switched off everywhere, by name: then what says the same is not told, either.
    fn ignored(&self, rule: &Rule) -> bool {
        by_name(&self.flags.ignore, rule) || by_name(&self.settings.lint.ignore, rule)
    }
}

/// Without these, silence would look like health: text that no rule could read.
fn always(rule: &Rule) -> bool {
    rule.severity == Severity::Error && rule.id == "syntax-error"
}

/// True when the list names the rule itself, not only its category.
fn by_name(list: &[Which], rule: &Rule) -> bool {
    list.iter().any(|which| matches!(which, Which::Rule(one) if one.id == rule.id))
}

fn last(levels: &[(Which, RuleLevel)], rule: &Rule) -> Option<RuleLevel> {
    levels.iter().rev().find(|(which, _)| which.covers(rule)).map(|(_, level)| *level)
}

fn holds(there: &LintOverride, finding: &Finding, relation: Option<&QualifiedName>) -> bool {
    let in_file = || {
        let file = finding.place.as_ref().map(|place| slashed(&place.file));
        file.is_some_and(|file| there.paths.iter().any(|pattern| pattern.matches_path(&file)))
    };
    let of_table = || match relation {
        Some(table) => there.tables.iter().any(|pattern| pattern.matches_table(&table.schema, &table.name)),
        None if finding.subject.kind.contains("table") => {
            let (schema, name) =
                finding.subject.name.split_once('.').unwrap_or(("public", &finding.subject.name));
            there.tables.iter().any(|pattern| pattern.matches_table(schema, name))
        }
        None => false,
    };
    (there.paths.is_empty() || in_file()) && (there.tables.is_empty() || of_table())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use freehold_model::{
        finding::{Category, Subject},
        place::Place,
    };

    use super::*;

    static LOCKS: Rule = Rule { id: "a-lock", code: "FH0199", category: Category::Locks, ..Rule::NEW };
    static TYPES: Rule = Rule { id: "a-type", code: "FH0799", category: Category::Types, ..Rule::NEW };
    static RULES: &[&Rule] = &[&LOCKS, &TYPES];

    fn settings(text: &str) -> Settings {
        Settings::parse(Path::new("freehold.toml"), text, RULES).unwrap()
    }

    fn flags(select: &[Which], ignore: &[Which]) -> Flags {
        Flags { select: select.to_vec(), ignore: ignore.to_vec(), levels: Vec::new() }
    }

    fn finding(rule: &'static Rule, file: &str) -> Finding {
        Finding::new(rule, Subject::new("index", "i"), "m").at(Some(Place::whole_file(Path::new(file))))
    }

    fn table(schema: &str, name: &str) -> QualifiedName {
        QualifiedName::new(schema, name)
    }

    #[test]
    fn what_is_selected_looks_and_what_is_ignored_does_not() {
        let none = Flags::default();
        let looks =
            |text: &str, flags: &Flags, rule| Selection::new(&settings(text), flags, false).looks(rule);
        assert!(looks("", &none, &LOCKS));
        assert!(!looks("[lint]\nselect = [\"types\"]", &none, &LOCKS));
        assert!(!looks("[lint]\nignore = \"FH0199\"", &none, &LOCKS));
        assert!(!looks("[rules]\nfh0199 = \"off\"", &none, &LOCKS));
        assert!(!looks("[rules]\nlocks = \"off\"", &none, &LOCKS));
        assert!(looks("[rules]\nlocks = \"off\"\na-lock = \"note\"", &none, &LOCKS));
        let only = flags(&[Which::Rule(&LOCKS)], &[]);
        assert!(looks("[lint]\nselect = [\"types\"]\n[rules]\na-lock = \"off\"", &only, &LOCKS));
        assert!(!looks("", &only, &TYPES));
        assert!(!looks("", &flags(&[], &[Which::Category(Category::Locks)]), &LOCKS));
        assert!(!looks("[lint]\nproduction-only = [\"a-lock\"]", &none, &LOCKS));
        assert!(
            Selection::new(&settings("[lint]\nproduction_only = [\"a-lock\"]"), &none, true).looks(&LOCKS)
        );
    }

    #[test]
    fn files_and_tables_have_levels_of_their_own() {
        let settings = settings(
            "[rules]\na-lock = \"error\"\n[[lint.override]]\npaths = [\"old/**\"]\nignore = [\"types\"]\n\
             levels = { locks = \"note\" }\n[[lint.override]]\ntables = [\"audit.*\"]\nignore = [\"a-lock\"]\n",
        );
        let none = Flags::default();
        let selection = Selection::new(&settings, &none, false);
        let told = |rule, file, relation: Option<&QualifiedName>| {
            selection.told(finding(rule, file), relation).map(|finding| finding.severity)
        };
        let orders = table("public", "orders");
        assert_eq!(told(&LOCKS, "new/1.sql", Some(&orders)), Some(Severity::Error));
        assert_eq!(told(&LOCKS, "old/1.sql", Some(&orders)), Some(Severity::Note));
        assert_eq!(told(&LOCKS, "old/1.sql", Some(&table("audit", "log"))), None);
        assert_eq!(told(&TYPES, "old/1.sql", None), None);
        assert_eq!(told(&TYPES, "new/1.sql", None), Some(Severity::Warning));
    }

    #[test]
    fn a_flag_has_the_last_word() {
        let settings = settings("[rules]\na-lock = \"error\"\n");
        let flags = Flags {
            levels: vec![(Which::Category(Category::Locks), RuleLevel::At(Severity::Note))],
            ..Flags::default()
        };
        let told = Selection::new(&settings, &flags, false).told(finding(&LOCKS, "a.sql"), None);
        assert_eq!(told.map(|finding| finding.severity), Some(Severity::Note));
    }
}
