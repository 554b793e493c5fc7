//! The roles of a server, who can become whom, and which of them are the application's.

use std::collections::{BTreeMap, BTreeSet};

use freehold_db::{DbError, Session};

use crate::roles::Hierarchy;

/// What is known of a database before it is asked.
#[derive(Debug, Clone, Default)]
pub struct Subjects {
    /// The hierarchy, as far as its roles are there.
    pub hierarchy: Hierarchy,
    /// Roles that are said to be the application's.
    pub named: Vec<String>,
}

/// A role.
#[derive(Debug, Clone)]
pub struct RoleFacts {
    /// Its oid.
    pub oid: u32,
    /// Its name.
    pub name: String,
    /// `SUPERUSER`, `BYPASSRLS`, `CREATEROLE`, `REPLICATION`, `CREATEDB`: those that it has.
    pub powers: Vec<&'static str>,
    /// It logs in.
    pub login: bool,
}

/// That one role is a member of another.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Who.
    pub member: u32,
    /// Of which.
    pub of: u32,
    /// It has the other's privileges by itself.
    pub inherits: bool,
    /// It can become the other.
    pub sets: bool,
    /// It can make others members.
    pub admin: bool,
}

/// The roles of a server as an audit sees them.
#[derive(Debug)]
pub struct Facts {
    /// All roles, by oid.
    pub roles: BTreeMap<u32, RoleFacts>,
    /// All memberships.
    pub memberships: Vec<Membership>,
    /// The roles that the application is: named ones, the groups of the hierarchy, and their members.
    pub application: BTreeSet<u32>,
    /// Nobody named them: they were concluded.
    pub guessed: bool,
    /// What is known besides.
    pub subjects: Subjects,
    /// The database's name.
    pub database: String,
}

const ROLES: &str = "
SELECT oid, rolname::text, rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb, rolcanlogin
FROM pg_catalog.pg_roles";

const MEMBERSHIPS: &str = "
SELECT m.member, m.roleid, r.rolinherit, true, m.admin_option
FROM pg_catalog.pg_auth_members AS m JOIN pg_catalog.pg_roles AS r ON r.oid = m.member";

const MEMBERSHIPS_16: &str = "
SELECT member, roleid, bool_or(inherit_option), bool_or(set_option), bool_or(admin_option)
FROM pg_catalog.pg_auth_members GROUP BY member, roleid";

/// Roles that were given something in a user's schema, own nothing, and are no superusers.
const USERS: &str = "
SELECT DISTINCT a.grantee
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL aclexplode(c.relacl) AS a
JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND NOT r.rolsuper
  AND r.rolname NOT LIKE 'pg\\_%'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_class AS o JOIN pg_catalog.pg_namespace AS s ON s.oid = o.relnamespace
                  WHERE o.relowner = r.oid AND s.nspname NOT LIKE 'pg\\_%')";

impl Facts {
    /// Reads them.
    pub(super) async fn read(session: &Session, subjects: &Subjects) -> Result<Self, DbError> {
        let sense = |error| DbError::from_postgres("reading roles", error);
        let mut roles = BTreeMap::new();
        for row in session.query(ROLES, &[]).await? {
            let mut powers = Vec::new();
            for (at, power) in
                ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION", "CREATEDB"].into_iter().enumerate()
            {
                if row.try_get(at + 2).map_err(sense)? {
                    powers.push(power);
                }
            }
            let oid = row.try_get(0).map_err(sense)?;
            let (name, login) = (row.try_get(1).map_err(sense)?, row.try_get(7).map_err(sense)?);
            roles.insert(oid, RoleFacts { oid, name, powers, login });
        }
        let sql = if session.version().major() >= 16 { MEMBERSHIPS_16 } else { MEMBERSHIPS };
        let mut memberships = Vec::new();
        for row in session.query(sql, &[]).await? {
            memberships.push(Membership {
                member: row.try_get(0).map_err(sense)?,
                of: row.try_get(1).map_err(sense)?,
                inherits: row.try_get(2).map_err(sense)?,
                sets: row.try_get(3).map_err(sense)?,
                admin: row.try_get(4).map_err(sense)?,
            });
        }
        let rows = session.query("SELECT current_database()::text", &[]).await?;
        let database = rows.first().and_then(|row| row.try_get(0).ok()).unwrap_or_default();
        let mut facts = Self {
            roles,
            memberships,
            application: BTreeSet::new(),
            guessed: false,
            subjects: subjects.clone(),
            database,
        };
        facts.choose();
        if facts.application.is_empty() {
            let rows = session.query(USERS, &[]).await?;
            facts.application = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
            facts.guessed = true;
            facts.add_members();
        }
        Ok(facts)
    }

