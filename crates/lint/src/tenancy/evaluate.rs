//! What a policy's expression comes to when the tenant's setting was never set, or reads as the empty string.
//!
//! Both are ordinary: a fresh session has no setting, and after a `SET LOCAL` has ended the setting reads `''` until
//! the session ends. What depends on a row, or cannot be known, is kept apart, so that "true for every row" is only
//! said where it follows.

mod operators;
mod text;

use freehold_sql::tree::{NodeEnum, protobuf};

use super::nodes::{function_name, name, single_value, string_constant, where_clause};
use crate::state::State;

/// What the setting reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// It was never set in this session.
    Unset,
    /// It was set in a transaction that has ended.
    Empty,
    /// Some tenant.
    Set,
}

/// What an expression comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL.
    Null,
    /// A truth value, whatever the row.
    Bool(bool),
    /// A text or number, whatever the row.
    Text(String),
    /// True for the rows that hold this value and for no others.
    RowsWith(String),
    /// It depends on the row.
    Row,
    /// It raises an error, and does so when the query is planned: the planner computes settings beforehand, so that no
    /// condition beside it can keep it from failing.
    Fails,
    /// It raises an error when it is computed, in a sub-select: a condition beside it may keep it from being computed.
    FailsLate,
    /// Nobody can tell from the text.
    Unknown,
}

impl Value {
    /// True when it raises an error, sooner or later.
    pub fn fails(&self) -> bool {
        matches!(self, Self::Fails | Self::FailsLate)
    }
}

/// Evaluates expressions under one reading of the settings.
#[derive(Debug, Clone, Copy)]
pub struct Evaluator<'a> {
    state: &'a State,
    reading: Reading,
    depth: u8,
}

impl<'a> Evaluator<'a> {
    /// With the functions of this state.
    pub fn new(state: &'a State, reading: Reading) -> Self {
        Self { state, reading, depth: 0 }
    }

    /// What the expression comes to.
    pub fn value(&self, node: &protobuf::Node) -> Value {
        match node.node.as_ref() {
            Some(NodeEnum::AConst(_)) => constant(node),
            Some(NodeEnum::ColumnRef(_)) => Value::Row,
            Some(NodeEnum::TypeCast(cast)) => self.cast(cast),
            Some(NodeEnum::FuncCall(call)) => self.call(call),
            Some(NodeEnum::BoolExpr(expression)) => self.logic(expression),
            Some(NodeEnum::AExpr(expression)) => self.operation(expression),
            Some(NodeEnum::NullTest(test)) => self.null_test(test),
            Some(NodeEnum::BooleanTest(test)) => self.boolean_test(test),
            Some(NodeEnum::CoalesceExpr(expression)) => self.coalesce(&expression.args),
            Some(NodeEnum::CaseExpr(expression)) => self.case(expression),
            Some(NodeEnum::SubLink(link)) => self.sub_select(link),
            _ => Value::Unknown,
        }
    }

    fn of(&self, node: Option<&protobuf::Node>) -> Value {
        node.map_or(Value::Unknown, |node| self.value(node))
    }

    fn cast(&self, cast: &protobuf::TypeCast) -> Value {
        let Some(type_name) = cast.type_name.as_ref().and_then(|name| name.names.last()).and_then(name)
        else {
            return Value::Unknown;
        };
        match self.of(cast.arg.as_deref()) {
            Value::Text(text) if type_name == "bool" => text::truth(&text).map_or(Value::Fails, Value::Bool),
            Value::Text(text) if text::refuses_empty(type_name) && text.trim().is_empty() => Value::Fails,
            value => value,
        }
    }

    fn call(&self, call: &protobuf::FuncCall) -> Value {
        let name = function_name(call);
        let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        if bare == "current_setting" {
            return self.setting(call);
        }
        let values: Vec<Value> = call.args.iter().map(|node| self.value(node)).collect();
        text::call(bare, &values).unwrap_or_else(|| self.inlined(&name, &values))
    }

