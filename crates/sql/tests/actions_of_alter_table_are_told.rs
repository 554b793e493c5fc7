//! The actions of `ALTER TABLE`, and the columns and constraints of `CREATE TABLE`.
#![expect(clippy::panic, reason = "a helper of tests fails its test by a panic that shows the SQL")]

use freehold_sql::effect::alter_table::ReferentialAction;
use freehold_sql::{Action, ConstraintKind, Effect, NewColumn, parse};

fn effect(sql: &str) -> Effect {
    parse(sql).unwrap_or_else(|error| panic!("{sql}: {error}")).remove(0).effect
}

fn action(rest: &str) -> Action {
    let mut effect = effect(&format!("ALTER TABLE a {rest}"));
    assert_eq!(effect.actions.len(), 1, "{rest}");
    effect.actions.remove(0)
}

fn text(value: &str) -> String {
    value.to_owned()
}

#[test]
fn every_action_has_its_name() {
    let column = || text("x");
    let name = || text("c");
    #[rustfmt::skip]
    let table = [
        ("DROP COLUMN IF EXISTS x CASCADE", Action::DropColumn { name: column(), if_exists: true, cascade: true }),
        ("ALTER x TYPE varchar(20) USING x::varchar", Action::AlterColumnType { column: column(), type_: text("character varying(20)"), using: true }),
        ("ALTER x SET NOT NULL", Action::SetNotNull { column: column() }),
        ("ALTER x DROP NOT NULL", Action::DropNotNull { column: column() }),
        ("ALTER x SET DEFAULT app.f()", Action::SetDefault { column: column(), calls: vec![text("app.f")] }),
        ("ALTER x DROP DEFAULT", Action::DropDefault { column: column() }),
        ("ALTER x ADD GENERATED ALWAYS AS IDENTITY", Action::AddIdentity { column: column() }),
        ("ALTER x DROP IDENTITY IF EXISTS", Action::DropIdentity { column: column() }),
        ("ALTER x DROP EXPRESSION", Action::DropExpression { column: column() }),
        ("ALTER x SET STATISTICS 10", Action::SetColumnOption { column: column(), option: "STATISTICS" }),
        ("ALTER x SET STORAGE external", Action::SetColumnOption { column: column(), option: "STORAGE" }),
        ("VALIDATE CONSTRAINT c", Action::ValidateConstraint { name: name() }),
        ("DROP CONSTRAINT c", Action::DropConstraint { name: name(), if_exists: false, cascade: false }),
        ("ALTER CONSTRAINT c DEFERRABLE", Action::AlterConstraint { name: name() }),
        ("RENAME TO b", Action::Rename { to: text("b") }),
        ("RENAME COLUMN x TO y", Action::RenameColumn { from: column(), to: text("y") }),
        ("RENAME CONSTRAINT c TO d", Action::RenameConstraint { from: name(), to: text("d") }),
        ("SET SCHEMA s", Action::SetSchema { schema: text("s") }),
        ("OWNER TO CURRENT_USER", Action::Owner { role: text("CURRENT_USER") }),
        ("ENABLE ROW LEVEL SECURITY", Action::EnableRowSecurity),
        ("DISABLE ROW LEVEL SECURITY", Action::DisableRowSecurity),
        ("FORCE ROW LEVEL SECURITY", Action::ForceRowSecurity),
        ("NO FORCE ROW LEVEL SECURITY", Action::NoForceRowSecurity),
        ("ATTACH PARTITION s.p FOR VALUES FROM (1) TO (2)", Action::AttachPartition { schema: Some(text("s")), partition: text("p"), default: false }),
        ("ATTACH PARTITION p DEFAULT", Action::AttachPartition { schema: None, partition: text("p"), default: true }),
        ("DETACH PARTITION p CONCURRENTLY", Action::DetachPartition { schema: None, partition: text("p"), concurrently: true, finalize: false }),
        ("DETACH PARTITION p FINALIZE", Action::DetachPartition { schema: None, partition: text("p"), concurrently: false, finalize: true }),
        ("INHERIT s.p", Action::Inherit { schema: Some(text("s")), parent: text("p") }),
        ("NO INHERIT p", Action::NoInherit { schema: None, parent: text("p") }),
        ("SET TABLESPACE t", Action::SetTablespace { name: text("t") }),
        ("SET ACCESS METHOD heap", Action::SetAccessMethod { name: text("heap") }),
        ("SET LOGGED", Action::SetLogged),
        ("SET UNLOGGED", Action::SetUnlogged),
        ("SET (fillfactor = 70, autovacuum_enabled)", Action::SetOptions { names: vec![text("fillfactor"), text("autovacuum_enabled")] }),
        ("RESET (fillfactor)", Action::ResetOptions { names: vec![text("fillfactor")] }),
        ("CLUSTER ON i", Action::ClusterOn { index: Some(text("i")) }),
        ("SET WITHOUT CLUSTER", Action::ClusterOn { index: None }),
        ("REPLICA IDENTITY USING INDEX i", Action::ReplicaIdentity { index: Some(text("i")) }),
        ("REPLICA IDENTITY FULL", Action::ReplicaIdentity { index: None }),
        ("ENABLE ALWAYS TRIGGER t", Action::EnableTrigger { name: Some(text("t")) }),
        ("DISABLE TRIGGER ALL", Action::DisableTrigger { name: None }),
        ("DISABLE RULE r", Action::DisableRule { name: text("r") }),
        ("OF s.t", Action::OfType { type_: Some(text("s.t")) }),
        ("NOT OF", Action::OfType { type_: None }),
    ];
    for (rest, expected) in table {
        assert_eq!(action(rest), expected, "{rest}");
    }
}