    /// The named roles that are there, with everybody who is a member of one.
    fn choose(&mut self) {
        let hierarchy = &self.subjects.hierarchy;
        let names = hierarchy.groups().into_iter().chain(hierarchy.application.iter().map(String::as_str));
        let names: BTreeSet<&str> = names.chain(self.subjects.named.iter().map(String::as_str)).collect();
        let named =
            self.roles.values().filter(|role| names.contains(role.name.as_str())).map(|role| role.oid);
        self.application = named.collect();
        self.add_members();
    }

    /// A superuser that is a member (to administer) is no application.
    fn add_members(&mut self) {
        let migrator = self.subjects.hierarchy.migrator.clone();
        loop {
            let more: Vec<u32> = self
                .memberships
                .iter()
                .filter(|m| self.application.contains(&m.of) && !self.application.contains(&m.member))
                .filter(|m| {
                    self.roles
                        .get(&m.member)
                        .is_some_and(|role| role.name != migrator && !role.powers.contains(&"SUPERUSER"))
                })
                .map(|m| m.member)
                .collect();
            if more.is_empty() {
                return;
            }
            self.application.extend(more);
        }
    }

    /// The application's roles and all that they have the privileges of or can become.
    pub(super) fn reach(&self) -> Vec<u32> {
        let mut reach = self.application.clone();
        for role in &self.application {
            reach.extend(self.reached_by(*role).keys());
        }
        reach.into_iter().collect()
    }

    /// The roles that one has the privileges of or can become, without itself, each with how, for people: `b, a member of
    /// c`, the next step first.
    pub(super) fn reached_by(&self, role: u32) -> BTreeMap<u32, Vec<u32>> {
        let mut reached: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        let mut edge = vec![(role, Vec::new())];
        while let Some((at, path)) = edge.pop() {
            for step in self.memberships.iter().filter(|m| m.member == at && (m.inherits || m.sets)) {
                if step.of != role && !reached.contains_key(&step.of) {
                    let mut path: Vec<u32> = path.clone();
                    path.push(step.of);
                    reached.insert(step.of, path.clone());
                    edge.push((step.of, path));
                }
            }
        }
        reached
    }

    /// A role's name; its number where it is gone.
    pub(super) fn name(&self, oid: u32) -> String {
        self.roles.get(&oid).map_or_else(|| oid.to_string(), |role| role.name.clone())
    }

    /// How an application's role comes to another: `api → app_writer → boss`.
    pub(super) fn way_to(&self, target: u32) -> Option<String> {
        let mut ways: Vec<Vec<String>> = Vec::new();
        for role in &self.application {
            if *role == target {
                return Some(self.name(target));
            }
            if let Some(path) = self.reached_by(*role).get(&target) {
                let names = std::iter::once(*role).chain(path.iter().copied()).map(|oid| self.name(oid));
                ways.push(names.collect());
            }
        }
        ways.sort_by_key(Vec::len);
        ways.first().map(|way| way.join(" → "))
    }

    /// The roles that were named by a person and are not there.
    pub(super) fn missing(&self) -> Vec<String> {
        let known: BTreeSet<&str> = self.roles.values().map(|role| role.name.as_str()).collect();
        let named = self.subjects.named.iter().chain(&self.subjects.hierarchy.application);
        named.filter(|name| !known.contains(name.as_str())).cloned().collect()
    }

    /// By name, in order.
    pub(super) fn application_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.application.iter().map(|oid| self.name(*oid)).collect();
        names.sort();
        names
    }
}
