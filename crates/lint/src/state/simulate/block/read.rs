//! The body of a block, as far as it is made of commands, questions to the catalog and handlers.

use freehold_sql::tree::{Lexeme, LexemeKind, lexemes};

/// What must hold for the commands below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    /// What they make is not there: `IF NOT EXISTS (SELECT ... FROM pg_type ...)`, `WHEN duplicate_object`.
    NotThere,
    /// What they change is there: `IF EXISTS (SELECT ... FROM pg_class ...)`, `WHEN undefined_table`.
    There,
    /// Something else.
    Other,
}

/// A piece of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    /// It changes no schema.
    Harmless,
    /// A command.
    Command(String),
    /// Commands below a condition.
    If(Condition, Vec<Item>),
    /// Commands without a handler: all are carried out, or everything fails.
    All(Vec<Item>),
    /// Commands with a handler for this.
    Guarded(Condition, Vec<Item>),
    /// What it does is not in the text.
    Opaque,
}

/// The pieces of a body; none when it has a shape that is not read: loops, cases, labels.
pub(super) fn items(body: &str) -> Option<Vec<Item>> {
    let words: Vec<Lexeme<'_>> = lexemes(body).collect();
    let mut reader = Reader { body, words: &words, at: 0 };
    let item = reader.block()?;
    (reader.at >= words.len()).then(|| vec![item])
}

struct Reader<'t> {
    body: &'t str,
    words: &'t [Lexeme<'t>],
    at: usize,
}

impl<'t> Reader<'t> {
    fn is(&self, word: &str) -> bool {
        self.words.get(self.at).is_some_and(|lexeme| lexeme.is(word))
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.is(word) || self.words.get(self.at).is_some_and(|lexeme| lexeme.text == word);
        self.at += usize::from(found);
        found
    }

    /// `[DECLARE ...] BEGIN ... [EXCEPTION ...] END`.
    fn block(&mut self) -> Option<Item> {
        if self.take("declare") {
            while !self.is("begin") {
                self.words.get(self.at)?;
                self.at += 1;
            }
        }
        if !self.take("begin") {
            return None;
        }
        let items = self.until(&["exception", "end"])?;
        let mut condition = None;
        if self.take("exception") {
            while self.take("when") {
                let mut names = Vec::new();
                while !self.take("then") {
                    names.push(self.words.get(self.at)?.text.to_ascii_lowercase());
                    self.at += 1;
                }
                let handled = self.until(&["when", "end"])?;
                let handler = if handled.iter().all(|item| *item == Item::Harmless) {
                    caught(&names)
                } else {
                    Condition::Other
                };
                condition =
                    Some(condition.map_or(handler, |before| {
                        if before == handler { handler } else { Condition::Other }
                    }));
            }
        }
        if !self.take("end") {
            return None;
        }
        self.take(";");
        match condition {
            _ if items.iter().all(|item| *item == Item::Harmless) => Some(Item::Harmless),
            Some(condition) => Some(Item::Guarded(condition, items)),
            None => Some(Item::All(items)),
        }
    }