    fn setting(&self, call: &protobuf::FuncCall) -> Value {
        let Some(name) = call.args.first().and_then(string_constant) else { return Value::Unknown };
        // Settings of the server always have a value, and a gateway sets those of a request before each query.
        if !name.contains('.') || name.starts_with("request.") {
            return Value::Unknown;
        }
        let missing_ok = call.args.get(1).is_some_and(|node| self.value(node) == Value::Bool(true));
        match self.reading {
            Reading::Set => Value::Unknown,
            Reading::Empty => Value::Text(String::new()),
            Reading::Unset if missing_ok => Value::Null,
            Reading::Unset => Value::Fails,
        }
    }

    /// A function in SQL whose body is one expression is read as that expression.
    fn inlined(&self, name: &str, arguments: &[Value]) -> Value {
        if self.depth > 3 {
            return Value::Unknown;
        }
        let Some(body) = super::functions::single_expression(self.state, name) else { return Value::Unknown };
        let inner = Self { depth: self.depth + 1, ..*self };
        let value = inner.value(&body);
        // Arguments are not followed: what needs them is not known.
        if arguments.is_empty() || !matches!(value, Value::Row | Value::RowsWith(_)) {
            value
        } else {
            Value::Unknown
        }
    }

    fn coalesce(&self, arguments: &[protobuf::Node]) -> Value {
        for node in arguments {
            match self.value(node) {
                Value::Null => {}
                value => return value,
            }
        }
        Value::Null
    }

    fn case(&self, case: &protobuf::CaseExpr) -> Value {
        if case.arg.is_some() {
            return Value::Unknown;
        }
        for node in &case.args {
            let Some(NodeEnum::CaseWhen(when)) = &node.node else { return Value::Unknown };
            match self.of(when.expr.as_deref()) {
                Value::Bool(true) => return self.of(when.result.as_deref()),
                Value::Bool(false) | Value::Null => {}
                value if value.fails() => return value,
                _ => return Value::Unknown,
            }
        }
        case.defresult.as_deref().map_or(Value::Null, |node| self.value(node))
    }

    fn sub_select(&self, link: &protobuf::SubLink) -> Value {
        use protobuf::SubLinkType as Kind;
        let Some(select) = link.subselect.as_deref() else { return Value::Unknown };
        let kind = Kind::try_from(link.sub_link_type).unwrap_or(Kind::Undefined);
        if kind == Kind::ExprSublink {
            return match single_value(select).map(|node| self.value(node)) {
                Some(Value::Fails) => Value::FailsLate,
                Some(value) => value,
                None => Value::Unknown,
            };
        }
        if !matches!(kind, Kind::ExistsSublink | Kind::AnySublink) {
            return Value::Unknown;
        }
        if kind == Kind::AnySublink
            && let Some(value) = single_value(select)
        {
            return match (self.of(link.testexpr.as_deref()), self.value(value)) {
                (one, other) if one.fails() || other.fails() => Value::FailsLate,
                (Value::Null, _) | (_, Value::Null) => Value::Null,
                _ => Value::Unknown,
            };
        }
        // A condition that holds for no row gives no row, and one that fails fails the query.
        match where_clause(select).map(|node| self.value(node)) {
            Some(Value::Null | Value::Bool(false)) => Value::Bool(false),
            Some(value) if value.fails() => Value::FailsLate,
            _ => Value::Unknown,
        }
    }

    fn null_test(&self, test: &protobuf::NullTest) -> Value {
        let is_null = test.nulltesttype == protobuf::NullTestType::IsNull as i32;
        match self.of(test.arg.as_deref()) {
            Value::Null => Value::Bool(is_null),
            Value::Text(_) | Value::Bool(_) => Value::Bool(!is_null),
            Value::Fails => Value::Fails,
            Value::FailsLate => Value::FailsLate,
            Value::Row | Value::RowsWith(_) => Value::Row,
            Value::Unknown => Value::Unknown,
        }
    }

    fn boolean_test(&self, test: &protobuf::BooleanTest) -> Value {
        use protobuf::BoolTestType as Kind;
        let kind = Kind::try_from(test.booltesttype).unwrap_or(Kind::Undefined);
        let known = match self.of(test.arg.as_deref()) {
            Value::Null => None,
            Value::Bool(value) => Some(value),
            other => return other,
        };
        Value::Bool(match kind {
            Kind::IsTrue => known == Some(true),
            Kind::IsNotTrue => known != Some(true),
            Kind::IsFalse => known == Some(false),
            Kind::IsNotFalse => known != Some(false),
            Kind::IsUnknown => known.is_none(),
            Kind::IsNotUnknown => known.is_some(),
            Kind::Undefined => return Value::Unknown,
        })
    }
}

