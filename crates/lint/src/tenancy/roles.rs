//! Roles: which are the application's, which work across tenants on purpose.

use freehold_model::{catalog::Relation, name::QualifiedName};

use super::{Line, Tenancy};
use crate::{options::Options, state::State};

impl Tenancy {
    pub(super) fn find_roles(&mut self, state: &State, options: &Options) {
        if let Some(role) = &options.application_role {
            self.application.insert(role.clone());
            self.named_application = Some(role.clone());
        }
        for read in self.policies.values().flatten() {
            let binds = read.facts().any(|facts| !facts.compared.is_empty());
            for role in read.policy.roles.iter().filter(|role| *role != "public") {
                if !administers(role) {
                    self.application.insert(role.clone());
                }
                if binds {
                    self.bound.insert(role.clone());
                }
            }
        }
        for known in state.relations.values() {
            let relation = &known.relation;
            if relation.row_security || self.owned.contains_key(&relation.name) {
                let roles = grantees(relation, None).filter(|role| *role != "public" && !administers(role));
                self.application.extend(roles.map(str::to_owned));
            }
        }
    }
}

/// Roles other than the owner to which the relation, or a column of it, was granted.
pub(super) fn grantees<'a>(
    relation: &'a Relation,
    privilege: Option<&'a str>,
) -> impl Iterator<Item = &'a str> {
    let columns = relation.columns.iter().map(|column| &column.grants);
    std::iter::once(&relation.grants)
        .chain(columns)
        .flat_map(|grants| grants.iter())
        .filter(move |grant| {
            !grant.to_owner
                && privilege.is_none_or(|wanted| grant.privileges.iter().any(|given| given.name == wanted))
        })
        .map(|grant| grant.grantee.as_deref().unwrap_or("public"))
}

/// True for the name of a role that works across tenants on purpose: administration, jobs, replication, backups.
pub fn administers(role: &str) -> bool {
    const WORDS: &[&str] = &[
        "admin",
        "service_role",
        "system",
        "job",
        "internal",
        "super",
        "backup",
        "replic",
        "migrat",
        "owner",
        "support",
        "monitor",
        "root",
        "postgres",
        "cron",
        "etl",
        "analytic",
        "report",
        "dba",
        "bypass",
        "maint",
        "audit",
    ];
    let role = role.to_ascii_lowercase();
    WORDS.iter().any(|word| role.contains(word))
}

/// True where the roles or functions of Supabase are used: its tables belong to a role that row security does not bind,
/// and users come through two roles of the gateway.
pub fn is_hosted(state: &State, tenancy: &Tenancy) -> bool {
    let ours = |role: &str| matches!(role, "anon" | "authenticated" | "service_role");
    let by_policy = tenancy.policies.values().flatten().any(|read| {
        read.policy.roles.iter().any(|role| ours(role))
            || [&read.policy.using, &read.policy.with_check]
                .into_iter()
                .flatten()
                .any(|sql| sql.contains("auth.uid()") || sql.contains("auth.jwt()"))
    });
    by_policy || state.relations.values().any(|known| grantees(&known.relation, None).any(ours))
}

/// Which line the tenants' policies hold.
pub(super) fn line_of(settings: usize, identities: usize) -> Line {
    match (settings, identities) {
        (0, 0) => Line::Nothing,
        (settings, identities) if settings >= identities => Line::Setting,
        _ => Line::Identity,
    }
}

/// The part of a relation's name that speaks of what it is.
pub fn of_name(name: &QualifiedName) -> String {
    name.name.to_ascii_lowercase()
}
