//! What a change of a column's type makes the server do with the rows that are there.

use freehold_model::catalog::TypeShape;

use crate::state::State;

/// The work of a change of type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeChange {
    /// The rows stay as they are.
    NoWork,
    /// The rows stay, but every index over the column is built again.
    Indexes,
    /// Every row is written again.
    Rewrites,
    /// One of the types is not known well enough.
    Unknown,
}

/// A type name in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    /// Without modifiers and brackets.
    pub(crate) base: String,
    /// The modifiers, where all are numbers.
    pub(crate) modifiers: Vec<i64>,
    /// It is an array.
    pub(crate) array: bool,
}

/// `timestamp(3) with time zone[]` in its parts.
pub(crate) fn parts(type_name: &str) -> Parts {
    let array = type_name.ends_with("[]");
    let name = type_name.trim_end_matches("[]");
    let (Some(open), Some(close)) = (name.find('('), name.find(')')) else {
        return Parts { base: name.to_owned(), modifiers: Vec::new(), array };
    };
    let base = format!("{}{}", name.get(..open).unwrap_or(""), name.get(close + 1..).unwrap_or(""));
    let inner = name.get(open + 1..close).unwrap_or("");
    let modifiers = inner.split(',').filter_map(|number| number.trim().parse().ok()).collect();
    Parts { base, modifiers, array }
}

/// The work of changing a column of one type to another, without `USING` or with a mere cast. `utc`: the session's time
/// zone is UTC.
pub(crate) fn type_change(state: &State, from: &str, to: &str, utc: bool) -> TypeChange {
    if from == to {
        return TypeChange::NoWork;
    }
    // A value of a domain is stored as one of its base type; only coming under its constraints is work. The server
    // does not look at the modifiers below a domain that is left.
    let below = base_of(state, from).0;
    let from = if below == from { below } else { without_modifiers(&below) };
    let (to, constrained) = base_of(state, to);
    if constrained {
        return TypeChange::Rewrites;
    }
    if from == to {
        return TypeChange::NoWork;
    }
    let (from, to) = (parts(&from), parts(&to));
    if from.array || to.array {
        return of_arrays(&from, &to);
    }
    let known = |parts: &Parts| is_builtin(&parts.base) || state.type_of(&parts.base).is_some();
    match (from.base.as_str(), to.base.as_str()) {
        _ if from.base == to.base => of_modifiers(&from, &to),
        ("character varying", "text") => TypeChange::NoWork,
        ("text", "character varying") if to.modifiers.is_empty() => TypeChange::NoWork,
        ("text" | "character varying", "citext") | ("citext", "text") => TypeChange::Indexes,
        ("citext", "character varying") if to.modifiers.is_empty() => TypeChange::Indexes,
        ("timestamp without time zone", "timestamp with time zone")
        | ("timestamp with time zone", "timestamp without time zone")
            if utc && to.modifiers.is_empty() =>
        {
            TypeChange::Indexes
        }
        ("cidr", "inet") | ("xml", "text") => TypeChange::NoWork,
        ("xml", "character varying") if to.modifiers.is_empty() => TypeChange::NoWork,
        ("bit", "bit varying") if to.modifiers.is_empty() => TypeChange::Indexes,
        (before, after) if is_interval(before) && is_interval(after) => of_intervals(&from, &to),
        ("citext", _) | (_, "citext") if known(&to) || known(&from) => TypeChange::Rewrites,
        _ if known(&from) && known(&to) && from.base != "oid" && to.base != "oid" => TypeChange::Rewrites,
        _ => TypeChange::Unknown,
    }
}

fn without_modifiers(type_name: &str) -> String {
    let parts = parts(type_name);
    format!("{}{}", parts.base, if parts.array { "[]" } else { "" })
}

fn is_interval(base: &str) -> bool {
    base == "interval" || base.starts_with("interval ")
}

