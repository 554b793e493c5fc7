//! Rows are counted only to learn whether there is one.
//!
//! ## What it finds
//! In functions, `DO` blocks, views and policies: `(SELECT count(*) FROM …) > 0` and its kin (`= 0`, `>= 1`, `<> 0`), and
//! in PL/pgSQL `SELECT count(*) INTO n …` where n is only compared with zero.
//!
//! ## Why it hurts
//! `count(*)` reads every row that matches; `EXISTS` stops at the first. The difference is nothing on ten rows and seconds
//! on ten million.
//!
//! ## Do instead
//! `EXISTS (SELECT FROM … WHERE …)`.
//!
//! ## When to ignore
//! When the rows that match are always few.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Subquery Expressions, "EXISTS".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::tree::{
    Lexeme, LexemeKind, NodeEnum, lexemes,
    protobuf::{Node, SelectStmt, SubLinkType, a_const::Val},
};

use crate::{
    context::Context,
    expression::{mentions, text},
    found::Findings,
    queries::{self, Part, operator, parts},
    routine::Routine,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "count-for-existence",
        code: "FH1008",
        category: Category::Design,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        summary: "rows are counted only to learn whether there is one",
        source: include_str!("count_for_existence.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let (kind, name) = match context.tree {
        Some(tree @ (NodeEnum::CreateFunctionStmt(_) | NodeEnum::DoStmt(_))) => {
            let Some(routine) = Routine::of(tree) else { return };
            (routine.word, routine.shown())
        }
        Some(NodeEnum::ViewStmt(view)) => {
            ("view", view.view.as_ref().map(|range| range.relname.clone()).unwrap_or_default())
        }
        Some(NodeEnum::CreatePolicyStmt(policy)) => ("policy", policy.policy_name.clone()),
        _ => return,
    };
    if !mentions(context.text, "count") {
        return;
    }
    let counts = |part: Part<'_>| match part {
        Part::Node(node) => compares_a_count(node),
        Part::Select(select) => counts_for_a_condition(select),
    };
    let found = queries::queries(context).iter().any(|query| parts(query).into_iter().any(counts))
        || counted_into_variable(queries::text(context));
    if found {
        findings.push(
            context
                .found(
                    findings.rule(),
                    Subject::new(kind, name.as_str()),
                    format!("{name} counts all matching rows only to learn whether there is one"),
                )
                .advised("Ask EXISTS (SELECT FROM … WHERE …), which stops at the first row."),
        );
    }
}

/// `(SELECT count(*) …) > 0`.
fn compares_a_count(node: &NodeEnum) -> bool {
    let NodeEnum::AExpr(compared) = node else { return false };
    let (Some(left), Some(right)) = (compared.lexpr.as_deref(), compared.rexpr.as_deref()) else {
        return false;
    };
    (asks_for_one(operator(compared), right) && is_counting(left))
        || (asks_for_one(turned(operator(compared)), left) && is_counting(right))
}

/// `IF count(*) > 0 FROM t` of PL/pgSQL, which is `SELECT count(*) > 0 FROM t`.
fn counts_for_a_condition(select: &SelectStmt) -> bool {
    let [target] = select.target_list.as_slice() else { return false };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return false };
    let Some(NodeEnum::AExpr(compared)) = target.val.as_deref().and_then(|value| value.node.as_ref()) else {
        return false;
    };
    !select.from_clause.is_empty()
        && select.group_clause.is_empty()
        && compared.lexpr.as_deref().is_some_and(is_count)
        && compared.rexpr.as_deref().is_some_and(|right| asks_for_one(operator(compared), right))
}

/// True for a comparison that only tells none from some.
fn asks_for_one(operator: &str, with: &Node) -> bool {
    let Some(NodeEnum::AConst(constant)) = with.node.as_ref() else { return false };
    let Some(Val::Ival(number)) = constant.val.as_ref() else { return false };
    matches!((operator, number.ival), (">" | "<>" | "!=" | "=" | "<=", 0) | (">=" | "<", 1))
}

fn turned(operator: &str) -> &str {
    match operator {
        ">" => "<",
        "<" => ">",
        ">=" => "<=",
        "<=" => ">=",
        same => same,
    }
}