#[test]
fn several_actions_keep_their_order() {
    let effect = effect("ALTER TABLE IF EXISTS ONLY s.a ADD x int, DROP y, ALTER z SET NOT NULL");
    assert!(effect.may_be_missing);
    assert!(matches!(
        effect.actions.as_slice(),
        [Action::AddColumn { .. }, Action::DropColumn { .. }, Action::SetNotNull { .. }]
    ));
}

fn added(definition: &str) -> NewColumn {
    match action(&format!("ADD COLUMN {definition}")) {
        Action::AddColumn { column, .. } => column,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_new_column_says_what_decides_its_cost() {
    let plain = added("x int");
    assert_eq!((plain.type_.as_str(), plain.not_null, plain.has_default), ("integer", false, false));
    let constant = added("x text NOT NULL DEFAULT 'a'::text");
    assert!(constant.not_null && constant.has_default && constant.default_is_constant);
    let negative = added("x int DEFAULT -1");
    assert!(negative.default_is_constant);
    let volatile = added("x uuid DEFAULT gen_random_uuid()");
    assert!(volatile.has_default && !volatile.default_is_constant);
    assert_eq!(volatile.default_calls, ["gen_random_uuid"]);
    assert!(!added("x int DEFAULT NULL").has_default);
    assert!(added("x bigserial").not_null && added("x serial").has_default);
    assert!(added("x int GENERATED BY DEFAULT AS IDENTITY").identity);
    assert_eq!(added("x int GENERATED ALWAYS AS (y + 1) STORED").generated_stored, Some(true));
    assert_eq!(added("x int GENERATED ALWAYS AS (y + 1) VIRTUAL").generated_stored, Some(false));
    assert_eq!(added("x int PRIMARY KEY").constraints.len(), 1);
    assert!(matches!(
        action("ADD COLUMN IF NOT EXISTS x int"),
        Action::AddColumn { if_not_exists: true, .. }
    ));
}

#[test]
fn types_are_written_as_the_server_writes_them() {
    for (written, expected) in [
        ("numeric(10, 2)", "numeric(10,2)"),
        ("decimal", "numeric"),
        ("text[][]", "text[]"),
        ("timestamp(3) with time zone", "timestamp(3) with time zone"),
        ("timestamptz", "timestamp with time zone"),
        ("timestamp", "timestamp without time zone"),
        ("int8", "bigint"),
        ("char", "character(1)"),
        ("varchar", "character varying"),
        ("bit varying(3)", "bit varying(3)"),
        ("float(24)", "real"),
        ("double precision", "double precision"),
        ("interval(3)", "interval(3)"),
        ("interval", "interval"),
        ("app.mood", "app.mood"),
        ("\"Mood\"", "Mood"),
        ("vector(3)", "vector(3)"),
    ] {
        assert_eq!(added(&format!("x {written}")).type_, expected, "{written}");
    }
}

#[test]
fn a_new_constraint_says_how_it_is_checked() {
    let constraint = |rest: &str| match action(&format!("ADD {rest}")) {
        Action::AddConstraint(constraint) => constraint,
        other => panic!("{other:?}"),
    };
    let key = constraint("CONSTRAINT c FOREIGN KEY (x, y) REFERENCES s.b (i, j) ON DELETE CASCADE NOT VALID");
    assert_eq!((key.kind, key.name.as_deref(), key.not_valid), (ConstraintKind::ForeignKey, Some("c"), true));
    assert_eq!((key.references_schema.as_deref(), key.references.as_deref()), (Some("s"), Some("b")));
    assert_eq!(
        (key.columns, key.referenced_columns),
        (vec![text("x"), text("y")], vec![text("i"), text("j")])
    );
    assert_eq!((key.on_delete, key.on_update), (ReferentialAction::Cascade, ReferentialAction::NoAction));
    assert!(!key.not_enforced && !key.deferrable);
    let check = constraint("CHECK (x > 0)");
    assert_eq!((check.kind, check.name, check.not_valid), (ConstraintKind::Check, None, false));
    assert!(constraint("CONSTRAINT c CHECK (x > 0) NOT ENFORCED").not_enforced);
    let unique = constraint("CONSTRAINT c UNIQUE USING INDEX i DEFERRABLE");
    assert_eq!(
        (unique.kind, unique.using_index.as_deref(), unique.deferrable),
        (ConstraintKind::Unique, Some("i"), true)
    );
    assert_eq!(constraint("PRIMARY KEY (x)").kind, ConstraintKind::PrimaryKey);
    assert_eq!(constraint("EXCLUDE USING gist (x WITH &&)").kind, ConstraintKind::Exclusion);
    let not_null = constraint("CONSTRAINT c NOT NULL x NOT VALID");
    assert_eq!(
        (not_null.kind, not_null.not_valid, not_null.columns),
        (ConstraintKind::NotNull, true, vec![text("x")])
    );
}

#[test]
fn a_new_table_lists_columns_and_constraints() {
    let effect = effect(
        "CREATE TABLE a (i bigint PRIMARY KEY, b_id int NOT NULL REFERENCES b ON DELETE SET NULL, CONSTRAINT c CHECK (i > 0))",
    );
    let columns: Vec<_> =
        effect.new_columns.iter().map(|column| (column.name.as_str(), column.not_null)).collect();
    assert_eq!(columns, [("i", true), ("b_id", true)]);
    let kinds: Vec<_> = effect.new_constraints.iter().map(|constraint| constraint.kind).collect();
    assert_eq!(kinds, [ConstraintKind::PrimaryKey, ConstraintKind::ForeignKey, ConstraintKind::Check]);
    assert_eq!(effect.new_constraints[0].columns, ["i"]);
    assert_eq!(effect.new_constraints[1].on_delete, ReferentialAction::SetNull);
}
