//! SQL that would bring either side to the other, tried on copies before it is shown.

use std::collections::BTreeSet;

use freehold_db::{Session, catalog::CatalogReader};
use freehold_migrate::{Reconciliation, reconcile};
use freehold_model::{
    catalog::{Catalog, Change, Difference, ObjectKind, Part},
    name::quote_identifier,
};
use freehold_sandbox::Scratch;

use super::{
    DriftSql, DriftStatement,
    error::DriftError,
    expected::{Expected, TENANT},
    mapped::mapped,
    part::Leave,
};
use crate::migrate::squash::{
    ground::GroundError,
    reprint::{Reprint, is_print, restored},
};

/// What differs, and the way there and back.
#[derive(Debug)]
pub(super) struct Proof {
    /// Of the migrations' state and the database.
    pub(super) differences: Vec<Difference>,
    pub(super) to_database: DriftSql,
    pub(super) to_migrations: DriftSql,
}

/// Brings a copy of what the migrations give to the state of the database, looks how near that came, and goes back.
///
/// `live` is the database's catalog under its own names; `schema` is the tenant's.
pub(super) async fn prove(
    expected: &Expected,
    live: &Catalog,
    schema: Option<&str>,
    leave: &Leave,
) -> Result<Proof, DriftError> {
    let copy = expected.copy(schema).await?;
    let ground = Ground { expected, schema: schema.unwrap_or_default(), leave };
    let session = expected.field.session(&copy).await?;
    let from = ground.look(&session).await?;
    let first = reconcile(&from, live);
    let refused = ground.carry_out(&session, &first).await?;
    let reached = ground.look(&session).await?;
    let rest = substance(reached.differences(live), &first, refused.is_none());
    session.close().await;
    if rest.is_empty() && refused.is_none() {
        // What was reached is the database as this server has it.
        let print = ground.print_of(&copy, &reached).await?;
        copy.remove().await.map_err(GroundError::from)?;
        return exact(&ground, &from, &reached, &print, schema).await;
    }
    let back = reconcile(live, &from);
    let there = told(&first, refused, lines(&rest));
    let to_migrations = ground.back(&copy, &back, &from, true).await?;
    copy.remove().await.map_err(GroundError::from)?;
    let differences = ground.differences(&from, live);
    Ok(Proof { differences, to_database: there, to_migrations })
}

/// Both ways between two states that this server itself has printed, without what is mere print.
async fn exact(
    ground: &Ground<'_>,
    from: &Catalog,
    live: &Catalog,
    print: &Reprint,
    schema: Option<&str>,
) -> Result<Proof, DriftError> {
    let differences = print.without_reversed(ground.differences(from, live));
    if differences.is_empty() {
        return Ok(Proof { differences, to_database: DriftSql::none(), to_migrations: DriftSql::none() });
    }
    let prints = ground.prints(from, live, print);
    let there = without(reconcile(from, live), &prints, &from.differences(live));
    let back = without(reconcile(live, from), &prints, &live.differences(from));
    let copy = ground.expected.copy(schema).await?;
    let session = ground.expected.field.session(&copy).await?;
    let refused = ground.carry_out(&session, &there).await?;
    let reached = ground.look(&session).await?;
    session.close().await;
    let mut rest = reached.differences(live);
    rest.retain(|difference| !prints.contains(&subject(difference)));
    let missed = !rest.is_empty() || refused.is_some();
    let to_database = told(&there, refused, lines(&rest));
    let to_migrations = ground.back(&copy, &back, from, missed).await?;
    copy.remove().await.map_err(GroundError::from)?;
    Ok(Proof { differences, to_database, to_migrations })
}

/// What a difference is about.
type Subject = (ObjectKind, String, Option<Part>);

fn subject(difference: &Difference) -> Subject {
    (difference.kind, difference.object.clone(), difference.part.clone())
}

/// The statements without those that would only write a definition again as it is.
fn without(
    mut reconciliation: Reconciliation,
    prints: &[Subject],
    differences: &[Difference],
) -> Reconciliation {
    let idle: Vec<String> = differences
        .iter()
        .filter(|difference| prints.contains(&subject(difference)))
        .map(ToString::to_string)
        .collect();
    reconciliation.statements.retain(|fix| !idle.contains(&fix.why));
    reconciliation
}

struct Ground<'e> {
    expected: &'e Expected,
    schema: &'e str,
    leave: &'e Leave,
}

