//! What comes when a thing is there: its owner, the privileges on it, its comment.

mod acl;
mod defaults;

use freehold_model::{
    catalog::{CatalogObject, ConstraintKind, DomainConstraint, Grants, ObjectKind, Relation, TypeShape},
    name::{QualifiedName, quote_literal},
};

use super::{
    super::{facts, key::Key, sql::function_object, things::Side},
    Sql, Subject, Writer, other, policy, q, table, types,
};
use acl::Acl;
pub(in crate::reconcile) use defaults::maintains;

/// The statements that finish a thing.
#[derive(Debug, Default)]
pub(in crate::reconcile) struct Finish {
    /// Gives it to its owner.
    pub(in crate::reconcile) owner: Vec<Sql>,
    /// Privileges and comment.
    pub(in crate::reconcile) rest: Vec<Sql>,
}

/// The one role that owns everything in both catalogs, if there is one: then what it makes is its own. Predefined roles
/// count for nothing.
pub(in crate::reconcile) fn default_creator<'c>(from: &Side<'c>, to: &Side<'c>) -> Option<&'c str> {
    let things = from.things.values().chain(to.things.values());
    let mut owners =
        things.filter_map(|thing| owner(thing.subject)).filter(|owner| !owner.starts_with("pg_"));
    let first = owners.next()?;
    owners.all(|owner| owner == first).then_some(first)
}

fn owner(subject: Subject<'_>) -> Option<&str> {
    match subject {
        Subject::Schema(schema) => Some(&schema.owner),
        Subject::Type(object) => Some(&object.owner),
        Subject::Relation(relation) => Some(&relation.owner),
        Subject::Statistics(_, statistics) => Some(&statistics.owner),
        Subject::Function(function) => Some(&function.owner),
        Subject::Other(other) if other.kind == ObjectKind::DefaultPrivileges => None,
        Subject::Other(other) => facts::owner(other),
        _ => None,
    }
}

/// The thing as `ALTER ... OWNER TO` and `COMMENT ON` name it.
fn object(subject: Subject<'_>) -> Option<String> {
    let on =
        |word: &str, name: &str, table: &Relation| format!("{word} {} ON {}", q(name), table.name.quoted());
    Some(match subject {
        Subject::Schema(schema) => format!("SCHEMA {}", q(&schema.name)),
        Subject::Extension(extension) => format!("EXTENSION {}", q(&extension.name)),
        Subject::Type(object) => format!("{} {}", types::word(object), object.name.quoted()),
        Subject::Relation(relation) => table::object(relation),
        Subject::Column(table, column) => format!("COLUMN {}.{}", table.name.quoted(), q(&column.name)),
        Subject::Constraint(table, constraint) => on("CONSTRAINT", &constraint.name, table),
        Subject::Index(table, index) => {
            format!("INDEX {}", QualifiedName::new(table.name.schema.clone(), index.name.clone()).quoted())
        }
        Subject::Trigger(table, trigger) => on("TRIGGER", &trigger.name, table),
        Subject::Rule(table, rule) => on("RULE", &rule.name, table),
        Subject::Policy(table, policy) => on("POLICY", &policy.name, table),
        Subject::Statistics(table, statistics) => {
            format!("STATISTICS {}", policy::statistics_name(table, statistics))
        }
        Subject::Function(function) => function_object(function),
        Subject::Other(other) => other::object(other),
        _ => return None,
    })
}

fn comment(subject: Subject<'_>) -> Option<&str> {
    match subject {
        Subject::Schema(schema) => schema.comment.as_deref(),
        Subject::Extension(extension) => extension.comment.as_deref(),
        Subject::Type(object) => object.comment.as_deref(),
        Subject::Relation(relation) => relation.comment.as_deref(),
        Subject::Column(_, column) => column.comment.as_deref(),
        Subject::Constraint(_, constraint) => constraint.comment.as_deref(),
        Subject::Index(_, index) => index.comment.as_deref(),
        Subject::Trigger(_, trigger) => trigger.comment.as_deref(),
        Subject::Rule(_, rule) => rule.comment.as_deref(),
        Subject::Policy(_, policy) => policy.comment.as_deref(),
        Subject::Statistics(_, statistics) => statistics.comment.as_deref(),
        Subject::Function(function) => function.comment.as_deref(),
        Subject::Other(other) => facts::comment(other),
        _ => None,
    }
}

