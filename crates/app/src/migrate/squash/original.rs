//! What the migrations themselves give: applied twice, on two servers, so that what is another in every run shows.

use std::collections::HashSet;

use freehold_db::{DbError, Session};
use freehold_migrate::{Folder, Migration, TenantSchema};
use freehold_sandbox::{DumpOf, Scratch};

use super::{
    ROLE, Request, Seed, TENANT,
    cluster::Cluster,
    error::SquashError,
    ground::{Field, Ground},
    make_schema,
    range::Range,
    reprint::Reprint,
    state::{State, Volatile, volatile},
    text::{About, is_setting, statements},
};

/// A database and what its server has beside it.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) state: State,
    pub(super) cluster: Cluster,
}

impl Given {
    pub(super) async fn read(session: &Session) -> Result<Self, DbError> {
        let reading = Ok::<_, DbError>(Self {
            cluster: Cluster::read(session).await?,
            state: State::read(session).await?,
        });
        session.run("RESET ALL").await?;
        reading
    }

    /// What `other` has otherwise; `volatile` names tables whose number of rows is another in every run.
    pub(super) fn differences(
        &self,
        other: &Self,
        volatile: Option<&Volatile>,
        reprint: &Reprint,
    ) -> Vec<String> {
        let mut lines = self.state.differences(&other.state, volatile, reprint);
        lines.extend(self.cluster.differences(&other.cluster));
        lines
    }
}

/// What the migrations give.
#[derive(Debug)]
pub(super) struct Original {
    /// After the last squashed one.
    pub(super) at_upto: Given,
    pub(super) dump: String,
    /// The statements of a dump from before the first one.
    before: HashSet<String>,
    pub(super) cluster: Cluster,
    pub(super) cluster_before: Cluster,
    /// After the last one that was tried, without what is another in every run.
    pub(super) at_end: Option<Given>,
    pub(super) volatile_at_end: Volatile,
    /// What a dump and a restore alone print otherwise, at both moments.
    pub(super) reprint: Reprint,
    pub(super) reprint_at_end: Reprint,
    /// How many later ones were tried.
    pub(super) later: usize,
    pub(super) tenant: Option<Vec<String>>,
    pub(super) server: String,
    pub(super) remarks: Vec<String>,
}

impl Original {
    pub(super) fn about(&self) -> About<'_> {
        About {
            role: ROLE,
            tenant: self.tenant.as_ref().map(|_| TENANT),
            before: self.before.clone(),
            versions: self.at_upto.state.versions(),
            commented: self.at_upto.state.commented(),
            fresh_sequences: self.at_upto.state.fresh_sequences(),
        }
    }

    pub(super) fn seeds(&self) -> Vec<Seed> {
        let rows = self.at_upto.state.rows.iter().filter(|(name, rows)| {
            let table = self.at_upto.state.catalog.relation(name);
            !rows.is_empty() && table.is_some_and(freehold_model::catalog::Relation::is_table)
        });
        rows.map(|(name, rows)| Seed { table: name.to_string(), rows: rows.len() }).collect()
    }
}

/// One of the two runs.
struct Run {
    field: Field,
    scratch: Scratch,
    session: Session,
    before: Cluster,
    dump_before: Option<String>,
}

impl Run {
    async fn begin(ground: &Ground, tenant: bool) -> Result<Self, SquashError> {
        let field = Field::start(ground, ROLE).await?;
        let scratch = field.scratch().await?;
        let session = field.session(&scratch).await?;
        let before = Cluster::read(&session).await?;
        let dump_before = match field.server().sandbox() {
            Some(sandbox) if !ground.prelude.is_empty() => {
                let all = DumpOf::SchemaAndRows { except: Vec::new() };
                Some(sandbox.dump(&scratch, ROLE, &all).await?)
            }
            _ => None,
        };
        if tenant {
            make_schema(&session, TENANT).await?;
        }
        Ok(Self { field, scratch, session, before, dump_before })
    }

    async fn apply(
        &self,
        folder: &Folder,
        migrations: &[Migration],
        shared: Option<&Vec<String>>,
    ) -> Result<Given, SquashError> {
        let tenant = shared.map(|shared| TenantSchema { schema: TENANT.to_owned(), shared: shared.clone() });
        self.field.apply(&self.scratch, folder, migrations, tenant.as_ref()).await?;
        Ok(Given::read(&self.session).await?)
    }

    async fn end(self) -> Result<(), SquashError> {
        self.session.close().await;
        self.scratch.remove().await.map_err(super::GroundError::from)?;
        Ok(self.field.stop().await?)
    }
}

