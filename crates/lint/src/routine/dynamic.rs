//! The SQL that a PL/pgSQL body puts together as text and runs.

use std::collections::BTreeSet;

use freehold_model::place::Span;
use freehold_sql::tree::{Lexeme, LexemeKind, lexemes};

use super::words::{constant, directives, split, unwrapped};

/// What the text of dynamic SQL depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// It is a constant.
    Constant,
    /// Names and values are put in with quotes around them.
    Quoted,
    /// It is a variable that is made somewhere else.
    Unknown,
    /// Text is put in as it is.
    Spliced,
    /// Text that comes with the call is put in as it is, or is all of it.
    Given,
}

/// One place where a body runs text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dynamic {
    /// The expression, in the body.
    pub span: Span,
    /// What it depends on.
    pub safety: Safety,
    /// The value, when it is a constant.
    pub constant: Option<String>,
    /// It has a `USING`.
    pub using: bool,
    /// What is put in as it is, for people.
    pub spliced: Option<String>,
}

/// The dynamic SQL of a PL/pgSQL body, in order. `arguments` are the names of the routine's own arguments: text that
/// comes with a call; those of `harmless` types can hold no SQL.
pub fn dynamic(body: &str, arguments: &[&str], harmless: &[&str]) -> Vec<Dynamic> {
    // Most bodies have none.
    if !contains_word(body, "execute") {
        return Vec::new();
    }
    let words: Vec<Lexeme<'_>> = lexemes(body).collect();
    let body = Body { text: body, words: &words, arguments, harmless };
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1);
        let is_other = next.is_none_or(|next| {
            next.is("function")
                || next.is("procedure")
                || next.is("on")
                || matches!(next.text, "," | ";" | ".")
        });
        let named =
            at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|before| before.text == ".");
        if word.is("execute") && !is_other && !named {
            found.extend(body.executed(at + 1));
        }
    }
    found
}

/// True when the text has these letters, however they are capitalised.
fn contains_word(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

struct Body<'b> {
    text: &'b str,
    words: &'b [Lexeme<'b>],
    arguments: &'b [&'b str],
    harmless: &'b [&'b str],
}

impl<'b> Body<'b> {
    fn executed(&self, from: usize) -> Option<Dynamic> {
        let end = self.end(from, &["into", "using", "loop"]);
        let words = self.words.get(from..end)?;
        let (first, last) = (words.first()?, words.last()?);
        let mut seen = BTreeSet::new();
        let (safety, spliced) = self.judge(words, &mut seen);
        let using = self
            .words
            .get(end..self.end(end, &["loop"]))
            .is_some_and(|rest| rest.iter().any(|w| w.is("using")));
        let constant = constant(unwrapped(words));
        Some(Dynamic { span: Span::new(first.span.start, last.span.end), safety, constant, using, spliced })
    }

    /// The end of an expression: a semicolon, or one of these words outside of parentheses.
    fn end(&self, from: usize, words: &[&str]) -> usize {
        let mut depth = 0_usize;
        for (at, word) in self.words.iter().enumerate().skip(from) {
            match word.text {
                "(" | "[" => depth += 1,
                ")" | "]" => depth = depth.saturating_sub(1),
                ";" => return at,
                _ if depth == 0 && words.iter().any(|end| word.is(end)) => return at,
                _ => {}
            }
        }
        self.words.len()
    }

