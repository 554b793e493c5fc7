//! `-- freehold: allow RULE because REASON`: what the author of a script knows and wants no more to be told of.
//!
//! The comments and where they hold are those of [`freehold_migrate::allow`]; the words may be rules or the destructive
//! words of the runner, which cover the rules that say the same.

use std::path::{Path, PathBuf};

use freehold_migrate::{
    Folder, Script,
    allow::{AllowError, Allowance, Permit, RulePermit, Scope, allowances, judge, rules_of, same_object},
    destructive::destructive,
};
use freehold_model::{
    finding::{Finding, Rule},
    name::QualifiedName,
    place::{Place, Span},
};
use freehold_sql::Statement;

use super::heard::Heard;
use crate::{
    file_rules,
    rules::{ALL, UnknownRule, named},
};

/// The comments of a folder, with what was allowed by each.
#[derive(Debug, Default)]
pub(crate) struct Comments {
    comments: Vec<Comment>,
    /// What is wrong with comments.
    remarks: Vec<Finding>,
}

/// One comment.
#[derive(Debug)]
struct Comment {
    /// Where it stands, relative to the project.
    place: Place,
    /// The bytes of its file for which it holds; none when it holds for nothing.
    holds: Option<Span>,
    words: Vec<Word>,
    /// It stands in front of the script, where it may be meant for another one of the same file.
    outside: bool,
}

/// A word of a comment.
#[derive(Debug)]
struct Word {
    /// As it is written, with its object.
    shown: String,
    /// The rules that it covers.
    rules: Vec<&'static Rule>,
    object: Option<String>,
    used: bool,
    /// It is a word of the runner, and the runner would need it.
    needed: bool,
    /// It is a word of the runner, which looks at every script.
    of_runner: bool,
}

impl Comments {
    /// Reads the comments of the migrations whose findings are wanted.
    pub(crate) fn read(folder: &Folder, project: &Path, wanted: &dyn Fn(usize) -> bool) -> Self {
        let mut comments = Self::default();
        for (number, migration) in folder.migrations.iter().enumerate() {
            if !wanted(number) {
                continue;
            }
            for script in std::iter::once(&migration.up).chain(migration.down.as_ref()) {
                // Reading a script once more is for those few that have such a comment.
                if has_mark(&script.file.text) {
                    comments.script(script, project);
                }
            }
        }
        comments
    }

    fn script(&mut self, script: &Script, project: &Path) {
        let statements = statements(script);
        let (allowances, errors) = allowances(script, &statements);
        let needed = needed(script, &statements, &allowances);
        for allowance in allowances {
            let comment = self.comment(script, &statements, allowance, &needed, project);
            // Two scripts of one file may both have the same comment in front of them.
            self.comments.extend(comment);
        }
        for error in errors {
            let remark = remark(&error, relative(error.place().clone(), project));
            if !self.remarks.contains(&remark) {
                self.remarks.push(remark);
            }
        }
    }

    fn comment(
        &mut self,
        script: &Script,
        statements: &[Statement],
        allowance: Allowance,
        needed: &[(Permit, Place)],
        project: &Path,
    ) -> Option<Comment> {
        let mut words: Vec<Word> = Vec::new();
        for permit in &allowance.permits {
            let needed = needed.iter().any(|(one, place)| one == permit && *place == allowance.place);
            words.push(Word {
                shown: permit.to_string(),
                rules: rules_of(permit.word).iter().filter_map(|id| named(id)).collect(),
                object: permit.object.clone(),
                used: false,
                needed,
                of_runner: true,
            });
        }
        let place = relative(allowance.place, project);
        for permit in &allowance.rules {
            match named(&permit.rule) {
                Some(rule) => words.push(word_of(rule, permit)),
                None => {
                    let error = UnknownRule::new(&ALL, &permit.rule);
                    let message = format!("{error}, so `allow {permit}` allows nothing");
                    let help = sentence(&error.help());
                    let words = format!("allow {permit}");
                    let remark = file_rules::allow_unknown(&words, message, help, place.clone());
                    if !self.remarks.contains(&remark) {
                        self.remarks.push(remark);
                    }
                }
            }
        }
        let holds = holds(script, statements, allowance.scope);
        let outside = allowance.scope == Scope::Script { outside: true };
        (!words.is_empty()).then_some(Comment { place, holds, words, outside })
    }

