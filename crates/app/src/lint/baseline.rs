//! The baseline: findings that an old project knows and does not want to be told of again.
//!
//! A known finding is recognised by its rule, its migration, its subject and the text that it is about; lines and white
//! space do not count. The file has one finding on each line, in a steady order, so that a merge of two is easy.

mod error;

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use freehold_model::finding::Rule;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use error::BaselineError;

use super::heard::Heard;
use crate::report::{Sources, slashed};

/// The name of the file unless another one is named.
pub const FILE_NAME: &str = "freehold-baseline.json";

/// The version of the file's shape.
const VERSION: u32 = 1;

/// Findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// How often each is known.
    known: BTreeMap<Known, usize>,
}

/// A finding that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    /// The version of its migration, or its file where it has none.
    migration: String,
    /// The rule's id.
    rule: String,
    /// What it is about.
    subject: String,
    /// A hash of the text that it is about.
    text: String,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    #[serde(flatten)]
    known: Known,
    #[serde(default = "once", skip_serializing_if = "is_once")]
    times: usize,
}

fn once() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_once(times: &usize) -> bool {
    *times == 1
}

#[derive(Debug, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Line>,
}

/// What a migration is called in a baseline, by its file as reports name it.
pub(crate) type Names = BTreeMap<String, String>;

impl Baseline {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read or is no baseline.
    pub fn read(path: &Path) -> Result<Self, BaselineError> {
        let unreadable = |source| BaselineError::Unreadable { path: path.to_owned(), source };
        let text = fs::read_to_string(path).map_err(unreadable)?;
        let damaged = |source| BaselineError::Damaged { path: path.to_owned(), source };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(damaged)?;
        // Which version it is must be known before its shape is judged.
        let version = value.get("version").and_then(serde_json::Value::as_u64).unwrap_or(0);
        if let Ok(version) = u32::try_from(version)
            && version > VERSION
        {
            return Err(BaselineError::Newer { path: path.to_owned(), version });
        }
        let file: File = serde_json::from_value(value).map_err(damaged)?;
        debug_assert!(file.version <= VERSION, "newer ones are refused above");
        let mut known = BTreeMap::new();
        for line in file.findings {
            *known.entry(line.known).or_insert(0) += line.times;
        }
        Ok(Self { known })
    }

    /// Writes the file whole or not at all.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn write(&self, path: &Path) -> Result<(), BaselineError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let replaced = || -> io::Result<()> {
            let mut builder = tempfile::Builder::new();
            builder.prefix(".freehold-baseline.").suffix(".new");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                // As any file that a person makes: what the umask leaves of it.
                builder.permissions(fs::Permissions::from_mode(0o666));
            }
            let mut file = builder.tempfile_in(folder)?;
            file.write_all(self.text().as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(path).map(drop).map_err(|error| error.error)
        };
        replaced().map_err(|source| BaselineError::Unwritable { path: path.to_owned(), source })
    }

    /// The file's text: one finding on each line.
    pub fn text(&self) -> String {
        let lines: Vec<String> = self
            .known
            .iter()
            .map(|(known, times)| Line { known: known.clone(), times: *times })
            .filter_map(|line| serde_json::to_string(&line).ok())
            .map(|line| format!("    {line}"))
            .collect();
        let findings = if lines.is_empty() { String::new() } else { format!("\n{}\n  ", lines.join(",\n")) };
        format!("{{\n  \"version\": {VERSION},\n  \"findings\": [{findings}]\n}}\n")
    }

    /// How many findings it knows.
    pub fn len(&self) -> usize {
        self.known.values().sum()
    }

    /// True when it knows none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// All of these findings, and what this one knows of the rules and migrations that were not looked at.
    pub(crate) fn with(
        &self,
        heard: &[Heard],
        sources: &Sources,
        names: &Names,
        looked: &Looked<'_>,
    ) -> Self {
        let mut known: BTreeMap<Known, usize> =
            self.known.iter().filter(|(known, _)| !looked.at(known)).map(|(k, n)| (k.clone(), *n)).collect();
        for heard in heard {
            *known.entry(known_of(heard, sources, names)).or_insert(0) += 1;
        }
        Self { known }
    }

    /// The findings that it does not know, and what it knows that is found no more, one line for each.
    pub(crate) fn sifted(
        mut self,
        heard: Vec<Heard>,
        sources: &Sources,
        names: &Names,
        looked: &Looked<'_>,
    ) -> (Vec<Heard>, Vec<String>) {
        let new = heard
            .into_iter()
            .filter(|heard| {
                let mut keys = keys(heard, sources, names);
                !keys.any(|key| match self.known.get_mut(&key) {
                    Some(left) if *left > 0 => {
                        *left -= 1;
                        true
                    }
                    _ => false,
                })
            })
            .collect();
        let gone = self
            .known
            .iter()
            .filter(|(known, left)| **left > 0 && looked.at(known))
            .map(|(known, left)| {
                let times = if *left == 1 { String::new() } else { format!(" ({left} times)") };
                format!("{}: {} in {}{times}", known.rule, known.subject, known.migration)
            })
            .collect();
        (new, gone)
    }
}

