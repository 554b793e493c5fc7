//! How a schema tells tenants apart, as far as its state shows: the root table, the tenant column, the relations that
//! belong to a tenant, the setting that a session takes a tenant on with, and the roles that an application uses.
//!
//! Nothing is concluded from a table's name alone: a root is what other tables point to with one and the same column,
//! or what the project names; a column is the tenant's when policies or foreign keys say so. Where no tenancy is found,
//! the rules about it are silent.

mod detect;
mod evaluate;
mod functions;
mod nodes;
mod owned;
mod policy;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::{
    catalog::{Policy, PolicyCommand, Relation},
    name::{QualifiedName, display_identifier, quote_literal},
};

pub use evaluate::{Evaluator, Reading, Value};
pub use functions::{Touched, asks_who_is_there, is_trigger, read_by_query, relations, settings_read};
pub use owned::Owned;
pub use policy::{Facts, Source};
pub use roles::{administers, is_hosted, of_name};

use crate::{options::Options, state::State};

/// What keeps tenants apart in the database itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Line {
    /// Policies that compare with a setting of the session.
    Setting,
    /// Policies that ask who the user is, and which tenants that user belongs to.
    Identity,
    /// Nothing: queries name the tenant, or forget to.
    #[default]
    Nothing,
}

/// A policy with what its expressions say.
#[derive(Debug, Clone)]
pub struct ReadPolicy {
    /// The policy.
    pub policy: Policy,
    /// What `USING` says.
    pub using: Option<Facts>,
    /// What `WITH CHECK` says.
    pub with_check: Option<Facts>,
}

impl ReadPolicy {
    /// What both expressions say.
    pub fn facts(&self) -> impl Iterator<Item = &Facts> {
        self.using.iter().chain(&self.with_check)
    }

    /// True when it is for this command.
    pub fn is_for(&self, command: PolicyCommand) -> bool {
        self.policy.command == PolicyCommand::All || self.policy.command == command
    }

    /// True when it is for everybody.
    pub fn is_for_everybody(&self) -> bool {
        self.policy.roles.is_empty() || self.policy.roles.iter().any(|role| role == "public")
    }
}

/// How a schema tells tenants apart.
#[derive(Debug, Clone, Default)]
pub struct Tenancy {
    /// The table with one row for each tenant.
    pub root: Option<QualifiedName>,
    /// The column that names the tenant.
    pub column: Option<String>,
    /// The project names the root or the column.
    pub named: bool,
    /// What keeps tenants apart.
    pub line: Line,
    /// The settings that policies compare the tenant column with.
    pub settings: BTreeSet<String>,
    /// Relations that belong to a tenant, and how.
    pub owned: BTreeMap<QualifiedName, Owned>,
    /// Tables that all tenants share on purpose.
    pub shared: BTreeSet<QualifiedName>,
    /// Some table has row security, or a policy.
    pub uses_row_security: bool,
    /// Roles of the application: named by the project, by policies or by grants on tables with row security.
    pub application: BTreeSet<String>,
    /// The application's role, where the project names it.
    pub named_application: Option<String>,
    /// Roles that tenants' policies bind.
    pub bound: BTreeSet<String>,
    /// The roles and functions of Supabase are used.
    pub hosted: bool,
    /// Tables with policies, each policy with what it says.
    pub policies: BTreeMap<QualifiedName, Vec<ReadPolicy>>,
}

impl Tenancy {
    /// The tenancy of a schema.
    pub fn of(state: &State, options: &Options) -> Self {
        let mut tenancy = Self {
            named: options.tenant_column.is_some() || options.tenant_root.is_some(),
            ..Self::default()
        };
        tenancy.read_policies(state);
        tenancy.uses_row_security =
            !tenancy.policies.is_empty() || state.relations.values().any(|known| known.relation.row_security);
        tenancy.hosted = is_hosted(state, &tenancy);
        tenancy.find_line(state, options);
        tenancy.find_owned(state, options);
        tenancy.find_roles(state, options);
        tenancy
    }

    fn read_policies(&mut self, state: &State) {
        for (name, known) in state.relations.iter() {
            let read = |sql: &Option<String>| sql.as_ref().map(|sql| Facts::of(state, &name.name, sql));
            let policies: Vec<ReadPolicy> = known
                .relation
                .policies
                .iter()
                .map(|policy| ReadPolicy {
                    policy: policy.clone(),
                    using: read(&policy.using),
                    with_check: read(&policy.with_check),
                })
                .collect();
            if !policies.is_empty() {
                self.policies.insert(name.clone(), policies);
            }
        }
    }

