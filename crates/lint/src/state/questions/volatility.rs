//! How often an expression changes its value: for defaults, index expressions, generated columns.

use freehold_model::catalog::{Function, FunctionKind, Volatility};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{FuncCall, Node, SelectStmt, TypeName},
};

use super::{super::State, builtin::builtin};

/// How deep functions are looked into that call each other.
const DEEPEST: usize = 8;

/// What an expression was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// None when it calls a function that is not known, and nothing that is volatile.
    pub volatility: Option<Volatility>,
    /// The function that is to blame, as written; none when the expression calls none that matters.
    pub because: Option<String>,
}

impl Judged {
    fn of(volatility: Option<Volatility>, because: Option<String>) -> Self {
        Self { volatility, because }
    }

    /// The worse of the two: volatile, then unknown, then stable.
    fn or(self, other: Self) -> Self {
        if rank(other.volatility) > rank(self.volatility) { other } else { self }
    }
}

fn rank(volatility: Option<Volatility>) -> u8 {
    match volatility {
        Some(Volatility::Immutable) => 0,
        Some(Volatility::Stable) => 1,
        None => 2,
        Some(Volatility::Volatile) => 3,
    }
}

/// What a call gives its function.
#[derive(Debug, Default)]
struct Arguments {
    /// How many there are, where that is known.
    number: Option<usize>,
    /// Their types, where all of them are cast.
    types: Option<Vec<String>>,
}

impl Arguments {
    /// True when the function takes exactly these types.
    fn are_those_of(&self, function: &Function) -> bool {
        let Some(types) = self.types.as_ref().filter(|types| !types.is_empty()) else { return false };
        let taken: Vec<&str> = function.identity_arguments.split(", ").collect();
        // A parameter may have a name before its type.
        let same = |(taken, given): (&&str, &String)| {
            taken.strip_suffix(given.as_str()).is_some_and(|name| name.is_empty() || name.ends_with(' '))
        };
        taken.len() == types.len() && taken.iter().zip(types).all(same)
    }
}

impl State {
    /// How volatile an expression is, as the planner sees it: SQL functions that it would replace by their bodies count
    /// as those. Functions of one name with several forms count as the most volatile; operators count as immutable.
    pub fn volatility_of(&self, expression: &Node) -> Option<Volatility> {
        self.judge_volatility(expression).volatility
    }

    /// The same, with the function that is to blame.
    pub fn judge_volatility(&self, expression: &Node) -> Judged {
        self.judge(expression, 0)
    }

    fn judge(&self, expression: &Node, depth: usize) -> Judged {
        let mut worst = Judged::of(Some(Volatility::Immutable), None);
        let mut open = vec![expression];
        while let Some(node) = open.pop() {
            let Some(inner) = node.node.as_ref() else { continue };
            let judged = match inner {
                NodeEnum::FuncCall(call) => self.judge_call(call, depth),
                NodeEnum::SqlvalueFunction(_) => Judged::of(Some(Volatility::Stable), None),
                NodeEnum::TypeCast(cast) => Judged::of(cast.type_name.as_ref().map(cast_volatility), None),
                NodeEnum::SubLink(_) => self.judge_query(node, depth),
                _ => Judged::of(Some(Volatility::Immutable), None),
            };
            worst = worst.or(judged);
            crate::expression::parts(inner, &mut open);
        }
        worst
    }

    /// A subquery: by the functions that it calls anywhere. It reads tables, which no immutable expression does.
    fn judge_query(&self, node: &Node, depth: usize) -> Judged {
        let calls = tree::calls(node).into_iter();
        calls.fold(Judged::of(Some(Volatility::Stable), None), |worst, parts| {
            worst.or(self.judge_name(&parts, &Arguments::default(), depth))
        })
    }

    fn judge_call(&self, call: &FuncCall, depth: usize) -> Judged {
        let parts: Vec<String> =
            call.funcname.iter().filter_map(crate::expression::text).map(str::to_owned).collect();
        self.judge_name(&parts, &self.arguments_of(call), depth)
    }

    fn arguments_of(&self, call: &FuncCall) -> Arguments {
        let type_of = |node: &Node| match node.node.as_ref()? {
            NodeEnum::TypeCast(cast) => cast.type_name.as_ref().map(|type_| self.type_text(type_)),
            _ => None,
        };
        Arguments { number: Some(call.args.len()), types: call.args.iter().map(type_of).collect() }
    }

