//! Reads one table from the server: fresh facts, since a script may have changed it a moment ago.

use std::{collections::HashMap, future::Future, pin::Pin, sync::Arc};

use freehold_db::{DbError, Session};
use freehold_model::name::{QualifiedName, quote_identifier};
use tokio_postgres::{Row, types::FromSql};

use crate::{
    error::SynthError,
    literal,
    table::{Column, Condition, Foreign, Kind, Parent, Table, Unique},
};

/// Types that were read, by oid and modifier.
pub(crate) type Kinds = HashMap<(u32, i32), Arc<Kind>>;

pub(crate) async fn table(session: &Session, oid: u32, kinds: &mut Kinds) -> Result<Table, SynthError> {
    const NAME: &str = "select s.nspname::text, c.relname::text from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace s on s.oid = c.relnamespace where c.oid = $1 and c.relkind in ('r', 'p')";
    let doing = || format!("reading the table with oid {oid} to make rows for it");
    let failed = |error: DbError| SynthError::Server { doing: doing(), source: error };
    let named = session.query(NAME, &[&oid]).await.map_err(failed)?;
    let Some(row) = named.first() else { return Err(SynthError::NoSuchTable { oid, name: None }) };
    let name = QualifiedName::new(get::<String>(row, 0, &doing())?, get::<String>(row, 1, &doing())?);
    let mut columns = Vec::new();
    for row in session.query(include_str!("look/columns.sql"), &[&oid]).await.map_err(failed)? {
        let kind = kind(session, get(&row, 2, &doing())?, get(&row, 3, &doing())?, kinds).await?;
        columns.push(Column {
            number: get(&row, 0, &doing())?,
            name: get(&row, 1, &doing())?,
            nullable: !get::<bool>(&row, 4, &doing())? && !kind.not_null,
            generated: get(&row, 5, &doing())?,
            default: get(&row, 6, &doing())?,
            counted: get(&row, 7, &doing())?,
            kind,
        });
    }
    let mut table = Table {
        oid,
        whole: name.clone(),
        whole_oid: oid,
        name,
        columns,
        foreign: Vec::new(),
        conditions: Vec::new(),
        uniques: Vec::new(),
        without_partitions: false,
    };
    constraints(session, &mut table, &doing()).await?;
    uniques(session, &mut table, &doing()).await?;
    partitions(session, &mut table, &doing()).await?;
    domains(&mut table);
    generated(&mut table);
    Ok(table)
}

/// The name of a relation.
pub(crate) async fn name(session: &Session, oid: u32) -> Result<QualifiedName, SynthError> {
    const NAME: &str = "select s.nspname::text, c.relname::text from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace s on s.oid = c.relnamespace where c.oid = $1";
    let doing = format!("reading the name of the table with oid {oid}");
    let found = session.query(NAME, &[&oid]).await.map_err(SynthError::server(&doing))?;
    let Some(row) = found.first() else { return Err(SynthError::NoSuchTable { oid, name: None }) };
    Ok(QualifiedName::new(get::<String>(row, 0, &doing)?, get::<String>(row, 1, &doing)?))
}

async fn constraints(session: &Session, table: &mut Table, doing: &str) -> Result<(), SynthError> {
    let found = session.query(include_str!("look/constraints.sql"), &[&table.oid]).await;
    for row in found.map_err(SynthError::server(doing))? {
        let constraint: String = get(&row, 0, doing)?;
        if get::<String>(&row, 1, doing)? == "c" {
            let mut columns: Vec<i16> = get(&row, 3, doing)?;
            columns.sort_unstable();
            let expression = get::<Option<String>>(&row, 2, doing)?.unwrap_or_else(|| "true".to_owned());
            demand(table, &constraint, &expression, Some(&columns));
        } else {
            table.foreign.push(Foreign {
                constraint,
                columns: get(&row, 5, doing)?,
                parent: Parent::Relation(get(&row, 4, doing)?),
                from: get::<Option<String>>(&row, 7, doing)?.unwrap_or_default(),
                parent_columns: get(&row, 6, doing)?,
                coloured: false,
            });
        }
    }
    Ok(())
}

