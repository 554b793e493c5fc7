//! Is the judge any good? Faults are planted in a schema one at a time, and the proof must catch each.
//!
//! A mutant that the proof does not catch is a hole in the ways, or changes nothing that anybody could reach: it is
//! named either way.

pub mod by_tests;
mod constraints;
mod grants;
mod policies;

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use freehold_model::catalog::{Catalog, Relation};
use freehold_sandbox::{Scratch, Server};

use super::{
    Options,
    error::IsolationError,
    outcome::Outcome,
    target::{self, Target, TargetKind},
    tenancy::Tenancy,
    ways,
    world::World,
};

/// A fault to be planted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// What it does, such as `policy own on orders dropped`.
    pub name: String,
    /// The table.
    pub relation: u32,
    /// Statements that plant it.
    pub apply: String,
    /// Statements that take it back.
    pub revert: String,
}

/// What became of a mutant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// The proof leaked where it did not before: the ways and targets, `way target`.
    Caught(Vec<String>),
    /// Nothing leaked that did not leak before.
    Survived,
    /// The server refused to plant it, for this reason.
    Refused(String),
}

/// A mutant and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The mutant.
    pub mutant: Mutant,
    /// What became of it.
    pub fate: Fate,
}

/// What became of all mutants.
#[derive(Debug, Clone, Default)]
pub struct Judged {
    /// In the order of tables and kinds.
    pub tried: Vec<Tried>,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl Judged {
    /// How many were caught.
    pub fn caught(&self) -> usize {
        self.tried.iter().filter(|tried| matches!(tried.fate, Fate::Caught(_))).count()
    }

    /// Those that survived.
    pub fn survivors(&self) -> impl Iterator<Item = &Mutant> {
        self.tried.iter().filter(|tried| tried.fate == Fate::Survived).map(|tried| &tried.mutant)
    }
}

/// All faults that can be planted in a schema. `role` is the one that the application's statements run as; none stands for
/// everybody.
pub fn mutants(catalog: &Catalog, tenancy: &Tenancy, role: Option<&str>) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for relation in catalog.relations.iter() {
        if !tenancy.owned.contains_key(&relation.oid) || !relation.is_table() {
            continue;
        }
        policies::of(relation, tenancy, role, &mut mutants);
        grants::of(relation, role, &mut mutants);
        constraints::of(catalog, relation, tenancy, &mut mutants);
    }
    mutants
}

/// Plants every mutant in turn in a copy of `from`, tries the ways on what it touches, and takes it back. `tell` is told
/// the mutant that is tried next, with its number and their count.
///
/// # Errors
/// When the copies cannot be made, a session is lost, or a mutant cannot be taken back.
pub async fn judge(
    server: &Server,
    from: &Scratch,
    catalog: &Arc<Catalog>,
    tenancy: &Tenancy,
    options: &Options,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<Judged, IsolationError> {
    let begun = Instant::now();
    let mut world = World::open(server, from, catalog, tenancy, options).await?;
    let outcome = judge_in(&mut world, tell).await;
    let closed = world.close().await;
    let tried = outcome?;
    closed?;
    Ok(Judged { tried, seconds: begun.elapsed().as_secs_f64() })
}

async fn judge_in(
    world: &mut World<'_>,
    tell: &(dyn Fn(usize, usize, &str) + Sync),
) -> Result<Vec<Tried>, IsolationError> {
    let role = world.effective_role.clone();
    let mutants = mutants(&world.catalog, world.tenancy, Some(&role));
    let mut tried = Vec::with_capacity(mutants.len());
    let mut before: Option<(u32, BTreeSet<String>)> = None;
    let count = mutants.len();
    for (number, mutant) in mutants.into_iter().enumerate() {
        tell(number, count, &mutant.name);
        let sound = match before.take() {
            Some((relation, leaks)) if relation == mutant.relation => leaks,
            _ => leaks(world, mutant.relation).await?,
        };
        let fate = plant(world, &mutant, &sound).await?;
        before = Some((mutant.relation, sound));
        tried.push(Tried { mutant, fate });
    }
    Ok(tried)
}

async fn plant(
    world: &mut World<'_>,
    mutant: &Mutant,
    sound: &BTreeSet<String>,
) -> Result<Fate, IsolationError> {
    for session in [&world.session, &world.alone] {
        // Several statements without BEGIN are one transaction: a refusal leaves nothing behind.
        if let Err(error) = session.run(&mutant.apply).await {
            let Some(server) = error.server() else {
                return Err(IsolationError::own(format!("planting {}", mutant.name))(error));
            };
            return Ok(Fate::Refused(server.to_string()));
        }
    }
    world.reread().await?;
    let found = leaks(world, mutant.relation).await;
    for session in [&world.session, &world.alone] {
        let back = session.run(&mutant.revert).await;
        back.map_err(IsolationError::own(format!("taking back {}", mutant.name)))?;
    }
    world.reread().await?;
    let new: Vec<String> = found?.difference(sound).cloned().collect();
    Ok(if new.is_empty() { Fate::Survived } else { Fate::Caught(new) })
}

/// The leaks on a table, on its partitions and parents, on views and the database as a whole.
async fn leaks(world: &World<'_>, relation: u32) -> Result<BTreeSet<String>, IsolationError> {
    let mut leaks = BTreeSet::new();
    for target in target::all(world).iter().filter(|target| concerns(world, target, relation)) {
        for way in ways::WAYS.iter().filter(|way| way.is_wanted(&world.options.ways)) {
            for outcome in (way.run)(world, target).await? {
                if let Outcome::Leaked(leak) = &outcome
                    && outcome.is_leak()
                {
                    let by = leak.by.as_ref().map(|by| format!(" ({by})")).unwrap_or_default();
                    leaks.insert(format!("{} {}{by}", way.id, target.name));
                }
            }
        }
    }
    Ok(leaks)
}

fn concerns(world: &World<'_>, target: &Target, relation: u32) -> bool {
    match target.kind {
        TargetKind::Relation(oid) if oid == relation => true,
        TargetKind::Relation(oid) => {
            let (Some(one), Some(other)) =
                (world.catalog.relation_by_oid(oid), world.catalog.relation_by_oid(relation))
            else {
                return false;
            };
            is_part_of(one, other) || is_part_of(other, one)
        }
        TargetKind::Function(_) | TargetKind::Database => false,
    }
}

fn is_part_of(part: &Relation, whole: &Relation) -> bool {
    part.partition.as_ref().is_some_and(|partition| partition.parent == whole.name)
        || part.inherits.contains(&whole.name)
}