/// What a run has looked at: of the rest, absence says nothing.
pub(crate) struct Looked<'a> {
    /// Whether a rule has looked.
    pub(crate) rule: &'a dyn Fn(&Rule) -> bool,
    /// The migrations, as the baseline calls them, that were not judged.
    pub(crate) passed_over: &'a dyn Fn(&str) -> bool,
}

impl Looked<'_> {
    fn at(&self, known: &Known) -> bool {
        let rule = crate::rules::named(&known.rule);
        // A rule that is gone finds nothing any more.
        rule.is_none_or(self.rule) && !(self.passed_over)(&known.migration)
    }
}

/// What a finding may be known as: by its rule, or by one that says the same from a weaker depth.
fn keys(heard: &Heard, sources: &Sources, names: &Names) -> impl Iterator<Item = Known> {
    let own = known_of(heard, sources, names);
    let also: Vec<Known> =
        heard.finding.also.iter().map(|rule| Known { rule: rule.id.to_owned(), ..own.clone() }).collect();
    std::iter::once(own).chain(also)
}

fn known_of(heard: &Heard, sources: &Sources, names: &Names) -> Known {
    let finding = &heard.finding;
    let file = finding.place.as_ref().map(|place| slashed(&place.file)).unwrap_or_default();
    let marked = finding
        .place
        .as_ref()
        .and_then(|place| sources.text(&file)?.get(place.span.start..place.span.end))
        .unwrap_or_default();
    let folded: Vec<&str> = marked.split_whitespace().collect();
    let mut hash = hex::encode(Sha256::digest(folded.join(" ").as_bytes()));
    hash.truncate(16);
    Known {
        migration: names.get(&file).cloned().unwrap_or(file),
        rule: finding.rule.id.to_owned(),
        subject: finding.subject.to_string(),
        text: hash,
    }
}

#[cfg(test)]
mod tests {
    use freehold_model::{
        finding::{Finding, Rule, Subject},
        place::{LineIndex, Place, Span},
    };

    use super::*;

    static RULE: Rule = Rule { id: "a-rule", ..Rule::NEW };
    const ALL: Looked<'_> = Looked { rule: &|_| true, passed_over: &|_| false };

    fn heard(text: &str, marked: &str, subject: &str) -> (Heard, Sources) {
        let start = text.find(marked).unwrap();
        let span = Span::new(start, start + marked.len());
        let place = Place::in_file(Path::new("1_a.sql"), text, &LineIndex::new(text), span);
        let mut sources = Sources::new();
        sources.add(Path::new("1_a.sql"), text);
        (Finding::new(&RULE, Subject::new("table", subject), "m").at(Some(place)).into(), sources)
    }

    fn names() -> Names {
        Names::from([("1_a.sql".to_owned(), "1".to_owned())])
    }

    #[test]
    fn a_known_finding_is_known_on_another_line_and_once_only() {
        let (first, sources) = heard("drop table a;", "drop table a", "a");
        let baseline = Baseline::default().with(&[first], &sources, &names(), &ALL);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.json");
        baseline.write(&path).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), baseline);

        let (moved, sources) = heard("-- x\n\ndrop  table\n a;", "drop  table\n a", "a");
        let (left, gone) = baseline.clone().sifted(vec![moved.clone()], &sources, &names(), &ALL);
        assert!(left.is_empty() && gone.is_empty());
        let (left, _) = baseline.clone().sifted(vec![moved.clone(), moved], &sources, &names(), &ALL);
        assert_eq!(left.len(), 1, "a second one of the kind is new");
        let (other, sources) = heard("drop table b;", "drop table b", "b");
        let (left, gone) = baseline.sifted(vec![other], &sources, &names(), &ALL);
        assert_eq!((left.len(), gone), (1, vec!["a-rule: table a in 1".to_owned()]));
    }

    #[test]
    fn what_was_not_looked_at_is_neither_gone_nor_forgotten() {
        let (first, sources) = heard("drop table a;", "drop table a", "a");
        let baseline = Baseline::default().with(&[first], &sources, &names(), &ALL);
        let looked = Looked { rule: &|_| true, passed_over: &|migration| migration == "1" };
        let (_, gone) = baseline.clone().sifted(Vec::new(), &sources, &names(), &looked);
        assert!(gone.is_empty());
        assert_eq!(baseline.with(&[], &sources, &names(), &looked), baseline);
        assert!(baseline.with(&[], &sources, &names(), &ALL).is_empty());
    }

    #[test]
    fn damage_and_newer_files_are_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b.json");
        let error = |text: &str| {
            fs::write(&path, text).unwrap();
            Baseline::read(&path).unwrap_err().to_string()
        };
        assert!(error("{").contains("is damaged"));
        assert!(error("{\"version\": 1}").contains("is damaged"));
        assert!(error("{\"version\": 9, \"other\": 1}").contains("newer Freehold"));
        assert!(Baseline::read(&dir.path().join("none")).unwrap_err().help().contains("--write-baseline"));
    }
}
