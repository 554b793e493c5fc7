//! Privileges as sets, and the statements that turn one into another.

use std::collections::{BTreeMap, BTreeSet};

use freehold_model::catalog::{Grants, ObjectKind, RelationKind};

use super::super::{Subject, q};

/// To whom something was given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Grantee {
    /// The object's owner, whoever that is.
    Owner,
    /// Everybody.
    Public,
    /// A role.
    Role(String),
}

/// The privileges on one object.
#[derive(Debug, Clone, Default)]
pub(super) struct Acl {
    /// Given by the owner: to whom, what, and whether it may be passed on.
    pub(super) given: BTreeMap<(Grantee, String), bool>,
    /// Given by others, in words.
    pub(super) by_others: BTreeSet<String>,
}

impl Acl {
    /// The privileges, as they are when the object belongs to `owner` from now on.
    pub(super) fn read(grants: &Grants, owner: Option<&str>) -> Self {
        let mut acl = Self::default();
        for grant in grants.iter() {
            let grantee = match &grant.grantee {
                _ if grant.to_owner => Grantee::Owner,
                None => Grantee::Public,
                Some(role) if Some(role.as_str()) == owner => Grantee::Owner,
                Some(role) => Grantee::Role(role.clone()),
            };
            for privilege in &grant.privileges {
                if grant.by_owner || Some(grant.grantor.as_str()) == owner {
                    let passing = acl.given.entry((grantee.clone(), privilege.name.clone())).or_default();
                    *passing |= privilege.grantable;
                } else {
                    let to = grant.grantee.as_deref().unwrap_or("PUBLIC");
                    acl.by_others.insert(format!("{} to {to} by {}", privilege.name, grant.grantor));
                }
            }
        }
        acl
    }

    pub(super) fn give(&mut self, grantee: Grantee, privileges: &[&str]) {
        for privilege in privileges {
            self.given.insert((grantee.clone(), (*privilege).to_owned()), false);
        }
    }

    pub(super) fn without(mut self, gone: &BTreeSet<(Grantee, String)>) -> Self {
        self.given.retain(|key, _| !gone.contains(key));
        self
    }
}

/// What has to be given and taken.
#[derive(Debug, Default)]
pub(super) struct AclChange {
    granted: BTreeMap<(Grantee, bool), Vec<String>>,
    pub(super) revoked: BTreeSet<(Grantee, String)>,
    /// To be given still, but no more to be passed on.
    held: BTreeSet<(Grantee, String)>,
    /// Others than the owner gave on what they may pass on.
    cascades: bool,
}

/// From what is there surely, and what may be there, to what is wanted.
pub(super) fn change(surely: &Acl, maybe: &Acl, wanted: &Acl) -> AclChange {
    let mut change = AclChange::default();
    for (key, passing) in &maybe.given {
        match wanted.given.get(key) {
            None => {
                change.revoked.insert(key.clone());
            }
            Some(false) if *passing => {
                change.held.insert(key.clone());
            }
            Some(_) => {}
        }
    }
    for (key, passing) in &wanted.given {
        let there = surely.given.get(key).is_some_and(|held| *held || !passing);
        if !there {
            change.granted.entry((key.0.clone(), *passing)).or_default().push(key.1.clone());
        }
    }
    change.cascades = !maybe.by_others.is_empty();
    change
}

impl AclChange {
    /// `REVOKE` and `GRANT` on an object, or on a column of it.
    pub(super) fn statements(&self, object: &str, column: Option<&str>, owner: &str) -> Vec<String> {
        let to = |grantee: &Grantee| match grantee {
            Grantee::Owner => q(owner),
            Grantee::Public => "PUBLIC".to_owned(),
            Grantee::Role(role) => q(role),
        };
        let column = column.map(|column| format!(" ({})", q(column))).unwrap_or_default();
        let words = |privileges: &[String]| {
            privileges.iter().map(|privilege| format!("{privilege}{column}")).collect::<Vec<_>>().join(", ")
        };
        let together = |keys: &BTreeSet<(Grantee, String)>| {
            let mut by_grantee: BTreeMap<Grantee, Vec<String>> = BTreeMap::new();
            for (grantee, privilege) in keys {
                by_grantee.entry(grantee.clone()).or_default().push(privilege.clone());
            }
            by_grantee
        };
        let cascade = if self.cascades { " CASCADE" } else { "" };
        let mut statements = Vec::new();
        for (grantee, privileges) in together(&self.revoked) {
            statements.push(format!(
                "REVOKE {} ON {object} FROM {}{cascade}",
                words(&privileges),
                to(&grantee)
            ));
        }
        for (grantee, privileges) in together(&self.held) {
            let privileges = words(&privileges);
            statements.push(format!(
                "REVOKE GRANT OPTION FOR {privileges} ON {object} FROM {}{cascade}",
                to(&grantee)
            ));
        }
        for ((grantee, passing), privileges) in &self.granted {
            let passing = if *passing { " WITH GRANT OPTION" } else { "" };
            statements.push(format!("GRANT {} ON {object} TO {}{passing}", words(privileges), to(grantee)));
        }
        statements
    }
}

/// The kind of object, as `ALTER DEFAULT PRIVILEGES` names it; nothing for those that it does not know.
pub(super) fn kind_of(subject: Subject<'_>) -> &'static str {
    match subject {
        Subject::Schema(_) => "schemas",
        Subject::Type(_) => "types",
        Subject::Relation(relation) => match relation.kind {
            RelationKind::Sequence => "sequences",
            RelationKind::CompositeType => "types",
            _ => "tables",
        },
        Subject::Function(_) => "functions",
        Subject::Other(other) if other.kind == ObjectKind::Language => "languages",
        _ => "",
    }
}

/// What the owner and everybody have on a new object (PostgreSQL manual, table 5.2 "Summary of Access Privileges").
pub(super) fn built_in(kind: &str, maintain: bool) -> Acl {
    let mut acl = Acl::default();
    let own: &[&str] = match kind {
        "tables" => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
        "sequences" => &["SELECT", "UPDATE", "USAGE"],
        "functions" => &["EXECUTE"],
        "schemas" => &["USAGE", "CREATE"],
        "large objects" => &["SELECT", "UPDATE"],
        _ => &["USAGE"],
    };
    acl.give(Grantee::Owner, own);
    if kind == "tables" && maintain {
        acl.give(Grantee::Owner, &["MAINTAIN"]);
    }
    match kind {
        "functions" => acl.give(Grantee::Public, &["EXECUTE"]),
        "types" | "languages" => acl.give(Grantee::Public, &["USAGE"]),
        _ => {}
    }
    acl
}
