//! Tables, partitioned and foreign ones too.

use freehold_model::catalog::{
    Constraint, ConstraintKind, Persistence, Relation, RelationKind, ReplicaIdentity,
};

use super::{
    super::{
        key::{Key, Part},
        sql::{foreign_option_changes, foreign_options, list, parameter_changes, parameters},
    },
    Side, Sql, Writer, column, q, relation_word,
};

/// True for a table that is made with `INHERITS`: then the columns from above come first.
pub(in crate::reconcile) fn inherits_at_once(table: &Relation) -> bool {
    !table.inherits.is_empty() && table.columns.iter().any(|column| !column.is_local)
}

/// True for a constraint that can be written within `CREATE TABLE`.
pub(in crate::reconcile) fn is_inline(table: &Relation, constraint: &Constraint) -> bool {
    let kind = constraint.kind != ConstraintKind::ForeignKey && constraint.kind != ConstraintKind::Trigger;
    let backed = table.index(&constraint.name).filter(|index| index.constraint.is_some());
    // What an index has beyond the constraint is set behind it.
    kind && constraint.validated && backed.is_none_or(super::constraint::says_all)
}

impl Writer<'_, '_> {
    pub(super) fn create_table(&mut self, table: &Relation) -> Vec<Sql> {
        let name = table.name.quoted();
        let kind = match (table.kind, table.persistence) {
            (RelationKind::ForeignTable, _) => "FOREIGN TABLE",
            (_, Persistence::Unlogged) => "UNLOGGED TABLE",
            _ => "TABLE",
        };
        let at_once = inherits_at_once(table);
        let mut inside: Vec<String> = table
            .columns
            .iter()
            .filter(|column| !at_once || column.is_local)
            .map(|column| self.column_definition(table, column))
            .collect();
        for constraint in &table.constraints {
            let key = Key::Part(Part::Constraint, table.name.clone(), constraint.name.clone());
            let written = is_inline(table, constraint)
                && !self.apart.contains(&key)
                && (!at_once || constraint.is_local);
            if written && constraint.kind != ConstraintKind::NotNull && self.fates.is_made(&key) {
                inside.push(format!("CONSTRAINT {} {}", q(&constraint.name), constraint.definition));
            }
        }
        let inside =
            if inside.is_empty() { "()".to_owned() } else { format!("(\n    {}\n)", inside.join(",\n    ")) };
        let mut statements = vec![Sql::new(format!("CREATE {kind} {name} {inside}{}", tail(table, at_once)))];
        if let Some(of_type) = &table.of_type {
            statements.push(Sql::new(format!("ALTER TABLE {name} OF {of_type}")));
        }
        for column in &table.columns {
            statements.extend(column::settings(table, column));
        }
        if at_once {
            statements.extend(inherited(self.to, table));
        }
        statements.extend(table_changes(&Relation { foreign: table.foreign.clone(), ..bare(table) }, table));
        statements
    }

    pub(super) fn alter_table(&mut self, old: &Relation, new: &Relation) -> Vec<Sql> {
        let name = new.name.quoted();
        let mut changes = Vec::new();
        if old.persistence != new.persistence {
            let word = if new.persistence == Persistence::Unlogged { "UNLOGGED" } else { "LOGGED" };
            changes.push(format!("ALTER TABLE {name} SET {word}"));
        }
        if let Some(method) =
            new.access_method.as_ref().filter(|method| Some(*method) != old.access_method.as_ref())
        {
            changes.push(format!("ALTER TABLE {name} SET ACCESS METHOD {}", q(method)));
        }
        if old.tablespace != new.tablespace {
            let space = new.tablespace.as_deref().unwrap_or("pg_default");
            changes.push(format!("ALTER TABLE {name} SET TABLESPACE {}", q(space)));
        }
        for change in parameter_changes(&old.options, &new.options, "") {
            changes.push(format!("ALTER TABLE {name} {change}"));
        }
        if old.of_type != new.of_type {
            changes.push(match &new.of_type {
                Some(of_type) => format!("ALTER TABLE {name} OF {of_type}"),
                None => format!("ALTER TABLE {name} NOT OF"),
            });
        }
        let mut statements: Vec<Sql> = changes.into_iter().map(Sql::new).collect();
        statements.extend(table_changes(old, new));
        statements
    }
}

/// The same table with nothing set, to compare with.
fn bare(table: &Relation) -> Relation {
    Relation { name: table.name.clone(), kind: table.kind, ..Relation::default() }
}

/// What is set behind `CREATE TABLE`, and changed by the same words later.
fn table_changes(old: &Relation, new: &Relation) -> Vec<Sql> {
    let name = new.name.quoted();
    let mut changes = Vec::new();
    for change in parameter_changes(&old.toast_options, &new.toast_options, "toast.") {
        changes.push(format!("ALTER TABLE {name} {change}"));
    }
    if old.row_security != new.row_security {
        let word = if new.row_security { "ENABLE" } else { "DISABLE" };
        changes.push(format!("ALTER TABLE {name} {word} ROW LEVEL SECURITY"));
    }
    if old.force_row_security != new.force_row_security {
        let word = if new.force_row_security { "FORCE" } else { "NO FORCE" };
        changes.push(format!("ALTER TABLE {name} {word} ROW LEVEL SECURITY"));
    }
    if old.replica_identity != new.replica_identity && new.foreign.is_none() {
        let word = match new.replica_identity {
            ReplicaIdentity::Default => Some("DEFAULT"),
            ReplicaIdentity::Nothing => Some("NOTHING"),
            ReplicaIdentity::Full => Some("FULL"),
            // Set with the index.
            ReplicaIdentity::Index => None,
        };
        changes.extend(word.map(|word| format!("ALTER TABLE {name} REPLICA IDENTITY {word}")));
    }
    if let (Some(a), Some(b)) = (&old.foreign, &new.foreign) {
        let options = foreign_option_changes(&a.options, &b.options);
        changes.extend(options.map(|options| format!("ALTER FOREIGN TABLE {name} {options}")));
    }
    changes.into_iter().map(Sql::new).collect()
}

