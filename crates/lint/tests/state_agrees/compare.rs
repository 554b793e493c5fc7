//! A state as lines, and the lines in which two states differ.

use std::collections::BTreeSet;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_lint::{State, state::Site};
use freehold_model::catalog::{
    Column, Constraint, ConstraintKind, FunctionKind, Grants, Index, IndexColumn, Relation, RelationKind,
    Sequence, TypeShape,
};
use freehold_sandbox::testing;
use freehold_sql::parse_each;

/// What the text of a script makes of a state.
pub(crate) fn simulate(state: &mut State, script: usize, text: &str) {
    let mut number = 0;
    parse_each(text, &mut |outcome| {
        let parsed = outcome.unwrap_or_else(|error| panic!("{error}"));
        let site = Site { script, statement: number, span: parsed.statement.span };
        state.apply(&parsed.statement, parsed.tree.as_ref(), site);
        number += 1;
    });
}

/// Runs the statements of scripts on a server, one by one, and gives the state that its catalog shows then.
pub(crate) async fn run(texts: &[String]) -> State {
    let scratch = testing::scratch().await;
    let session = Session::open(&scratch.connect_to()).await.unwrap();
    for text in texts {
        for outcome in freehold_sql::parse_lenient(text) {
            let statement = outcome.unwrap_or_else(|error| panic!("{error}"));
            let sql = statement.text(text);
            session.run(sql).await.unwrap_or_else(|error| panic!("{sql}: {:?}", error.server()));
        }
    }
    let catalog = CatalogReader::new().read(&session).await.unwrap();
    drop(session);
    scratch.remove().await.unwrap();
    State::from_catalog(&catalog)
}

/// The lines that only one of the two has: `-` what the server shows, `+` what was simulated.
pub(crate) fn differences(server: &State, simulated: &State) -> Vec<String> {
    let (real, ours) = (lines(server, simulated), lines(simulated, simulated));
    let missing = real.difference(&ours).map(|line| format!("- {line}"));
    missing.chain(ours.difference(&real).map(|line| format!("+ {line}"))).collect()
}

/// What is compared. Columns of relations that the simulation does not know as a whole are left out.
fn lines(state: &State, simulated: &State) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (name, known) in state.relations.iter().filter(|(name, _)| name.schema != "pg_temp") {
        let whole = simulated.relation(name).is_none_or(|known| known.whole);
        relation(&known.relation, whole, &mut lines);
    }
    for (name, known) in state.types.iter() {
        lines.insert(match &known.object.shape {
            TypeShape::Enum { labels } => format!("enum {name} {labels:?}"),
            TypeShape::Domain { base, not_null, constraints, .. } => {
                let constraints: Vec<_> =
                    constraints.iter().map(|c| format!("{} {}", c.name, c.validated)).collect();
                format!("domain {name} over {base} not null {not_null} {constraints:?}")
            }
            TypeShape::Range { subtype, .. } => format!("range {name} of {subtype}"),
            TypeShape::Base { .. } => format!("type {name}"),
        });
    }
    for (name, all) in state.functions.iter() {
        for known in all.iter() {
            let f = &known.function;
            let mut config = f.config.clone();
            config.sort();
            let head = format!("function {name}({}) {:?}", f.identity_arguments, f.kind);
            if f.kind == FunctionKind::Aggregate {
                lines.insert(head);
                continue;
            }
            lines.insert(format!(
                "{head} returns {:?} {} {:?} strict {} definer {} leakproof {} {:?} {config:?}",
                f.result, f.language, f.volatility, f.strict, f.security_definer, f.leakproof, f.parallel
            ));
            grants(&head, &f.grants, &mut lines);
        }
    }
    for (name, schema) in state.schemas.iter().filter(|(name, _)| name.name != "public") {
        lines.insert(format!("schema {}", name.name));
        grants(&format!("schema {}", name.name), &schema.1, &mut lines);
    }
    for (name, _) in state.extensions.iter().filter(|(name, _)| name.name != "plpgsql") {
        lines.insert(format!("extension {}", name.name));
    }
    for (index, table) in state.index_tables.iter() {
        lines.insert(format!("index {index} is on {table}"));
    }
    lines
}

fn grants(of: &str, grants: &Grants, lines: &mut BTreeSet<String>) {
    for grant in grants.iter().filter(|grant| !grant.to_owner) {
        for privilege in &grant.privileges {
            let to = grant.grantee.as_deref().unwrap_or("PUBLIC");
            let passing = if privilege.grantable { " with grant option" } else { "" };
            lines.insert(format!("{of}: {} to {to}{passing}", privilege.name));
        }
    }
}

