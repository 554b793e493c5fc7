//! Whether a validated CHECK says that all rows of a table belong into a partition.

use std::cmp::Ordering;

use freehold_model::{catalog::RelationKind, name::QualifiedName};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{AExprKind, Node, PartitionBoundSpec},
};

use super::{
    super::State,
    proof::{checks, denies_null, is_column, parts_of},
};

/// What the checks say of the one column of the key.
#[derive(Debug, Default)]
struct Said {
    not_null: bool,
    /// The greatest lower bounds and the least upper ones, each with whether it is itself allowed.
    from: Vec<(String, bool)>,
    to: Vec<(String, bool)>,
    /// Values of `IN` and `=`.
    values: Vec<Vec<String>>,
    /// A part speaks of the column in a way that is not read.
    more: bool,
}

impl State {
    /// True when the table's validated CHECKs, and NOT NULL, imply the bound of a partition of `parent`: the server then
    /// attaches it without reading it. None when that cannot be told: keys of several columns or of expressions, checks
    /// that say more than is read here, tables of which not all is known.
    pub fn partition_bound_is_implied(
        &self,
        table: &QualifiedName,
        parent: &QualifiedName,
        bound: &PartitionBoundSpec,
    ) -> Option<bool> {
        let above =
            self.relation(parent).filter(|above| above.relation.kind == RelationKind::PartitionedTable);
        let key = above?.relation.partition_key.as_ref()?;
        let [column] = key.columns.as_slice() else { return None };
        let known = self.relation(table)?;
        let not_null = known.relation.column(column).is_some_and(|column| column.not_null);
        let conditions: Vec<Node> = checks(&known.relation.constraints).collect();
        let mut said = Said { not_null, ..Said::default() };
        for part in conditions.iter().flat_map(parts_of) {
            said.take(part, column);
        }
        let implied = match (bound.is_default, bound.strategy.as_str()) {
            (false, "r") => said.implies_range(bound),
            (false, "l") => said.implies_list(bound),
            _ => None,
        };
        match implied {
            Some(true) => Some(true),
            Some(false) if said.more || !known.whole => None,
            other => other,
        }
    }
}

impl Said {
    fn take(&mut self, part: &Node, column: &str) {
        if denies_null(part, column) {
            self.not_null = true;
            return;
        }
        if !self.compares(part, column) {
            let mentioned = freehold_sql::tree::columns(part);
            self.more |= mentioned.iter().any(|name| name.last().is_some_and(|name| name == column));
        }
    }

    /// False when it is no comparison of the column with constants.
    fn compares(&mut self, part: &Node, column: &str) -> bool {
        let Some(NodeEnum::AExpr(compared)) = part.node.as_ref() else { return false };
        let (Some(left), Some(right)) = (compared.lexpr.as_deref(), compared.rexpr.as_deref()) else {
            return false;
        };
        let operator = compared.name.last().and_then(crate::expression::text).unwrap_or("");
        let kind = AExprKind::try_from(compared.kind).unwrap_or(AExprKind::Undefined);
        let (operator, value) = if is_column(left, column) {
            (operator, right)
        } else if is_column(right, column) && kind == AExprKind::AexprOp {
            (turned(operator), left)
        } else {
            return false;
        };
        let values = values(value);
        match (kind, operator, values.as_slice()) {
            (AExprKind::AexprOp, ">=", [value]) => self.from.push((value.clone(), true)),
            (AExprKind::AexprOp, ">", [value]) => self.from.push((value.clone(), false)),
            (AExprKind::AexprOp, "<=", [value]) => self.to.push((value.clone(), true)),
            (AExprKind::AexprOp, "<", [value]) => self.to.push((value.clone(), false)),
            (AExprKind::AexprOp, "=", [_]) | (AExprKind::AexprIn | AExprKind::AexprOpAny, "=", [_, ..]) => {
                self.values.push(values);
            }
            (AExprKind::AexprBetween, _, [from, to]) => {
                self.from.push((from.clone(), true));
                self.to.push((to.clone(), true));
            }
            _ => return false,
        }
        true
    }