    fn judge_name(&self, parts: &[String], arguments: &Arguments, depth: usize) -> Judged {
        let Some((name, before)) = parts.split_last() else { return Judged::of(None, None) };
        let schema = before.last().map(String::as_str);
        let written = || Some(parts.join("."));
        let own = self.functions_named(&self.resolve(schema, name));
        let exact = own.iter().any(|known| arguments.are_those_of(&known.function));
        let fits = |function: &Function| match arguments.number {
            _ if exact => arguments.are_those_of(function),
            number => number.is_none_or(|number| takes(function, number)),
        };
        let any_fits = own.iter().any(|known| fits(&known.function));
        let mut found: Option<Judged> = None;
        for known in own.iter().filter(|known| !any_fits || fits(&known.function)) {
            let volatility = self.inlined(&known.function, depth);
            let judged = Judged::of(volatility, written());
            found = Some(match found {
                Some(before) => before.or(judged),
                None => judged,
            });
        }
        if schema.is_none_or(|schema| schema == "pg_catalog") || own.is_empty() {
            let builtin = builtin(name).map(|volatility| Judged::of(Some(volatility), written()));
            found = match (found, builtin) {
                (Some(own), Some(builtin)) => Some(own.or(builtin)),
                (own, builtin) => own.or(builtin),
            };
        }
        found.unwrap_or_else(|| Judged::of(None, written()))
    }

    /// The volatility of a function, or that of its body where the planner would put it in the function's place.
    fn inlined(&self, function: &Function, depth: usize) -> Option<Volatility> {
        let declared = Some(function.volatility);
        let result = function.result.as_deref().unwrap_or("");
        let can_be = function.language == "sql"
            && function.kind == FunctionKind::Function
            && !function.security_definer
            && !function.strict
            && function.config.is_empty()
            && function.volatility != Volatility::Immutable
            && !result.starts_with("SETOF ")
            && !result.starts_with("TABLE(")
            && !matches!(result, "" | "record" | "void" | "trigger")
            && depth < DEEPEST;
        if !can_be {
            return declared;
        }
        let Some(body) = single_value(&function.body) else { return declared };
        match self.judge(&body, depth + 1).volatility {
            Some(of_body) if rank(Some(of_body)) <= rank(declared) => Some(of_body),
            _ => declared,
        }
    }

    /// The functions that an expression calls and that are no part of PostgreSQL or of this state, as written.
    pub fn unknown_functions(&self, expression: &Node) -> Vec<String> {
        let unknown = tree::calls(expression).into_iter().filter(|parts| {
            let Some((name, before)) = parts.split_last() else { return false };
            let schema = before.last().map(String::as_str);
            self.functions_named(&self.resolve(schema, name)).is_empty()
                && (builtin(name).is_none() || schema.is_some_and(|schema| schema != "pg_catalog"))
        });
        unknown.map(|parts| parts.join(".")).collect()
    }
}

/// True when the function can be called with so many arguments, as far as its text tells.
fn takes(function: &Function, number: usize) -> bool {
    let most = if function.identity_arguments.is_empty() {
        0
    } else {
        1 + function.identity_arguments.matches(", ").count()
    };
    let defaults = function.arguments.matches(" DEFAULT ").count();
    let variadic = function.arguments.contains("VARIADIC ");
    (number <= most || variadic) && number + defaults + usize::from(variadic) >= most
}

/// The value of a body that is `SELECT value` or `RETURN value` and nothing else.
fn single_value(body: &str) -> Option<Node> {
    let body = body.trim().trim_end_matches(';').trim_end();
    if let Some(value) = body.strip_prefix("RETURN ") {
        return tree::read_expression(value);
    }
    let body = match body.strip_prefix("BEGIN ATOMIC") {
        Some(inner) => inner.trim().strip_suffix("END")?.trim().trim_end_matches(';'),
        None => body,
    };
    if tree::lexemes(body).any(|word| word.text == ";") {
        return None;
    }
    let NodeEnum::SelectStmt(select) = tree::read(body)? else { return None };
    is_plain(&select).then_some(())?;
    let [target] = select.target_list.as_slice() else { return None };
    match target.node.as_ref()? {
        NodeEnum::ResTarget(target) => target.val.as_deref().cloned(),
        _ => None,
    }
}

/// True for a query without any clause but its list.
fn is_plain(select: &SelectStmt) -> bool {
    select.from_clause.is_empty()
        && select.where_clause.is_none()
        && select.with_clause.is_none()
        && select.group_clause.is_empty()
        && select.having_clause.is_none()
        && select.window_clause.is_empty()
        && select.sort_clause.is_empty()
        && select.limit_count.is_none()
        && select.limit_offset.is_none()
        && select.distinct_clause.is_empty()
        && select.values_lists.is_empty()
        && select.larg.is_none()
}