impl Ground<'_> {
    /// What differs, in the names that all tenants have in common, without what a restored copy of what the migrations
    /// give would have too.
    fn differences(&self, from: &Catalog, live: &Catalog) -> Vec<Difference> {
        self.expected.reprint.without(self.common(from).differences(&self.common(live)))
    }

    /// A catalog under the names that all tenants have in common.
    fn common(&self, catalog: &Catalog) -> Catalog {
        if self.expected.tenant { mapped(catalog, self.schema, TENANT) } else { catalog.clone() }
    }

    /// What a restored copy of the state that was reached prints otherwise.
    async fn print_of(&self, copy: &Scratch, reached: &Catalog) -> Result<Reprint, DriftError> {
        let Some(restored) = restored(&self.expected.field, copy).await? else {
            return Ok(Reprint::default());
        };
        let restored = self.expected.part_of(&restored, self.schema, self.leave);
        Ok(Reprint::between(&self.common(reached), &self.common(&restored)))
    }

    /// What differs in nothing but its print.
    fn prints(&self, from: &Catalog, live: &Catalog, print: &Reprint) -> Vec<Subject> {
        let own = from.differences(live);
        let common = self.common(from).differences(&self.common(live));
        // Both lists name the same things in the same order: only the schema is called otherwise.
        let pairs = own.iter().zip(common).filter(|(own, common)| own.part == common.part);
        let mere = pairs.filter(|(_, common)| {
            let rest = self.expected.reprint.without(vec![common.clone()]);
            print.without_reversed(rest).is_empty()
        });
        mere.map(|(own, _)| subject(own)).collect()
    }

    async fn look(&self, session: &Session) -> Result<Catalog, DriftError> {
        let catalog =
            CatalogReader::new().read(session).await.map_err(GroundError::own("read the catalog"))?;
        Ok(self.expected.part_of(&catalog, self.schema, self.leave))
    }

    /// Runs the statements one by one. Gives the one that was refused, with what the server said.
    async fn carry_out(
        &self,
        session: &Session,
        reconciliation: &Reconciliation,
    ) -> Result<Option<String>, DriftError> {
        if let Some(role) = reconciliation.run_as.as_ref().filter(|role| *role != self.expected.field.role())
        {
            let quoted = quote_identifier(role);
            self.expected.field.make_roles(&BTreeSet::from([role.clone()])).await?;
            // On the sandbox alone: what it may do on the database is not known here.
            let sql = format!("ALTER ROLE {quoted} SUPERUSER; SET ROLE {quoted}");
            session.run(&sql).await.map_err(GroundError::own("take on the owner's role"))?;
        }
        let mut refused = None;
        for fix in &reconciliation.statements {
            if let Err(error) = session.run(&fix.sql).await {
                let why = std::error::Error::source(&error).map(ToString::to_string);
                refused =
                    Some(format!("`{}` was refused: {}", fix.sql, why.unwrap_or_else(|| error.to_string())));
                break;
            }
        }
        session.run("RESET ROLE").await.map_err(GroundError::own("take on the own role"))?;
        Ok(refused)
    }

    /// Carries out the way back and looks whether the beginning is reached.
    async fn back(
        &self,
        copy: &Scratch,
        back: &Reconciliation,
        from: &Catalog,
        elsewhere: bool,
    ) -> Result<DriftSql, DriftError> {
        let session = self.expected.field.session(copy).await?;
        let refused = self.carry_out(&session, back).await?;
        let reached = self.look(&session).await?;
        session.close().await;
        let rest = substance(reached.differences(from), back, refused.is_none());
        let mut told = told(back, refused, lines(&rest));
        if elsewhere {
            told.proven = false;
            told.left.insert(
                0,
                "It was tried on a copy that is not wholly like the database: see what the other way has left."
                    .to_owned(),
            );
        }
        Ok(told)
    }
}

/// The differences without those in the print of definitions that were just written from the other side's own print:
/// what the server then prints is what it makes of that text.
fn substance(differences: Vec<Difference>, done: &Reconciliation, all_ran: bool) -> Vec<Difference> {
    if !all_ran {
        return differences;
    }
    let untouched =
        |difference: &Difference| done.not_covered.iter().any(|line| line.contains(&difference.object));
    let rest = differences.into_iter().filter_map(|mut difference| {
        if !untouched(&difference)
            && let Change::Changed(facts) = &mut difference.change
        {
            facts.retain(|fact| !is_print(fact));
            if facts.is_empty() {
                return None;
            }
        }
        Some(difference)
    });
    rest.collect()
}

fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

fn told(reconciliation: &Reconciliation, refused: Option<String>, rest: Vec<String>) -> DriftSql {
    let left: Vec<String> = refused.into_iter().chain(rest).collect();
    DriftSql {
        statements: reconciliation
            .statements
            .iter()
            .map(|fix| DriftStatement { sql: fix.sql.clone(), why: fix.why.clone(), destroys: fix.destroys })
            .collect(),
        not_covered: reconciliation.not_covered.clone(),
        run_as: reconciliation.run_as.clone(),
        proven: left.is_empty() && reconciliation.not_covered.is_empty(),
        left,
    }
}
