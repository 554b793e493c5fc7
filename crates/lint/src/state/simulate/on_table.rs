//! What is made on tables besides indexes and constraints: triggers, policies, rules, statistics.

use freehold_model::{
    catalog::{ObjectKind, Policy, PolicyCommand, Rule, Statistics, Trigger, TriggerEnabled},
    name::QualifiedName,
};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{
        self, AlterPolicyStmt, CreatePolicyStmt, CreateStatsStmt, CreateTrigStmt, Node, RoleSpecType,
        RuleStmt,
    },
};

use super::{Step, names, nodes};

impl Step<'_> {
    pub(super) fn create_trigger(&mut self, create: &CreateTrigStmt) {
        let Some(range) = &create.relation else { return };
        let table = self.relation(range);
        if !self.state.suppose(&table) {
            return;
        }
        let Some((schema, name)) = nodes::qualified(&create.funcname) else { return };
        let function = self.state.resolve(schema, name);
        // For each row of a partitioned table means for each row of its partitions.
        let tables = if create.row && !self.partitions(&table).is_empty() {
            self.state.family(&table)
        } else {
            vec![table]
        };
        for table in tables {
            let trigger = Trigger {
                name: names::kept(&create.trigname).to_owned(),
                definition: written(create, &table, &function),
                enabled: TriggerEnabled::Origin,
                function: function.clone(),
                ..Trigger::default()
            };
            let site = self.site;
            self.state.edit(&table, |known| {
                known.touch(ObjectKind::Trigger, &trigger.name, site);
                let triggers = &mut known.relation.triggers;
                triggers.retain(|there| there.name != trigger.name);
                let at = triggers.partition_point(|there| there.name < trigger.name);
                triggers.insert(at, trigger);
            });
        }
    }

    pub(super) fn create_policy(&mut self, create: &CreatePolicyStmt) {
        let Some(range) = &create.table else { return };
        let table = self.relation(range);
        if !self.state.suppose(&table) {
            return;
        }
        let policy = Policy {
            name: names::kept(&create.policy_name).to_owned(),
            command: match create.cmd_name.as_str() {
                "select" => PolicyCommand::Select,
                "insert" => PolicyCommand::Insert,
                "update" => PolicyCommand::Update,
                "delete" => PolicyCommand::Delete,
                _ => PolicyCommand::All,
            },
            permissive: create.permissive,
            roles: roles(&create.roles),
            using: nodes::expression(create.qual.as_deref()),
            with_check: nodes::expression(create.with_check.as_deref()),
            ..Policy::default()
        };
        let site = self.site;
        self.state.edit(&table, |known| {
            known.touch(ObjectKind::Policy, &policy.name, site);
            let policies = &mut known.relation.policies;
            policies.retain(|there| there.name != policy.name);
            let at = policies.partition_point(|there| there.name < policy.name);
            policies.insert(at, policy);
        });
    }

    pub(super) fn alter_policy(&mut self, alter: &AlterPolicyStmt) {
        let Some(range) = &alter.table else { return };
        let table = self.relation(range);
        let site = self.site;
        self.state.edit(&table, |known| {
            let policies = &mut known.relation.policies;
            let Some(policy) = policies.iter_mut().find(|policy| policy.name == alter.policy_name) else {
                return;
            };
            if !alter.roles.is_empty() {
                policy.roles = roles(&alter.roles);
            }
            if alter.qual.is_some() {
                policy.using = nodes::expression(alter.qual.as_deref());
            }
            if alter.with_check.is_some() {
                policy.with_check = nodes::expression(alter.with_check.as_deref());
            }
            known.touch(ObjectKind::Policy, &alter.policy_name, site);
        });
    }

    pub(super) fn create_rule(&mut self, create: &RuleStmt) {
        let Some(range) = &create.relation else { return };
        let table = self.relation(range);
        if create.rulename == "_RETURN" || !self.state.suppose(&table) {
            return;
        }
        let rule = Rule {
            name: names::kept(&create.rulename).to_owned(),
            definition: tree::write(&NodeEnum::RuleStmt(Box::new(create.clone()))).unwrap_or_default(),
            ..Rule::default()
        };
        let site = self.site;
        self.state.edit(&table, |known| {
            known.touch(ObjectKind::Rule, &rule.name, site);
            let rules = &mut known.relation.rules;
            rules.retain(|there| there.name != rule.name);
            let at = rules.partition_point(|there| there.name < rule.name);
            rules.insert(at, rule);
        });
    }

    pub(super) fn create_statistics(&mut self, create: &CreateStatsStmt) {
        let Some(NodeEnum::RangeVar(range)) = create.relations.first().and_then(|node| node.node.as_ref())
        else {
            return;
        };
        let table = self.relation(range);
        if !self.state.suppose(&table) {
            return;
        }
        let columns: Vec<String> = create
            .exprs
            .iter()
            .filter_map(|node| match node.node.as_ref()? {
                NodeEnum::StatsElem(element) => {
                    Some(nodes::written(&element.name).unwrap_or("expr").to_owned())
                }
                _ => None,
            })
            .collect();
        let (schema, name) = match nodes::qualified(&create.defnames) {
            Some((schema, name)) => {
                let name = self.state.new_name(schema, name);
                (name.schema, name.name)
            }
            None => {
                let addition = names::addition(&columns);
                (table.schema.clone(), names::object_name(&table.name, Some(&addition), "stat"))
            }
        };
        let shown = if schema == table.schema {
            super::names::quoted(&name)
        } else {
            format!("{}.{}", super::names::quoted(&schema), super::names::quoted(&name))
        };
        let definition = tree::write(&NodeEnum::CreateStatsStmt(create.clone())).unwrap_or_default();
        let statistics = Statistics { name: shown, definition, ..Statistics::default() };
        self.state.edit(&table, |known| {
            let all = &mut known.relation.statistics;
            if !all.iter().any(|there| there.name == statistics.name) {
                all.push(statistics);
                all.sort_by(|a, b| a.name.cmp(&b.name));
            }
        });
    }

    /// `DROP STATISTICS`: its table is not written.
    pub(super) fn drop_statistics(&mut self, name: &QualifiedName) {
        let bare = super::names::quoted(&name.name);
        let full = format!("{}.{bare}", super::names::quoted(&name.schema));
        let tables: Vec<QualifiedName> = self
            .state
            .relations
            .iter()
            .filter(|(_, known)| !known.relation.statistics.is_empty())
            .map(|(table, _)| table.clone())
            .collect();
        for table in tables {
            self.state.edit(&table, |known| {
                let own = table.schema == name.schema;
                known.relation.statistics.retain(|s| s.name != full && !(own && s.name == bare));
            });
        }
    }
}

