//! Questions to a database's rows: whether they already break what a statement demands of them.
//!
//! The rules do no I/O. Whoever has a database asks with the SQL of a [`Probe`] and gives the answers back in
//! [`crate::options::Production::violations`].

mod asking;
mod fits;

use freehold_model::{
    catalog::{Constraint as KnownConstraint, ConstraintKind as Kind},
    name::{QualifiedName, quote_identifier},
};
use freehold_sql::{
    Action, ConstraintKind, NewConstraint,
    tree::{
        self, NodeEnum,
        protobuf::{AlterTableStmt, Constraint, IndexStmt, Node},
    },
};

use crate::{
    alter::{proof::condition, some},
    state::State,
};

pub use asking::Asked;
pub(crate) use asking::Asking;

/// A question to the rows of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The table that the statement changes.
    pub table: QualifiedName,
    /// What the statement demands, in words; with the table the key of the answer.
    pub what: String,
    /// What the answer counts: rows, or values that several rows have.
    pub counted: &'static str,
    /// A query without parameters that gives one number, of type bigint: how many rows, or groups of rows, break it. It
    /// fails where the table or a column is not there yet, which says nothing.
    pub sql: String,
}

/// What can be asked about a statement, in the schema that it meets.
pub fn of(node: &NodeEnum, actions: &[Action], state: &State) -> Vec<Probe> {
    match node {
        NodeEnum::AlterTableStmt(alter) => of_alter(alter, actions, state),
        NodeEnum::IndexStmt(index) if index.unique => of_index(index, state).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn of_alter(alter: &AlterTableStmt, actions: &[Action], state: &State) -> Vec<Probe> {
    let Some(range) = &alter.relation else { return Vec::new() };
    let table = state.resolve(some(&range.schemaname), &range.relname);
    let added: Vec<&str> = actions.iter().filter_map(added_column).collect();
    let trees = alter.cmds.iter().map(|node| match &node.node {
        Some(NodeEnum::AlterTableCmd(command)) => command.def.as_deref().and_then(|def| def.node.as_ref()),
        _ => None,
    });
    let mut probes = Vec::new();
    for (action, tree) in actions.iter().zip(trees) {
        match (action, tree) {
            (Action::SetNotNull { column }, _) => probes.push(not_null(&table, column)),
            (Action::AddConstraint(constraint), Some(NodeEnum::Constraint(tree))) => {
                probes.extend(of_constraint(&table, constraint, tree, state));
            }
            (Action::ValidateConstraint { name }, _) => {
                let known = state.relation(&table).and_then(|known| known.relation.constraint(name));
                probes.extend(known.and_then(|constraint| of_known(&table, constraint)));
            }
            (Action::AlterColumnType { column, .. }, Some(NodeEnum::ColumnDef(to))) => {
                probes.extend(fits::probe(&table, column, to, state));
            }
            _ => {}
        }
    }
    // What the same statement adds holds no rows to ask about.
    probes.retain(|probe| !added.iter().any(|column| probe.sql.contains(&quote_identifier(column))));
    probes
}

fn added_column(action: &Action) -> Option<&str> {
    match action {
        Action::AddColumn { column, .. } => Some(&column.name),
        _ => None,
    }
}

fn of_constraint(
    table: &QualifiedName,
    constraint: &NewConstraint,
    tree: &Constraint,
    state: &State,
) -> Vec<Probe> {
    if constraint.not_valid || constraint.not_enforced || constraint.using_index.is_some() {
        return Vec::new();
    }
    let columns = constraint.columns.as_slice();
    match constraint.kind {
        ConstraintKind::NotNull => columns.iter().map(|column| not_null(table, column)).collect(),
        ConstraintKind::Check => {
            let condition = tree.raw_expr.as_deref().and_then(tree::write_expression);
            condition.map(|condition| check(table, &condition)).into_iter().collect()
        }
        ConstraintKind::Unique => vec![unique(table, columns, tree.nulls_not_distinct, None)],
        ConstraintKind::PrimaryKey => columns
            .iter()
            .map(|column| not_null(table, column))
            .chain([unique(table, columns, false, None)])
            .collect(),
        ConstraintKind::ForeignKey => {
            let Some(target) = &constraint.references else { return Vec::new() };
            let target = state.resolve(constraint.references_schema.as_deref(), target);
            let mut keys = constraint.referenced_columns.clone();
            if keys.is_empty() {
                let key = state.relation(&target).and_then(|known| known.relation.primary_key());
                keys = key.map(|key| key.columns.clone()).unwrap_or_default();
            }
            foreign_key(table, columns, &target, &keys).into_iter().collect()
        }
        ConstraintKind::Exclusion => Vec::new(),
    }
}

fn of_known(table: &QualifiedName, constraint: &KnownConstraint) -> Option<Probe> {
    match constraint.kind {
        Kind::Check => {
            let condition = tree::write_expression(&condition(&constraint.definition)?)?;
            Some(check(table, &condition))
        }
        Kind::NotNull => constraint.columns.first().map(|column| not_null(table, column)),
        Kind::ForeignKey => foreign_key(
            table,
            &constraint.columns,
            constraint.referenced_table.as_ref()?,
            &constraint.referenced_columns,
        ),
        _ => None,
    }
}

fn of_index(index: &IndexStmt, state: &State) -> Option<Probe> {
    let range = index.relation.as_ref()?;
    let table = state.resolve(some(&range.schemaname), &range.relname);
    let plain = |node: &Node| match &node.node {
        Some(NodeEnum::IndexElem(element)) if element.expr.is_none() => Some(element.name.clone()),
        _ => None,
    };
    let columns: Vec<String> = index.index_params.iter().map(plain).collect::<Option<_>>()?;
    let predicate = match &index.where_clause {
        Some(clause) => Some(tree::write_expression(clause)?),
        None => None,
    };
    Some(unique(&table, &columns, index.nulls_not_distinct, predicate.as_deref()))
}

fn not_null(table: &QualifiedName, column: &str) -> Probe {
    let quoted = quote_identifier(column);
    Probe {
        table: table.clone(),
        what: format!("{column} is not null"),
        counted: "rows",
        sql: format!("SELECT count(*) FROM {} WHERE {quoted} IS NULL", table.quoted()),
    }
}

fn check(table: &QualifiedName, condition: &str) -> Probe {
    Probe {
        table: table.clone(),
        what: condition.to_owned(),
        counted: "rows",
        sql: format!("SELECT count(*) FROM {} WHERE NOT ({condition})", table.quoted()),
    }
}

fn unique(table: &QualifiedName, columns: &[String], nulls_too: bool, predicate: Option<&str>) -> Probe {
    let quoted: Vec<String> = columns.iter().map(|column| quote_identifier(column)).collect();
    let mut conditions: Vec<String> = Vec::new();
    if !nulls_too {
        conditions.extend(quoted.iter().map(|column| format!("{column} IS NOT NULL")));
    }
    conditions.extend(predicate.map(|predicate| format!("({predicate})")));
    let condition =
        if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) };
    let key = quoted.join(", ");
    let only = predicate.map_or_else(String::new, |predicate| format!(" where {predicate}"));
    Probe {
        table: table.clone(),
        what: format!("({}) is unique{only}", columns.join(", ")),
        counted: "values that several rows have",
        sql: format!(
            "SELECT count(*) FROM (SELECT 1 FROM {}{condition} GROUP BY {key} HAVING count(*) > 1) AS twice",
            table.quoted()
        ),
    }
}