    fn judge(&self, words: &[Lexeme<'b>], seen: &mut BTreeSet<String>) -> (Safety, Option<String>) {
        let words = unwrapped(words);
        let operands = split(words, "|");
        if operands.len() > 1 {
            let judged = operands.into_iter().filter(|operand| !operand.is_empty()).map(|operand| {
                match self.judge(operand, seen) {
                    // As a part of a text, what is not known is spliced in.
                    (Safety::Unknown, what) => (Safety::Spliced, what),
                    judged => judged,
                }
            });
            return worst(judged);
        }
        match words {
            [] => (Safety::Unknown, None),
            _ if constant(words).is_some() => (Safety::Constant, None),
            [.., colon, again, cast] if colon.text == ":" && again.text == ":" && is_name_type(cast) => {
                (Safety::Quoted, None)
            }
            [number] if number.kind == LexemeKind::Number => (Safety::Constant, None),
            [name] => self.variable(name, seen),
            [name, open, inner @ .., close] if open.text == "(" && close.text == ")" => {
                self.call(name, inner, words, seen)
            }
            _ => (Safety::Unknown, self.shown(words)),
        }
    }

    fn shown(&self, words: &[Lexeme<'b>]) -> Option<String> {
        let (first, last) = (words.first()?, words.last()?);
        let text = self.text.get(first.span.start..last.span.end)?;
        Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A call: the quoting functions, `format`, and what does nothing but give its arguments back.
    fn call(
        &self,
        name: &Lexeme<'b>,
        inner: &[Lexeme<'b>],
        whole: &[Lexeme<'b>],
        seen: &mut BTreeSet<String>,
    ) -> (Safety, Option<String>) {
        let is = |names: &[&str]| names.iter().any(|word| name.is(word));
        if is(&["quote_ident", "quote_literal", "quote_nullable", "pg_get_functiondef", "pg_get_viewdef"]) {
            return (Safety::Quoted, None);
        }
        let arguments = split(inner, ",");
        if is(&["format"]) {
            return self.format(&arguments, seen);
        }
        if is(&["concat", "concat_ws", "replace", "trim", "btrim", "lower", "upper", "coalesce"]) {
            let judged = arguments.into_iter().map(|argument| match self.judge(argument, seen) {
                (Safety::Unknown, what) => (Safety::Spliced, what),
                judged => judged,
            });
            return worst(judged);
        }
        (Safety::Unknown, self.shown(whole))
    }

    /// `%I` and `%L` put quotes around; `%s` does not.
    fn format(&self, arguments: &[&[Lexeme<'b>]], seen: &mut BTreeSet<String>) -> (Safety, Option<String>) {
        let Some((template, rest)) = arguments.split_first() else { return (Safety::Unknown, None) };
        let Some(template) = constant(template) else {
            return match self.judge(template, seen) {
                (Safety::Unknown, what) => (Safety::Spliced, what),
                judged => judged,
            };
        };
        let mut next = 0;
        let mut safety = (Safety::Constant, None);
        for (position, letter) in directives(&template) {
            let at = position.map_or(next, |position| position.saturating_sub(1));
            next = at + 1;
            let this = match letter {
                's' => match rest.get(at).map(|argument| self.judge(argument, seen)) {
                    Some((Safety::Unknown, what)) => (Safety::Spliced, what),
                    Some(judged) => judged,
                    None => (Safety::Unknown, None),
                },
                _ => (Safety::Quoted, None),
            };
            if this.0 > safety.0 {
                safety = this;
            }
        }
        safety
    }

    /// What a variable was given in the body; one that comes with the call can be anything.
    fn variable(&self, name: &Lexeme<'b>, seen: &mut BTreeSet<String>) -> (Safety, Option<String>) {
        let bare = name.text.to_ascii_lowercase();
        if self.harmless.iter().any(|argument| argument.eq_ignore_ascii_case(&bare)) {
            return (Safety::Quoted, None);
        }
        if self.arguments.iter().any(|argument| argument.eq_ignore_ascii_case(&bare)) {
            return (Safety::Given, Some(bare));
        }
        if !seen.insert(bare.clone()) {
            return (Safety::Constant, None);
        }
        let mut given = Vec::new();
        for (at, _) in self.words.iter().enumerate().filter(|(_, word)| word.is(&bare)) {
            let text = |offset: usize| self.words.get(at + offset).map_or("", |word| word.text);
            let declared = self.begins_statement(at) && self.words.get(at + 1).is_some_and(is_harmless_type);
            if declared {
                return (Safety::Quoted, None);
            }
            let from = match (text(1), text(2)) {
                (":", "=") => at + 3,
                ("=", _) if self.begins_statement(at) => at + 2,
                _ => continue,
            };
            if let Some(value) = self.words.get(from..self.end(from, &[])) {
                given.push(self.judge(value, seen));
            }
        }
        if given.is_empty() { (Safety::Unknown, Some(bare)) } else { worst(given.into_iter()) }
    }

    fn begins_statement(&self, at: usize) -> bool {
        let before = at.checked_sub(1).and_then(|before| self.words.get(before));
        before.is_none_or(|before| {
            before.text == ";"
                || ["begin", "then", "else", "loop", "declare"].iter().any(|word| before.is(word))
        })
    }
}

fn worst(judged: impl Iterator<Item = (Safety, Option<String>)>) -> (Safety, Option<String>) {
    judged.max_by_key(|(safety, _)| *safety).unwrap_or((Safety::Unknown, None))
}

/// Types whose text is a quoted name already.
fn is_name_type(word: &Lexeme<'_>) -> bool {
    const NAMES: &[&str] = &["regclass", "regproc", "regprocedure", "regtype", "regrole", "regnamespace"];
    NAMES.iter().any(|type_| word.is(type_)) || is_harmless_type(word)
}

fn is_harmless_type(word: &Lexeme<'_>) -> bool {
    super::HARMLESS_TYPES.iter().any(|type_| word.is(type_))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safety(body: &str) -> Vec<Safety> {
        dynamic(body, &["p", "n"], &["n"]).into_iter().map(|dynamic| dynamic.safety).collect()
    }

    #[test]
    fn text_that_is_put_in_as_it_is_is_told_from_what_is_quoted() {
        use Safety::{Constant, Given, Quoted, Spliced, Unknown};
        for (body, expected) in [
            ("begin execute 'drop table a'; end", Constant),
            ("begin execute 'drop table ' || quote_ident(p); end", Quoted),
            ("begin execute 'drop table ' || p::regclass; end", Quoted),
            ("begin execute 'drop table ' || p; end", Given),
            ("begin execute format('select %I, %L', p, p); end", Quoted),
            ("begin execute format('select %s', p); end", Given),
            ("begin execute format('select %s', quote_ident(p)); end", Quoted),
            ("begin execute format('select %2$s %1$I', p, 'x'); end", Quoted),
            ("begin execute p; end", Given),
            ("declare v text; begin v := 'a' || p; execute v; end", Given),
            ("declare v text; begin v := format('%I', p); execute v into x using 1; end", Quoted),
            ("begin for r in execute 'select ' || p loop null; end loop; end", Given),
            ("begin execute r.command; end", Unknown),
            ("begin execute 'analyze ' || r.tab; end", Spliced),
            ("begin execute 'select ' || n; end", Quoted),
            ("declare i int := 1; begin execute 'select ' || i; end", Quoted),
            ("begin execute format('update t set a = $1 where b = 5%%') using p; end", Constant),
        ] {
            assert_eq!(safety(body), [expected], "{body}");
        }
    }

    #[test]
    fn the_other_uses_of_the_word_are_no_dynamic_sql() {
        for body in [
            "grant execute on function f() to a;",
            "create trigger t before insert on a execute function f();",
            "begin perform 1; -- execute p\n end",
            "revoke select, execute, usage on x from y",
        ] {
            assert_eq!(safety(body), [], "{body}");
        }
    }
}
