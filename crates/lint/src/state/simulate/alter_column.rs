//! Actions of `ALTER TABLE` on one column.

use freehold_model::{
    catalog::{Column, Generated, Identity, ObjectKind},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{AlterTableCmd, AlterTableType as T, ColumnDef, ConstrType, DefElem},
};

use super::{Step, alter_table::Target, column::Home, constraint::Manner, nodes};

impl Step<'_> {
    /// False when the action is another's.
    pub(super) fn alter_column(&mut self, target: &Target, subtype: T, command: &AlterTableCmd) -> bool {
        match (subtype, command.def.as_deref().and_then(|def| def.node.as_ref())) {
            (T::AtAddColumn, Some(NodeEnum::ColumnDef(definition))) => {
                self.add_column(target, definition, command.missing_ok);
            }
            (T::AtDropColumn, _) => {
                let cascade = super::drop::cascades(command.behavior);
                self.drop_column(&target.name, &command.name, cascade, target.only);
            }
            (T::AtAlterColumnType, Some(NodeEnum::ColumnDef(definition))) => {
                self.change_type(target, &command.name, definition);
            }
            (T::AtSetNotNull, _) => self.on_column(target, &command.name, |column| column.not_null = true),
            (T::AtDropNotNull, _) => self.on_column(target, &command.name, |column| column.not_null = false),
            (T::AtColumnDefault, _) => {
                let default = command.def.as_deref();
                let default = default.and_then(|default| self.state.default_text(default));
                self.on_column(target, &command.name, |column| column.default.clone_from(&default));
            }
            (T::AtAddIdentity, Some(NodeEnum::Constraint(constraint))) => {
                let identity = super::column::identity(&constraint.generated_when);
                self.change_column(&target.name, &command.name, |column| {
                    column.identity = Some(identity);
                });
                let options: Vec<&DefElem> = nodes::options(&constraint.options).collect();
                self.identity_sequence(&target.name, &command.name, &options);
                self.touch_column(&target.name, &command.name);
            }
            (T::AtSetIdentity, _) => {
                self.set_identity(&target.name, &command.name, &Self::options_of(command))
            }
            (T::AtDropIdentity, _) => self.drop_identity(&target.name, &command.name),
            (T::AtSetExpression, Some(_)) => {
                let text = nodes::expression(command.def.as_deref());
                self.on_column(target, &command.name, |column| column.default.clone_from(&text));
            }
            (T::AtDropExpression, _) => self.on_column(target, &command.name, |column| {
                column.generated = None;
                column.default = None;
            }),
            (T::AtSetStorage, Some(NodeEnum::String(storage))) => {
                let storage = storage.sval.to_ascii_uppercase();
                let storage = Some(storage).filter(|storage| storage != "DEFAULT");
                self.on_column(target, &command.name, |column| column.storage.clone_from(&storage));
            }
            (T::AtSetCompression, Some(NodeEnum::String(method))) => {
                let method = Some(method.sval.clone()).filter(|method| method != "default");
                self.change_column(&target.name, &command.name, |column| column.compression = method);
                self.touch_column(&target.name, &command.name);
            }
            (T::AtSetStatistics, _) => {
                let number = command.def.as_deref().and_then(nodes::constant);
                let number = number.and_then(|text| text.parse().ok()).filter(|number| *number >= 0);
                self.on_column(target, &command.name, |column| column.statistics_target = number);
            }
            (T::AtSetOptions | T::AtResetOptions, _) => {
                let options = Self::options_of(command);
                self.change_column(&target.name, &command.name, |column| {
                    super::alter_table::set_options(
                        &mut column.options,
                        &options,
                        subtype == T::AtSetOptions,
                    );
                });
            }
            _ => return false,
        }
        true
    }

    /// Changes a column here and in all children, unless `ONLY` was written.
    fn on_column(&mut self, target: &Target, column: &str, change: impl Fn(&mut Column)) {
        let tables = if target.only { vec![target.name.clone()] } else { self.state.family(&target.name) };
        for table in tables {
            self.suppose_column(&table, column);
            self.change_column(&table, column, &change);
            self.touch_column(&table, column);
        }
    }

    fn touch_column(&mut self, table: &QualifiedName, column: &str) {
        let site = self.site;
        self.state.edit(table, |known| {
            if known.relation.column(column).is_some() {
                known.touch(ObjectKind::Column, column, site);
            }
        });
    }

    /// A column that a statement changes is there, even if nothing told of it: its type stays empty.
    fn suppose_column(&mut self, table: &QualifiedName, column: &str) {
        self.state.edit(table, |known| {
            if !known.whole && known.relation.column(column).is_none() {
                let position = u32::try_from(known.relation.columns.len()).unwrap_or(0) + 1;
                known.relation.columns.push(Column {
                    name: column.to_owned(),
                    position,
                    is_local: true,
                    ..Column::default()
                });
            }
        });
    }

    fn add_column(&mut self, target: &Target, definition: &ColumnDef, if_not_exists: bool) {
        let Some(known) = self.state.relation(&target.name) else { return };
        let name = super::names::kept(&definition.colname).to_owned();
        if if_not_exists && known.relation.column(&name).is_some() {
            return;
        }
        let persistence = known.relation.persistence;
        let home = Home { table: &target.name, persistence };
        let made = self.column(&home, definition);
        let site = self.site;
        let put = made.column.clone();
        self.state.edit(&target.name, |known| {
            let columns = &mut known.relation.columns;
            columns.retain(|there| there.name != put.name);
            let number = columns.iter().map(|column| column.number).max().unwrap_or(0) + 1;
            let position = u32::try_from(columns.len()).unwrap_or(0) + 1;
            columns.push(Column { number, position, ..put });
            known.touch(ObjectKind::Column, &name, site);
        });
        if !target.only {
            for heir in self.state.heirs(&target.name) {
                self.inherit_column(&heir, &made.column);
            }
        }
        let manner = Manner { new_table: false, only: target.only };
        let is_key = |contype: i32| contype == ConstrType::ConstrForeign as i32;
        let is_check = |contype: i32| contype == ConstrType::ConstrCheck as i32;
        let mut constraints = made.constraints;
        constraints.sort_by_key(|constraint| (is_key(constraint.contype), !is_check(constraint.contype)));
        for constraint in &constraints {
            self.add_constraint(&target.name, constraint, Some(&made.column.name), manner);
        }
    }

    /// A column that comes from the parent, also for the children below.
    pub(super) fn inherit_column(&mut self, table: &QualifiedName, column: &Column) {
        let site = self.site;
        self.state.edit(table, |known| {
            let partition = known.relation.partition.is_some();
            let there = known.relation.column(&column.name).is_some();
            super::inherit::merge_column(&mut known.relation, column, partition);
            if !there {
                super::create_table::number(&mut known.relation.columns);
                known.touch(ObjectKind::Column, &column.name, site);
            }
        });
        for heir in self.state.heirs(table) {
            self.inherit_column(&heir, column);
        }
    }

    fn change_type(&mut self, target: &Target, column: &str, definition: &ColumnDef) {
        let Some(type_) = &definition.type_name else { return };
        let type_name = self.state.type_text(type_);
        let collation = definition.coll_clause.as_ref();
        let collation = collation.and_then(|clause| super::column::collation(&clause.collname));
        self.on_column(target, column, |column| {
            column.type_name.clone_from(&type_name);
            column.collation.clone_from(&collation);
            column.type_oid = 0;
            column.storage = None;
            column.compression = None;
        });
        // The sequence of an identity column takes its type.
        if matches!(type_name.as_str(), "smallint" | "integer" | "bigint") {
            for sequence in self.state.pointing(&target.name, crate::state::Link::Sequence) {
                self.state.edit(&sequence, |known| {
                    let Some(sequence) = &mut known.relation.sequence else { return };
                    let owner = sequence.owned_by.as_ref();
                    if owner.is_some_and(|owner| owner.identity && owner.column == column) {
                        type_name.clone_into(&mut sequence.type_name);
                        sequence.max = match type_name.as_str() {
                            "smallint" => i64::from(i16::MAX),
                            "integer" => i64::from(i32::MAX),
                            _ => i64::MAX,
                        };
                    }
                });
            }
        }
    }

    fn identity_sequence(&mut self, table: &QualifiedName, column: &str, options: &[&DefElem]) {
        let Some(known) = self.state.relation(table) else { return };
        let Some(column) = known.relation.column(column).cloned() else { return };
        let home = Home { table, persistence: known.relation.persistence };
        self.column_sequence(&home, &column, true, options);
    }

    fn set_identity(&mut self, table: &QualifiedName, column: &str, options: &[&DefElem]) {
        for option in options.iter().filter(|option| option.defname == "generated") {
            let letter =
                option.arg.as_deref().and_then(nodes::constant).and_then(|text| text.parse::<u8>().ok());
            let identity = if letter == Some(b'd') { Identity::ByDefault } else { Identity::Always };
            self.change_column(table, column, |column| column.identity = Some(identity));
        }
        self.touch_column(table, column);
        for sequence in self.state.pointing(table, crate::state::Link::Sequence) {
            self.state.edit(&sequence, |known| {
                let Some(sequence) = &mut known.relation.sequence else { return };
                let owner = sequence.owned_by.as_ref();
                if owner.is_some_and(|owner| owner.identity && owner.column == column) {
                    super::sequence::set(sequence, options);
                }
            });
        }
    }

    fn drop_identity(&mut self, table: &QualifiedName, column: &str) {
        self.change_column(table, column, |column| column.identity = None);
        self.touch_column(table, column);
        for sequence in self.sequences_of(table, Some(column)) {
            let identity = self.state.relation(&sequence).and_then(|known| known.relation.sequence.as_ref());
            if identity.is_some_and(|s| s.owned_by.as_ref().is_some_and(|owner| owner.identity)) {
                self.state.forget_relation(&sequence);
            }
        }
    }

    /// The sequences that belong to a table, or to one column of it.
    pub(super) fn sequences_of(&self, table: &QualifiedName, column: Option<&str>) -> Vec<QualifiedName> {
        let owned = self.state.pointing(table, crate::state::Link::Sequence);
        let belongs = |name: &QualifiedName| {
            let sequence = self.state.relation(name).and_then(|known| known.relation.sequence.as_ref());
            let owner = sequence.and_then(|sequence| sequence.owned_by.as_ref());
            owner.is_some_and(|owner| column.is_none_or(|column| owner.column == column))
        };
        owned.into_iter().filter(belongs).collect()
    }
}

/// True for columns whose value comes from an expression.
pub(super) fn is_generated(column: &Column) -> bool {
    matches!(column.generated, Some(Generated::Stored | Generated::Virtual))
}
