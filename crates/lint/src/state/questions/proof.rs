//! Whether what is known of a table spares the server a look at its rows.

use freehold_model::{
    catalog::{Constraint, ConstraintKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{BoolExprType, Node, NullTestType},
};

use super::super::State;
use crate::alter::proof::condition;
pub(super) use crate::alter::proof::is_column;

impl State {
    /// True when the server finds without looking that the column holds no NULL: it is NOT NULL already, or a validated
    /// CHECK says so.
    pub fn not_null_is_proven(&self, table: &QualifiedName, column: &str) -> bool {
        let Some(known) = self.relation(table) else { return false };
        known.relation.column(column).is_some_and(|column| column.not_null)
            || known.relation.primary_key().is_some_and(|key| key.columns.iter().any(|name| name == column))
            || checks(&known.relation.constraints)
                .any(|condition| parts_of(&condition).into_iter().any(|part| denies_null(part, column)))
    }
}

/// The conditions of validated checks.
pub(super) fn checks(constraints: &[Constraint]) -> impl Iterator<Item = Node> {
    let checks = constraints
        .iter()
        .filter(|check| check.kind == ConstraintKind::Check && check.validated && check.enforced);
    checks.filter_map(|check| condition(&check.definition))
}

/// The parts of a condition that all must hold.
pub(super) fn parts_of(condition: &Node) -> Vec<&Node> {
    let mut parts = Vec::new();
    let mut open = vec![condition];
    while let Some(node) = open.pop() {
        match node.node.as_ref() {
            Some(NodeEnum::BoolExpr(all)) if all.boolop == BoolExprType::AndExpr as i32 => {
                open.extend(all.args.iter().rev());
            }
            _ => parts.push(node),
        }
    }
    parts
}

/// True for `column IS NOT NULL` and `NOT (column IS NULL)`.
pub(super) fn denies_null(condition: &Node, column: &str) -> bool {
    let tests = |node: &Node, kind: NullTestType| match node.node.as_ref() {
        Some(NodeEnum::NullTest(test)) => {
            test.nulltesttype == kind as i32 && test.arg.as_deref().is_some_and(|arg| is_column(arg, column))
        }
        _ => false,
    };
    match condition.node.as_ref() {
        Some(NodeEnum::BoolExpr(not)) if not.boolop == BoolExprType::NotExpr as i32 => {
            not.args.first().is_some_and(|inner| tests(inner, NullTestType::IsNull))
        }
        _ => tests(condition, NullTestType::IsNotNull),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Site;
    use freehold_model::place::Span;

    fn proven(text: &str) -> bool {
        let mut state = State::new();
        freehold_sql::parse_each(text, &mut |outcome| {
            let parsed = outcome.unwrap();
            let site = Site { script: 0, statement: 0, span: Span::new(0, 0) };
            state.apply(&parsed.statement, parsed.tree.as_ref(), site);
        });
        state.not_null_is_proven(&QualifiedName::new("public", "t"), "a")
    }

    #[test]
    fn a_validated_check_proves_it_and_nothing_less() {
        let check = |condition: &str| proven(&format!("CREATE TABLE t (a int, b int, CHECK ({condition}));"));
        assert!(check("a IS NOT NULL"));
        assert!(check("b > 0 AND (a IS NOT NULL AND b < 9)"));
        assert!(check("NOT (a IS NULL)"));
        assert!(!check("a IS NOT NULL OR b > 0"));
        assert!(!check("a > 0"), "a CHECK lets NULL pass");
        assert!(!check("b IS NOT NULL"));
        assert!(!check("NOT (b IS NULL AND a IS NULL)"));
        assert!(proven("CREATE TABLE t (a int PRIMARY KEY);"));
        let added = "CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID;";
        assert!(!proven(added));
        assert!(proven(&format!("{added} ALTER TABLE t VALIDATE CONSTRAINT c;")));
        assert!(!proven(&format!(
            "{added} ALTER TABLE t VALIDATE CONSTRAINT c; ALTER TABLE t DROP CONSTRAINT c;"
        )));
    }
}