/// Privileges on a thing, the object of `GRANT`, and the schema that it is in.
fn grants(subject: Subject<'_>) -> Option<(&Grants, String, &str)> {
    match subject {
        Subject::Schema(schema) => Some((&schema.grants, format!("SCHEMA {}", q(&schema.name)), "")),
        Subject::Type(object) => {
            Some((&object.grants, format!("TYPE {}", object.name.quoted()), &object.name.schema))
        }
        Subject::Relation(relation) => {
            Some((&relation.grants, table::grant_object(relation), &relation.name.schema))
        }
        Subject::Function(function) => {
            let object = function_object(function);
            // Aggregates are granted as functions, by the types of their arguments.
            let object = match function.kind() {
                ObjectKind::Aggregate => {
                    format!("FUNCTION {}({})", function.name.quoted(), function.identity_arguments)
                }
                _ => object,
            };
            Some((&function.grants, object, &function.name.schema))
        }
        Subject::Other(other) if other.kind != ObjectKind::DefaultPrivileges => {
            let word = if other.kind == ObjectKind::ForeignServer {
                "FOREIGN SERVER".to_owned()
            } else {
                other::word(other.kind)
            };
            Some((other.grants.as_ref()?, format!("{word} {}", other.name), ""))
        }
        _ => None,
    }
}

impl Writer<'_, '_> {
    /// What finishes a thing of the catalog that is to be. `kept` is what it was, when it was not made.
    pub(in crate::reconcile) fn finish(
        &mut self,
        key: &Key,
        kept: Option<Subject<'_>>,
        new: Subject<'_>,
        creator: Option<&str>,
    ) -> Finish {
        let mut finish = Finish::default();
        if let (Some(wanted), Some(object)) = (owner(new), object(new)) {
            let before = kept.map_or(creator, owner);
            if before != Some(wanted) && !self.owner_follows(key, new, kept.is_some()) {
                finish.owner.push(Sql::new(format!("ALTER {object} OWNER TO {}", q(wanted))));
            }
        }
        self.grant(kept, new, creator, &mut finish.rest);
        let before = kept.and_then(comment);
        if let Some(object) = object(new).filter(|_| before != comment(new)) {
            finish.rest.push(Sql::new(format!("COMMENT ON {object} IS {}", literal_or_null(comment(new)))));
        }
        if let Subject::Type(object) = new {
            let old = kept.and_then(|old| match old {
                Subject::Type(old) => Some(old),
                _ => None,
            });
            finish.rest.extend(domain_comments(old, object));
        }
        finish
    }

    /// A sequence that belongs to a column has the owner of its table.
    fn owner_follows(&self, key: &Key, new: Subject<'_>, kept: bool) -> bool {
        let Subject::Relation(relation) = new else { return false };
        let Some(owner) = relation.sequence.as_ref().and_then(|sequence| sequence.owned_by.as_ref()) else {
            return false;
        };
        let Key::Relation(name) = key else { return false };
        let link = Key::Part(super::super::key::Part::OwnedBy, name.clone(), String::new());
        owner.identity || (kept && self.fates.is_kept(&link))
    }