async fn uniques(session: &Session, table: &mut Table, doing: &str) -> Result<(), SynthError> {
    let found = session.query(include_str!("look/uniques.sql"), &[&table.oid]).await;
    for row in found.map_err(SynthError::server(doing))? {
        let partial: bool = get(&row, 0, doing)?;
        table.uniques.push(Unique { columns: get(&row, 2, doing)?, partial });
        // Rows outside a partial index cannot collide in it.
        if let Some(predicate) = get::<Option<String>>(&row, 1, doing)? {
            table.conditions.push(Condition {
                constraint: None,
                columns: read_by(table, &predicate),
                expression: format!("({predicate}) IS NOT TRUE"),
                enforced: false,
            });
        }
    }
    Ok(())
}

async fn partitions(session: &Session, table: &mut Table, doing: &str) -> Result<(), SynthError> {
    let found = session.query(include_str!("look/partitions.sql"), &[&table.oid]).await;
    let rows = found.map_err(SynthError::server(doing))?;
    let Some(row) = rows.first() else { return Ok(()) };
    let leaves: Vec<String> = get(row, 4, doing)?;
    let mut alternatives = Vec::new();
    if get::<bool>(row, 0, doing)? {
        table.without_partitions = get::<i64>(row, 3, doing)? == 0;
        alternatives = leaves;
    } else if get::<bool>(row, 1, doing)? {
        alternatives.extend(get::<Option<String>>(row, 2, doing)?);
    }
    if !alternatives.is_empty() {
        let expression = match alternatives.as_slice() {
            [one] => one.clone(),
            several => several.iter().map(|one| format!("({one})")).collect::<Vec<_>>().join(" OR "),
        };
        demand(table, "partition bounds", &expression, None);
    }
    Ok(())
}

/// Each part of a condition that must hold is a condition by itself: a part may be about one column only. A condition
/// on the whole row stays whole.
fn demand(table: &mut Table, constraint: &str, expression: &str, columns: Option<&[i16]>) {
    let parts: Vec<(String, Vec<i16>)> = literal::conjuncts(expression)
        .into_iter()
        .map(|part| {
            let mut read = read_by(table, &part);
            read.retain(|number| columns.is_none_or(|columns| columns.contains(number)));
            (part, read)
        })
        .collect();
    let covered = |numbers: &[i16]| numbers.iter().all(|n| parts.iter().any(|(_, read)| read.contains(n)));
    let parts = match columns {
        Some(columns) if !covered(columns) || columns.contains(&0) => {
            vec![(expression.to_owned(), columns.to_vec())]
        }
        _ => parts,
    };
    table.conditions.extend(parts.into_iter().map(|(expression, columns)| Condition {
        constraint: Some(constraint.to_owned()),
        expression,
        columns,
        enforced: true,
    }));
}

/// A domain's conditions hold for a column of that domain too.
fn domains(table: &mut Table) {
    for column in &table.columns {
        for (constraint, expression) in &column.kind.conditions {
            table.conditions.push(Condition {
                constraint: Some(constraint.clone()),
                expression: format!(
                    "(SELECT {expression} FROM (SELECT {}) AS \"domain\"(value))",
                    column.quoted()
                ),
                columns: vec![column.number],
                enforced: true,
            });
        }
    }
}

/// What a generated column that must not be NULL is made of must give it a value.
fn generated(table: &mut Table) {
    for column in table.columns.iter().filter(|column| column.generated && !column.nullable) {
        let Some(expression) = &column.default else { continue };
        table.conditions.push(Condition {
            constraint: Some(format!("NOT NULL of the generated column {}", column.name)),
            columns: read_by(table, expression),
            expression: format!("({expression}) IS NOT NULL"),
            enforced: true,
        });
    }
}

