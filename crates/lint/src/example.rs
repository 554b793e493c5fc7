//! Examples of rules: a few migrations in one text, so that a rule's `bad.sql` and `good.sql` can tell a history.
//!
//! A line `-- migration: NAME` begins a migration, `-- migration: NAME (no transaction)` one whose statements are sent
//! one by one, `-- migration: NAME (one message)` one that is sent as it is, `-- migration: NAME (applied)` one that was
//! applied long ago: it is only followed, and nothing that it does is complained about. `-- down:` begins its down. What
//! stands before the first such line is one migration of its own. Lines
//! `-- option: KEY VALUE` say what a project would say: `rows TABLE N`, `majors 14,15`, `application-role NAME`,
//! `query CALLS SQL` (one that runs in production), `violation TABLE N WHAT`, `tenant-column NAME`, `tenant-root NAME`,
//! `shared NAME`, `one-deployment`, `downs` (the format writes downs), `whole-schema`, `index-scans INDEX N`,
//! `live CALLS-PER-SECOND MILLISECONDS QUERY`.

use std::path::PathBuf;

use freehold_model::name::QualifiedName;
use freehold_sql::{Delivery, parse_each};

use crate::{Direction, Linted, Linter, LiveQuery, Options, Production, ScriptInfo};

/// A script of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleScript {
    /// The migration's name.
    pub name: String,
    /// Up or down.
    pub direction: Direction,
    /// Its statements are sent one by one.
    pub no_transaction: bool,
    /// It is only followed.
    pub applied: bool,
    /// It is sent as one message.
    pub one_message: bool,
    /// Its text.
    pub text: String,
}

/// What stands in parentheses behind a migration's name.
#[derive(Debug, Clone, Copy, Default)]
struct Marks {
    no_transaction: bool,
    one_message: bool,
    applied: bool,
}

impl Marks {
    /// The name without them, and them.
    fn read(name: &str) -> (String, Self) {
        let mut bare = name.to_owned();
        let mut take = |mark: &str| {
            let there = bare.contains(mark);
            bare = bare.replace(mark, "");
            there
        };
        let marks = Self {
            no_transaction: take("(no transaction)"),
            one_message: take("(one message)"),
            applied: take("(applied)"),
        };
        (bare.trim().to_owned(), marks)
    }
}

impl ExampleScript {
    fn marks(&self) -> Marks {
        Marks { no_transaction: self.no_transaction, one_message: self.one_message, applied: self.applied }
    }
}

/// An example that was read.
#[derive(Debug, Clone, Default)]
pub struct Example {
    /// Its scripts, a down right after its up.
    pub scripts: Vec<ExampleScript>,
    /// What a project would say.
    pub options: Options,
    /// The format writes downs.
    pub downs: bool,
    /// It stands for itself, as a dump does.
    pub whole_schema: bool,
}

impl Example {
    /// Reads an example.
    pub fn read(text: &str) -> Self {
        let mut example = Self::default();
        for line in text.lines() {
            if let Some(name) = line.strip_prefix("-- migration:") {
                let (bare, marks) = Marks::read(name);
                example.begin(bare, Direction::Up, marks);
            } else if line.trim() == "-- down:" {
                let (name, marks) =
                    example.scripts.last().map_or_else(Default::default, |up| (up.name.clone(), up.marks()));
                example.begin(name, Direction::Down, marks);
            } else if let Some(option) = line.strip_prefix("-- option:") {
                example.option(option.trim());
            } else {
                if example.scripts.is_empty() && !line.trim().is_empty() {
                    example.begin("1_example".to_owned(), Direction::Up, Marks::default());
                }
                if let Some(script) = example.scripts.last_mut() {
                    script.text.push_str(line);
                    script.text.push('\n');
                }
            }
        }
        example
    }

    fn begin(&mut self, name: String, direction: Direction, marks: Marks) {
        let Marks { no_transaction, one_message, applied } = marks;
        let text = String::new();
        self.scripts.push(ExampleScript { name, direction, no_transaction, one_message, applied, text });
    }

    fn option(&mut self, option: &str) {
        let (key, value) = option.split_once(' ').unwrap_or((option, ""));
        let value = value.trim();
        match key {
            "rows" => {
                if let Some((table, rows)) = value.split_once(' ') {
                    let (schema, name) = table.split_once('.').unwrap_or(("public", table));
                    if let Ok(rows) = rows.trim().parse() {
                        self.options.rows.insert(QualifiedName::new(schema, name), rows);
                    }
                }
            }
            "majors" => {
                self.options.majors =
                    value.split(',').filter_map(|major| major.trim().parse().ok()).collect();
            }
            "application-role" => self.options.application_role = Some(value.to_owned()),
            "tenant-column" => self.options.tenant_column = Some(value.to_owned()),
            "tenant-root" => self.options.tenant_root = Some(value.to_owned()),
            "shared" => self.options.shared.push(value.to_owned()),
            "index-scans" => {
                if let Some((index, scans)) = value.split_once(' ') {
                    let (schema, name) = index.split_once('.').unwrap_or(("public", index));
                    if let Ok(scans) = scans.trim().parse() {
                        let production = self.options.production.get_or_insert_default();
                        production.index_scans.insert(QualifiedName::new(schema, name), scans);
                    }
                }
            }
            "query" => self.query(value),
            "violation" => self.violation(value),
            "live" => self.live(value),
            "one-deployment" => self.options.one_deployment = true,
            "downs" => self.downs = true,
            "whole-schema" => self.whole_schema = true,
            _ => {}
        }
    }

