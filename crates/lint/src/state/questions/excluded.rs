//! Whether a validated CHECK says that no row of a DEFAULT partition belongs into another partition.

use std::cmp::Ordering;

use freehold_model::{catalog::RelationKind, name::QualifiedName};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{AExprKind, BoolExprType, Node, NullTestType, PartitionBoundSpec},
};

use super::{
    super::State,
    bound::{end, order, turned, values},
    proof::{checks, is_column, parts_of},
};

/// What a bound takes in.
enum Taken {
    /// From the first, below the second; none where an end is open.
    Range(Option<String>, Option<String>),
    /// These values, and whether NULL is one of them.
    Values(Vec<String>, bool),
}

impl State {
    /// True when validated CHECKs of the DEFAULT partition keep out what belongs into a new partition of `parent`: the
    /// server then leaves its rows unread. None when that cannot be told, as for
    /// [`partition_bound_is_implied`](Self::partition_bound_is_implied).
    pub fn partition_bound_is_excluded(
        &self,
        default: &QualifiedName,
        parent: &QualifiedName,
        bound: &PartitionBoundSpec,
    ) -> Option<bool> {
        let above = self.relation(parent);
        let above = above.filter(|above| above.relation.kind == RelationKind::PartitionedTable)?;
        let [column] = above.relation.partition_key.as_ref()?.columns.as_slice() else { return None };
        let known = self.relation(default)?;
        let taken = Taken::by(bound)?;
        let conditions: Vec<Node> = checks(&known.relation.constraints).collect();
        let mut doubtful = !known.whole;
        for part in conditions.iter().flat_map(parts_of) {
            match taken.is_denied(part, column) {
                Some(true) => return Some(true),
                Some(false) => {}
                None => doubtful = true,
            }
        }
        (!doubtful).then_some(false)
    }
}

impl Taken {
    fn by(bound: &PartitionBoundSpec) -> Option<Self> {
        match (bound.is_default, bound.strategy.as_str()) {
            (false, "r") => match (bound.lowerdatums.as_slice(), bound.upperdatums.as_slice()) {
                ([lower], [upper]) => Some(Self::Range(end(lower)?, end(upper)?)),
                _ => None,
            },
            (false, "l") => {
                let listed: Vec<String> = bound.listdatums.iter().flat_map(values).collect();
                let all_read = listed.len() == bound.listdatums.len();
                let (nulls, listed): (Vec<_>, Vec<_>) = listed.into_iter().partition(|value| value == "NULL");
                all_read.then_some(Self::Values(listed, !nulls.is_empty()))
            }
            _ => None,
        }
    }

    /// True when a row for which the condition holds is not taken in; none when the condition speaks of the column in a
    /// way that is not read. Recurses as deeply as the condition.
    fn is_denied(&self, condition: &Node, column: &str) -> Option<bool> {
        match condition.node.as_ref()? {
            NodeEnum::BoolExpr(some) if some.boolop == BoolExprType::OrExpr as i32 => {
                some.args.iter().try_fold(true, |all, arm| Some(all && self.is_denied(arm, column)?))
            }
            NodeEnum::BoolExpr(all) if all.boolop == BoolExprType::AndExpr as i32 => {
                let arms: Vec<_> = all.args.iter().map(|arm| self.is_denied(arm, column)).collect();
                let denied = arms.contains(&Some(true));
                if denied || !arms.contains(&None) { Some(denied) } else { None }
            }
            NodeEnum::NullTest(test) if test.arg.as_deref().is_some_and(|arg| is_column(arg, column)) => {
                let takes_null = matches!(self, Self::Values(_, true));
                Some(test.nulltesttype == NullTestType::IsNull as i32 && !takes_null)
            }
            _ => self.is_denied_by_comparison(condition, column).or_else(|| {
                let mentioned = tree::columns(condition);
                let speaks = mentioned.iter().any(|name| name.last().is_some_and(|name| name == column));
                (!speaks).then_some(false)
            }),
        }
    }

    fn is_denied_by_comparison(&self, condition: &Node, column: &str) -> Option<bool> {
        let Some(NodeEnum::AExpr(compared)) = condition.node.as_ref() else { return None };
        let (left, right) = (compared.lexpr.as_deref()?, compared.rexpr.as_deref()?);
        let operator = compared.name.last().and_then(crate::expression::text)?;
        let kind = AExprKind::try_from(compared.kind).unwrap_or(AExprKind::Undefined);
        let (operator, value) = if is_column(left, column) {
            (operator, right)
        } else if is_column(right, column) && kind == AExprKind::AexprOp {
            (turned(operator), left)
        } else {
            return None;
        };
        let values = values(value);
        match (kind, operator, values.as_slice()) {
            (AExprKind::AexprOp, "=", [_]) | (AExprKind::AexprIn | AExprKind::AexprOpAny, "=", [_, ..]) => {
                Some(values.iter().all(|value| !self.may_take(value)))
            }
            (AExprKind::AexprOp, "<>", [_]) | (AExprKind::AexprIn | AExprKind::AexprOpAll, "<>", [_, ..]) => {
                Some(self.is_among(&values))
            }
            (AExprKind::AexprOp, "<" | "<=" | ">" | ">=", [value]) => Some(self.is_beyond(operator, value)),
            (AExprKind::AexprBetween, _, [from, to]) => {
                Some(self.is_beyond(">=", from) || self.is_beyond("<=", to))
            }
            _ => None,
        }
    }