fn tail(table: &Relation, at_once: bool) -> String {
    let mut text = String::new();
    if at_once {
        let parents: Vec<String> = table.inherits.iter().map(|parent| parent.quoted()).collect();
        text = format!(" INHERITS ({})", parents.join(", "));
    }
    if let Some(foreign) = &table.foreign {
        return format!("{text} SERVER {}{}", q(&foreign.server), foreign_options(&foreign.options));
    }
    if let Some(key) = &table.partition_key {
        text = text + " PARTITION BY " + &key.definition;
    }
    if let Some(method) = table.access_method.as_deref().filter(|method| *method != "heap") {
        text = text + " USING " + &q(method);
    }
    if !table.options.is_empty() {
        text = format!("{text} WITH ({})", parameters(&table.options, "").join(", "));
    }
    if let Some(space) = &table.tablespace {
        text = text + " TABLESPACE " + &q(space);
    }
    text
}

/// The tables that a table inherits from.
fn above<'c>(side: &Side<'c>, table: &Relation) -> Vec<&'c Relation> {
    table.inherits.iter().filter_map(|parent| side.relation(parent)).collect()
}

/// What columns that are not declared here do not have from above. Their own defaults are set one by one.
fn inherited(side: &Side<'_>, table: &Relation) -> Vec<Sql> {
    let parents = above(side, table);
    let mut changes = Vec::new();
    for column in table.columns.iter().filter(|column| !column.is_local && column.generated.is_none()) {
        let mut same = parents.iter().filter_map(|parent| parent.column(&column.name));
        if column.default.is_none() && same.clone().any(|above| above.default.is_some()) {
            changes.extend(column::drop_default(table, column));
        }
        if column.not_null && !same.any(|above| above.not_null) {
            changes.push(Sql::new(format!(
                "ALTER TABLE {} ALTER COLUMN {} SET NOT NULL",
                table.name.quoted(),
                q(&column.name)
            )));
        }
    }
    changes
}

/// Makes a table a partition of another.
pub(super) fn attach(table: &Relation) -> Vec<Sql> {
    let Some(partition) = &table.partition else { return Vec::new() };
    vec![Sql::new(format!(
        "ALTER TABLE {} ATTACH PARTITION {} {}",
        partition.parent.quoted(),
        table.name.quoted(),
        partition.bound
    ))]
}

impl Writer<'_, '_> {
    /// Makes a partition a table of its own. The copies of foreign keys from above go: as a table of its own it gets
    /// those that it is to have.
    pub(super) fn detach(&self, table: &Relation) -> Vec<Sql> {
        let Some(partition) = &table.partition else { return Vec::new() };
        let finalize = if partition.detach_pending { " FINALIZE" } else { "" };
        let detach = format!(
            "ALTER TABLE {} DETACH PARTITION {}{finalize}",
            partition.parent.quoted(),
            table.name.quoted()
        );
        let above = self.from.relation(&partition.parent);
        let copies = table.foreign_keys().filter(|key| {
            let same = |other: &Constraint| {
                (&other.referenced_table, &other.columns) == (&key.referenced_table, &key.columns)
            };
            key.has_parent && above.is_some_and(|above| above.foreign_keys().any(same))
        });
        let drop =
            copies.map(|key| format!("ALTER TABLE {} DROP CONSTRAINT {}", table.name.quoted(), q(&key.name)));
        [detach].into_iter().chain(drop).map(Sql::new).collect()
    }

    /// True for a partition that a foreign key of another table points to by way of the table above.
    pub(super) fn is_pointed_at(&self, table: &Relation) -> bool {
        let mut keys = self.from.catalog.relations.iter().flat_map(Relation::foreign_keys);
        table.partition.is_some()
            && keys.any(|key| key.has_parent && key.referenced_table.as_ref() == Some(&table.name))
    }
}

/// The word and name for `GRANT` and the like.
pub(super) fn grant_object(relation: &Relation) -> String {
    let word = match relation.kind {
        RelationKind::Sequence => "SEQUENCE",
        RelationKind::CompositeType => "TYPE",
        _ => "TABLE",
    };
    format!("{word} {}", relation.name.quoted())
}

/// The columns of a relation, quoted.
pub(super) fn column_list(relation: &Relation) -> String {
    list(relation.columns.iter().map(|column| column.name.as_str()))
}

/// The word and name for `ALTER ... OWNER TO` and `COMMENT ON`.
pub(super) fn object(relation: &Relation) -> String {
    format!("{} {}", relation_word(relation), relation.name.quoted())
}
