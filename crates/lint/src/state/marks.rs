//! Which statements last changed what has no place among the parts of a relation: grants, switches of row security,
//! attributes of roles, policies that were dropped, copies of tables, settings.

use std::sync::Arc;

use freehold_model::{catalog::Policy, name::QualifiedName};
use freehold_sql::{
    Action, ObjectKind, Statement, StatementKind, Use,
    tree::{NodeEnum, protobuf},
};

use crate::routine::Routine;

use super::{Site, State, Store, store::Linked};

impl Linked for Site {}
impl Linked for Arc<DroppedPolicy> {}
impl Linked for Arc<Copied> {}

/// A policy that was dropped.
#[derive(Debug, Clone)]
pub struct DroppedPolicy {
    /// What it was.
    pub policy: Policy,
    /// Its table.
    pub table: QualifiedName,
    /// The statement that dropped it.
    pub site: Site,
}

/// A table that was made from the rows of others.
#[derive(Debug, Clone)]
pub struct Copied {
    /// The relations that were read.
    pub from: Vec<QualifiedName>,
    /// The statement that made the copy.
    pub site: Site,
}

/// Sites by what they are about.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    sites: Store<Site>,
    dropped: Store<Arc<DroppedPolicy>>,
    copies: Store<Arc<Copied>>,
}

impl Marks {
    /// The last statement that switched row security of the table on or off, or forced it or not.
    pub fn row_security(&self, table: &QualifiedName) -> Option<Site> {
        self.sites.get(&key("row security", table, "")).copied()
    }

    /// The last statement that gave the relation an owner.
    pub fn owner(&self, relation: &QualifiedName) -> Option<Site> {
        self.sites.get(&key("owner", relation, "")).copied()
    }

    /// True when a block of code, which is not followed, speaks of row security or policies.
    pub fn row_security_in_code(&self) -> bool {
        self.sites.contains(&QualifiedName::new("code", "row security"))
    }

    /// The last statement that granted a privilege on the relation to the role (`public` for everybody).
    pub fn grant(&self, relation: &QualifiedName, role: &str, privilege: &str) -> Option<Site> {
        self.sites.get(&key("grant", relation, &format!("{role} {privilege}"))).copied()
    }

    /// The last statement that gave the role an attribute by which it passes row security by.
    pub fn bypass(&self, role: &str) -> Option<Site> {
        self.sites.get(&QualifiedName::new("role", role)).copied()
    }

    /// Roles that were given such an attribute and have not lost it, with the statement that gave it.
    pub fn bypassing(&self) -> impl Iterator<Item = (&str, Site)> {
        self.sites
            .iter()
            .filter(|(name, _)| name.schema == "role")
            .map(|(name, site)| (name.name.as_str(), *site))
    }

    /// Settings with a dot in their name that a script set for longer than its transaction.
    pub fn settings(&self) -> impl Iterator<Item = (&str, Site)> {
        self.sites
            .iter()
            .filter(|(name, _)| name.schema == "setting")
            .map(|(name, site)| (name.name.as_str(), *site))
    }

    /// Policies that were dropped and not made again.
    pub fn dropped_policies(&self) -> impl Iterator<Item = &DroppedPolicy> {
        self.dropped.values().map(AsRef::as_ref)
    }

    /// Tables that were made from the rows of others.
    pub fn copies(&self) -> impl Iterator<Item = (&QualifiedName, &Copied)> {
        self.copies.iter().map(|(name, copied)| (name, copied.as_ref()))
    }

    /// True for a table that was made from the rows of others.
    pub fn is_copy(&self, relation: &QualifiedName) -> bool {
        self.copies.contains(relation)
    }

    pub(super) fn remember(&mut self) {
        self.sites.remember();
        self.dropped.remember();
        self.copies.remember();
    }

    pub(super) fn keep(&mut self) {
        self.sites.keep();
        self.dropped.keep();
        self.copies.keep();
    }

    pub(super) fn take_back(&mut self) {
        self.sites.take_back();
        self.dropped.take_back();
        self.copies.take_back();
    }
}

fn key(kind: &str, of: &QualifiedName, name: &str) -> QualifiedName {
    QualifiedName::new(format!("{kind} {}.{}", of.schema, of.name), name)
}

impl State {
    /// Notes what the statement, which the state has not followed yet, leaves no other trace of.
    pub(crate) fn mark(&mut self, statement: &Statement, tree: Option<&NodeEnum>, site: Site) {
        match statement.effect.kind {
            StatementKind::AlterTable => self.mark_row_security(statement, site),
            StatementKind::Do => self.mark_code(tree, site),
            StatementKind::CreateTableAs => self.mark_copy(statement, site),
            StatementKind::Drop { object: ObjectKind::Policy, .. } => self.mark_dropped(statement, site),
            StatementKind::Create(ObjectKind::Policy) => {
                if let Some(object) = statement.effect.objects.first() {
                    let table = self.relation_of(object);
                    self.marks.dropped.take(&key("", &table, &object.name));
                }
            }
            _ => {}
        }
        for change in &statement.effect.session {
            let is_set = change.computed || !change.values.is_empty();
            if change.name.contains('.') && is_set && !change.is_local() {
                self.marks.sites.put(QualifiedName::new("setting", change.name.as_str()), site);
            }
        }
        match tree {
            Some(NodeEnum::GrantStmt(grant)) if grant.is_grant => self.mark_grant(grant, site),
            Some(NodeEnum::CreateRoleStmt(role)) => self.mark_role(&role.role, &role.options, site),
            Some(NodeEnum::AlterRoleStmt(role)) => {
                let name = role.role.as_ref().map_or("", |role| role.rolename.as_str());
                self.mark_role(name, &role.options, site);
            }
            Some(NodeEnum::DropRoleStmt(drop)) => {
                for role in drop.roles.iter().filter_map(role_name) {
                    self.marks.sites.take(&QualifiedName::new("role", role));
                }
            }
            _ => {}
        }
    }

