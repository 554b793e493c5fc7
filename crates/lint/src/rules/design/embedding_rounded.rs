//! A vector is put together from numbers that were rounded to text.
//!
//! ## What it finds
//! A cast to `vector`, `halfvec` or `sparsevec` of text in which numbers were written with `to_char`, `round` or as
//! `numeric(p,s)`, in functions, `DO` blocks and statements.
//!
//! ## Why it hurts
//! What is stored is not the vector that the model gave: with six decimals the distance between equal pictures is no longer
//! 0, and neighbours change places. Text also takes three times the bytes and has to be parsed.
//!
//! ## Do instead
//! Cast the array itself (`values::vector`), or send the vector in the binary format of the type.
//!
//! ## When to ignore
//! When the digits are cut on purpose; then `halfvec` cuts them better.
//!
//! ## PostgreSQL versions
//! All, with pgvector.
//!
//! ## Source
//! pgvector's documentation, "Vector Type"; PostgreSQL manual, `extra_float_digits`.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{FuncCall, TypeCast, TypeName},
};

use crate::{
    context::Context,
    expression::{mentions, text},
    found::Findings,
    queries::{self, Part, parts},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "embedding-rounded",
        code: "FH1006",
        category: Category::Design,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        advice: &[17],
        summary: "a vector is put together from numbers that were rounded to text",
        source: include_str!("embedding_rounded.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

const VECTORS: &[&str] = &["vector", "halfvec", "sparsevec"];

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let runs_queries = matches!(
        context.tree,
        Some(
            NodeEnum::CreateFunctionStmt(_)
                | NodeEnum::DoStmt(_)
                | NodeEnum::ViewStmt(_)
                | NodeEnum::InsertStmt(_)
                | NodeEnum::UpdateStmt(_)
        )
    );
    let rounds =
        |text: &str| ["to_char", "round", "numeric", "decimal"].iter().any(|word| mentions(text, word));
    if !runs_queries || !VECTORS.iter().any(|name| mentions(context.text, name)) || !rounds(context.text) {
        return;
    }
    for query in queries::queries(context) {
        for part in parts(&query) {
            let Part::Node(NodeEnum::TypeCast(cast)) = part else { continue };
            let Some(to) = cast.type_name.as_ref().and_then(type_word).filter(|to| VECTORS.contains(to))
            else {
                continue;
            };
            let Some(how) = rounding(cast) else { continue };
            findings.push(
                context
                    .found(
                        findings.rule(),
                        Subject::new("type", to),
                        format!("the {to} is made of text in which {how} cut the digits: it is not the vector that was computed"),
                    )
                    .advised(format!("Cast the array of numbers itself: values::{to}.")),
            );
            return;
        }
    }
}

fn type_word(name: &TypeName) -> Option<&str> {
    name.names.last().and_then(text)
}

/// What takes digits away inside the cast.
fn rounding(cast: &TypeCast) -> Option<&'static str> {
    let inside = cast.arg.as_deref()?.node.as_ref()?;
    parts(inside).into_iter().find_map(|part| match part {
        Part::Node(NodeEnum::FuncCall(call)) => match called(call)? {
            "to_char" => Some("to_char"),
            "round" => Some("round"),
            _ => None,
        },
        Part::Node(NodeEnum::TypeCast(cast)) => {
            let to = cast.type_name.as_ref()?;
            (type_word(to) == Some("numeric") && !to.typmods.is_empty()).then_some("numeric(p,s)")
        }
        _ => None,
    })
}

fn called(call: &FuncCall) -> Option<&str> {
    call.funcname.last().and_then(text)
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(expression: &str) -> bool {
        let sql = format!(
            "create function f(a float8[]) returns vector language sql set search_path = public, pg_temp as $$ select {expression} $$;"
        );
        said(&sql).iter().any(|(id, _)| *id == "embedding-rounded")
    }

    #[test]
    fn only_text_with_fewer_digits_is_told() {
        assert!(fires(
            "('[' || (select string_agg(to_char(x, 'FM0.999999'), ',') from unnest(a) x) || ']')::vector"
        ));
        assert!(fires(
            "cast('[' || (select string_agg(round(x::numeric, 6)::text, ',') from unnest(a) x) || ']' as halfvec)"
        ));
        assert!(fires(
            "('[' || (select string_agg(x::numeric(8,6)::text, ',') from unnest(a) x) || ']')::vector(3)"
        ));
        assert!(!fires("a::vector"));
        assert!(!fires("('[' || array_to_string(a, ',') || ']')::vector"));
        assert!(!fires("round((a::vector <=> a::vector)::numeric, 6)"));
    }
}
