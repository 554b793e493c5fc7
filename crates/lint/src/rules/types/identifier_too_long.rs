//! A name is longer than PostgreSQL keeps.
//!
//! ## What it finds
//! Names of more than 63 bytes in statements that make or rename something. It is an error when the name, once cut, is
//! that of another thing.
//!
//! ## Why it hurts
//! PostgreSQL cuts the name after 63 bytes and says so in a NOTICE that nobody reads. The object then has another name
//! than the code and the down expect; two names that differ only at their end become one, and `IF NOT EXISTS` silently
//! skips the second.
//!
//! ## Do instead
//! A name of at most 63 bytes; letters beyond ASCII take two to four bytes each.
//!
//! ## When to ignore
//! Never; the shorter name costs nothing.
//!
//! ## PostgreSQL versions
//! All, unless built with another NAMEDATALEN.
//!
//! ## Source
//! PostgreSQL manual, Identifiers and Key Words (NAMEDATALEN).

use std::collections::BTreeMap;

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    place::Span,
};
use freehold_sql::{
    Action, StatementKind, Use,
    tree::{LexemeKind, lexemes},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "identifier-too-long",
        code: "FH0713",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[100],
        summary: "a name is longer than the 63 bytes that PostgreSQL keeps",
        source: include_str!("identifier_too_long.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// `NAMEDATALEN - 1`.
const LONGEST: usize = 63;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !makes_names(context.statement.effect.kind) || !may_have_long_words(context.text) {
        return;
    }
    let mut told: BTreeMap<String, usize> = BTreeMap::new();
    for lexeme in lexemes(context.text) {
        let name = match lexeme.kind {
            LexemeKind::Word if lexeme.text.len() > LONGEST => lexeme.text.to_lowercase(),
            LexemeKind::QuotedIdentifier if lexeme.text.len() > LONGEST => {
                lexeme.text.trim_matches('"').replace("\"\"", "\"")
            }
            _ => continue,
        };
        let kept = kept(&name);
        if kept.len() == name.len() {
            continue;
        }
        // A statement may also refer to what is there under such a name: that was told where it was made.
        let given = given(context).filter(|given| *given == kept || *given == name).count();
        let before = told.entry(kept.to_owned()).or_default();
        *before += 1;
        if *before > given {
            continue;
        }
        let collides = *before > 1 || is_taken(context, kept);
        let start = context.statement.span.start;
        let span = Span::new(start + lexeme.span.start, start + lexeme.span.end);
        let message = if collides {
            format!("{name} has {} bytes: cut after 63 it is {kept}, which is there already", name.len())
        } else {
            format!("{name} has {} bytes: PostgreSQL keeps {kept} and says so only in a NOTICE", name.len())
        };
        let severity = if collides { Severity::Error } else { Severity::Warning };
        findings.push(
            context
                .found(findings.rule(), Subject::new("name", kept), message)
                .with_severity(severity)
                .at(span)
                .advised("Choose a name of at most 63 bytes."),
        );
    }
}

/// The names that the statement gives to something.
fn given<'c>(context: &Context<'c>) -> impl Iterator<Item = &'c str> + use<'c> {
    let effect = &context.statement.effect;
    let renamed = effect.actions.iter().filter_map(|action| match action {
        Action::AddColumn { column, .. } => Some(column.name.as_str()),
        Action::AddConstraint(constraint) => constraint.name.as_deref(),
        Action::Rename { to } | Action::RenameColumn { to, .. } | Action::RenameConstraint { to, .. } => {
            Some(to.as_str())
        }
        _ => None,
    });
    let made = effect.objects_used(Use::Creates).map(|object| object.name.as_str());
    let columns = effect.new_columns.iter().map(|column| column.name.as_str());
    let constraints = effect.new_constraints.iter().filter_map(|constraint| constraint.name.as_deref());
    made.chain(renamed).chain(columns).chain(constraints)
}

