//! Default privileges: what a new object has by them, and how they are changed.

use freehold_model::catalog::{ObjectKind, Other};

use super::{
    super::{
        super::tokens::{Token, tokens},
        Side, Sql, Writer, q,
    },
    acl::{self, Acl},
};

/// For whom, where and for what default privileges are.
struct Reach {
    role: String,
    schema: Option<String>,
    kind: String,
}

impl Reach {
    /// From `for role r in schema s on tables`.
    fn of(other: &Other) -> Option<Self> {
        let words: Vec<String> = tokens(&other.name)
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(word),
                _ => None,
            })
            .collect();
        match words.as_slice() {
            [_, _, role, _, _, schema, _, kind @ ..] if !kind.is_empty() => {
                Some(Self { role: role.clone(), schema: Some(schema.clone()), kind: kind.join(" ") })
            }
            [_, _, role, _, kind @ ..] if !kind.is_empty() => {
                Some(Self { role: role.clone(), schema: None, kind: kind.join(" ") })
            }
            _ => None,
        }
    }
}

impl Writer<'_, '_> {
    /// What is surely given on a new object, and what may be given. It is the executing role's default privileges that
    /// count; while it is not known who that is, those of every role may.
    pub(super) fn at_creation(&self, kind: &str, schema: &str, creator: Option<&str>) -> (Acl, Acl) {
        let built_in = acl::built_in(kind, self.maintains);
        let (mut surely, mut maybe) = (built_in.clone(), built_in);
        for other in
            self.from.catalog.others.iter().filter(|other| other.kind == ObjectKind::DefaultPrivileges)
        {
            let Some(reach) = Reach::of(other).filter(|reach| reach.kind == kind) else { continue };
            let elsewhere = reach.schema.as_deref().is_some_and(|own| own != schema);
            if elsewhere || creator.is_some_and(|creator| creator != reach.role) {
                continue;
            }
            let given = Acl::read(other.grants.as_ref().unwrap_or(&Default::default()), None);
            if reach.schema.is_none() {
                surely.given.retain(|key, _| given.given.contains_key(key));
            }
            maybe.given.extend(given.given);
        }
        (surely, maybe)
    }

    /// Turns default privileges into others; without an entry they are the built-in ones, or none for one schema.
    pub(in super::super) fn default_privileges(
        &mut self,
        old: Option<&Other>,
        new: Option<&Other>,
    ) -> Vec<Sql> {
        let Some(reach) = new.or(old).and_then(Reach::of) else {
            return Vec::new();
        };
        let state = |entry: Option<&Other>| match entry.and_then(|entry| entry.grants.as_ref()) {
            Some(grants) => Acl::read(grants, None),
            None if reach.schema.is_some() => Acl::default(),
            None => acl::built_in(&reach.kind, self.maintains),
        };
        let (before, after) = (state(old), state(new));
        let change = acl::change(&before, &before, &after);
        let schema =
            reach.schema.as_ref().map(|schema| format!(" IN SCHEMA {}", q(schema))).unwrap_or_default();
        let head = format!("ALTER DEFAULT PRIVILEGES FOR ROLE {}{schema}", q(&reach.role));
        let statements = change.statements(&reach.kind.to_uppercase(), None, &reach.role).into_iter();
        statements.map(|statement| Sql::new(format!("{head} {statement}"))).collect()
    }
}

/// Whether the server knows the privilege `MAINTAIN` (version 17): it is given on every table then.
pub(in crate::reconcile) fn maintains(from: &Side<'_>, to: &Side<'_>) -> bool {
    let both = from.catalog.relations.iter().chain(to.catalog.relations.iter());
    let mut given = both.flat_map(|relation| relation.grants.iter()).flat_map(|grant| &grant.privileges);
    given.any(|privilege| privilege.name == "MAINTAIN")
}
