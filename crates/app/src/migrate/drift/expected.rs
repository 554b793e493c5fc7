//! What the migrations give that a target says are applied to it, on a private server that is like the target's.

use std::{collections::BTreeSet, sync::Arc};

use freehold_db::catalog::CatalogReader;
use freehold_migrate::{Migration, Prepared, TenantSchema};
use freehold_model::{catalog::Catalog, name::quote_identifier};
use freehold_sandbox::{Scratch, find_installations};
use freehold_sql::{ObjectKind, StatementKind, Use};

use super::{
    error::DriftError,
    live::Live,
    part::{self, Leave},
};
use crate::migrate::squash::{
    Ground,
    ground::{Field, GroundError},
    make_schema,
    reprint::Reprint,
};

/// The schema that stands for a tenant's.
pub(super) const TENANT: &str = "freehold_drift_tenant";

/// What two targets must have in common to be compared with the same state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Like {
    major: u32,
    owner: String,
    applied: Vec<usize>,
    shared: Option<Vec<String>>,
}

impl Like {
    pub(super) fn of(live: &Live) -> Self {
        Self {
            major: live.version.major(),
            owner: live.owner.clone(),
            applied: live.applied.clone(),
            shared: live.target.tenant.as_ref().map(|tenant| tenant.shared.clone()),
        }
    }
}

/// The state that targets are compared with.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) field: Field,
    pub(super) scratch: Scratch,
    /// As the server has it, with nothing left out.
    catalog: Arc<Catalog>,
    pub(super) reprint: Reprint,
    pub(super) tenant: bool,
    pub(super) server: String,
    pub(super) remarks: Vec<String>,
}

impl Expected {
    /// Applies the migrations.
    pub(super) async fn make(
        ground: &Ground,
        like: &Like,
        roles: &BTreeSet<String>,
        prepared: &Prepared,
    ) -> Result<Self, DriftError> {
        let (ground, mut remarks) = as_near_as_possible(ground, like.major);
        let all = prepared.migrations();
        let applied: Vec<Migration> =
            like.applied.iter().filter_map(|index| all.get(*index)).cloned().collect();
        let field = Field::start(&ground, &like.owner).await?;
        let own = made_by(&applied);
        let others: BTreeSet<String> = roles.difference(&own).cloned().collect();
        let scratch = field.scratch().await?;
        field.make_roles(&others).await?;
        let tenant = like
            .shared
            .as_ref()
            .map(|shared| TenantSchema { schema: TENANT.to_owned(), shared: shared.clone() });
        if let Some(tenant) = &tenant {
            make_schemas(&field, &scratch, tenant).await?;
        }
        field.apply(&scratch, prepared.folder(), &applied, tenant.as_ref()).await?;
        field.make_roles(roles).await?;
        let session = field.session(&scratch).await?;
        let catalog =
            CatalogReader::new().read(&session).await.map_err(GroundError::own("read the catalog"))?;
        session.close().await;
        let reprint = Reprint::of(&field, &scratch, &catalog).await?;
        let server = format!("PostgreSQL {}, private sandbox", field.server().version());
        if field.server().version().major() != like.major {
            remarks.push(format!(
                "The target is PostgreSQL {}, which is not installed here: compared with what {} gives.",
                like.major,
                field.server().version()
            ));
        }
        Ok(Self { field, scratch, catalog, reprint, tenant: tenant.is_some(), server, remarks })
    }

    /// What the target should be like, in the names of the sandbox.
    pub(super) fn part(&self, leave: &Leave) -> Catalog {
        self.part_of(&self.catalog, TENANT, leave)
    }

    /// The part of another catalog of the same server that is compared; `schema` stands for the tenant's.
    pub(super) fn part_of(&self, catalog: &Catalog, schema: &str, leave: &Leave) -> Catalog {
        if self.tenant { part::of_schema(catalog, schema, leave) } else { part::of_database(catalog, leave) }
    }

    /// A copy to try something on, in which the tenant's schema has the given name.
    pub(super) async fn copy(&self, schema: Option<&str>) -> Result<Scratch, DriftError> {
        let copy = self.field.server().fork(&self.scratch).await.map_err(GroundError::from)?;
        let session = self.field.session(&copy).await?;
        // A copy belongs to whoever makes it, and the schema `public` follows.
        let mut sql = format!(
            "ALTER DATABASE {} OWNER TO {};",
            quote_identifier(copy.name()),
            quote_identifier(self.field.role())
        );
        if let Some(schema) = schema.filter(|schema| *schema != TENANT) {
            sql.push_str(&format!("ALTER SCHEMA {TENANT} RENAME TO {}", quote_identifier(schema)));
        }
        session.run(&sql).await.map_err(GroundError::own("copy what the migrations give"))?;
        session.close().await;
        Ok(copy)
    }

    pub(super) async fn end(self) -> Result<(), DriftError> {
        self.scratch.remove().await.map_err(GroundError::from)?;
        Ok(self.field.stop().await?)
    }
}

/// The same major version where it is installed, unless another was asked for.
fn as_near_as_possible(ground: &Ground, major: u32) -> (Ground, Vec<String>) {
    let mut ground = ground.clone();
    if ground.pg_major.is_none() {
        let found = find_installations(&ground.search);
        let there = found.usable.iter().any(|installation| installation.version.major() == major);
        ground.pg_major = there.then_some(major);
    }
    (ground, Vec::new())
}

/// The roles that the scripts make by name; those must not be there before.
fn made_by(migrations: &[Migration]) -> BTreeSet<String> {
    let mut roles = BTreeSet::new();
    for statement in migrations.iter().filter_map(|migration| migration.up.statements().ok()).flatten() {
        if statement.effect.kind == StatementKind::Create(ObjectKind::Role) {
            let made = statement.effect.objects_used(Use::Creates);
            roles.extend(made.filter(|o| o.kind == ObjectKind::Role).map(|o| o.name.clone()));
        }
    }
    roles
}

async fn make_schemas(field: &Field, scratch: &Scratch, tenant: &TenantSchema) -> Result<(), DriftError> {
    let session = field.session(scratch).await?;
    make_schema(&session, &tenant.schema).await?;
    for schema in &tenant.shared {
        let sql = format!("CREATE SCHEMA IF NOT EXISTS {}", quote_identifier(schema));
        session.run(&sql).await.map_err(GroundError::own("make a shared schema"))?;
    }
    session.close().await;
    Ok(())
}