    fn until(&mut self, ends: &[&str]) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        while !ends.iter().any(|end| self.is(end)) {
            items.push(self.item()?);
        }
        Some(items)
    }

    fn item(&mut self) -> Option<Item> {
        let first = self.words.get(self.at)?;
        if first.is("begin") || first.is("declare") {
            return self.block();
        }
        if first.is("if") {
            return self.branch();
        }
        if ["loop", "for", "foreach", "while", "case"].iter().any(|word| first.is(word)) {
            return None;
        }
        let start = self.at;
        let mut depth = 0_i32;
        loop {
            let word = self.words.get(self.at)?;
            match word.text {
                "(" => depth += 1,
                ")" => depth -= 1,
                ";" if depth == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        let words = self.words.get(start..self.at)?;
        self.at += 1;
        Some(self.command(words))
    }

    /// `IF ... THEN ... [ELSE ...] END IF;`
    fn branch(&mut self) -> Option<Item> {
        self.at += 1;
        let start = self.at;
        while !self.is("then") {
            self.words.get(self.at)?;
            self.at += 1;
        }
        let condition = asked(self.words.get(start..self.at)?);
        self.at += 1;
        let items = self.until(&["elsif", "elseif", "else", "end"])?;
        let mut other = Vec::new();
        if self.take("else") {
            other = self.until(&["end"])?;
        }
        // Further conditions are not read.
        let whole = self.take("end") && self.take("if") && self.take(";");
        if !whole {
            return None;
        }
        let is_harmless = |items: &[Item]| items.iter().all(|item| *item == Item::Harmless);
        if is_harmless(&items) && is_harmless(&other) {
            return Some(Item::Harmless);
        }
        let condition = if is_harmless(&other) { condition } else { Condition::Other };
        Some(Item::If(condition, items.into_iter().chain(other).collect()))
    }

    fn command(&self, words: &[Lexeme<'t>]) -> Item {
        const HARMLESS: &[&str] = &[
            "raise", "null", "insert", "update", "delete", "select", "with", "return", "get", "assert",
            "lock",
        ];
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Item::Harmless };
        let assigned = words.get(1).is_some_and(|word| matches!(word.text, ":" | "=" | ":="));
        if assigned || HARMLESS.iter().any(|word| first.is(word)) {
            return Item::Harmless;
        }
        if first.kind != LexemeKind::Word || first.is("execute") || first.is("perform") || first.is("call") {
            return Item::Opaque;
        }
        let sql = self.body.get(first.span.start..last.span.end).unwrap_or("");
        Item::Command(sql.to_owned())
    }
}

/// What a handler is for.
fn caught(names: &[String]) -> Condition {
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != "or").collect();
    if names.iter().all(|name| name.starts_with("duplicate_")) {
        Condition::NotThere
    } else if names.iter().all(|name| name.starts_with("undefined_")) {
        Condition::There
    } else {
        Condition::Other
    }
}

/// What a condition asks the catalog.
fn asked(words: &[Lexeme<'_>]) -> Condition {
    const CATALOG: &[&str] = &["pg_catalog", "information_schema"];
    let asks = words.iter().any(|word| {
        let text = word.text.to_ascii_lowercase();
        CATALOG.contains(&text.as_str()) || (text.starts_with("pg_") && word.kind == LexemeKind::Word)
    });
    let joined = words.iter().any(|word| word.is("or"));
    match words {
        _ if !asks || joined => Condition::Other,
        [not, exists, ..] if not.is("not") && exists.is("exists") => Condition::NotThere,
        [exists, ..] if exists.is("exists") => Condition::There,
        _ => Condition::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_with_what_they_depend_on() {
        let body = "BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'a') THEN CREATE TYPE a AS ENUM (); END IF; END";
        let command = |sql: &str| Item::Command(sql.to_owned());
        assert_eq!(
            items(body),
            Some(vec![Item::All(vec![Item::If(
                Condition::NotThere,
                vec![command("CREATE TYPE a AS ENUM ()")]
            )])])
        );
        let body = "begin alter table a add b int; exception when duplicate_column or duplicate_table then null; end;";
        assert_eq!(
            items(body),
            Some(vec![Item::Guarded(Condition::NotThere, vec![command("alter table a add b int")])])
        );
        assert_eq!(
            items("BEGIN IF x > 3 THEN RAISE EXCEPTION 'no'; END IF; n := 3; END"),
            Some(vec![Item::Harmless])
        );
        assert_eq!(items("BEGIN FOR i IN 1..3 LOOP NULL; END LOOP; END"), None);
        assert_eq!(items("BEGIN EXECUTE 'drop table a'; END"), Some(vec![Item::All(vec![Item::Opaque])]));
    }
}