/// Casts to these types ask the session's settings, or the catalog.
fn cast_volatility(type_: &TypeName) -> Volatility {
    let name = type_.names.last().and_then(crate::expression::text).unwrap_or("");
    let asks = name.starts_with("reg")
        || name.starts_with("date")
        || name.starts_with("time")
        || matches!(name, "interval" | "money" | "xml" | "json" | "jsonb");
    if asks { Volatility::Stable } else { Volatility::Immutable }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Site;
    use freehold_model::place::Span;

    fn state(text: &str) -> State {
        let mut state = State::new();
        freehold_sql::parse_each(text, &mut |outcome| {
            let parsed = outcome.unwrap();
            let site = Site { script: 0, statement: 0, span: Span::new(0, 0) };
            state.apply(&parsed.statement, parsed.tree.as_ref(), site);
        });
        state
    }

    fn judged(made: &str, expression: &str) -> Option<Volatility> {
        state(made).volatility_of(&tree::read_expression(expression).unwrap())
    }

    #[test]
    fn expressions_are_as_volatile_as_what_they_call() {
        for (expression, expected) in [
            ("1 + 2", Some(Volatility::Immutable)),
            ("lower('A') || md5('x')", Some(Volatility::Immutable)),
            ("now()", Some(Volatility::Stable)),
            ("current_timestamp", Some(Volatility::Stable)),
            ("'2020-01-01'::timestamptz", Some(Volatility::Stable)),
            ("timezone('utc', now())", Some(Volatility::Stable)),
            ("coalesce(random(), 1)", Some(Volatility::Volatile)),
            ("(SELECT gen_random_uuid())", Some(Volatility::Volatile)),
            ("nextval('s'::regclass)", Some(Volatility::Volatile)),
            ("pg_catalog.clock_timestamp()", Some(Volatility::Volatile)),
            ("nobody_knows(1)", None),
            ("nobody_knows(random())", Some(Volatility::Volatile)),
            ("CASE WHEN true THEN uuid_generate_v4() END", Some(Volatility::Volatile)),
        ] {
            assert_eq!(judged("", expression), expected, "{expression}");
        }
    }

    #[test]
    fn casts_tell_functions_of_one_name_apart() {
        let made =
            "CREATE FUNCTION f(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN a; END';
            CREATE FUNCTION f(a context) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN a; END';
            CREATE FUNCTION f(a int) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN a; END';";
        assert_eq!(judged(made, "f('x'::text)"), Some(Volatility::Immutable));
        assert_eq!(judged(made, "f('1'::int)"), Some(Volatility::Volatile));
        assert_eq!(judged(made, "f('x')"), Some(Volatility::Volatile), "the worst of them");
    }

    #[test]
    fn simple_sql_functions_are_what_their_bodies_are() {
        let made = "
            CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1 + 1';
            CREATE FUNCTION atomic(a int) RETURNS int RETURN a * 2;
            CREATE FUNCTION moment() RETURNS timestamptz LANGUAGE sql AS $$ SELECT now(); $$;
            CREATE FUNCTION pinned() RETURNS int LANGUAGE sql SET search_path = '' AS 'SELECT 1';
            CREATE FUNCTION owned() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
            CREATE FUNCTION read() RETURNS int LANGUAGE sql AS 'SELECT count(*)::int FROM t';
            CREATE FUNCTION two() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2';
            CREATE FUNCTION lies() RETURNS float LANGUAGE sql STABLE AS 'SELECT random()';
            CREATE FUNCTION code() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
            CREATE FUNCTION tame() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 1; END';
            CREATE FUNCTION over() RETURNS int LANGUAGE sql AS 'SELECT code()';
            CREATE FUNCTION same(a int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
            CREATE FUNCTION same(a int, b int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
            CREATE FUNCTION itself() RETURNS int LANGUAGE sql AS 'SELECT itself()';";
        for (expression, expected) in [
            ("plain()", Volatility::Immutable),
            ("atomic(3)", Volatility::Immutable),
            ("atomic(random()::int)", Volatility::Volatile),
            ("moment()", Volatility::Stable),
            ("pinned()", Volatility::Volatile),
            ("owned()", Volatility::Volatile),
            ("read()", Volatility::Volatile),
            ("two()", Volatility::Volatile),
            ("lies()", Volatility::Stable),
            ("code()", Volatility::Volatile),
            ("public.tame()", Volatility::Stable),
            ("over()", Volatility::Volatile),
            ("same(1)", Volatility::Immutable),
            ("same(1, 2)", Volatility::Volatile),
            ("itself()", Volatility::Volatile),
        ] {
            assert_eq!(judged(made, expression), Some(expected), "{expression}");
        }
    }
}