    /// Values are at least the bound's lower end, and below its upper one.
    fn implies_range(&self, bound: &PartitionBoundSpec) -> Option<bool> {
        let ([lower], [upper]) = (bound.lowerdatums.as_slice(), bound.upperdatums.as_slice()) else {
            return None;
        };
        let above = match end(lower)? {
            None => true,
            Some(lower) => {
                let is_above = |value: &str| order(value, &lower).is_some_and(Ordering::is_ge);
                self.from.iter().any(|(from, _)| is_above(from))
                    || self.values.iter().any(|values| values.iter().all(|value| is_above(value)))
            }
        };
        let below = match end(upper)? {
            None => true,
            Some(upper) => {
                let is_below = |value: &str| order(value, &upper).is_some_and(Ordering::is_lt);
                let ends_there = |value: &str| order(value, &upper).is_some_and(Ordering::is_le);
                self.to.iter().any(|(to, itself)| if *itself { is_below(to) } else { ends_there(to) })
                    || self.values.iter().any(|values| values.iter().all(|value| is_below(value)))
            }
        };
        Some(self.not_null && above && below)
    }

    fn implies_list(&self, bound: &PartitionBoundSpec) -> Option<bool> {
        let listed: Vec<String> = bound.listdatums.iter().flat_map(values).collect();
        if listed.len() != bound.listdatums.len() {
            return None;
        }
        let takes_null = listed.iter().any(|value| value == "NULL");
        let same = |one: &String, other: &String| order(one, other) == Some(Ordering::Equal);
        let within = |values: &Vec<String>| values.iter().all(|value| listed.iter().any(|l| same(l, value)));
        Some((self.not_null || takes_null) && self.values.iter().any(within))
    }
}

pub(super) fn turned(operator: &str) -> &str {
    match operator {
        ">=" => "<=",
        ">" => "<",
        "<=" => ">=",
        "<" => ">",
        other => other,
    }
}

/// The constants of a value, a list or an array; empty when one of them is none.
pub(super) fn values(node: &Node) -> Vec<String> {
    let items: &[Node] = match node.node.as_ref() {
        Some(NodeEnum::List(list)) => &list.items,
        Some(NodeEnum::AArrayExpr(array)) => &array.elements,
        Some(NodeEnum::TypeCast(cast)) => match cast.arg.as_deref() {
            Some(inner) => return values(inner),
            None => return Vec::new(),
        },
        _ => std::slice::from_ref(node),
    };
    let constants: Vec<String> = items.iter().filter_map(crate::state::simulate::constant).collect();
    if constants.len() == items.len() { constants } else { Vec::new() }
}

/// An end of a range: none outside when it is no constant, none inside for MINVALUE and MAXVALUE.
pub(super) fn end(node: &Node) -> Option<Option<String>> {
    if let Some(NodeEnum::ColumnRef(word)) = node.node.as_ref() {
        let word = word.fields.last().and_then(crate::expression::text).unwrap_or("");
        let open = word.eq_ignore_ascii_case("minvalue") || word.eq_ignore_ascii_case("maxvalue");
        return open.then_some(None);
    }
    match values(node).as_slice() {
        [value] => Some(Some(value.clone())),
        _ => None,
    }
}

/// How two constants are ordered: as numbers, as moments, or equal as texts.
pub(super) fn order(one: &str, other: &str) -> Option<Ordering> {
    if let (Ok(one), Ok(other)) = (one.parse::<i128>(), other.parse::<i128>()) {
        return Some(one.cmp(&other));
    }
    if let (Ok(one), Ok(other)) = (one.parse::<f64>(), other.parse::<f64>()) {
        return one.partial_cmp(&other);
    }
    if let (Some(one), Some(other)) = (moment(one), moment(other)) {
        return Some(one.cmp(&other));
    }
    (one == other).then_some(Ordering::Equal)
}