    /// True when tenants are told apart at all.
    pub fn is_there(&self) -> bool {
        self.column.is_some()
    }

    /// True when the database itself is meant to hold the line, or the project says how tenants are told apart.
    pub fn is_strict(&self) -> bool {
        self.is_there() && (self.line == Line::Setting || self.named)
    }

    /// The policies of a table.
    pub fn policies_of(&self, table: &QualifiedName) -> &[ReadPolicy] {
        self.policies.get(table).map_or(&[], Vec::as_slice)
    }

    /// The tenant column of a relation that has one.
    pub fn column_of(&self, relation: &QualifiedName) -> Option<&str> {
        match self.owned.get(relation)? {
            Owned::Root { key } => Some(key),
            Owned::Column(column) => Some(column),
            Owned::Through { .. } => None,
        }
    }

    /// True for tables that carry the tenant column.
    pub fn carries_tenant(&self, relation: &QualifiedName) -> bool {
        matches!(self.owned.get(relation), Some(Owned::Column(_)))
    }

    /// True for relations with rows of tenants, the root included.
    pub fn is_owned(&self, relation: &QualifiedName) -> bool {
        self.owned.contains_key(relation)
    }

    /// True when the rows of a relation are guarded: it belongs to a tenant, or has row security.
    pub fn is_guarded(&self, relation: &Relation) -> bool {
        relation.row_security || self.is_owned(&relation.name)
    }

    /// Roles, other than the owner and those that administer, to which the relation was granted; `public` for
    /// everybody. With a privilege, those that have it.
    pub fn grantees<'a>(&'a self, relation: &'a Relation, privilege: Option<&'a str>) -> Vec<&'a str> {
        roles::grantees(relation, privilege).filter(|role| !self.is_administration(role)).collect()
    }

    /// True for a role that works across tenants on purpose.
    pub fn is_administration(&self, role: &str) -> bool {
        role != "public" && self.named_application.as_deref() != Some(role) && administers(role)
    }

    /// True for a role that policies name and that no tenant's policy binds, where they bind others: it is meant to
    /// see all tenants.
    pub fn is_apart(&self, role: &str) -> bool {
        let gateway = matches!(role, "public" | "anon" | "authenticated");
        self.is_administration(role) || (!gateway && !self.bound.is_empty() && !self.bound.contains(role))
    }

    /// True when a policy lets in somebody who is meant to be kept to a tenant.
    pub fn lets_tenants_in(&self, read: &ReadPolicy) -> bool {
        read.is_for_everybody() || read.policy.roles.iter().any(|role| !self.is_apart(role))
    }

    /// True when a restrictive policy keeps to a tenant whomever this permissive one lets in.
    pub fn is_narrowed(&self, table: &QualifiedName, read: &ReadPolicy) -> bool {
        self.policies_of(table).iter().any(|other| {
            let commands =
                other.policy.command == PolicyCommand::All || other.policy.command == read.policy.command;
            let roles = other.is_for_everybody()
                || (!read.is_for_everybody()
                    && read.policy.roles.iter().all(|role| other.policy.roles.contains(role)));
            let binds = other.facts().any(|facts| {
                self.column_of(table).map_or(!facts.compared.is_empty(), |column| facts.binds(column))
            });
            !other.policy.permissive && commands && roles && binds
        })
    }

    /// The condition that binds a relation to the session's tenant, closed when no tenant is set and computed once for
    /// a query; none when it is not known what tenants are taken on with.
    pub fn closed_condition(&self, relation: &Relation) -> Option<String> {
        let column = self.column_of(&relation.name)?;
        let type_name = &relation.column(column)?.type_name;
        let setting = self.settings.first().filter(|_| self.line == Line::Setting)?;
        Some(format!(
            "{} = (SELECT nullif(current_setting({}, true), '')::{type_name})",
            display_identifier(column),
            quote_literal(setting)
        ))
    }

    /// The settings that a policy reads.
    pub fn settings_of(&self, read: &ReadPolicy) -> Vec<String> {
        let settings: BTreeSet<&String> = read.facts().flat_map(|facts| &facts.settings).collect();
        settings.into_iter().cloned().collect()
    }
}