    /// False when the value is surely outside.
    fn may_take(&self, value: &str) -> bool {
        match self {
            Self::Range(from, to) => {
                let below = from.as_ref().and_then(|from| order(value, from)).is_some_and(Ordering::is_lt);
                let above = to.as_ref().and_then(|to| order(value, to)).is_some_and(Ordering::is_ge);
                !below && !above
            }
            Self::Values(listed, _) => listed.iter().any(|one| order(one, value) == Some(Ordering::Equal)),
        }
    }

    /// True when nothing is taken in but these values.
    fn is_among(&self, values: &[String]) -> bool {
        match self {
            Self::Range(..) => false,
            Self::Values(listed, takes_null) => {
                let is_one = |one: &String| values.iter().any(|v| order(one, v) == Some(Ordering::Equal));
                !takes_null && listed.iter().all(is_one)
            }
        }
    }

    /// True when the values on that side of this one are outside.
    fn is_beyond(&self, operator: &str, value: &str) -> bool {
        let compared = |end: &String| order(value, end);
        match (self, operator) {
            (Self::Range(Some(from), _), "<") => compared(from).is_some_and(Ordering::is_le),
            (Self::Range(Some(from), _), "<=") => compared(from).is_some_and(Ordering::is_lt),
            (Self::Range(_, Some(to)), ">" | ">=") => compared(to).is_some_and(Ordering::is_ge),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Site;
    use freehold_model::place::Span;

    /// With `p` partitioned so and `rest` its DEFAULT partition, which has this CHECK.
    fn excluded(key: &str, check: &str, bound: &str) -> Option<bool> {
        let all = format!(
            "CREATE TABLE p (a {key} NOT NULL, b int) PARTITION BY {};\n\
             CREATE TABLE rest PARTITION OF p DEFAULT;\n\
             ALTER TABLE rest ADD CONSTRAINT c CHECK ({check});\n\
             CREATE TABLE more PARTITION OF p FOR VALUES {bound};",
            if bound.starts_with("IN") { "LIST (a)" } else { "RANGE (a)" }
        );
        let (mut state, mut last) = (State::new(), None);
        freehold_sql::parse_each(&all, &mut |outcome| {
            let parsed = outcome.unwrap();
            let site = Site { script: 0, statement: 0, span: Span::new(0, 0) };
            if let Some(NodeEnum::CreateStmt(create)) = parsed.tree.as_ref()
                && let Some(bound) = create.partbound.as_ref().filter(|bound| !bound.is_default)
            {
                let name = |name: &str| QualifiedName::new("public", name);
                last = state.partition_bound_is_excluded(&name("rest"), &name("p"), bound);
            }
            state.apply(&parsed.statement, parsed.tree.as_ref(), site);
        });
        last
    }

    #[test]
    fn a_check_that_keeps_a_range_out_says_so() {
        let range = |check: &str| excluded("int", check, "FROM (10) TO (20)");
        for check in [
            "a < 10",
            "a < 5",
            "a >= 20",
            "a < 10 OR a >= 20",
            "a IN (1, 30)",
            "a IS NULL OR 10 > a",
            "a <= 9",
        ] {
            assert_eq!(range(check), Some(true), "{check}");
        }
        for check in
            ["a <= 10", "a < 11 OR a >= 20", "a < 10 OR a >= 19", "a IN (1, 10)", "b > 0", "a IS NOT NULL"]
        {
            assert_eq!(range(check), Some(false), "{check}");
        }
        assert_eq!(range("abs(a) < 10"), None, "what is not read is not judged");
        assert_eq!(excluded("int", "a < 10", "FROM (MINVALUE) TO (10)"), Some(false));
        assert_eq!(excluded("int", "a >= 10", "FROM (MINVALUE) TO (10)"), Some(true));
    }

    #[test]
    fn a_check_that_keeps_values_out_says_so() {
        let list = |check: &str| excluded("text", check, "IN ('x', 'y')");
        assert_eq!(list("a NOT IN ('x', 'y', 'z')"), Some(true));
        assert_eq!(list("a <> ALL (ARRAY['x'::text, 'y'::text])"), Some(true));
        assert_eq!(list("a = 'z'"), Some(true));
        assert_eq!(list("a <> 'x'"), Some(false));
        assert_eq!(list("a = 'x'"), Some(false));
    }
}
