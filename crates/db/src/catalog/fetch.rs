//! Reading what is dirty: all queries sent at once, under pinned settings.

use std::{collections::HashMap, sync::Arc};

use freehold_model::catalog::{
    Catalog, Extension, Function, ObjectKind, Other, Relation, Schema, TypeObject,
};
use futures_util::future::join_all;
use tokio_postgres::{Row, Statement, types::ToSql};

use super::{
    dirty::{Bits, Dirty, ITSELF},
    for_version::for_version,
    function,
    other::{self, OTHERS},
    part::PARTS,
    pinned, relation,
    rows::{Bad, Fields},
    whole,
};
use crate::{DbError, Session};

const BEGIN: &str = "begin transaction read only";
const ROLLBACK: &str = "rollback";
const DEPENDENTS: &str = include_str!("dependents.sql");

/// How the session was found, so that it can be left so.
pub(super) struct Found {
    pub(super) in_transaction: bool,
    pub(super) settings: Vec<String>,
}

/// What was read.
#[derive(Default)]
pub(super) struct Fetched {
    pub(super) relations: Vec<Relation>,
    pub(super) functions: Vec<Arc<Function>>,
    pub(super) types: Option<Vec<Arc<TypeObject>>>,
    pub(super) schemas: Option<Vec<Arc<Schema>>>,
    pub(super) extensions: Option<Vec<Arc<Extension>>>,
    pub(super) others: Vec<(ObjectKind, Vec<Arc<Other>>)>,
    /// Relations and functions that mention a dirty relation's columns.
    pub(super) dependent_relations: Vec<u32>,
    pub(super) dependent_functions: Vec<u32>,
}

/// What a query's rows are.
#[derive(Clone, Copy)]
enum What {
    Nothing,
    Relations,
    Part(usize),
    Dependents,
    Functions,
    Types,
    Schemas,
    Extensions,
    Other(ObjectKind),
}

enum Parameters {
    None,
    Ids(Vec<u32>),
    Settings(Vec<String>),
}

struct Job {
    what: What,
    sql: String,
    parameters: Parameters,
}

/// Reads all that is dirty in one round trip (one more the first time, to prepare the statements). Of relations that
/// are only partly dirty, the rest is taken from what is `known`.
pub(super) async fn fetch(
    session: &Session,
    dirty: &Dirty,
    found: &Found,
    known: &Catalog,
) -> Result<Fetched, DbError> {
    let jobs = jobs(dirty, found, session.version().major());
    let statements = join_all(jobs.iter().map(|job| session.prepared(&job.sql))).await;
    let statements = statements.into_iter().collect::<Result<Vec<_>, _>>()?;
    let answers =
        join_all(jobs.iter().zip(&statements).map(|(job, statement)| send(session, job, statement)));
    let mut fetched = Fetched { relations: clean_of(dirty, known), ..Fetched::default() };
    for (job, answer) in jobs.iter().zip(answers.await) {
        let understood = answer.and_then(|rows| fetched.take(job.what, &rows, dirty, known));
        understood.map_err(|error| {
            DbError::from_postgres(format!("reading {} of {}", job.what.words(), session.name()), error)
        })?;
    }
    Ok(fetched)
}

async fn send(session: &Session, job: &Job, statement: &Statement) -> Result<Vec<Row>, Bad> {
    let names = pinned::names();
    let parameters: Vec<&(dyn ToSql + Sync)> = match &job.parameters {
        Parameters::None => Vec::new(),
        Parameters::Ids(ids) => vec![ids],
        Parameters::Settings(values) => vec![&names, values],
    };
    session.client().query(statement, &parameters).await
}

fn jobs(dirty: &Dirty, found: &Found, major: u32) -> Vec<Job> {
    let mut jobs = Vec::new();
    let mut add =
        |what, sql: &str, parameters| jobs.push(Job { what, sql: for_version(sql, major), parameters });
    if !found.in_transaction {
        add(What::Nothing, BEGIN, Parameters::None);
    }
    add(What::Nothing, pinned::SET, Parameters::Settings(pinned::values()));
    let mut add_ids = |what, sql: &str, ids: Vec<u32>| {
        if !ids.is_empty() {
            add(what, sql, Parameters::Ids(ids));
        }
    };
    add_ids(What::Relations, relation::SQL, dirty.relations_with(ITSELF));
    for (at, part) in PARTS.iter().enumerate() {
        add_ids(What::Part(at), part.sql, dirty.relations_with(bit(at)));
    }
    if !dirty.everything {
        add_ids(What::Dependents, DEPENDENTS, dirty.relations_with(bit(0)));
    }
    add_ids(What::Functions, function::SQL, dirty.functions.iter().copied().collect());
    if dirty.types {
        add(What::Types, whole::TYPES, Parameters::None);
    }
    if dirty.schemas {
        add(What::Schemas, whole::SCHEMAS, Parameters::None);
    }
    if dirty.extensions {
        add(What::Extensions, whole::EXTENSIONS, Parameters::None);
    }
    for catalog in OTHERS.iter().filter(|catalog| dirty.others.contains(&catalog.id)) {
        add(What::Other(catalog.kind), catalog.sql, Parameters::None);
    }
    if found.in_transaction {
        add(What::Nothing, pinned::SET, Parameters::Settings(found.settings.clone()));
    } else {
        add(What::Nothing, ROLLBACK, Parameters::None);
    }
    jobs
}

