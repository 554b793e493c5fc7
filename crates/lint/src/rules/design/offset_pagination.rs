//! A function or view pages through rows with OFFSET.
//!
//! ## What it finds
//! `OFFSET` with anything but a constant in the body of a function or procedure, in a view, or in SQL that a body puts
//! together. A constant (`OFFSET 0`, `OFFSET 1`) does not grow with the page and passes.
//!
//! ## Why it hurts
//! The rows of all pages before are read, sorted and thrown away: the cost grows with the number of the page. Rows that are
//! written in between shift the pages, so that a reader misses some and sees others twice.
//!
//! ## Do instead
//! Go on from the last row that was seen: `WHERE (created_at, id) < (last_created_at, last_id) ORDER BY created_at DESC, id
//! DESC LIMIT 50`, with an index over `(created_at, id)`.
//!
//! ## When to ignore
//! Where there are only a few pages for ever.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, LIMIT and OFFSET ("a large OFFSET might be inefficient").

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::tree::{LexemeKind, NodeEnum, lexemes, protobuf::Node};

use crate::{
    context::Context,
    found::Findings,
    queries::{Part, parts, queries},
    routine::Routine,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "offset-pagination",
        code: "FH1005",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        advice: &[16],
        summary: "a function or view pages through rows with OFFSET",
        source: include_str!("offset_pagination.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (kind, name) = match context.tree {
        Some(tree @ NodeEnum::CreateFunctionStmt(_)) => {
            let Some(routine) = Routine::of(tree) else { return };
            if !has_offset(context, &routine) {
                return;
            }
            (routine.word, routine.shown())
        }
        Some(NodeEnum::ViewStmt(view)) => {
            if !has_growing_offset(context) {
                return;
            }
            ("view", view.view.as_ref().map(|range| range.relname.clone()).unwrap_or_default())
        }
        _ => return,
    };
    if !context.is_up() {
        return;
    }
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new(kind, name.as_str()),
                format!("{name} skips rows with OFFSET: it reads and throws away all pages before the one that is wanted"),
            )
            .advised("Go on from the last row seen: WHERE (sort columns, key) > (their last values) ORDER BY … LIMIT …"),
    );
}

fn has_offset(context: &Context<'_>, routine: &Routine<'_>) -> bool {
    match (routine.language.as_str(), routine.body) {
        ("sql" | "plpgsql", Some(body)) => written_offset(body),
        ("sql", None) => has_growing_offset(context),
        _ => false,
    }
}

/// OFFSET is a reserved word: where it stands outside of quotes it is the clause.
fn written_offset(body: &str) -> bool {
    let mut words = lexemes(body).peekable();
    while let Some(word) = words.next() {
        if word.kind == LexemeKind::String && offset_in_text(word.text) {
            return true;
        }
        let constant =
            words.peek().is_some_and(|next| next.kind == LexemeKind::Number && !next.text.starts_with('$'));
        if word.is("offset") && !constant {
            return true;
        }
    }
    false
}

/// True for SQL that is put together: `… OFFSET %s`, `… OFFSET $2`, `… OFFSET ' ||`.
fn offset_in_text(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("offset").any(|(at, word)| {
        let before = at.checked_sub(1).and_then(|before| lower.as_bytes().get(before));
        let after = lower.get(at + word.len()..).unwrap_or("");
        let value = after.trim_start();
        before.is_some_and(|byte| byte.is_ascii_whitespace())
            && after.starts_with(|c: char| c.is_whitespace())
            && lower.contains("select")
            && (value.starts_with('%') || value.starts_with('$') || value.chars().all(|c| c == '\''))
    }) || (lower.trim_matches('\'').trim().eq("offset"))
}

fn has_growing_offset(context: &Context<'_>) -> bool {
    let is_constant = |node: &Node| matches!(node.node, Some(NodeEnum::AConst(_)));
    queries(context).iter().any(|query| {
        parts(query).into_iter().any(|part| match part {
            Part::Select(select) => select.limit_offset.as_deref().is_some_and(|offset| !is_constant(offset)),
            Part::Node(_) => false,
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(sql: &str) -> bool {
        said(sql).iter().any(|(id, _)| *id == "offset-pagination")
    }

    fn body(language: &str, body: &str) -> String {
        format!(
            "create function f(page int) returns setof t language {language} set search_path = public, pg_temp as $$ {body} $$;"
        )
    }

    #[test]
    fn a_growing_offset_is_found_in_every_kind_of_body() {
        assert!(fires(&body("sql", "select * from t order by id limit 50 offset page * 50")));
        assert!(fires(&body("sql", "select * from t order by id offset $1 rows fetch next 5 rows only")));
        assert!(fires(&body(
            "plpgsql",
            "begin return query select * from t limit 50 offset (page - 1) * 50; end"
        )));
        assert!(fires(&body(
            "plpgsql",
            "begin return query execute format('select * from t limit 50 offset %s', page); end"
        )));
        assert!(fires(&body(
            "plpgsql",
            "begin return query execute 'select * from t limit 5 offset $1' using page; end"
        )));
        assert!(fires(
            "create function f(page int) returns setof t begin atomic select * from t limit 5 offset page; end;"
        ));
    }

    #[test]
    fn constants_other_meanings_and_other_languages_are_silent() {
        assert!(!fires(&body("sql", "select * from t offset 0")));
        assert!(!fires(&body("sql", "select * from t order by id limit 1 offset 1")));
        assert!(!fires(&body("sql", "select \"offset\" from t -- offset page\n")));
        assert!(!fires(&body("sql", "select 'an offset of some kind'")));
        assert!(!fires(&body("plpython3u", "return offset")));
        assert!(!fires("create view v as select * from t order by id limit 1 offset 2;"));
        assert!(!fires("select * from t limit 5 offset 10;"));
    }
}