    fn grant(
        &mut self,
        kept: Option<Subject<'_>>,
        new: Subject<'_>,
        creator: Option<&str>,
        into: &mut Vec<Sql>,
    ) {
        let Some((wanted, object, schema)) = grants(new) else { return };
        let kind = acl::kind_of(new);
        let new_owner = owner(new).unwrap_or_default();
        let (surely, maybe) = match kept.and_then(grants) {
            Some((before, _, _)) => {
                let before = Acl::read(before, Some(new_owner));
                (before.clone(), before)
            }
            None => self.at_creation(kind, schema, creator),
        };
        let wanted = Acl::read(wanted, None);
        let change = acl::change(&surely, &maybe, &wanted);
        if kept.is_none() && !wanted.by_others.is_empty() {
            self.cannot(given_to_new(new, &wanted));
        }
        into.extend(change.statements(&object, None, new_owner).into_iter().map(Sql::new));
        if let Subject::Relation(relation) = new {
            let old = kept.and_then(|old| match old {
                Subject::Relation(old) => Some(old),
                _ => None,
            });
            self.grant_columns(old, relation, &change, &object, into);
        }
    }

    /// Taking a privilege on the table takes it on every column, too.
    fn grant_columns(
        &mut self,
        old: Option<&Relation>,
        new: &Relation,
        table: &acl::AclChange,
        object: &str,
        into: &mut Vec<Sql>,
    ) {
        for column in &new.columns {
            let key = Key::column(&new.name, &column.name);
            let kept = old.filter(|_| self.fates.is_kept(&key)).and_then(|old| old.column(&column.name));
            let before = kept.map(|column| Acl::read(&column.grants, Some(&new.owner))).unwrap_or_default();
            let before = before.without(&table.revoked);
            let change = acl::change(&before, &before, &Acl::read(&column.grants, None));
            into.extend(change.statements(object, Some(&column.name), &new.owner).into_iter().map(Sql::new));
        }
    }
}

/// The difference that stays when others than the owner gave on something that is made.
fn given_to_new(new: Subject<'_>, acl: &Acl) -> String {
    let added: Vec<String> = acl.by_others.iter().map(|line| format!("{line} added")).collect();
    let name = match new {
        Subject::Schema(schema) => format!("{} {}", schema.kind(), schema.shown_name()),
        Subject::Type(object) => format!("{} {}", object.kind(), object.shown_name()),
        Subject::Relation(relation) => format!("{} {}", relation.kind(), relation.shown_name()),
        Subject::Function(function) => format!("{} {}", function.kind(), function.shown_name()),
        Subject::Other(other) => format!("{} {}", other.kind, other.name),
        _ => String::new(),
    };
    format!("{name}: privileges: {}", added.join(", "))
}

fn literal_or_null(text: Option<&str>) -> String {
    text.map_or_else(|| "NULL".to_owned(), quote_literal)
}

fn domain_comments(
    old: Option<&freehold_model::catalog::TypeObject>,
    new: &freehold_model::catalog::TypeObject,
) -> Vec<Sql> {
    let constraints = |object: &freehold_model::catalog::TypeObject| -> Vec<DomainConstraint> {
        match &object.shape {
            TypeShape::Domain { constraints, .. } => constraints.clone(),
            _ => Vec::new(),
        }
    };
    let before = old.map(constraints).unwrap_or_default();
    let changed = constraints(new).into_iter().filter(|constraint| {
        let same =
            before.iter().find(|old| old.name == constraint.name && old.definition == constraint.definition);
        same.and_then(|old| old.comment.as_ref()) != constraint.comment.as_ref()
    });
    changed
        .map(|constraint| {
            Sql::new(format!(
                "COMMENT ON CONSTRAINT {} ON DOMAIN {} IS {}",
                q(&constraint.name),
                new.name.quoted(),
                literal_or_null(constraint.comment.as_deref())
            ))
        })
        .collect()
}

/// True for a part whose comment and whose other facts are looked at by themselves.
pub(in crate::reconcile) fn is_thing(constraint: &freehold_model::catalog::Constraint) -> bool {
    constraint.kind != ConstraintKind::NotNull
        && !(constraint.kind == ConstraintKind::ForeignKey && constraint.has_parent)
}
