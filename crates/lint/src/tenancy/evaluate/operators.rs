//! AND, OR, NOT and the operators of comparison.

use freehold_sql::tree::protobuf;

use super::{Evaluator, Value, text};
use crate::tenancy::nodes::{items, operator};

impl Evaluator<'_> {
    pub(super) fn logic(&self, expression: &protobuf::BoolExpr) -> Value {
        use protobuf::BoolExprType as Kind;
        let values: Vec<Value> = expression.args.iter().map(|node| self.value(node)).collect();
        match Kind::try_from(expression.boolop).unwrap_or(Kind::Undefined) {
            Kind::AndExpr => all(&values),
            Kind::OrExpr => any(&values),
            Kind::NotExpr => values.first().map_or(Value::Unknown, not),
            Kind::Undefined => Value::Unknown,
        }
    }

    pub(super) fn operation(&self, expression: &protobuf::AExpr) -> Value {
        use protobuf::AExprKind as Kind;
        let left = self.of(expression.lexpr.as_deref());
        let kind = Kind::try_from(expression.kind).unwrap_or(Kind::Undefined);
        if kind == Kind::AexprIn {
            let members: Vec<Value> = expression
                .rexpr
                .as_deref()
                .map(items)
                .unwrap_or_default()
                .iter()
                .map(|node| equals(&left, &self.value(node)))
                .collect();
            let value = any(&members);
            return if operator(expression) == "<>" { not(&value) } else { value };
        }
        let right = self.of(expression.rexpr.as_deref());
        match kind {
            Kind::AexprNullif => match (&left, &right) {
                (Value::Text(a), Value::Text(b)) if a == b => Value::Null,
                _ => left,
            },
            Kind::AexprDistinct => not(&same(&left, &right)),
            Kind::AexprNotDistinct => same(&left, &right),
            Kind::AexprLike | Kind::AexprIlike => {
                let value = text::like(&left, &right);
                if operator(expression).starts_with('!') { not(&value) } else { value }
            }
            Kind::AexprOp => binary(operator(expression), &left, &right),
            Kind::AexprOpAny | Kind::AexprOpAll => strict(&left, &right).unwrap_or(Value::Unknown),
            _ => strict(&left, &right).unwrap_or(Value::Unknown),
        }
    }
}

fn binary(operator: &str, left: &Value, right: &Value) -> Value {
    match operator {
        "=" => equals(left, right),
        "<>" => not(&equals(left, right)),
        "||" => text::concatenated(left, right),
        "^@" => text::starts(left, right),
        _ => strict(left, right).unwrap_or_else(|| mixed(left, right)),
    }
}

/// What an operator that knows no NULL gives when a side is NULL or fails.
pub(super) fn strict(left: &Value, right: &Value) -> Option<Value> {
    match (left, right) {
        (Value::Fails, _) | (_, Value::Fails) => Some(Value::Fails),
        (Value::FailsLate, _) | (_, Value::FailsLate) => Some(Value::FailsLate),
        (Value::Null, _) | (_, Value::Null) => Some(Value::Null),
        _ => None,
    }
}

/// The result of something unknown over two values: of the row when nothing else is unknown.
pub(super) fn mixed(left: &Value, right: &Value) -> Value {
    if *left == Value::Row || *right == Value::Row { Value::Row } else { Value::Unknown }
}

fn equals(left: &Value, right: &Value) -> Value {
    if let Some(value) = strict(left, right) {
        return value;
    }
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Value::Bool(a == b),
        (Value::Bool(a), Value::Bool(b)) => Value::Bool(a == b),
        (Value::Row, Value::Text(value)) | (Value::Text(value), Value::Row) => Value::RowsWith(value.clone()),
        _ => mixed(left, right),
    }
}

fn same(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (one, other) if one.fails() || other.fails() => strict(left, right).unwrap_or(Value::Unknown),
        (Value::Null, Value::Null) => Value::Bool(true),
        (Value::Null, Value::Text(_) | Value::Bool(_)) | (Value::Text(_) | Value::Bool(_), Value::Null) => {
            Value::Bool(false)
        }
        (Value::Null, _) | (_, Value::Null) => Value::RowsWith("NULL".to_owned()),
        _ => equals(left, right),
    }
}

fn not(value: &Value) -> Value {
    match value {
        Value::Bool(value) => Value::Bool(!value),
        Value::RowsWith(_) => Value::Row,
        other => other.clone(),
    }
}

fn all(values: &[Value]) -> Value {
    let has = |wanted: &Value| values.contains(wanted);
    if has(&Value::Fails) {
        return Value::Fails;
    }
    if has(&Value::Bool(false)) {
        return Value::Bool(false);
    }
    if has(&Value::FailsLate) {
        return Value::FailsLate;
    }
    if has(&Value::Null) {
        return Value::Null;
    }
    let mut left = values.iter().filter(|value| **value != Value::Bool(true));
    match (left.next(), left.next()) {
        (None, _) => Value::Bool(true),
        (Some(only), None) => only.clone(),
        _ if has(&Value::Unknown) => Value::Unknown,
        _ => Value::Row,
    }
}

fn any(values: &[Value]) -> Value {
    let has = |wanted: &Value| values.contains(wanted);
    if has(&Value::Fails) {
        return Value::Fails;
    }
    if has(&Value::Bool(true)) {
        return Value::Bool(true);
    }
    if has(&Value::FailsLate) {
        return Value::FailsLate;
    }
    let mut left = values.iter().filter(|value| !matches!(value, Value::Bool(false) | Value::Null));
    match (left.next(), left.next()) {
        (None, _) if has(&Value::Null) => Value::Null,
        (None, _) => Value::Bool(false),
        (Some(only), None) => only.clone(),
        _ if has(&Value::Unknown) => Value::Unknown,
        _ => Value::Row,
    }
}