    /// The findings that no comment allows.
    pub(crate) fn apply(&mut self, findings: Vec<Heard>) -> Vec<Heard> {
        if self.comments.is_empty() {
            return findings;
        }
        findings.into_iter().filter(|heard| !self.allow(&heard.finding, heard.relation.as_ref())).collect()
    }

    /// True when a comment allows it; every word that does counts as used.
    fn allow(&mut self, finding: &Finding, relation: Option<&QualifiedName>) -> bool {
        let Some(place) = &finding.place else { return false };
        let mut allowed = false;
        for comment in self.comments.iter_mut().filter(|comment| comment.covers(place)) {
            for word in &mut comment.words {
                if word.means(finding, relation) {
                    word.used = true;
                    allowed = true;
                }
            }
        }
        allowed
    }

    /// What is wrong with the comments, once all findings were held against them. `looked` says whether a rule has looked
    /// in this run: only then its silence means something.
    pub(crate) fn remarks(self, looked: &dyn Fn(&Rule) -> bool) -> Vec<Finding> {
        let mut remarks = self.remarks;
        for comment in self.comments.iter().filter(|comment| !comment.outside) {
            for word in &comment.words {
                let silent = word.of_runner || word.rules.iter().all(|rule| looked(rule));
                let unused = !word.used && !word.needed;
                if comment.holds.is_none() || (unused && silent) {
                    let place = comment.place.clone();
                    remarks.push(file_rules::allow_unused(&word.shown, comment.holds.is_none(), place));
                }
            }
        }
        remarks
    }
}

impl Comment {
    fn covers(&self, place: &Place) -> bool {
        let inside = |span: Span| span.start <= place.span.start && place.span.start < span.end.max(1);
        self.place.file == place.file && self.holds.is_some_and(inside)
    }
}

impl Word {
    fn means(&self, finding: &Finding, relation: Option<&QualifiedName>) -> bool {
        let covered = |rule: &Rule| self.rules.iter().any(|one| one.id == rule.id);
        let about = |object: &str| {
            same_object(object, &finding.subject.name)
                || relation.is_some_and(|relation| same_object(object, &relation.to_string()))
        };
        (covered(finding.rule) || finding.also.iter().any(|rule| covered(rule)))
            && self.object.as_deref().is_none_or(about)
    }
}

fn word_of(rule: &'static Rule, permit: &RulePermit) -> Word {
    Word {
        shown: permit.to_string(),
        rules: vec![rule],
        object: permit.object.clone(),
        used: false,
        needed: false,
        of_runner: false,
    }
}

/// A quick look for `freehold:` in any case.
fn has_mark(text: &str) -> bool {
    const MARK: &[u8] = b"freehold";
    let bytes = text.as_bytes();
    // Few texts have many colons; comparing before each is quicker than folding the case of all.
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b':').any(|(colon, _)| {
        let before = bytes.get(..colon).unwrap_or(&[]).trim_ascii_end();
        let start = before.len().saturating_sub(MARK.len());
        before.get(start..).is_some_and(|word| word.eq_ignore_ascii_case(MARK))
    })
}

