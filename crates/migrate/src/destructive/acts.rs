//! A statement and what it runs inside: the bodies of `DO` blocks, and of functions that were made here and are called.

use freehold_model::name::quote_identifier;
use freehold_model::place::Span;
use freehold_sql::{Effect, ObjectKind, Statement, StatementKind, Use, headline};

use super::dynamic::{self, Template};
use super::judge::harms;
use super::plpgsql::{Piece, pieces};
use super::tokens::{Token, tokens};

/// Something that is done.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// One statement of SQL.
    Sql {
        effect: Box<Effect>,
        text: String,
        /// Where it, or what runs it, stands in the script.
        span: Span,
        /// It runs whenever the script does.
        sure: bool,
    },
    /// Something whose text is not there.
    Unseen { why: String, text: String, span: Span },
}

/// How deep functions that call functions are followed.
const DEEPEST: usize = 8;

/// The longest expression that is shown in a reason, in characters.
const SHOWN: usize = 60;

/// Words of which one must be there for anything to be destroyed.
const RISKY: &[&str] = &["drop", "truncate", "delete", "update", "alter", "execute", "cascade", "call"];

/// A function or procedure that a script has made.
#[derive(Debug, Clone)]
struct Routine {
    schema: Option<String>,
    name: String,
    language: String,
    body: String,
}

/// Unfolds statements, and remembers the functions that they make.
#[derive(Debug, Default)]
pub(super) struct Unfolder {
    routines: Vec<Routine>,
}

/// Where a text that is run stands: where its first byte is in the script, when it stands there as it is, and what to
/// point at else.
#[derive(Debug, Clone, Copy)]
struct Site {
    base: Option<usize>,
    outer: Span,
    depth: usize,
}

impl Site {
    fn span(self, inner: Span) -> Span {
        self.base.map_or(self.outer, |base| inner.shifted(base))
    }

    /// The site of a text inside.
    fn inside(self, at: Option<usize>, outer: Span) -> Self {
        let base = self.base.zip(at).map(|(base, at)| base + at);
        Self { base, outer: self.span(outer), depth: self.depth + 1 }
    }
}

impl Unfolder {
    /// What a statement of a script does: itself, and what it runs.
    pub(super) fn unfold(&mut self, statement: &Statement, script: &str) -> Vec<Act> {
        let mut acts = Vec::new();
        let text = statement.text(script);
        let site = Site { base: Some(statement.span.start), outer: statement.span, depth: 0 };
        self.statement(&statement.effect, text, site, true, &mut acts);
        acts
    }

    fn statement(&mut self, effect: &Effect, text: &str, site: Site, sure: bool, acts: &mut Vec<Act>) {
        let span = site.span(Span::new(0, text.len()));
        if effect.kind == StatementKind::Do {
            let words = tokens(text);
            match body_of(&words) {
                Some((code, at)) => {
                    let language = language_of(&words).unwrap_or_else(|| "plpgsql".to_owned());
                    let site = site.inside(at, Span::new(0, text.len()));
                    self.body(&language, &code, site, acts);
                }
                None => acts.push(unseen("its body is not in the text", text, span)),
            }
            return;
        }
        self.learn(effect, text);
        acts.push(Act::Sql { effect: Box::new(effect.clone()), text: text.to_owned(), span, sure });
        let told_by_itself =
            matches!(effect.kind, StatementKind::DropOwned | StatementKind::ImportForeignSchema);
        if effect.opaque && !told_by_itself {
            self.hidden(effect, text, site, changes_rows(effect.kind), acts);
        }
    }

    /// What a statement runs that its own text does not show. With `for_values` functions that are not known here are
    /// taken to be called for their values.
    fn hidden(&mut self, effect: &Effect, text: &str, site: Site, for_values: bool, acts: &mut Vec<Act>) {
        let span = site.span(Span::new(0, text.len()));
        let procedure = effect.objects.iter().filter(|object| object.kind == ObjectKind::Procedure);
        let mut called: Vec<String> = procedure
            .filter(|object| object.use_ == Use::Reads)
            .map(|object| {
                object
                    .schema
                    .iter()
                    .map(String::as_str)
                    .chain([object.name.as_str()])
                    .collect::<Vec<_>>()
                    .join(".")
            })
            .collect();
        called.extend(effect.calls.iter().filter(|call| !is_built_in(call)).cloned());
        called.sort();
        called.dedup();
        if called.is_empty() {
            let why = effect.opaque_because.as_deref().unwrap_or("what it does is not in the text");
            acts.push(unseen(why, text, span));
        }
        for call in called {
            let bodies = self.routines_named(&call);
            if bodies.is_empty() && !for_values {
                acts.push(unseen(&format!("what the function {call} does is not in the text"), text, span));
            }
            for routine in bodies {
                // The call is what the user sees; the function may stand in another script.
                let site = Site { base: None, outer: span, depth: site.depth + 1 };
                self.body(&routine.language, &routine.body, site, acts);
            }
        }
    }

    fn body(&mut self, language: &str, code: &str, site: Site, acts: &mut Vec<Act>) {
        if site.depth > DEEPEST {
            acts.push(unseen("its functions call each other too deeply to be followed", code, site.outer));
            return;
        }
        match language {
            "plpgsql" => {
                for piece in pieces(code) {
                    self.piece(&piece, code, site, acts);
                }
            }
            "sql" => self.script(code, site, acts),
            other => acts.push(unseen(&format!("its body is written in {other}"), code, site.outer)),
        }
    }

