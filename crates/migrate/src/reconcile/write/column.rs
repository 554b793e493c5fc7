//! Columns of tables.

use freehold_model::{
    catalog::{Column, ConstraintKind, Generated, Identity, Relation},
    name::QualifiedName,
};

use super::{
    super::{
        follow::{self, How},
        key::{Key, Part},
        sql::{foreign_option_changes, foreign_options, parameter_changes, parameters},
    },
    Sql, Writer, q, relation_word, sequence,
};

impl Writer<'_, '_> {
    pub(super) fn add_column(&mut self, table: &Relation, column: &Column) -> Vec<Sql> {
        let head = format!("ALTER {} {}", relation_word(table), table.name.quoted());
        let definition = self.column_definition(table, column);
        let add = Sql::new(format!("{head} ADD COLUMN {definition}"));
        [add].into_iter().chain(settings(table, column)).collect()
    }

    /// Name, type, collation, default and the rest, as in `CREATE TABLE`.
    pub(super) fn column_definition(&self, table: &Relation, column: &Column) -> String {
        let mut text = format!("{} {}", q(&column.name), column.type_name);
        text += &foreign_options(&column.foreign_options);
        if let Some(collation) = &column.collation {
            text = text + " COLLATE " + collation;
        }
        let default = Key::Part(Part::Default, table.name.clone(), column.name.clone());
        match (&column.generated, &column.default) {
            (Some(how), Some(expression)) => {
                let how = if *how == Generated::Stored { "STORED" } else { "VIRTUAL" };
                text = format!("{text} GENERATED ALWAYS AS ({expression}) {how}");
            }
            (None, Some(default_value)) if !self.apart.contains(&default) => {
                text = text + " DEFAULT " + default_value;
            }
            _ => {}
        }
        let is_identity = Key::Part(Part::Identity, table.name.clone(), column.name.clone());
        if let Some(identity) = column.identity.filter(|_| !self.apart.contains(&is_identity)) {
            let sequence =
                self.to.things.get(&Key::Part(Part::Identity, table.name.clone(), column.name.clone()));
            let sequence = sequence.and_then(|thing| match thing.subject {
                super::Subject::Identity(_, _, sequence) => sequence,
                _ => None,
            });
            text = text + " " + &identity_clause(table, column, identity, sequence);
        }
        if column.not_null {
            text += &not_null_clause(table, column);
        }
        text
    }

    pub(super) fn alter_column(&mut self, table: &Relation, old: &Column, new: &Column) -> Vec<Sql> {
        let key = Key::column(&table.name, &new.name);
        let head = format!("ALTER {} {}", relation_word(table), table.name.quoted());
        let mut changes = Vec::new();
        if self.fates.retyped.contains(&key) && !self.follows_parent(&key) {
            let divides =
                table.partition_key.as_ref().is_some_and(|partition| partition.columns.contains(&new.name));
            if divides {
                self.cannot(format!(
                    "type of column {} of {}: the table is partitioned by it",
                    new.name, table.name
                ));
            } else {
                changes.push(self.retype(table, old, new));
            }
        }
        if old.generated.is_some() && new.generated.is_none() {
            changes.push(Sql::new(format!("{head} ALTER COLUMN {} DROP EXPRESSION", q(&new.name))));
        }
        if old.not_null != new.not_null && !(new.not_null && new.identity.is_some() && old.identity.is_some())
        {
            changes.push(Sql::new(set_not_null(self.to, table, new)));
        }
        changes.extend(setting_changes(table, old, new));
        changes
    }

    fn retype(&self, table: &Relation, old: &Column, new: &Column) -> Sql {
        let name = q(&new.name);
        let collation =
            new.collation.as_ref().map(|collation| format!(" COLLATE {collation}")).unwrap_or_default();
        let key = Key::column(&table.name, &new.name);
        let needed = self.from.things.get(&key).map(|thing| &thing.needs);
        let swapped = needed.and_then(|needs| needs.iter().find(|need| self.aside.contains_key(*need)));
        let using = match swapped {
            Some(swapped) => self.through_swap(swapped, &name, new),
            None if table.foreign.is_some() || casts_by_itself(&old.type_name, &new.type_name) => {
                String::new()
            }
            // Every type can be written as text and read from it.
            None => format!(" USING {name}::pg_catalog.text::{}", new.type_name),
        };
        let text = format!(
            "ALTER {} {} ALTER COLUMN {name} TYPE {}{collation}{using}",
            relation_word(table),
            table.name.quoted(),
            new.type_name
        );
        let same_type = old.type_name == new.type_name;
        Sql { text, destroys: !same_type && !widens(&old.type_name, &new.type_name) }
    }