fn relation(r: &Relation, whole: bool, lines: &mut BTreeSet<String>) {
    let name = &r.name;
    let mut options = r.options.clone();
    options.sort();
    lines.insert(format!(
        "{:?} {name} {:?} rls {} {} replica {:?} {:?} of {:?} inherits {:?} {:?} key {:?} options {options:?}",
        r.kind,
        r.persistence,
        r.row_security,
        r.force_row_security,
        r.replica_identity,
        r.partition.as_ref().map(|p| (&p.parent, p.bound == "DEFAULT")),
        r.of_type,
        r.inherits,
        r.comment,
        r.partition_key.as_ref().map(|key| (&key.strategy, &key.columns)),
    ));
    if r.kind == RelationKind::Sequence {
        sequence(r, lines);
        grants(&format!("sequence {name}"), &r.grants, lines);
        return;
    }
    grants(&format!("relation {name}"), &r.grants, lines);
    if whole {
        let names: Vec<&str> = r.columns.iter().map(|column| column.name.as_str()).collect();
        lines.insert(format!("columns of {name}: {names:?}"));
        for column in &r.columns {
            let is_view = matches!(r.kind, RelationKind::View | RelationKind::MaterializedView);
            self::column(&format!("{name}.{}", column.name), column, is_view, lines);
        }
    }
    for constraint in r.constraints.iter().filter(|c| c.kind != ConstraintKind::NotNull) {
        self::constraint(&format!("{name}.{}", constraint.name), constraint, lines);
    }
    for index in &r.indexes {
        self::index(&format!("{name}.{}", index.name), index, lines);
    }
    for trigger in &r.triggers {
        let (trigger, enabled, function) = (&trigger.name, trigger.enabled, &trigger.function);
        lines.insert(format!("trigger {name}.{trigger} {enabled:?} {function}"));
    }
    for rule in &r.rules {
        lines.insert(format!("rule {name}.{}", rule.name));
    }
    for p in &r.policies {
        lines.insert(format!(
            "policy {name}.{} {:?} permissive {} to {:?} using {} check {}",
            p.name,
            p.command,
            p.permissive,
            p.roles,
            p.using.is_some(),
            p.with_check.is_some()
        ));
    }
    for statistics in &r.statistics {
        lines.insert(format!("statistics {name}.{}", statistics.name));
    }
}

fn column(name: &str, c: &Column, is_view: bool, lines: &mut BTreeSet<String>) {
    if is_view {
        return;
    }
    lines.insert(format!(
        "column {name} {} not null {} {:?} {:?} default {} {:?} {:?} {:?} {:?} {:?} local {} inherited {} {:?}",
        c.type_name,
        c.not_null,
        c.generated,
        c.identity,
        c.default.is_some(),
        c.collation,
        c.storage,
        c.compression,
        c.statistics_target,
        c.options,
        c.is_local,
        c.inherited,
        c.comment,
    ));
    grants(&format!("column {name}"), &c.grants, lines);
    if let Some(default) = c.default.as_ref().filter(|default| default.starts_with("nextval(")) {
        lines.insert(format!("column {name} default {default}"));
    }
}

fn constraint(name: &str, c: &Constraint, lines: &mut BTreeSet<String>) {
    lines.insert(format!(
        "constraint {name} {:?} {:?} to {:?} {:?} on {:?} {:?} valid {} {:?} no inherit {} local {} parent {} triggers {}",
        c.kind,
        c.columns,
        c.referenced_table,
        c.referenced_columns,
        c.on_delete,
        c.on_update,
        c.validated,
        c.deferrable,
        c.no_inherit && c.kind == ConstraintKind::Check,
        c.is_local,
        c.has_parent,
        c.triggers_enabled,
    ));
    // A check and an exclusion are written in the server's own style.
    if !matches!(c.kind, ConstraintKind::Check | ConstraintKind::Exclusion) {
        lines.insert(format!("constraint {name} is {}", c.definition));
    }
}

fn index(name: &str, i: &Index, lines: &mut BTreeSet<String>) {
    let key: Vec<&str> = i.columns.iter().map(|c| c.column().unwrap_or("(expression)")).collect();
    let plain = i.predicate.is_none() && i.columns.iter().all(|c| matches!(c, IndexColumn::Column(_)));
    lines.insert(format!(
        "index {name} {} {key:?} {:?} partial {} unique {} {} primary {} exclusion {} valid {} clustered {} replica {} {:?} attached {} {:?}",
        i.method,
        i.included,
        i.predicate.is_some(),
        i.unique,
        i.nulls_not_distinct,
        i.primary,
        i.exclusion,
        i.valid,
        i.clustered,
        i.replica_identity,
        i.constraint,
        i.attached,
        i.parent,
    ));
    if plain && !i.exclusion {
        lines.insert(format!("index {name} is {}", i.definition));
    }
}

fn sequence(r: &Relation, lines: &mut BTreeSet<String>) {
    let Some(Sequence { type_name, start, increment, min, max, cache, cycle, owned_by }) = &r.sequence else {
        return;
    };
    lines.insert(format!(
        "sequence {} {type_name} {start} {increment} {min} {max} {cache} {cycle} {owned_by:?}",
        r.name
    ));
}