/// A date, or a moment with the zone UTC or none, in a form that orders as text.
fn moment(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let is_date = bytes.len() >= 10
        && bytes.iter().take(10).enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !is_date {
        return None;
    }
    let (date, time) = text.split_at_checked(10)?;
    let time = time.trim_start_matches(['T', ' ']);
    let time = time.trim_end_matches('Z').trim_end_matches("+00:00").trim_end_matches("+00");
    let is_time = time.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
    let time = if time.is_empty() { "00:00:00" } else { time };
    is_time.then(|| format!("{date} {time}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Site;
    use freehold_model::place::Span;

    fn implied(key: &str, table: &str, bound: &str) -> Option<bool> {
        let text = format!("CREATE TABLE p (a {key} NOT NULL) PARTITION BY {table};");
        let (strategy, made) = table.split_once('|').unwrap();
        let text = text.replace(table, strategy);
        let mut state = State::new();
        let mut last = None;
        let all = format!("{text} {made}; ALTER TABLE p ATTACH PARTITION t {bound};");
        freehold_sql::parse_each(&all, &mut |outcome| {
            let parsed = outcome.unwrap();
            let site = Site { script: 0, statement: 0, span: Span::new(0, 0) };
            if let Some(NodeEnum::AlterTableStmt(alter)) = parsed.tree.as_ref()
                && let Some(NodeEnum::AlterTableCmd(command)) = alter.cmds[0].node.as_ref()
                && let Some(NodeEnum::PartitionCmd(partition)) =
                    command.def.as_deref().and_then(|def| def.node.as_ref())
            {
                let name = |name: &str| QualifiedName::new("public", name);
                let bound = partition.bound.as_ref().unwrap();
                last = state.partition_bound_is_implied(&name("t"), &name("p"), bound);
                return;
            }
            state.apply(&parsed.statement, parsed.tree.as_ref(), site);
        });
        last
    }

    #[test]
    fn ranges_are_implied_by_checks_that_lie_within() {
        let range = |check: &str| {
            let table = format!("RANGE (a)|CREATE TABLE t (a int NOT NULL, CHECK ({check}))");
            implied("int", &table, "FOR VALUES FROM (1) TO (10)")
        };
        assert_eq!(range("a >= 1 AND a < 10"), Some(true));
        assert_eq!(range("a > 3 AND a <= 9"), Some(true));
        assert_eq!(range("1 <= a AND 10 > a"), Some(true));
        assert_eq!(range("a BETWEEN 2 AND 9"), Some(true));
        assert_eq!(range("a IN (1, 2)"), Some(true));
        assert_eq!(range("a >= 1 AND a <= 10"), Some(false));
        assert_eq!(range("a >= 0 AND a < 10"), Some(false));
        assert_eq!(range("a < 10"), Some(false));
        assert_eq!(range("a >= 1 OR a < 10"), None, "what is not read is not judged");
        let nullable = "RANGE (a)|CREATE TABLE t (a int, CHECK (a >= 1 AND a < 10))";
        assert_eq!(implied("int", nullable, "FOR VALUES FROM (1) TO (10)"), Some(false));
        let says = "RANGE (a)|CREATE TABLE t (a int, CHECK (a >= 1 AND a IS NOT NULL))";
        assert_eq!(implied("int", says, "FOR VALUES FROM (1) TO (MAXVALUE)"), Some(true));
    }

    #[test]
    fn moments_and_lists_are_compared_too() {
        let table = "RANGE (a)|CREATE TABLE t (a timestamptz NOT NULL, CHECK (a >= '2024-01-01 00:00:00+00'::timestamptz AND a < '2024-02-01'))";
        let bound = "FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')";
        assert_eq!(implied("timestamptz", table, bound), Some(true));
        let list = "LIST (a)|CREATE TABLE t (a text NOT NULL, CHECK (a = ANY (ARRAY['x'::text, 'y'::text])))";
        assert_eq!(implied("text", list, "FOR VALUES IN ('x', 'y', 'z')"), Some(true));
        assert_eq!(implied("text", list, "FOR VALUES IN ('x')"), Some(false));
        assert_eq!(implied("text", list, "DEFAULT"), None);
    }
}