    fn mark_row_security(&mut self, statement: &Statement, site: Site) {
        let switches = statement.effect.actions.iter().any(|action| {
            matches!(
                action,
                Action::EnableRowSecurity
                    | Action::DisableRowSecurity
                    | Action::ForceRowSecurity
                    | Action::NoForceRowSecurity
            )
        });
        if let Some(object) = statement.effect.objects.first()
            && statement.effect.actions.iter().any(|action| matches!(action, Action::Owner { .. }))
        {
            self.marks.sites.put(key("owner", &self.relation_of(object), ""), site);
        }
        if let (true, Some(object)) = (switches, statement.effect.objects.first()) {
            let table = self.relation_of(object);
            let forces =
                statement.effect.actions.iter().all(|action| matches!(action, Action::ForceRowSecurity));
            // FORCE after ENABLE says nothing new of when the table was switched on.
            if !forces || self.marks.row_security(&table).is_none() {
                self.marks.sites.put(key("row security", &table, ""), site);
            }
        }
    }

    fn mark_code(&mut self, tree: Option<&NodeEnum>, site: Site) {
        let body = tree.and_then(Routine::of).and_then(|routine| routine.body.map(str::to_ascii_lowercase));
        if body.is_some_and(|body| body.contains("row level security") || body.contains("create policy")) {
            self.marks.sites.put(QualifiedName::new("code", "row security"), site);
        }
    }

    fn mark_copy(&mut self, statement: &Statement, site: Site) {
        let made = statement.effect.objects.iter().find(|object| object.use_ == Use::Creates);
        let Some(made) = made.filter(|made| !made.temporary && made.kind == ObjectKind::Table) else {
            return;
        };
        let from = statement.effect.objects_used(Use::Reads).map(|object| self.name_of(object)).collect();
        let name = self.new_name(made.schema.as_deref(), &made.name);
        self.marks.copies.put(name, Arc::new(Copied { from, site }));
    }

    fn mark_dropped(&mut self, statement: &Statement, site: Site) {
        for object in statement.effect.objects_used(Use::Drops) {
            let table = self.relation_of(object);
            let Some(known) = self.relation(&table) else { continue };
            let Some(policy) = known.relation.policies.iter().find(|policy| policy.name == object.name)
            else {
                continue;
            };
            let dropped = DroppedPolicy { policy: policy.clone(), table: table.clone(), site };
            self.marks.dropped.put(key("", &table, &object.name), Arc::new(dropped));
        }
    }

    fn mark_grant(&mut self, grant: &protobuf::GrantStmt, site: Site) {
        let relations = self.granted_relations(grant);
        let roles: Vec<String> = grant.grantees.iter().filter_map(role_name).collect();
        for relation in &relations {
            for role in &roles {
                for privilege in privileges(grant) {
                    self.marks.sites.put(key("grant", relation, &format!("{role} {privilege}")), site);
                }
            }
        }
    }

    fn granted_relations(&self, grant: &protobuf::GrantStmt) -> Vec<QualifiedName> {
        if grant.objtype != protobuf::ObjectType::ObjectTable as i32 {
            return Vec::new();
        }
        let all_in_schema = grant.targtype == protobuf::GrantTargetType::AclTargetAllInSchema as i32;
        let mut relations = Vec::new();
        for object in &grant.objects {
            match &object.node {
                Some(NodeEnum::RangeVar(table)) => {
                    let schema = (!table.schemaname.is_empty()).then_some(table.schemaname.as_str());
                    relations.push(self.resolve(schema, &table.relname));
                }
                Some(NodeEnum::String(schema)) if all_in_schema => relations.extend(
                    self.relations
                        .iter()
                        .map(|(name, _)| name)
                        .filter(|name| name.schema == schema.sval)
                        .cloned(),
                ),
                _ => {}
            }
        }
        relations
    }

    fn mark_role(&mut self, name: &str, options: &[protobuf::Node], site: Site) {
        for option in options {
            let Some(NodeEnum::DefElem(option)) = &option.node else { continue };
            if !matches!(option.defname.as_str(), "superuser" | "bypassrls") {
                continue;
            }
            let on = match option.arg.as_ref().and_then(|arg| arg.node.as_ref()) {
                Some(NodeEnum::Boolean(value)) => value.boolval,
                Some(NodeEnum::Integer(value)) => value.ival != 0,
                _ => true,
            };
            let role = QualifiedName::new("role", name);
            if on {
                self.marks.sites.put(role, site);
            } else {
                self.marks.sites.take(&role);
            }
        }
    }
}

/// The name of a role as grants are kept: `public` for everybody.
fn role_name(node: &protobuf::Node) -> Option<String> {
    let Some(NodeEnum::RoleSpec(role)) = &node.node else { return None };
    if role.roletype == protobuf::RoleSpecType::RolespecPublic as i32 {
        return Some("public".to_owned());
    }
    (!role.rolename.is_empty()).then(|| role.rolename.clone())
}

/// The privileges that a GRANT on tables gives, upper case.
fn privileges(grant: &protobuf::GrantStmt) -> Vec<String> {
    if grant.privileges.is_empty() {
        return ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"]
            .map(str::to_owned)
            .to_vec();
    }
    let one = |node: &protobuf::Node| match &node.node {
        Some(NodeEnum::AccessPriv(privilege)) => Some(privilege.priv_name.to_ascii_uppercase()),
        _ => None,
    };
    grant.privileges.iter().filter_map(one).collect()
}