/// The statements that can be read; spans are bytes of the script's text.
fn statements(script: &Script) -> Vec<Statement> {
    let whole = [Span::new(0, script.text().len())];
    let mut statements = Vec::new();
    for piece in script.pieces.as_deref().unwrap_or(&whole) {
        let text = script.text().get(piece.start..piece.end).unwrap_or("");
        for mut statement in freehold_sql::parse_lenient(text).into_iter().flatten() {
            statement.span = statement.span.shifted(piece.start);
            statement.copy_data = statement.copy_data.map(|rows| rows.shifted(piece.start));
            statements.push(statement);
        }
    }
    statements
}

/// The destructive words of the comments that the runner would need, each with its comment.
fn needed(script: &Script, statements: &[Statement], allowances: &[Allowance]) -> Vec<(Permit, Place)> {
    if allowances.iter().all(|allowance| allowance.permits.is_empty()) {
        return Vec::new();
    }
    let judged = judge(script, statements, destructive(script, statements));
    let unused = |permit: &Permit, place: &Place| {
        judged.unused.iter().any(|unused| unused.permit == *permit && unused.place == *place)
    };
    let all = allowances.iter().flat_map(|allowance| {
        allowance.permits.iter().map(move |permit| (permit.clone(), allowance.place.clone()))
    });
    all.filter(|(permit, place)| !unused(permit, place)).collect()
}

/// The bytes of the file for which a comment holds.
fn holds(script: &Script, statements: &[Statement], scope: Scope) -> Option<Span> {
    match scope {
        // What is said of the file as a whole stands at its first byte, before a byte order mark.
        Scope::Script { .. } if script.span.start <= script.file.body().start => {
            Some(Span::new(0, script.span.end))
        }
        Scope::Script { .. } => Some(script.span),
        Scope::Statement(index) => statements.get(index).map(|s| s.span.shifted(script.span.start)),
        Scope::Nothing => None,
    }
}

fn remark(error: &AllowError, place: Place) -> Finding {
    let unknown = |words: &str, message: String, help: String, place| {
        file_rules::allow_unknown(words, message, help, place)
    };
    match error {
        AllowError::NoReason { words, .. } => file_rules::allow_without_reason(words, place),
        AllowError::UnknownWord { word, nearest, .. } => {
            let rule = UnknownRule::new(&ALL, &word.replace('_', "-"));
            let near = nearest.map(str::to_owned).or(rule.nearest);
            let help = near.map_or("`freehold rules` lists what can be allowed.".to_owned(), |near| {
                format!("Did you mean `{near}`?")
            });
            let message = format!("`{word}` is nothing that can be allowed, so the comment allows nothing");
            unknown(&format!("allow {word}"), message, help, place)
        }
        AllowError::NoWords { .. } => {
            let help = "Write `-- freehold: allow RULE because REASON`.".to_owned();
            unknown("allow", "`allow` does not say what is allowed".to_owned(), help, place)
        }
        AllowError::UnknownMark { mark, .. } => {
            let message = format!("`freehold: {mark}` means nothing");
            unknown(mark, message, "Did you mean `freehold: allow`?".to_owned(), place)
        }
    }
}

fn sentence(help: &str) -> String {
    let mut letters = help.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if help.ends_with('?') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn relative(mut place: Place, project: &Path) -> Place {
    place.file = place.file.strip_prefix(project).map_or_else(|_| place.file.clone(), PathBuf::from);
    place
}

#[cfg(test)]
mod tests {
    use freehold_migrate::destructive::WORDS;

    use super::*;

    #[test]
    fn every_rule_that_says_the_same_as_a_destructive_word_is_there() {
        let ids = WORDS.iter().flat_map(|(word, _)| rules_of(word));
        let missing: Vec<&&str> = ids.filter(|id| named(id).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_mark_is_found_in_any_case_and_no_other_colon_is_one() {
        for text in ["-- freehold: allow", "--FREEHOLD :allow", "select a::int; /* Freehold: */"] {
            assert!(has_mark(text), "{text}");
        }
        for text in ["select a::int", "-- free: hold", "freehold", ":", ""] {
            assert!(!has_mark(text), "{text}");
        }
    }
}
