//! Objects that have no type of their own in the catalog: casts, operators, publications and so on.

mod cluster;
mod foreign;
mod operator;
mod publication;
mod search;

use freehold_model::{
    catalog::{ObjectKind, Other},
    name::quote_literal,
};

use super::{
    super::{facts, sql},
    Sql, Writer, q,
};

/// True when the named fact of that kind can be changed in place, besides those for which all can.
pub(in crate::reconcile) fn can_alter(kind: ObjectKind, fact: &str) -> bool {
    match kind {
        ObjectKind::DatabaseSetting => true,
        ObjectKind::TextSearchDictionary => fact == "options",
        ObjectKind::ForeignServer => matches!(fact, "options" | "version"),
        ObjectKind::ForeignDataWrapper | ObjectKind::UserMapping => {
            matches!(fact, "options" | "handler" | "validator")
        }
        ObjectKind::Subscription => true,
        _ => false,
    }
}

/// The word of a kind in `DROP`, `ALTER` and `COMMENT`.
pub(super) fn word(kind: ObjectKind) -> String {
    kind.word().to_uppercase()
}

/// The object as `DROP` and `COMMENT ON` name it.
pub(super) fn object(other: &Other) -> String {
    match other.kind {
        ObjectKind::Operator => format!("OPERATOR {}", operator::name_with_types(&other.name)),
        ObjectKind::ForeignServer => format!("SERVER {}", other.name),
        kind => format!("{} {}", word(kind), other.name),
    }
}

impl Writer<'_, '_> {
    pub(super) fn create_other(&mut self, other: &Other) -> Vec<Sql> {
        let fact = |name: &str| facts::of(other, name).unwrap_or_default();
        let text = match other.kind {
            ObjectKind::Cast => operator::create_cast(other),
            ObjectKind::Operator => operator::create(other),
            ObjectKind::OperatorClass => operator::create_class(other),
            ObjectKind::OperatorFamily => return operator::create_family(self, other),
            ObjectKind::AccessMethod => {
                let kind = if fact("type") == "t" { "TABLE" } else { "INDEX" };
                format!("CREATE ACCESS METHOD {} TYPE {kind} HANDLER {}", other.name, fact("handler"))
            }
            ObjectKind::Collation => search::create_collation(other),
            ObjectKind::Conversion => {
                let default = if facts::is(other, "default") { "DEFAULT " } else { "" };
                let (from, to) = (quote_literal(fact("from")), quote_literal(fact("to")));
                format!(
                    "CREATE {default}CONVERSION {} FOR {from} TO {to} FROM {}",
                    other.name,
                    fact("function")
                )
            }
            ObjectKind::Language => return self.create_language(other),
            ObjectKind::Transform => {
                let part = |name: &str, words: &str| {
                    facts::of(other, name).map(|f| format!("{words} WITH FUNCTION {f}"))
                };
                let parts = [part("from SQL", "FROM SQL"), part("to SQL", "TO SQL")];
                let parts: Vec<String> = parts.into_iter().flatten().collect();
                format!("CREATE TRANSFORM {} ({})", other.name, parts.join(", "))
            }
            ObjectKind::TextSearchConfiguration => return search::create_configuration(self, other),
            ObjectKind::TextSearchDictionary => search::create_dictionary(other),
            ObjectKind::TextSearchParser => search::create_parser(other),
            ObjectKind::TextSearchTemplate => search::create_template(other),
            ObjectKind::EventTrigger => return cluster::create_event_trigger(other),
            ObjectKind::Publication => publication::create(other),
            ObjectKind::ForeignDataWrapper => foreign::create_wrapper(other),
            ObjectKind::ForeignServer => foreign::create_server(other),
            ObjectKind::UserMapping => foreign::create_mapping(other),
            ObjectKind::DefaultPrivileges => return self.default_privileges(None, Some(other)),
            ObjectKind::DatabaseSetting => return cluster::settings(None, Some(other)),
            kind => {
                self.cannot_object(kind, &other.name, "how it connects is not in the catalog");
                return Vec::new();
            }
        };
        vec![Sql::new(text)]
    }

    pub(super) fn drop_other(&mut self, other: &Other) -> Vec<Sql> {
        match other.kind {
            ObjectKind::Subscription => {
                self.cannot_object(other.kind, &other.name, "dropping it would reach into another server");
                Vec::new()
            }
            ObjectKind::DefaultPrivileges => self.default_privileges(Some(other), None),
            ObjectKind::DatabaseSetting => cluster::settings(Some(other), None),
            ObjectKind::UserMapping => vec![Sql::new(foreign::mapping("DROP", &other.name))],
            ObjectKind::Language if self.comes_with_extension(other) => Vec::new(),
            _ => vec![Sql::new(format!("DROP {}", object(other)))],
        }
    }

    pub(super) fn alter_other(&mut self, old: &Other, new: &Other) -> Vec<Sql> {
        match new.kind {
            ObjectKind::DefaultPrivileges => self.default_privileges(Some(old), Some(new)),
            ObjectKind::DatabaseSetting => cluster::settings(Some(old), Some(new)),
            ObjectKind::TextSearchDictionary => search::alter_dictionary(old, new),
            ObjectKind::TextSearchConfiguration => search::alter_configuration(self, old, new),
            ObjectKind::EventTrigger => vec![cluster::enable_event_trigger(new)],
            ObjectKind::Publication => publication::alter(old, new),
            ObjectKind::OperatorFamily => operator::alter_family(self, old, new),
            ObjectKind::ForeignDataWrapper | ObjectKind::ForeignServer | ObjectKind::UserMapping => {
                foreign::alter(old, new)
            }
            ObjectKind::Subscription => {
                let word = if facts::is(new, "enabled") { "ENABLE" } else { "DISABLE" };
                let enable = (facts::of(old, "enabled") != facts::of(new, "enabled"))
                    .then(|| Sql::new(format!("ALTER SUBSCRIPTION {} {word}", new.name)));
                if facts::of(old, "publications") != facts::of(new, "publications") {
                    self.cannot_object(
                        new.kind,
                        &new.name,
                        "changing its publications would reach into another server",
                    );
                }
                enable.into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// Languages such as `plpgsql` are listed though an extension brought them.
    fn comes_with_extension(&self, other: &Other) -> bool {
        let both = self.from.catalog.extensions.iter().chain(self.to.catalog.extensions.iter());
        let mut names = both.map(|extension| freehold_model::name::display_identifier(&extension.name));
        names.any(|name| name == other.name || name == other.name.replace("plperlu", "plperl"))
    }

    fn create_language(&mut self, other: &Other) -> Vec<Sql> {
        let Some(handler) = facts::of(other, "handler").filter(|_| !self.comes_with_extension(other)) else {
            return Vec::new();
        };
        let trusted = if facts::is(other, "trusted") { "TRUSTED " } else { "" };
        let inline =
            facts::of(other, "inline handler").map(|name| format!(" INLINE {name}")).unwrap_or_default();
        let validator =
            facts::of(other, "validator").map(|name| format!(" VALIDATOR {name}")).unwrap_or_default();
        vec![Sql::new(format!(
            "CREATE {trusted}LANGUAGE {} HANDLER {handler}{inline}{validator}",
            other.name
        ))]
    }
}
