//! PostgreSQL's parse trees, for those who need more of a statement than its effect.
//!
//! The node types are those of `pg_query`, named again here so that one room decides which grammar is used. Trees are
//! deep: walk them on a thread of [`crate::deep_thread`].

pub use pg_query::NodeEnum;
pub use pg_query::protobuf;

/// The tree's SQL again, in the grammar's own layout; none when the tree cannot be written.
pub fn write(node: &NodeEnum) -> Option<String> {
    let result = protobuf::ParseResult {
        version: 0,
        stmts: vec![protobuf::RawStmt {
            stmt: Some(Box::new(protobuf::Node { node: Some(node.clone()) })),
            stmt_location: 0,
            stmt_len: 0,
        }],
    };
    pg_query::deparse(&result, pg_query::DeparseOptions::default()).ok()
}

/// The expression's SQL, as it would stand behind `SELECT`; none when it cannot be written.
pub fn write_expression(expression: &protobuf::Node) -> Option<String> {
    let target = protobuf::ResTarget { val: Some(Box::new(expression.clone())), ..Default::default() };
    let select = protobuf::SelectStmt {
        target_list: vec![protobuf::Node { node: Some(NodeEnum::ResTarget(Box::new(target))) }],
        limit_option: protobuf::LimitOption::Default.into(),
        op: protobuf::SetOperation::SetopNone.into(),
        ..Default::default()
    };
    let text = write(&NodeEnum::SelectStmt(Box::new(select)))?;
    text.strip_prefix("SELECT ").map(str::to_owned)
}

/// The tree of an expression's SQL; none when it is no expression.
pub fn read_expression(sql: &str) -> Option<protobuf::Node> {
    let result = pg_query::parse(&format!("SELECT {sql}"), 0).ok()?;
    let node = result.protobuf.stmts.into_iter().next()?.stmt?.node?;
    let NodeEnum::SelectStmt(select) = node else { return None };
    let target = select.target_list.into_iter().next()?.node?;
    let NodeEnum::ResTarget(target) = target else { return None };
    target.val.map(|value| *value)
}

/// The tree of one statement's SQL; none when the grammar refuses it.
pub fn read(sql: &str) -> Option<NodeEnum> {
    pg_query::parse(sql, 0).ok()?.protobuf.stmts.into_iter().next()?.stmt?.node
}

/// The columns that an expression or a statement mentions, in order: the parts of each name as written. Those of `t.*`
/// are `t` alone.
pub fn columns(tree: &protobuf::Node) -> Vec<Vec<String>> {
    crate::effect::walk_tree(tree).columns
}

/// The functions that an expression or a statement calls, in order: the parts of each name as written.
pub fn calls(tree: &protobuf::Node) -> Vec<Vec<String>> {
    crate::effect::walk_tree(tree).calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_wherever_they_stand() {
        let node =
            read_expression("coalesce(a, t.b) IS TRUE AND c = ANY (ARRAY[d]) AND s.t.e BETWEEN 1 AND (f)[1]")
                .unwrap();
        let names: Vec<String> = columns(&node).iter().map(|parts| parts.join(".")).collect();
        assert_eq!(names, ["a", "t.b", "c", "d", "s.t.e", "f"]);
        assert_eq!(calls(&read_expression("lower(app.f(x))").unwrap()), [vec!["app", "f"], vec!["lower"]]);
    }

    #[test]
    fn an_expression_goes_there_and_back() {
        let node = read_expression("a + 1 > 2 AND b IS NOT NULL").unwrap();
        assert_eq!(write_expression(&node).as_deref(), Some("a + 1 > 2 AND b IS NOT NULL"));
    }

    #[test]
    fn a_statement_goes_there_and_back() {
        let node = read("alter table a add column b int not null").unwrap();
        assert_eq!(write(&node).as_deref(), Some("ALTER TABLE a ADD COLUMN b int NOT NULL"));
    }
}