    /// A query of production, with how often it is called before it.
    fn query(&mut self, value: &str) {
        let Some((calls, text)) = value.split_once(' ') else { return };
        let (Ok(calls), Ok(statements)) = (calls.parse(), freehold_sql::parse(text)) else { return };
        let objects = statements.iter().flat_map(|statement| &statement.effect.objects);
        let relations = objects
            .filter(|object| object.kind.is_relation())
            .map(|object| {
                QualifiedName::new(object.schema.as_deref().unwrap_or("public"), object.name.as_str())
            })
            .collect();
        let columns = freehold_sql::tree::lexemes(text).map(|lexeme| lexeme.text.to_owned()).collect();
        let query = LiveQuery { text: text.to_owned(), calls, mean_ms: 1.0, relations, columns };
        let production = self.options.production.get_or_insert_with(Production::default);
        production.seconds = 3_600.0;
        production.queries.push(query);
    }

    /// `violation TABLE N WHAT`: so many rows of a table break this.
    fn violation(&mut self, value: &str) {
        let mut words = value.splitn(3, ' ');
        if let (Some(table), Some(rows), Some(what)) = (words.next(), words.next(), words.next()) {
            let (schema, name) = table.split_once('.').unwrap_or(("public", table));
            let production = self.options.production.get_or_insert_default();
            let key = (QualifiedName::new(schema, name), what.to_owned());
            production.violations.insert(key, rows.parse().unwrap_or(0));
        }
    }

    /// A query of production: calls in a second, milliseconds of each, text. Recurses as deeply as its tree.
    fn live(&mut self, value: &str) {
        let mut parts = value.splitn(3, ' ');
        let mut number = || parts.next().and_then(|part| part.parse::<f64>().ok());
        let (Some(calls), Some(mean_ms)) = (number(), number()) else { return };
        let text = parts.next().unwrap_or_default().to_owned();
        let mut relations = Vec::new();
        parse_each(&text, &mut |outcome| {
            let objects = outcome.map(|parsed| parsed.statement.effect.objects).unwrap_or_default();
            relations.extend(objects.into_iter().map(|object| {
                QualifiedName::new(object.schema.unwrap_or_else(|| "public".to_owned()), object.name)
            }));
        });
        let production = self.options.production.get_or_insert_default();
        production.seconds = 1_000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "examples count in small numbers"
        )]
        let calls = (calls * production.seconds) as u64;
        production.queries.push(LiveQuery { text, calls, mean_ms, relations, columns: Vec::new() });
    }

    /// What the linter is told of each script.
    pub fn infos(&self) -> Vec<ScriptInfo> {
        let has_down =
            |at: usize| self.scripts.get(at + 1).is_some_and(|next| next.direction == Direction::Down);
        let info = |(at, script): (usize, &ExampleScript)| ScriptInfo {
            version: script.name.split('_').next().unwrap_or("").to_owned(),
            label: script.name.clone(),
            file: PathBuf::from(format!("{}.sql", script.name)),
            direction: script.direction,
            delivery: match (script.no_transaction, script.one_message) {
                (true, _) => Delivery::Separate,
                (false, true) => Delivery::Implicit,
                (false, false) => Delivery::Wrapped,
            },
            asked_for_no_transaction: script.no_transaction,
            wanted: !script.applied,
            down_missing: self.downs && script.direction == Direction::Up && !has_down(at),
            whole_schema: self.whole_schema,
        };
        self.scripts.iter().enumerate().map(info).collect()
    }

    /// Lints it by its text alone, with all rules. Recurses as deeply as the trees: see [`freehold_sql::deep_thread`].
    pub fn lint(&self) -> Linted {
        let mut linter = Linter::new(self.options.clone(), |_| true);
        for (script, info) in self.scripts.iter().zip(self.infos()) {
            linter.begin(info);
            parse_each(&script.text, &mut |outcome| match outcome {
                Ok(parsed) => linter.statement(&parsed, &script.text, None),
                Err(_) => linter.unreadable(),
            });
            linter.end();
        }
        linter.finish()
    }
}

/// What all rules say of an example by its text alone: id of the rule, and message. On a thread with a deep stack.
pub fn said(text: &str) -> Vec<(&'static str, String)> {
    let text = text.to_owned();
    let work = move || {
        let linted = Example::read(&text).lint();
        linted.found.into_iter().map(|found| (found.rule.rule.id, found.message)).collect()
    };
    freehold_sql::deep_thread().spawn(work).ok().and_then(|thread| thread.join().ok()).unwrap_or_default()
}

/// The ids of the rules that say something of an example by its text alone.
pub fn ids(text: &str) -> Vec<&'static str> {
    said(text).into_iter().map(|(id, _)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_a_history() {
        let example = Example::read(
            "-- option: rows app.users 3\n-- migration: 1_a\nselect 1;\n-- down:\nselect 2;\n-- migration: 2_b (no transaction)\nselect 3;\n",
        );
        let names: Vec<_> =
            example.scripts.iter().map(|s| (s.name.as_str(), s.direction, s.no_transaction)).collect();
        assert_eq!(
            names,
            [("1_a", Direction::Up, false), ("1_a", Direction::Down, false), ("2_b", Direction::Up, true)]
        );
        assert_eq!(example.options.rows.get(&QualifiedName::new("app", "users")), Some(&3));
    }
}
