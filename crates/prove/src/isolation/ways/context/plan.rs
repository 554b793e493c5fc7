//! A statement that was planned in B's context, or as another role, and is executed in A's: the plan may hold B's key.

use std::collections::BTreeSet;

use freehold_model::{
    catalog::{Relation, RelationKind},
    name::quote_identifier,
};

use crate::isolation::{
    error::IsolationError,
    outcome::Outcome,
    target::Target,
    trial::{Answer, Refused, Trial, Who, send},
    way::{Family, Way},
    ways::{
        context::nobody::columns,
        judge::{SHOWN, foreign_rows, list, no_rows_of_others},
    },
    world::World,
};

pub(in crate::isolation::ways) static WAY: Way = Way {
    id: "context-plan",
    family: Family::Context,
    title: "prepared in B's context, executed in A's",
    run: |world, target| Box::pin(run(world, target)),
};

/// How often a statement with parameters is executed before the server keeps one plan for all of them, and one more.
const UNTIL_KEPT: usize = 6;

async fn run(world: &World<'_>, target: &Target) -> Result<Vec<Outcome>, IsolationError> {
    let Some(relation) = target.relation(world) else { return Ok(Vec::new()) };
    let is_view = relation.kind == RelationKind::View;
    let may = world.may(relation.oid);
    if (target.owned_table(world).is_none() && !is_view) || (is_view && may.select.is_empty()) {
        return Ok(Vec::new());
    }
    if let Some(outcomes) = no_rows_of_others(world, relation).filter(|_| !is_view) {
        return Ok(outcomes);
    }
    let columns = columns(relation, &may);
    let select = format!("SELECT {} FROM {}", list(&columns), relation.name.quoted());
    let usual = Trial::all([0, 1].map(|_| world.trial(Who::A).run(select.as_str()))).await?;
    let [Some(Ok(first)), Some(Ok(second))] =
        [usual.first(), usual.get(1)].map(|seen| seen.map(|s| s.last()))
    else {
        let Some(seen) = usual.first() else { return Ok(Vec::new()) };
        return Ok(crate::isolation::ways::judge::of_refusal(seen).into_iter().collect());
    };
    // What differs each time, such as the time itself, says nothing.
    let steady = steady(first, second);
    if is_view && steady.is_empty() {
        return Ok(Vec::new());
    }
    let mut sqls = Vec::new();
    for manner in [Manner::Plain, Manner::Kept, Manner::OtherRole] {
        let (sql, came) = execute(world, &select, manner).await?;
        match came {
            Err(refused) if refused.is_by_privilege() => {}
            Err(refused) => {
                let why = format!("the server refused the statement: {}", refused.words());
                return Ok(vec![Outcome::not_tried(why)]);
            }
            Ok(answer) => {
                let crossed = crossed(world, relation, &columns, (first, &steady), &answer);
                if !crossed.rows.is_empty() {
                    return Ok(vec![leak(relation, &sql, &crossed, manner)]);
                }
            }
        }
        sqls.push(sql);
    }
    Ok(vec![Outcome::held(sqls.join("\n"), "the plan made for another gave only what A sees")])
}

#[derive(Clone, Copy)]
enum Manner {
    /// Without parameters: the server keeps its first plan.
    Plain,
    /// With a parameter, executed until the server keeps a plan.
    Kept,
    /// Prepared by a role that no policy binds.
    OtherRole,
}

type Value = Option<String>;

fn only(row: &[Value], places: &[usize]) -> Vec<Value> {
    places.iter().map(|at| row.get(*at).cloned().flatten()).collect()
}

/// The places of the columns that hold the same values in both.
fn steady(first: &Answer, second: &Answer) -> Vec<usize> {
    let column = |answer: &Answer, at: usize| {
        let mut values: Vec<Value> = answer.rows.iter().map(|row| row.get(at).cloned().flatten()).collect();
        values.sort();
        values
    };
    (0..first.columns.len()).filter(|at| column(first, *at) == column(second, *at)).collect()
}

fn crossed(
    world: &World<'_>,
    relation: &Relation,
    columns: &[String],
    usual: (&Answer, &[usize]),
    answer: &Answer,
) -> Answer {
    match world.truth(relation.oid) {
        Some(truth) => foreign_rows(truth, columns, answer),
        None => {
            let (usual, steady) = usual;
            let known: BTreeSet<Vec<Value>> = usual.rows.iter().map(|row| only(row, steady)).collect();
            let more =
                answer.rows.iter().filter(|row| !known.contains(&only(row, steady))).cloned().collect();
            Answer { columns: answer.columns.clone(), rows: more, affected: 0 }
        }
    }
}

fn leak(relation: &Relation, sql: &str, crossed: &Answer, manner: Manner) -> Outcome {
    let when = match manner {
        Manner::Plain | Manner::Kept => "in B's context",
        Manner::OtherRole => "as a role that no policy binds",
    };
    let means = format!(
        "a statement on {} that was prepared {when} gives {} rows in A's context that are not A's",
        relation.name,
        crossed.rows.len()
    );
    let advice =
        "Mark functions that read a setting STABLE, never IMMUTABLE: their result becomes part of the plan";
    Outcome::leaked(sql, crossed.lines(SHOWN), means, advice)
}

async fn execute(
    world: &World<'_>,
    select: &str,
    manner: Manner,
) -> Result<(String, Result<Answer, Refused>), IsolationError> {
    let name = format!("freehold_plan_{}", world.next_number());
    let role = format!("SET LOCAL SESSION AUTHORIZATION {}", quote_identifier(&world.role));
    let run = match manner {
        Manner::Kept => format!("EXECUTE {name} (1)"),
        Manner::Plain | Manner::OtherRole => format!("EXECUTE {name}"),
    };
    let mut statements = vec!["BEGIN".to_owned()];
    match manner {
        Manner::Plain => {
            statements.push(role.clone());
            statements.extend(world.assuming(1));
            statements.extend([format!("PREPARE {name} AS {select}"), run.clone()]);
        }
        Manner::Kept => {
            statements.push(role.clone());
            statements.extend(world.assuming(1));
            statements.push(format!("PREPARE {name} (int) AS {select} WHERE $1 = $1"));
            statements.extend(std::iter::repeat_n(run.clone(), UNTIL_KEPT));
        }
        Manner::OtherRole => statements.extend([format!("PREPARE {name} AS {select}"), run.clone()]),
    }
    statements.extend(["ROLLBACK".to_owned(), "BEGIN".to_owned(), role]);
    statements.extend(world.assuming(0));
    statements.push(run);
    let asked = statements.len() - 1;
    statements.extend(["ROLLBACK".to_owned(), format!("DEALLOCATE {name}")]);
    let answers = send(world.spare().await?, &statements).await?;
    world.count_trials(2);
    let sql = format!("{};", statements.join(";\n"));
    let refused = answers.iter().take(asked).find_map(|answer| answer.as_ref().err()).cloned();
    let came = match (refused, answers.into_iter().nth(asked)) {
        (Some(refused), _) => Err(refused),
        (None, Some(came)) => came,
        (None, None) => Ok(Answer::default()),
    };
    Ok((sql, came))
}