fn is_counting(node: &Node) -> bool {
    let Some(NodeEnum::SubLink(link)) = node.node.as_ref() else { return false };
    let Some(NodeEnum::SelectStmt(select)) = link.subselect.as_deref().and_then(|query| query.node.as_ref())
    else {
        return false;
    };
    let [target] = select.target_list.as_slice() else { return false };
    let Some(NodeEnum::ResTarget(target)) = target.node.as_ref() else { return false };
    link.sub_link_type == SubLinkType::ExprSublink as i32
        && select.group_clause.is_empty()
        && select.limit_count.is_none()
        && !select.from_clause.is_empty()
        && target.val.as_deref().is_some_and(is_count)
}

/// `count(…)`, of all rows: neither distinct nor over a window.
fn is_count(node: &Node) -> bool {
    match node.node.as_ref() {
        Some(NodeEnum::FuncCall(call)) => {
            call.funcname.last().and_then(text) == Some("count") && call.over.is_none()
        }
        Some(NodeEnum::TypeCast(cast)) => cast.arg.as_deref().is_some_and(is_count),
        _ => false,
    }
}

/// `SELECT count(*) INTO n …; IF n > 0`, where nothing else is done with n.
fn counted_into_variable(body: &str) -> bool {
    let words: Vec<Lexeme<'_>> = lexemes(body).collect();
    let variables = words.windows(6).filter_map(|window| match window {
        [count, open, star, close, into, name]
            if count.is("count")
                && open.text == "("
                && (star.text == "*" || star.kind == LexemeKind::Number)
                && close.text == ")"
                && into.is("into")
                && name.kind == LexemeKind::Word =>
        {
            Some(*name)
        }
        _ => None,
    });
    variables.into_iter().any(|variable| only_compared_with_zero(&words, &variable))
}

fn only_compared_with_zero(words: &[Lexeme<'_>], variable: &Lexeme<'_>) -> bool {
    let mut compared = 0;
    for (at, word) in words.iter().enumerate() {
        if !word.is(variable.text) || word.span == variable.span {
            continue;
        }
        let around = |offset: usize| words.get(at + offset).map_or("", |word| word.text);
        let declares = ["int", "integer", "bigint", "int4", "int8", "numeric"]
            .iter()
            .any(|type_| around(1).eq_ignore_ascii_case(type_));
        let with_zero = match (around(1), around(2), around(3)) {
            (">" | "=", "0", next) => next != ".",
            ("<", ">", "0") | ("!", "=", "0") | (">", "=", "1") => true,
            ("<", "1", _) => true,
            _ => false,
        };
        if with_zero {
            compared += 1;
        } else if !declares {
            return false;
        }
    }
    compared > 0
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(language: &str, body: &str) -> bool {
        let sql = format!(
            "create function f(x int) returns boolean language {language} set search_path = public, pg_temp as $$ {body} $$;"
        );
        said(&sql).iter().any(|(id, _)| *id == "count-for-existence")
    }

    #[test]
    fn every_way_to_count_for_nothing_is_told() {
        assert!(fires("sql", "select (select count(*) from t where a = x) > 0"));
        assert!(fires("sql", "select 0 < (select count(1) from t where a = x)"));
        assert!(fires("sql", "select count(*) > 0 from t"));
        assert!(fires("sql", "select 1 from s where (select count(t.id) from t) = 0"));
        assert!(fires(
            "plpgsql",
            "begin if (select count(*) from t) >= 1 then return true; end if; return false; end"
        ));
        assert!(fires(
            "plpgsql",
            "declare n int; begin select count(*) into n from t; if n > 0 then return true; end if; return false; end"
        ));
        assert!(fires(
            "plpgsql",
            "declare n bigint; begin select count(*) into n from t; return n <> 0; end"
        ));
    }

    #[test]
    fn counts_that_are_used_are_silent() {
        assert!(!fires("sql", "select exists (select from t where a = x)"));
        assert!(!fires("sql", "select (select count(*) from t) > 5"));
        assert!(!fires("sql", "select (select count(distinct a) from t group by b) > 0"));
        assert!(!fires(
            "plpgsql",
            "declare n int; begin select count(*) into n from t; raise notice '%', n; return n > 0; end"
        ));
        assert!(!fires("plpgsql", "declare n int; begin select count(*) into n from t; return n > 10; end"));
        assert!(!fires("sql", "select a > 0 from (select a from t having count(*) > 0) z"));
    }
}
