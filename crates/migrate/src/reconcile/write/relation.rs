//! Relations of every kind: to whom the work goes.

use freehold_model::catalog::{Relation, RelationKind};

use super::{Sql, Writer, q, relation_word, sequence, view};

impl Writer<'_, '_> {
    pub(super) fn create_relation(&mut self, relation: &Relation) -> Vec<Sql> {
        match relation.kind {
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => {
                self.create_table(relation)
            }
            RelationKind::View => vec![view::create(relation, false)],
            RelationKind::MaterializedView => view::create_materialized(relation),
            RelationKind::Sequence => sequence::create(relation),
            RelationKind::CompositeType => vec![create_composite(relation)],
        }
    }

    pub(super) fn drop_relation(&self, relation: &Relation) -> Sql {
        let name = self.shown_name(&relation.name);
        let text = format!("DROP {} {name}", relation_word(relation));
        let holds = matches!(
            relation.kind,
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::Sequence
        );
        Sql { text, destroys: holds }
    }

    pub(super) fn alter_relation(&mut self, old: &Relation, new: &Relation) -> Vec<Sql> {
        match new.kind {
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::ForeignTable => {
                self.alter_table(old, new)
            }
            RelationKind::View => view::alter(old, new),
            RelationKind::MaterializedView => view::alter_materialized(old, new),
            RelationKind::Sequence => sequence::alter(old, new),
            RelationKind::CompositeType => alter_composite(old, new),
        }
    }
}

fn attribute(column: &freehold_model::catalog::Column) -> String {
    let collation = column.collation.as_ref().map(|collation| format!(" COLLATE {collation}"));
    format!("{} {}{}", q(&column.name), column.type_name, collation.unwrap_or_default())
}

fn create_composite(relation: &Relation) -> Sql {
    let attributes: Vec<String> = relation.columns.iter().map(attribute).collect();
    Sql::new(format!("CREATE TYPE {} AS ({})", relation.name.quoted(), attributes.join(", ")))
}

fn alter_composite(old: &Relation, new: &Relation) -> Vec<Sql> {
    let gone = old.columns.iter().filter(|column| new.column(&column.name).is_none());
    let gone = gone.map(|column| {
        Sql::destroying(format!("ALTER TYPE {} DROP ATTRIBUTE {}", new.name.quoted(), q(&column.name)))
    });
    let came = new.columns.iter().filter(|column| old.column(&column.name).is_none());
    let came = came.map(|column| {
        Sql::new(format!("ALTER TYPE {} ADD ATTRIBUTE {}", new.name.quoted(), attribute(column)))
    });
    gone.chain(came).collect()
}