/// Applies the migrations, twice.
pub(super) async fn apply(
    request: &Request,
    folder: &Folder,
    range: &Range<'_>,
    shared: Option<&Vec<String>>,
) -> Result<Original, SquashError> {
    let tenant = shared.is_some();
    request.progress.phase("Applying the migrations, twice", None);
    let (first, second) = futures_util::future::try_join(
        Run::begin(&request.ground, tenant),
        Run::begin(&request.ground, tenant),
    )
    .await?;
    let (at_upto, again) = futures_util::future::try_join(
        first.apply(folder, range.squashed, shared),
        second.apply(folder, range.squashed, shared),
    )
    .await?;
    refuse_what_cannot_be_told(&at_upto.state)?;
    let differing = volatile((&at_upto.state, &first.session), (&again.state, &second.session)).await?;
    let mut remarks = differing_in_words(&differing);
    remarks.extend(
        at_upto
            .cluster
            .with_password(&first.before)
            .iter()
            .map(|role| format!("The script holds the password of the role {role}, as its hash.")),
    );
    if at_upto.cluster.made_roles(&first.before) {
        remarks.push(
            "The migrations make or change roles, which all databases of a server share: the script makes those \
             that are missing and leaves others as they are."
                .to_owned(),
        );
    }
    let all = DumpOf::SchemaAndRows { except: Vec::new() };
    let dump = match first.field.server().sandbox() {
        Some(sandbox) => sandbox.dump(&first.scratch, ROLE, &all).await?,
        None => String::new(),
    };
    let reprint = Reprint::of(&first.field, &first.scratch, &at_upto.state.catalog).await?;
    let mut original = Original {
        dump,
        reprint,
        reprint_at_end: Reprint::default(),
        before: statements_before(first.dump_before.as_deref())?,
        cluster: at_upto.cluster.clone(),
        cluster_before: first.before.clone(),
        at_upto,
        at_end: None,
        volatile_at_end: Volatile::new(),
        later: 0,
        tenant: shared.cloned(),
        server: format!("PostgreSQL {}, private sandbox", first.field.server().version()),
        remarks,
    };
    if !range.later.is_empty() {
        apply_later(&mut original, (&first, &second), folder, range.later, shared).await?;
    }
    futures_util::future::try_join(first.end(), second.end()).await?;
    Ok(original)
}

async fn apply_later(
    original: &mut Original,
    (first, second): (&Run, &Run),
    folder: &Folder,
    later: &[Migration],
    shared: Option<&Vec<String>>,
) -> Result<(), SquashError> {
    let outcome = futures_util::future::try_join(
        first.apply(folder, later, shared),
        second.apply(folder, later, shared),
    );
    let (mut end, again) = match outcome.await {
        Ok(both) => both,
        Err(SquashError::Ground(error @ super::GroundError::Apply(_))) => {
            let why = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            original.remarks.push(format!(
                "The later migrations were not tried on it: they cannot be applied after the original ones either ({why})."
            ));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    original.volatile_at_end =
        volatile((&end.state, &first.session), (&again.state, &second.session)).await?;
    end.state = end.state.without(&first.session, &original.volatile_at_end).await?;
    original.reprint_at_end = Reprint::of(&first.field, &first.scratch, &end.state.catalog).await?;
    original.at_end = Some(end);
    original.later = later.len();
    Ok(())
}

fn statements_before(dump: Option<&str>) -> Result<HashSet<String>, SquashError> {
    let Some(dump) = dump else { return Ok(HashSet::new()) };
    let found = statements(dump)?;
    Ok(found.into_iter().filter(|(s, _)| !is_setting(s)).map(|(_, text)| text.to_owned()).collect())
}

fn refuse_what_cannot_be_told(state: &State) -> Result<(), SquashError> {
    if state.large_objects > 0 {
        return Err(SquashError::LargeObjects { count: state.large_objects });
    }
    let holds = |rows: &Vec<String>| rows.iter().any(|row| row.contains(ROLE));
    let tables: Vec<String> =
        state.rows.iter().filter(|(_, rows)| holds(rows)).map(|(name, _)| name.to_string()).collect();
    if tables.is_empty() { Ok(()) } else { Err(SquashError::RoleInRows { tables }) }
}

fn differing_in_words(volatile: &Volatile) -> Vec<String> {
    volatile
        .iter()
        .map(|(table, columns)| {
            if columns.is_empty() {
                return format!(
                    "The rows of {table} are others in every run; the script holds those of this run."
                );
            }
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            format!(
                "Rows of {table} have other values in {} in every run; the script holds those of this run.",
                columns.join(", ")
            )
        })
        .collect()
}