fn foreign_key(
    table: &QualifiedName,
    columns: &[String],
    target: &QualifiedName,
    keys: &[String],
) -> Option<Probe> {
    if keys.is_empty() || keys.len() != columns.len() {
        return None;
    }
    let there: Vec<String> =
        columns.iter().map(|column| format!("a.{} IS NOT NULL", quote_identifier(column))).collect();
    let same: Vec<String> = columns
        .iter()
        .zip(keys)
        .map(|(column, key)| format!("b.{} = a.{}", quote_identifier(key), quote_identifier(column)))
        .collect();
    Some(Probe {
        table: table.clone(),
        what: format!("({}) is in {target} ({})", columns.join(", "), keys.join(", ")),
        counted: "rows",
        sql: format!(
            "SELECT count(*) FROM {} AS a WHERE {} AND NOT EXISTS (SELECT 1 FROM {} AS b WHERE {})",
            table.quoted(),
            there.join(" AND "),
            target.quoted(),
            same.join(" AND ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use freehold_sql::parse_lenient;

    use super::*;

    fn asked(sql: &str) -> Vec<String> {
        let statement = parse_lenient(sql).into_iter().find_map(Result::ok).unwrap();
        let probes = of(&tree::read(sql).unwrap(), &statement.effect.actions, &State::new());
        probes.into_iter().map(|probe| probe.sql).collect()
    }

    #[test]
    fn each_demand_is_a_question() {
        assert_eq!(
            asked("ALTER TABLE t ALTER n SET NOT NULL, ADD CHECK (n > 0)"),
            [
                r#"SELECT count(*) FROM "public"."t" WHERE "n" IS NULL"#,
                r#"SELECT count(*) FROM "public"."t" WHERE NOT (n > 0)"#,
            ]
        );
        assert_eq!(
            asked("ALTER TABLE t ALTER n TYPE int, ALTER s TYPE varchar(5), ALTER m TYPE numeric(6, 2)"),
            [
                r#"SELECT count(*) FROM "public"."t" WHERE "n" NOT BETWEEN -2147483648 AND 2147483647"#,
                r#"SELECT count(*) FROM "public"."t" WHERE pg_catalog.length(pg_catalog.rtrim("s"::text, ' ')) > 5"#,
                r#"SELECT count(*) FROM "public"."t" WHERE pg_catalog.abs(pg_catalog.round("m"::numeric, 2)) >= pg_catalog.power(10::numeric, 4)"#,
            ]
        );
        assert_eq!(
            asked("CREATE UNIQUE INDEX ON app.t (a, b) WHERE c"),
            [
                r#"SELECT count(*) FROM (SELECT 1 FROM "app"."t" WHERE "a" IS NOT NULL AND "b" IS NOT NULL AND (c) GROUP BY "a", "b" HAVING count(*) > 1) AS twice"#
            ]
        );
        assert_eq!(
            asked("ALTER TABLE t ADD FOREIGN KEY (p_id) REFERENCES p (id)"),
            [
                r#"SELECT count(*) FROM "public"."t" AS a WHERE a."p_id" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "public"."p" AS b WHERE b."id" = a."p_id")"#
            ]
        );
    }

    #[test]
    fn what_reads_no_rows_asks_nothing() {
        for sql in [
            "ALTER TABLE t ADD CHECK (n > 0) NOT VALID",
            "ALTER TABLE t ADD COLUMN a int, ADD CHECK (\"a\" > 0) NOT VALID",
            "ALTER TABLE t ADD UNIQUE USING INDEX i",
            "ALTER TABLE t ALTER a TYPE int USING a::int, ALTER b TYPE text",
            "CREATE INDEX ON t (a)",
            "CREATE UNIQUE INDEX ON t (lower(a))",
            "SELECT 1",
        ] {
            assert!(asked(sql).is_empty(), "{sql}");
        }
    }
}