/// An interval keeps its value when no field at its small end is cut off, and no digit of its seconds.
fn of_intervals(from: &Parts, to: &Parts) -> TypeChange {
    let smallest = |parts: &Parts| match parts.base.rsplit(' ').next() {
        Some("year") => 5,
        Some("month") => 4,
        Some("day") => 3,
        Some("hour") => 2,
        Some("minute") => 1,
        _ => 0,
    };
    let digits = |parts: &Parts| parts.modifiers.first().copied().unwrap_or(6);
    // Without seconds there are no digits to lose.
    if smallest(to) <= smallest(from) && (digits(to) >= digits(from) || smallest(from) > 0) {
        TypeChange::NoWork
    } else {
        TypeChange::Rewrites
    }
}

fn of_arrays(from: &Parts, to: &Parts) -> TypeChange {
    match from.base == to.base && from.array && to.array {
        true if from.modifiers == to.modifiers || to.modifiers.is_empty() => TypeChange::NoWork,
        true => TypeChange::Rewrites,
        false if is_builtin(&from.base) && is_builtin(&to.base) => TypeChange::Rewrites,
        false => TypeChange::Unknown,
    }
}

/// The same type with other modifiers.
fn of_modifiers(from: &Parts, to: &Parts) -> TypeChange {
    let grows = match from.base.as_str() {
        "character varying" | "bit varying" => match (from.modifiers.first(), to.modifiers.first()) {
            (_, None) => true,
            (Some(from), Some(to)) => to >= from,
            (None, Some(_)) => false,
        },
        "numeric" => match (from.modifiers.as_slice(), to.modifiers.as_slice()) {
            (_, []) => true,
            ([], _) => false,
            (from, to) => from.get(1).unwrap_or(&0) == to.get(1).unwrap_or(&0) && to.first() >= from.first(),
        },
        base if has_seconds(base) => match (from.modifiers.first(), to.modifiers.first()) {
            (_, None) | (_, Some(6..)) => true,
            (Some(from), Some(to)) => to >= from,
            (None, Some(_)) => false,
        },
        base => return if is_builtin(base) { TypeChange::Rewrites } else { TypeChange::Unknown },
    };
    if grows { TypeChange::NoWork } else { TypeChange::Rewrites }
}

fn has_seconds(base: &str) -> bool {
    matches!(
        base,
        "timestamp without time zone"
            | "timestamp with time zone"
            | "time without time zone"
            | "time with time zone"
            | "interval"
    )
}

/// True when values that the column may hold are refused by the new type, although it is one of the same kind: a shorter
/// length, fewer digits before the point, a smaller integer.
pub(crate) fn narrows(state: &State, from: &str, to: &str) -> bool {
    let (from, to) = (parts(&base_of(state, from).0), parts(&base_of(state, to).0));
    if from.array || to.array {
        return false;
    }
    let width = |base: &str| match base {
        "smallint" => Some(2),
        "integer" => Some(4),
        "bigint" => Some(8),
        _ => None,
    };
    if let (Some(before), Some(after)) = (width(&from.base), width(&to.base)) {
        return after < before;
    }
    let text = |base: &str| matches!(base, "text" | "character varying" | "character");
    let bits = |base: &str| matches!(base, "bit varying" | "bit");
    if (text(&from.base) && text(&to.base)) || (bits(&from.base) && bits(&to.base)) {
        let length = |parts: &Parts| parts.modifiers.first().copied().unwrap_or(i64::MAX);
        return length(&to) < length(&from);
    }
    if (from.base.as_str(), to.base.as_str()) != ("numeric", "numeric") {
        return false;
    }
    let whole = |parts: &Parts| {
        let scale = parts.modifiers.get(1).copied().unwrap_or(0);
        parts.modifiers.first().map_or(i64::MAX, |precision| precision - scale)
    };
    whole(&to) < whole(&from)
}