    /// A composite type is rebuilt attribute by attribute, every other goes through its text.
    fn through_swap(&self, swapped: &Key, name: &str, new: &Column) -> String {
        let Key::Relation(relation) = swapped else {
            return format!(" USING {name}::pg_catalog.text::{}", new.type_name);
        };
        match self.from.relation(relation).zip(self.to.relation(relation)) {
            Some((old, made)) if !new.type_name.ends_with("[]") => {
                let part = |attribute: &Column| {
                    let own = format!("({name}).{}", q(&attribute.name));
                    let mut mentioned = self.to.names.in_text(&attribute.type_name, None).into_iter();
                    let swapped = mentioned.any(|key| self.aside.contains_key(&key));
                    match old.column(&attribute.name) {
                        None => "NULL".to_owned(),
                        Some(before) if before.type_name == attribute.type_name && !swapped => own,
                        Some(_) => format!("{own}::pg_catalog.text::{}", attribute.type_name),
                    }
                };
                let parts: Vec<String> = made.columns.iter().map(part).collect();
                format!(
                    " USING CASE WHEN {name} IS DISTINCT FROM NULL THEN ROW({})::{} END",
                    parts.join(", "),
                    new.type_name
                )
            }
            _ => format!(" USING {name}::pg_catalog.text::{}", new.type_name),
        }
    }

    /// True for a column that a partition or heir has from the table above, where the same happens to it.
    pub(in crate::reconcile) fn follows_parent(&self, key: &Key) -> bool {
        follow::parent_of(self.from, self.to, self.fates, key, How::Comes).is_some()
    }
}

/// Storage, compression, statistics and options of a new column.
pub(super) fn settings(table: &Relation, column: &Column) -> Vec<Sql> {
    setting_changes(
        table,
        &Column { type_storage: column.type_storage.clone(), ..Column::default() },
        &Column { foreign_options: Vec::new(), ..column.clone() },
    )
}

fn setting_changes(table: &Relation, old: &Column, new: &Column) -> Vec<Sql> {
    let only = if table.foreign.is_some() { "" } else { "ONLY " };
    let head =
        format!("ALTER {} {only}{} ALTER COLUMN {}", relation_word(table), table.name.quoted(), q(&new.name));
    let mut changes = Vec::new();
    if old.storage != new.storage {
        changes.push(format!("{head} SET STORAGE {}", new.storage.as_ref().unwrap_or(&new.type_storage)));
    }
    if old.compression != new.compression {
        changes.push(format!("{head} SET COMPRESSION {}", new.compression.as_deref().unwrap_or("default")));
    }
    if old.statistics_target != new.statistics_target {
        changes.push(format!("{head} SET STATISTICS {}", new.statistics_target.unwrap_or(-1)));
    }
    let options = match (old.options.is_empty(), new.options.is_empty()) {
        (true, false) => vec![format!("SET ({})", parameters(&new.options, "").join(", "))],
        _ => parameter_changes(&old.options, &new.options, ""),
    };
    changes.extend(options.into_iter().map(|change| format!("{head} {change}")));
    if let Some(options) = foreign_option_changes(&old.foreign_options, &new.foreign_options) {
        changes.push(format!("{head} {options}"));
    }
    changes.into_iter().map(Sql::new).collect()
}

/// The named constraint of version 18, where its name is not the usual one.
fn named_not_null<'t>(table: &'t Relation, column: &Column) -> Option<&'t str> {
    let of_column = |columns: &[String]| matches!(columns, [only] if *only == column.name);
    let constraint =
        table.constraints.iter().find(|c| c.kind == ConstraintKind::NotNull && of_column(&c.columns))?;
    let usual = format!("{}_{}_not_null", table.name.name, column.name);
    (constraint.name != usual).then_some(&constraint.name)
}

fn not_null_clause(table: &Relation, column: &Column) -> String {
    match named_not_null(table, column) {
        Some(name) => format!(" CONSTRAINT {} NOT NULL", q(name)),
        None => " NOT NULL".to_owned(),
    }
}

/// Sets or drops `NOT NULL`. A table from which others inherit would take them along, to where it may be otherwise.
fn set_not_null(side: &super::Side<'_>, table: &Relation, column: &Column) -> String {
    let name = q(&column.name);
    let otherwise = side
        .catalog
        .relations
        .iter()
        .filter(|heir| heir.inherits.contains(&table.name))
        .any(|heir| heir.column(&column.name).is_some_and(|own| own.not_null != column.not_null));
    let only = if otherwise { "ONLY " } else { "" };
    let head = format!("ALTER {} {only}{}", relation_word(table), table.name.quoted());
    match (column.not_null, named_not_null(table, column)) {
        (true, Some(constraint)) => format!("{head} ADD CONSTRAINT {} NOT NULL {name}", q(constraint)),
        (true, None) => format!("{head} ALTER COLUMN {name} SET NOT NULL"),
        (false, _) => format!("{head} ALTER COLUMN {name} DROP NOT NULL"),
    }
}