/// What is left of a name: the longest beginning of whole characters that fits.
fn kept(name: &str) -> &str {
    let end = (0..=LONGEST.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    name.get(..end).unwrap_or(name)
}

fn makes_names(kind: StatementKind) -> bool {
    matches!(
        kind,
        StatementKind::CreateTable
            | StatementKind::CreateTableAs
            | StatementKind::AlterTable
            | StatementKind::CreateIndex { .. }
            | StatementKind::Create(_)
            | StatementKind::Alter(_)
    )
}

/// Cheap: a run of more than 63 bytes that can stand in a name, or quotes that far apart.
fn may_have_long_words(text: &str) -> bool {
    let (mut run, mut since_quote) = (0_usize, 0_usize);
    for byte in text.bytes() {
        run = if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80 {
            run + 1
        } else {
            0
        };
        if byte == b'"' {
            if since_quote > LONGEST {
                return true;
            }
            since_quote = 0;
        } else {
            since_quote += 1;
        }
        if run > LONGEST {
            return true;
        }
    }
    false
}

/// True when the statement makes something of this name and the name is taken.
fn is_taken(context: &Context<'_>, kept: &str) -> bool {
    context.statement.effect.objects_used(Use::Creates).filter(|object| object.name == kept).any(|object| {
        let schema = object.schema.as_deref();
        let name = context.state.new_name(schema, kept);
        context.state.relation(&name).is_some() || context.state.index(&name).is_some()
    })
}

#[cfg(test)]
mod tests {
    use freehold_model::finding::Severity;

    use crate::example::Example;

    fn severities(sql: &str) -> Vec<Severity> {
        let sql = sql.to_owned();
        let lint = move || {
            let linted = Example::read(&sql).lint();
            linted
                .found
                .iter()
                .filter(|f| f.rule.rule.id == "identifier-too-long")
                .map(|f| f.severity)
                .collect()
        };
        freehold_sql::deep_thread().spawn(lint).unwrap().join().unwrap()
    }

    #[test]
    fn sixty_three_bytes_are_enough() {
        let name = "a".repeat(63);
        assert!(severities(&format!("create index {name} on t (a);")).is_empty());
        assert_eq!(severities(&format!("create index {name}b on t (a);")), [Severity::Warning]);
        assert_eq!(severities(&format!("create index \"{name} b\" on t (a);")), [Severity::Warning]);
        assert_eq!(severities(&format!("alter table t rename a to {name}b;")), [Severity::Warning]);
    }

    #[test]
    fn letters_beyond_ascii_take_more_bytes() {
        let name = "ä".repeat(32);
        assert_eq!(severities(&format!("create table {name} (id uuid primary key);")), [Severity::Warning]);
        assert!(severities("create table ä (id uuid primary key);").is_empty());
    }

    #[test]
    fn text_that_is_no_name_is_silent() {
        let name = "a".repeat(80);
        assert!(severities(&format!("create view v as select '{name}' as a; -- {name}")).is_empty());
        assert!(severities(&format!("insert into t values ('{name}');")).is_empty());
        assert!(
            severities(
                "create table t (\"a\" text, \"b\" text, \"c\" text, \"d\" text, \"e\" text, \"f\" text);"
            )
            .is_empty()
        );
    }

    #[test]
    fn a_name_that_is_only_referred_to_is_silent() {
        let name = "a".repeat(70);
        assert!(severities(&format!("alter table t validate constraint {name};")).is_empty());
        assert!(severities(&format!("create index i on {name} (a);")).is_empty());
        let trigger =
            format!("create trigger b{name} before update on t for each row execute function {name}();");
        assert_eq!(severities(&trigger), [Severity::Warning]);
        let same =
            format!("create trigger {name} before update on t for each row execute function {name}();");
        assert_eq!(severities(&same), [Severity::Warning]);
        assert_eq!(
            severities(&format!("alter table t add constraint {name} check (true);")),
            [Severity::Warning]
        );
        assert_eq!(severities(&format!("create policy {name} on t using (true);")), [Severity::Warning]);
        assert_eq!(
            severities(&format!("create function {name}() returns int language sql as 'select 1';")),
            [Severity::Warning]
        );
    }

    #[test]
    fn a_name_that_is_taken_once_it_is_cut_is_an_error() {
        let name = "a".repeat(63);
        let sql = format!(
            "create table t (id uuid primary key); create index {name}x on t (id); create index if not exists {name}y on t (id);"
        );
        assert_eq!(severities(&sql), [Severity::Warning, Severity::Error]);
    }

    #[test]
    fn two_names_that_become_one_are_an_error() {
        let name = "a".repeat(63);
        let found = severities(&format!("create table t ({name}x int, {name}y int, id uuid primary key);"));
        assert_eq!(found, [Severity::Warning, Severity::Error]);
    }
}
