//! `DROP COLUMN`, with what hangs on it.

use freehold_model::{
    catalog::{ConstraintKind, ObjectKind},
    name::QualifiedName,
};

use super::{Step, nodes};

impl Step<'_> {
    /// Takes a column away with all that hangs on it.
    pub(super) fn drop_column(&mut self, table: &QualifiedName, column: &str, cascade: bool, only: bool) {
        let Some(known) = self.state.relation(table) else { return };
        if known.relation.column(column).is_none() && known.whole {
            return;
        }
        let relation = &known.relation;
        let mentions = |text: &str| nodes::columns_of(text).iter().any(|name| name == column);
        let indexes: Vec<String> = relation
            .indexes
            .iter()
            .filter(|index| {
                index.columns.iter().any(|key| match key {
                    freehold_model::catalog::IndexColumn::Column(name) => name == column,
                    freehold_model::catalog::IndexColumn::Expression(text) => mentions(text),
                }) || index.included.iter().any(|name| name == column)
                    || index.predicate.as_deref().is_some_and(mentions)
            })
            .map(|index| index.name.clone())
            .collect();
        let constraints: Vec<String> = relation
            .constraints
            .iter()
            .filter(|constraint| constraint.columns.iter().any(|name| name == column))
            .map(|constraint| constraint.name.clone())
            .collect();
        let generated: Vec<String> = relation
            .columns
            .iter()
            .filter(|other| other.generated.is_some() && other.name != column)
            .filter(|other| other.default.as_deref().is_some_and(mentions))
            .map(|other| other.name.clone())
            .collect();
        if cascade {
            self.drop_keys_to_column(table, column);
            self.drop_views_of(table, Some(column));
        }
        for name in constraints {
            // A child keeps its copy for as long as it keeps the column.
            self.take_constraint(table, &name, cascade);
        }
        for name in indexes {
            self.drop_index(&QualifiedName::new(table.schema.as_str(), name));
        }
        for sequence in self.sequences_of(table, Some(column)) {
            self.state.forget_relation(&sequence);
        }
        self.take_column_out(table, column, cascade);
        if cascade {
            for name in generated {
                self.drop_column(table, &name, true, only);
            }
        }
        for heir in self.state.heirs(table) {
            self.disinherit_column(&heir, column, cascade, only);
        }
    }

    fn take_column_out(&mut self, table: &QualifiedName, column: &str, cascade: bool) {
        let mentions = |text: &Option<String>| {
            text.as_deref().is_some_and(|text| nodes::columns_of(text).iter().any(|name| name == column))
        };
        self.state.edit(table, |known| {
            known.untouch(ObjectKind::Column, column);
            known.relation.columns.retain(|there| there.name != column);
            for (place, column) in (1_u32..).zip(known.relation.columns.iter_mut()) {
                column.position = place;
            }
            known.relation.statistics.retain(|statistics| {
                !statistics.definition.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == column)
            });
            if cascade {
                known
                    .relation
                    .policies
                    .retain(|policy| !mentions(&policy.using) && !mentions(&policy.with_check));
            }
        });
    }

    fn disinherit_column(&mut self, heir: &QualifiedName, column: &str, cascade: bool, only: bool) {
        let left = self.state.edit(heir, |known| {
            let columns = &mut known.relation.columns;
            let there = columns.iter_mut().find(|there| there.name == column)?;
            there.inherited = there.inherited.saturating_sub(1);
            if only && there.inherited == 0 {
                there.is_local = true;
            }
            Some(there.is_local || there.inherited > 0)
        });
        if left.flatten() == Some(false) {
            self.drop_column(heir, column, cascade, only);
        }
    }

    fn drop_keys_to_column(&mut self, table: &QualifiedName, column: &str) {
        let keys = self.state.relation(table).map_or_else(Vec::new, |known| {
            let is_key = |kind| matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique);
            let keys = known.relation.constraints.iter().filter(|c| is_key(c.kind));
            keys.filter(|c| c.columns.iter().any(|name| name == column)).map(|c| c.columns.clone()).collect()
        });
        for columns in keys {
            self.drop_keys_to(table, Some(&columns));
        }
    }
}