/// Sets a default, of this table alone.
pub(super) fn set_default(table: &Relation, column: &Column) -> Vec<Sql> {
    let default = column.default.as_deref().unwrap_or("NULL");
    vec![Sql::new(format!("{} SET DEFAULT {default}", default_head(table, column)))]
}

pub(super) fn drop_default(table: &Relation, column: &Column) -> Vec<Sql> {
    vec![Sql::new(format!("{} DROP DEFAULT", default_head(table, column)))]
}

fn default_head(table: &Relation, column: &Column) -> String {
    let only = if table.is_table() && table.foreign.is_none() { "ONLY " } else { "" };
    format!("ALTER {} {only}{} ALTER COLUMN {}", relation_word(table), table.name.quoted(), q(&column.name))
}

fn identity_clause(
    table: &Relation,
    column: &Column,
    identity: Identity,
    sequence: Option<&Relation>,
) -> String {
    let how = match identity {
        Identity::Always => "ALWAYS",
        Identity::ByDefault => "BY DEFAULT",
    };
    let mut options = Vec::new();
    if let Some(relation) = sequence {
        let usual =
            QualifiedName::new(table.name.schema.clone(), format!("{}_{}_seq", table.name.name, column.name));
        // A longer name is cut in a way that only the server knows.
        if relation.name != usual || usual.name.len() > 63 {
            options.push(format!("SEQUENCE NAME {}", relation.name.quoted()));
        }
        options.extend(relation.sequence.iter().flat_map(sequence::options));
    }
    let options = if options.is_empty() { String::new() } else { format!(" ({})", options.join(" ")) };
    format!("GENERATED {how} AS IDENTITY{options}")
}

pub(super) fn add_identity(table: &Relation, column: &Column, sequence: Option<&Relation>) -> Vec<Sql> {
    let Some(identity) = column.identity else { return Vec::new() };
    let clause = identity_clause(table, column, identity, sequence);
    vec![Sql::new(format!(
        "ALTER TABLE {} ALTER COLUMN {} ADD {clause}",
        table.name.quoted(),
        q(&column.name)
    ))]
}

pub(super) fn alter_identity(table: &Relation, column: &Column) -> Vec<Sql> {
    let how = if column.identity == Some(Identity::Always) { "ALWAYS" } else { "BY DEFAULT" };
    vec![Sql::new(format!(
        "ALTER TABLE {} ALTER COLUMN {} SET GENERATED {how}",
        table.name.quoted(),
        q(&column.name)
    ))]
}

/// The type without its modifiers.
fn base(type_name: &str) -> String {
    let start = type_name.split('(').next().unwrap_or_default().trim();
    let end = type_name.rsplit(')').next().unwrap_or_default();
    if type_name.contains('(') { format!("{start}{end}") } else { type_name.to_owned() }
}

/// Groups of types of which one is assigned to another without a word (`pg_cast`).
const FAMILIES: &[&[&str]] = &[
    &["smallint", "integer", "bigint", "numeric", "real", "double precision"],
    &["date", "timestamp without time zone", "timestamp with time zone"],
    &["time without time zone", "time with time zone"],
    &["cidr", "inet"],
];

const STRINGS: &[&str] = &["text", "character varying", "character", "public.citext"];

fn casts_by_itself(old: &str, new: &str) -> bool {
    let (old, new) = (base(old), base(new));
    let together = |family: &&[&str]| family.contains(&old.as_str()) && family.contains(&new.as_str());
    old == new || STRINGS.contains(&new.as_str()) || FAMILIES.iter().any(together)
}

/// True when every value of the old type is kept as it is by the new one.
fn widens(old: &str, new: &str) -> bool {
    const INTEGERS: &[&str] = &["smallint", "integer", "bigint", "numeric"];
    let rank = |name: &str| INTEGERS.iter().position(|integer| *integer == name);
    let size = |name: &str| -> Option<u32> { name.split_once('(')?.1.split_once(')')?.0.parse().ok() };
    let both_varying = base(old) == "character varying" && base(new) == "character varying";
    let larger = match (size(old), size(new)) {
        (Some(old), Some(new)) => old <= new,
        (_, None) => true,
        (None, Some(_)) => false,
    };
    let integers = rank(old).zip(rank(new)).is_some_and(|(old, new)| old <= new);
    integers
        || (both_varying && larger)
        || (STRINGS.contains(&base(old).as_str()) && new == "text")
        || (new == "text" && old != new)
}