fn constant(node: &protobuf::Node) -> Value {
    use protobuf::a_const::Val;
    let Some(NodeEnum::AConst(constant)) = &node.node else { return Value::Unknown };
    if constant.isnull {
        return Value::Null;
    }
    match constant.val.as_ref() {
        Some(Val::Boolval(value)) => Value::Bool(value.boolval),
        Some(Val::Ival(value)) => Value::Text(value.ival.to_string()),
        Some(Val::Fval(value)) => Value::Text(value.fval.clone()),
        Some(Val::Sval(value)) => Value::Text(value.sval.clone()),
        _ => Value::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use freehold_sql::tree::read_expression;

    fn value(reading: Reading, sql: &str) -> Value {
        let state = State::new();
        Evaluator::new(&state, reading).value(&read_expression(sql).unwrap())
    }

    #[test]
    fn a_closed_policy_is_never_true_without_a_tenant() {
        let sql = "tenant_id = (SELECT nullif(current_setting('app.t', true), '')::uuid)";
        assert_eq!(value(Reading::Unset, sql), Value::Null);
        assert_eq!(value(Reading::Empty, sql), Value::Null);
        assert_eq!(value(Reading::Set, sql), Value::Row);
    }

    #[test]
    fn a_cast_of_the_empty_setting_fails() {
        let sql = "tenant_id = current_setting('app.t', true)::uuid";
        assert_eq!(value(Reading::Unset, sql), Value::Null);
        assert_eq!(value(Reading::Empty, sql), Value::Fails);
        let guarded =
            "current_setting('app.t', true) = '' OR tenant_id = current_setting('app.t', true)::uuid";
        assert_eq!(value(Reading::Empty, guarded), Value::Fails, "the planner computes it in any case");
        let late = "(SELECT current_setting('app.t', true)) = '' OR tenant_id = (SELECT current_setting('app.t', true)::uuid)";
        assert_eq!(value(Reading::Empty, late), Value::Bool(true));
        let text = "tenant_id = current_setting('app.t', true)";
        assert_eq!(value(Reading::Empty, text), Value::RowsWith(String::new()));
    }

    #[test]
    fn a_policy_that_lets_everybody_in_is_seen() {
        for sql in [
            "current_setting('app.t', true) IS NULL OR tenant_id = current_setting('app.t', true)::uuid",
            "coalesce(current_setting('app.t', true), '') = '' OR tenant_id::text = current_setting('app.t', true)",
            "tenant_id = current_setting('app.t', true)::uuid IS NOT FALSE",
            "coalesce(tenant_id::text = current_setting('app.t', true), true)",
            "CASE WHEN current_setting('app.t', true) IS NULL THEN true ELSE tenant_id::text = current_setting('app.t') END",
        ] {
            assert_eq!(value(Reading::Unset, sql), Value::Bool(true), "{sql}");
        }
        let prefix = "tenant_id::text LIKE current_setting('app.t', true) || '%'";
        assert_eq!(value(Reading::Empty, prefix), Value::Bool(true));
        assert_eq!(value(Reading::Unset, prefix), Value::Null);
        let fallback = "tenant_id = coalesce(nullif(current_setting('app.t', true), ''), '7')::int";
        assert_eq!(value(Reading::Empty, fallback), Value::RowsWith("7".to_owned()));
    }

    #[test]
    fn what_is_always_true_is_so_whatever_the_setting() {
        for sql in [
            "true",
            "1 = 1",
            "NOT false",
            "tenant_id = 1 OR true",
            "true AND 'a' = 'a'",
            "coalesce(NULL, true)",
        ] {
            assert_eq!(value(Reading::Set, sql), Value::Bool(true), "{sql}");
        }
        assert_eq!(value(Reading::Set, "published"), Value::Row);
        assert_eq!(value(Reading::Set, "is_admin()"), Value::Unknown);
    }
}