impl What {
    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "the settings",
            Self::Relations => "the relations",
            Self::Part(at) => PARTS.get(at).map_or("the parts", |part| part.what),
            Self::Dependents => "the dependencies",
            Self::Functions => "the functions",
            Self::Types => "the types",
            Self::Schemas => "the schemas",
            Self::Extensions => "the extensions",
            Self::Other(kind) => kind.plural(),
        }
    }
}

impl Fetched {
    fn take(&mut self, what: What, rows: &[Row], dirty: &Dirty, known: &Catalog) -> Result<(), Bad> {
        match what {
            What::Nothing => {}
            What::Relations => {
                for row in rows {
                    let mut relation = relation::relation(Fields::new(row))?;
                    let bits = dirty.relations.get(&relation.oid).copied().unwrap_or(Bits::MAX);
                    if let Some(old) = known.relation_by_oid(relation.oid) {
                        keep_clean(&mut relation, old, bits);
                    }
                    self.relations.push(relation);
                }
            }
            What::Part(at) => self.add_parts(at, rows)?,
            What::Dependents => {
                for row in rows {
                    let mut fields = Fields::new(row);
                    match fields.next::<&str>()? {
                        "r" => self.dependent_relations.push(fields.next()?),
                        _ => self.dependent_functions.push(fields.next()?),
                    }
                }
            }
            What::Functions => self.functions = all(rows, function::function)?,
            What::Types => self.types = Some(all(rows, whole::type_object)?),
            What::Schemas => self.schemas = Some(all(rows, whole::schema)?),
            What::Extensions => self.extensions = Some(all(rows, whole::extension)?),
            What::Other(kind) => {
                let objects = rows.iter().map(|row| other::object(kind, row)).collect::<Result<_, _>>()?;
                self.others.push((kind, objects));
            }
        }
        Ok(())
    }

    /// Rows come ordered by relation; those of relations that are not listed (of extensions, say) are let go.
    fn add_parts(&mut self, at: usize, rows: &[Row]) -> Result<(), Bad> {
        let Some(reader) = PARTS.get(at) else { return Ok(()) };
        let places: HashMap<u32, usize> =
            self.relations.iter().enumerate().map(|(place, relation)| (relation.oid, place)).collect();
        for row in rows {
            let mut fields = Fields::new(row);
            let relation = places.get(&fields.next()?).and_then(|place| self.relations.get_mut(*place));
            if let Some(relation) = relation {
                (reader.add)(relation, fields)?;
            }
        }
        Ok(())
    }
}

/// The relations of which only parts are dirty, with the parts that are not.
fn clean_of(dirty: &Dirty, known: &Catalog) -> Vec<Relation> {
    let partly = dirty.relations.iter().filter(|(_, bits)| **bits & ITSELF == 0);
    partly
        .filter_map(|(id, bits)| {
            let old = known.relation_by_oid(*id)?;
            let mut relation = old.without_parts();
            keep_clean(&mut relation, old, *bits);
            Some(relation)
        })
        .collect()
}

fn keep_clean(relation: &mut Relation, old: &Relation, dirty: Bits) {
    for (at, part) in PARTS.iter().enumerate() {
        if dirty & bit(at) == 0 {
            (part.keep)(relation, old);
        }
    }
}

/// The bit of the reader at a place of the list of parts.
fn bit(at: usize) -> Bits {
    u32::try_from(at).ok().and_then(|at| (1 as Bits).checked_shl(at)).unwrap_or(0)
}

fn all<T>(rows: &[Row], one: impl Fn(Fields<'_>) -> Result<T, Bad>) -> Result<Vec<T>, Bad> {
    rows.iter().map(|row| one(Fields::new(row))).collect()
}