/// The type below a domain with its modifiers, and whether a domain on the way has constraints; the type itself where it
/// is no domain that is known.
fn base_of(state: &State, type_name: &str) -> (String, bool) {
    let (mut name, mut constrained) = (type_name.to_owned(), false);
    for _ in 0..8 {
        if parts(&name).array {
            break;
        }
        let known = state.type_of(&name);
        let Some(TypeShape::Domain { base, not_null, constraints, .. }) =
            known.map(|known| &known.object.shape)
        else {
            break;
        };
        constrained |= *not_null || !constraints.is_empty();
        name.clone_from(base);
    }
    (name, constrained)
}

/// True when the type is a domain with constraints, or over one.
pub(crate) fn is_constrained_domain(state: &State, type_name: &str) -> bool {
    base_of(state, type_name).1
}

/// True for the types that PostgreSQL brings along and that people use, as `format_type` writes them.
pub(crate) fn is_builtin(base: &str) -> bool {
    const TYPES: &[&str] = &[
        "bigint",
        "bit",
        "bit varying",
        "boolean",
        "box",
        "bytea",
        "character",
        "character varying",
        "cidr",
        "circle",
        "date",
        "double precision",
        "inet",
        "integer",
        "interval",
        "json",
        "jsonb",
        "jsonpath",
        "line",
        "lseg",
        "macaddr",
        "macaddr8",
        "money",
        "numeric",
        "path",
        "point",
        "polygon",
        "real",
        "smallint",
        "text",
        "time with time zone",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "tsquery",
        "tsvector",
        "uuid",
        "xml",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
    ];
    TYPES.contains(&base)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: &str, to: &str) -> TypeChange {
        type_change(&State::new(), from, to, false)
    }

    #[test]
    fn what_a_server_was_seen_to_do() {
        for (from, to) in [
            ("character varying(10)", "character varying(20)"),
            ("character varying(10)", "text"),
            ("text", "character varying"),
            ("numeric(10,2)", "numeric(12,2)"),
            ("numeric(10,2)", "numeric"),
            ("timestamp(3) without time zone", "timestamp without time zone"),
            ("timestamp without time zone", "timestamp(6) without time zone"),
            ("numeric(10,2)[]", "numeric[]"),
            ("interval(3)", "interval"),
            ("cidr", "inet"),
        ] {
            assert_eq!(change(from, to), TypeChange::NoWork, "{from} to {to}");
        }
        for (from, to) in [
            ("integer", "bigint"),
            ("text", "character varying(10)"),
            ("character varying(20)", "character varying(10)"),
            ("numeric(10,2)", "numeric(12,4)"),
            ("timestamp(3) without time zone", "timestamp(2) without time zone"),
            ("timestamp without time zone", "timestamp with time zone"),
            ("character varying[]", "text[]"),
            ("character varying(10)[]", "character varying(20)[]"),
            ("character(3)", "text"),
            ("text", "jsonb"),
        ] {
            assert_eq!(change(from, to), TypeChange::Rewrites, "{from} to {to}");
        }
        let state = State::new();
        assert_eq!(
            type_change(&state, "timestamp without time zone", "timestamp with time zone", true),
            TypeChange::Indexes
        );
        assert_eq!(change("integer", "app.mood"), TypeChange::Unknown);
    }

    #[test]
    fn narrower_is_what_may_not_fit() {
        let narrows = |from: &str, to: &str| narrows(&State::new(), from, to);
        assert!(narrows("bigint", "integer"));
        assert!(narrows("text", "character varying(9)"));
        assert!(narrows("numeric", "numeric(10,2)"));
        assert!(narrows("numeric(10,2)", "numeric(10,4)"), "two digits fewer before the point");
        assert!(!narrows("numeric(10,4)", "numeric(10,2)"), "these are rounded, not refused");
        assert!(!narrows("integer", "bigint"));
        assert!(!narrows("numeric(10,2)", "numeric(12,4)"));
        assert!(!narrows("character varying(9)", "text"));
        assert!(!narrows("numeric", "integer"));
    }
}