/// The trigger as the server writes it: with all names in full.
fn written(create: &CreateTrigStmt, table: &QualifiedName, function: &QualifiedName) -> String {
    let mut create = create.clone();
    create.replace = false;
    if let Some(range) = &mut create.relation {
        table.schema.clone_into(&mut range.schemaname);
        table.name.clone_into(&mut range.relname);
    }
    let part = |text: &str| Node { node: Some(NodeEnum::String(protobuf::String { sval: text.to_owned() })) };
    create.funcname = vec![part(&function.schema), part(&function.name)];
    tree::write(&NodeEnum::CreateTrigStmt(Box::new(create))).unwrap_or_default()
}

/// The roles of a policy, ordered; `public` stands for everybody.
fn roles(nodes: &[Node]) -> Vec<String> {
    let mut roles: Vec<String> = nodes
        .iter()
        .filter_map(|node| match node.node.as_ref()? {
            NodeEnum::RoleSpec(role) => Some(match RoleSpecType::try_from(role.roletype) {
                Ok(RoleSpecType::RolespecPublic) => "public".to_owned(),
                Ok(RoleSpecType::RolespecCstring) => role.rolename.clone(),
                Ok(RoleSpecType::RolespecSessionUser) => "SESSION_USER".to_owned(),
                _ => "CURRENT_USER".to_owned(),
            }),
            _ => None,
        })
        .collect();
    if roles.is_empty() {
        roles.push("public".to_owned());
    }
    roles.sort();
    roles
}
