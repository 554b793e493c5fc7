//! Texts: casts, patterns, and the few functions that policies put around a setting.

use super::{
    Value,
    operators::{mixed, strict},
};

/// True for types whose input refuses the empty string.
pub(super) fn refuses_empty(type_name: &str) -> bool {
    matches!(
        type_name,
        "uuid"
            | "int2"
            | "int4"
            | "int8"
            | "numeric"
            | "float4"
            | "float8"
            | "json"
            | "jsonb"
            | "date"
            | "timestamp"
            | "timestamptz"
            | "inet"
            | "oid"
    )
}

/// A text read as boolean.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "t" | "true" | "y" | "yes" | "on" | "1" => Some(true),
        "f" | "false" | "n" | "no" | "off" | "0" => Some(false),
        _ => None,
    }
}

pub(super) fn concatenated(left: &Value, right: &Value) -> Value {
    match (left, right) {
        (Value::Text(a), Value::Text(b)) => Value::Text(format!("{a}{b}")),
        _ => strict(left, right).unwrap_or_else(|| mixed(left, right)),
    }
}

pub(super) fn like(left: &Value, pattern: &Value) -> Value {
    match (left, pattern) {
        (Value::Row | Value::Text(_), Value::Text(pattern))
            if !pattern.is_empty() && pattern.chars().all(|c| c == '%') =>
        {
            Value::Bool(true)
        }
        (Value::Row, Value::Text(pattern)) if !pattern.contains(['%', '_']) => {
            Value::RowsWith(pattern.clone())
        }
        _ => strict(left, pattern).unwrap_or_else(|| mixed(left, pattern)),
    }
}

pub(super) fn starts(left: &Value, prefix: &Value) -> Value {
    match (left, prefix) {
        (Value::Row | Value::Text(_), Value::Text(prefix)) if prefix.is_empty() => Value::Bool(true),
        _ => strict(left, prefix).unwrap_or_else(|| mixed(left, prefix)),
    }
}

/// What a built-in function gives; none for those that are not known here.
pub(super) fn call(name: &str, values: &[Value]) -> Option<Value> {
    match name {
        "starts_with" => Some(starts(values.first()?, values.get(1)?)),
        "concat" => {
            let mut text = String::new();
            for value in values {
                match value {
                    Value::Text(part) => text.push_str(part),
                    Value::Null => {}
                    other => return Some(other.clone()),
                }
            }
            Some(Value::Text(text))
        }
        "lower" | "upper" | "btrim" | "ltrim" | "rtrim" | "trim" => match values.first()? {
            Value::Text(text) if text.is_empty() => Some(Value::Text(String::new())),
            Value::Text(_) => Some(Value::Unknown),
            other => Some(other.clone()),
        },
        "length" | "char_length" | "octet_length" => match values.first()? {
            Value::Text(text) => Some(Value::Text(text.chars().count().to_string())),
            other => Some(other.clone()),
        },
        "string_to_array" | "regexp_replace" | "replace" | "split_part" | "substring" | "substr" | "left"
        | "md5" | "encode" | "convert_from" | "convert_to" => match values.first()? {
            Value::Text(_) => Some(Value::Unknown),
            other => Some(other.clone()),
        },
        _ => None,
    }
}