/// Columns whose names occur in an expression.
fn read_by(table: &Table, expression: &str) -> Vec<i16> {
    let names = literal::names(expression);
    let read = table.columns.iter().filter(|column| names.contains(&column.name));
    read.map(|column| column.number).collect()
}

/// A type with all that it is made of.
pub(crate) fn kind<'a>(
    session: &'a Session,
    oid: u32,
    modifier: i32,
    kinds: &'a mut Kinds,
) -> Pin<Box<dyn Future<Output = Result<Arc<Kind>, SynthError>> + Send + 'a>> {
    Box::pin(async move {
        if let Some(known) = kinds.get(&(oid, modifier)) {
            return Ok(known.clone());
        }
        let doing = format!("reading the type with oid {oid} to make values of it");
        let found = session.query(include_str!("look/type.sql"), &[&oid, &modifier]).await;
        let rows = found.map_err(SynthError::server(&doing))?;
        let Some(row) = rows.first() else {
            return Err(SynthError::Unsatisfied {
                relation: format!("a column of the type with oid {oid}"),
                column: None,
                constraint: None,
                why: "the server does not know the type any more".to_owned(),
            });
        };
        let inner_type: u32 = get(row, 4, &doing)?;
        let inner_modifier: i32 = get(row, 5, &doing)?;
        let inner = match inner_type {
            0 => None,
            oid => Some(kind(session, oid, inner_modifier, kinds).await?),
        };
        let types: Vec<u32> = get(row, 8, &doing)?;
        let modifiers: Vec<i32> = get(row, 9, &doing)?;
        let mut attributes = Vec::new();
        for (oid, modifier) in types.into_iter().zip(modifiers) {
            attributes.push(kind(session, oid, modifier, kinds).await?);
        }
        let class = get::<String>(row, 2, &doing)?.chars().next().unwrap_or('b');
        let names: Vec<String> = get(row, 10, &doing)?;
        let expressions: Vec<String> = get(row, 11, &doing)?;
        let mut conditions: Vec<_> = names.into_iter().zip(expressions).collect();
        let below = inner.as_ref().filter(|_| class == 'd');
        conditions.extend(below.iter().flat_map(|inner| inner.conditions.clone()));
        let made = Arc::new(Kind {
            name: get(row, 0, &doing)?,
            cast: get(row, 1, &doing)?,
            class,
            modifier,
            labels: get(row, 7, &doing)?,
            array: get(row, 6, &doing)?,
            attributes,
            conditions,
            not_null: get::<bool>(row, 3, &doing)? || below.is_some_and(|inner| inner.not_null),
            inner,
        });
        kinds.insert((oid, modifier), made.clone());
        Ok(made)
    })
}

/// The largest value of an integer or numeric column, as far as it is a whole number in the range of 64 bits.
pub(crate) async fn largest(session: &Session, table: &Table, column: &Column) -> Result<i64, SynthError> {
    let name = quote_identifier(&column.name);
    let sql = format!(
        "SELECT coalesce(greatest(0, least(pg_catalog.max(pg_catalog.ceil({name}::pg_catalog.text::pg_catalog.numeric)), \
         9000000000000000000)), 0)::pg_catalog.int8 FROM {} WHERE {name}::pg_catalog.text NOT IN ('NaN', 'Infinity')",
        table.whole.quoted()
    );
    count(session, &sql, &format!("reading the largest {} of {}", column.name, table.name)).await
}

/// The single number that a query answers with.
pub(crate) async fn count(session: &Session, sql: &str, doing: &str) -> Result<i64, SynthError> {
    let rows = crate::ask::rows(session, doing, sql, &crate::ask::Bound::default()).await;
    let rows = rows.map_err(SynthError::server(doing))?;
    rows.first().map_or(Ok(0), |row| get(row, 0, doing))
}

fn get<'a, T: FromSql<'a>>(row: &'a Row, index: usize, doing: &str) -> Result<T, SynthError> {
    row.try_get(index).map_err(|error| SynthError::server(doing)(DbError::from_postgres(doing, error)))
}