    fn script(&mut self, code: &str, site: Site, acts: &mut Vec<Act>) {
        match freehold_sql::parse(code) {
            Ok(statements) => {
                for statement in statements {
                    let site = site.inside(Some(statement.span.start), statement.span);
                    self.statement(&statement.effect, statement.text(code), site, false, acts);
                }
            }
            Err(_) if is_risky(code) => acts.push(unseen("its body cannot be parsed", code, site.outer)),
            Err(_) => {}
        }
    }

    fn piece(&mut self, piece: &Piece, code: &str, site: Site, acts: &mut Vec<Act>) {
        let (Piece::Sql { span, .. } | Piece::Expression { span } | Piece::Execute { span }) = piece;
        let text = code.get(span.start..span.end).unwrap_or("");
        let here = Site { base: None, outer: site.span(*span), depth: site.depth };
        match piece {
            Piece::Sql { text, .. } => self.script(text, here, acts),
            Piece::Expression { .. } => {
                // Only the functions that it calls can do anything.
                let query = format!("SELECT {text}");
                if let Ok(statements) = freehold_sql::parse(&query) {
                    for statement in statements.iter().filter(|statement| statement.effect.opaque) {
                        self.hidden(&statement.effect, text, here, false, acts);
                    }
                }
            }
            Piece::Execute { .. } => self.execute(&dynamic::template(text), text, here, acts),
        }
    }

    fn execute(&mut self, template: &Template, expression: &str, site: Site, acts: &mut Vec<Act>) {
        let why =
            format!("EXECUTE runs SQL that is put together while it runs: {}", headline(expression, SHOWN));
        let Ok(statements) = freehold_sql::parse(&template.sql) else {
            acts.push(unseen(&why, expression, site.outer));
            return;
        };
        let told = statements.iter().any(|s| !harms(&s.effect, s.text(&template.sql)).is_empty());
        if !template.shows_what_is_done() && !told {
            acts.push(unseen(&why, expression, site.outer));
            return;
        }
        for statement in &statements {
            let site = Site { depth: site.depth + 1, ..site };
            self.statement(&statement.effect, statement.text(&template.sql), site, false, acts);
        }
    }

    /// Remembers the function that a statement makes, if it makes one.
    pub(super) fn learn(&mut self, effect: &Effect, text: &str) {
        if !matches!(effect.kind, StatementKind::Create(ObjectKind::Function | ObjectKind::Procedure)) {
            return;
        }
        let Some(routine) = effect.objects.first() else { return };
        let words = tokens(text);
        let language = language_of(&words).unwrap_or_else(|| "sql".to_owned());
        let after_as = words.iter().position(|word| word.is("as") && word.depth == 0);
        let body = after_as.and_then(|at| body_of(words.get(at..)?)).map(|(body, _)| body);
        let body = body.or_else(|| standard_body(&words, text));
        let (Some(body), Some(object)) = (body, Some(routine)) else { return };
        let new = Routine { schema: object.schema.clone(), name: object.name.clone(), language, body };
        if effect.may_exist_before {
            self.routines.retain(|old| (&old.schema, &old.name) != (&new.schema, &new.name));
        }
        self.routines.push(new);
    }

    /// Functions of that name, of all argument lists: which one is called is not known here.
    fn routines_named(&self, call: &str) -> Vec<Routine> {
        let (schema, name) =
            call.rsplit_once('.').map_or((None, call), |(schema, name)| (Some(schema), name));
        let fits = |routine: &&Routine| {
            let same = match (schema, &routine.schema) {
                (Some(a), Some(b)) => a == b,
                _ => true,
            };
            routine.name == name && same
        };
        self.routines.iter().filter(fits).cloned().collect()
    }
}

/// Commands that call functions for the values of the rows that they change.
fn changes_rows(kind: StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::Insert | StatementKind::Update | StatementKind::Delete | StatementKind::Merge
    )
}

fn unseen(why: &str, text: &str, span: Span) -> Act {
    Act::Unseen { why: why.to_owned(), text: text.to_owned(), span }
}

fn is_risky(code: &str) -> bool {
    tokens(code).iter().any(|token| token.is_any(RISKY))
}

/// True for a function that every server brings along.
fn is_built_in(call: &str) -> bool {
    let name: Vec<String> = call.split('.').map(quote_identifier).collect();
    let query = format!("SELECT {}()", name.join("."));
    freehold_sql::parse(&query).is_ok_and(|statements| statements.iter().all(|s| !s.effect.opaque))
}

/// The first string among the words, with its place when it stands there as it is.
fn body_of(words: &[Token<'_>]) -> Option<(String, Option<usize>)> {
    words.iter().find_map(Token::string)
}

/// The body of a function written in SQL's own way: `RETURN …` or `BEGIN ATOMIC … END`.
fn standard_body(words: &[Token<'_>], text: &str) -> Option<String> {
    let begin = words.iter().position(|word| word.is("atomic") && word.depth == 0);
    let (from, to) = match begin {
        Some(at) => (words.get(at)?.span.end, words.last().filter(|word| word.is("end"))?.span.start),
        None => {
            let at = words.iter().position(|word| word.is("return") && word.depth == 0)?;
            return Some(format!("SELECT {}", text.get(words.get(at)?.span.end..)?));
        }
    };
    Some(text.get(from..to)?.to_owned())
}

fn language_of(words: &[Token<'_>]) -> Option<String> {
    let at = words.iter().position(|word| word.is("language") && word.depth == 0)?;
    let language = words.get(at + 1)?;
    language.name().or_else(|| language.string().map(|(name, _)| name.to_ascii_lowercase()))
}
