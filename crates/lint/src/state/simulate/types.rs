//! Enums, domains, composite types, ranges.

use std::sync::Arc;

use freehold_model::{
    catalog::{
        DomainConstraint, Function, FunctionKind, Grants, Relation, RelationKind, ReplicaIdentity,
        TypeObject, TypeShape,
    },
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{
        AlterDomainStmt, AlterEnumStmt, CompositeTypeStmt, ConstrType, CreateDomainStmt, CreateEnumStmt,
        CreateRangeStmt, DefineStmt, Node, ObjectType,
    },
};

use super::{Step, column::Home, nodes};
use crate::state::{Known, KnownType};

impl Step<'_> {
    fn put_type(&mut self, name: QualifiedName, shape: TypeShape) {
        let mut grants = Grants::default();
        self.state.grant_defaults(&mut grants, &name.schema, super::grant::Kind::Type);
        let object =
            TypeObject { oid: 0, name: name.clone(), shape, owner: self.owner(), grants, comment: None };
        self.state.types.put(name, Arc::new(KnownType { object, made: Some(self.site) }));
    }

    fn new_type(&self, name: &[Node]) -> Option<QualifiedName> {
        let (schema, name) = nodes::qualified(name)?;
        Some(self.state.new_name(schema, name))
    }

    fn old_type(&self, name: &[Node]) -> Option<QualifiedName> {
        let (schema, name) = nodes::qualified(name)?;
        Some(self.state.resolve_type(schema, name))
    }

    pub(super) fn create_enum(&mut self, create: &CreateEnumStmt) {
        if let Some(name) = self.new_type(&create.type_name) {
            self.put_type(name, TypeShape::Enum { labels: nodes::texts(&create.vals) });
        }
    }

    pub(super) fn alter_enum(&mut self, alter: &AlterEnumStmt) {
        let Some(name) = self.old_type(&alter.type_name) else { return };
        self.state.types.change(&name, |known| {
            let TypeShape::Enum { labels } = &mut Arc::make_mut(known).object.shape else { return };
            if !alter.old_val.is_empty() {
                for label in labels.iter_mut().filter(|label| **label == alter.old_val) {
                    label.clone_from(&alter.new_val);
                }
                return;
            }
            if labels.contains(&alter.new_val) {
                return;
            }
            let neighbor = labels.iter().position(|label| *label == alter.new_val_neighbor);
            let at = match neighbor {
                Some(at) if alter.new_val_is_after => at + 1,
                Some(at) => at,
                None => labels.len(),
            };
            labels.insert(at, alter.new_val.clone());
        });
    }

    pub(super) fn create_domain(&mut self, create: &CreateDomainStmt) {
        let Some(name) = self.new_type(&create.domainname) else { return };
        let Some(base) = create.type_name.as_ref().map(|base| self.state.type_text(base)) else { return };
        let collation = create.coll_clause.as_ref();
        let mut shape = TypeShape::Domain {
            base,
            not_null: false,
            default: None,
            collation: collation.and_then(|clause| super::column::collation(&clause.collname)),
            constraints: Vec::new(),
        };
        for node in &create.constraints {
            if let Some(NodeEnum::Constraint(constraint)) = node.node.as_ref() {
                constrain(&mut shape, &name, constraint);
            }
        }
        self.put_type(name, shape);
    }

    pub(super) fn alter_domain(&mut self, alter: &AlterDomainStmt) {
        let Some(name) = self.old_type(&alter.type_name) else { return };
        self.state.types.change(&name, |known| {
            let shape = &mut Arc::make_mut(known).object.shape;
            let definition = alter.def.as_deref().and_then(|def| def.node.as_ref());
            if let (TypeShape::Domain { .. }, Some(NodeEnum::Constraint(constraint))) = (&*shape, definition)
            {
                constrain(shape, &name, constraint);
                return;
            }
            let TypeShape::Domain { not_null, default, constraints, .. } = shape else { return };
            match alter.subtype.as_str() {
                "T" => *default = nodes::expression(alter.def.as_deref()),
                "N" => *not_null = false,
                "O" => *not_null = true,
                "X" => constraints.retain(|constraint| constraint.name != alter.name),
                "V" => {
                    for constraint in constraints.iter_mut().filter(|c| c.name == alter.name) {
                        constraint.validated = true;
                        constraint.definition = constraint.definition.replace(" NOT VALID", "");
                    }
                }
                _ => {}
            }
        });
    }

    pub(super) fn create_composite(&mut self, create: &CompositeTypeStmt) {
        let Some(range) = &create.typevar else { return };
        let name = self.new_relation(range);
        let mut relation = Relation {
            name: name.clone(),
            kind: RelationKind::CompositeType,
            owner: self.owner(),
            populated: true,
            replica_identity: ReplicaIdentity::Nothing,
            ..Relation::default()
        };
        for node in &create.coldeflist {
            if let Some(NodeEnum::ColumnDef(definition)) = node.node.as_ref() {
                let home = Home { table: &name, persistence: relation.persistence };
                let made = self.column(&home, definition);
                relation.columns.push(made.column);
            }
        }
        super::create_table::number(&mut relation.columns);
        self.put_relation(Known { relation, whole: true, ..Known::default() });
        self.grant_new(&name);
    }

    pub(super) fn create_range(&mut self, create: &CreateRangeStmt) {
        let Some(name) = self.new_type(&create.type_name) else { return };
        let subtype = nodes::options(&create.params).find(|option| option.defname == "subtype");
        let subtype = subtype.and_then(|option| match option.arg.as_deref()?.node.as_ref()? {
            NodeEnum::TypeName(type_) => Some(self.state.type_text(type_)),
            _ => None,
        });
        self.put_type(name, TypeShape::Range { subtype: subtype.unwrap_or_default(), details: Vec::new() });
    }

    /// `CREATE TYPE` of a base type or shell, `CREATE AGGREGATE`.
    pub(super) fn define(&mut self, define: &DefineStmt) {
        let Some(name) = self.new_type(&define.defnames) else { return };
        match ObjectType::try_from(define.kind) {
            Ok(ObjectType::ObjectType) => self.put_type(name, TypeShape::Base { details: Vec::new() }),
            Ok(ObjectType::ObjectAggregate) => {
                let list = define.args.first().map(nodes::list).unwrap_or_default();
                let parameters: Vec<_> = list
                    .iter()
                    .filter_map(|node| match node.node.as_ref()? {
                        NodeEnum::FunctionParameter(parameter) => parameter.arg_type.as_ref(),
                        _ => None,
                    })
                    .map(|type_| self.state.type_text(type_))
                    .collect();
                let function = Function {
                    name,
                    identity_arguments: parameters.join(", "),
                    kind: FunctionKind::Aggregate,
                    language: "internal".to_owned(),
                    owner: self.owner(),
                    ..Function::default()
                };
                self.put_function(function);
            }
            _ => {}
        }
    }

    /// Takes a type away, with `CASCADE` the columns that have it.
    pub(super) fn drop_type(&mut self, name: &QualifiedName, cascade: bool) {
        let composite =
            self.state.relation(name).is_some_and(|known| known.relation.kind == RelationKind::CompositeType);
        if composite {
            self.drop_relation(name, cascade);
        }
        self.state.types.take(name);
        if !cascade {
            return;
        }
        let shown = super::sequence::shown(name);
        let users: Vec<(QualifiedName, String)> = self.columns_of_type(&shown);
        for (table, column) in users {
            self.drop_column(&table, &column, true, false);
        }
    }

    fn columns_of_type(&self, shown: &str) -> Vec<(QualifiedName, String)> {
        let all = self
            .state
            .relations
            .iter()
            .flat_map(|(name, known)| known.relation.columns.iter().map(move |column| (name, column)));
        all.filter(|(_, column)| column.type_name.trim_end_matches("[]") == shown)
            .map(|(name, column)| (name.clone(), column.name.clone()))
            .collect()
    }

    pub(super) fn rename_type(&mut self, from: &QualifiedName, to: &QualifiedName) {
        if self.state.relations.contains(from) {
            self.rename_relation(from, to);
        }
        if let Some(known) = self.state.types.take(from) {
            let mut known = Arc::unwrap_or_clone(known);
            known.object.name = to.clone();
            self.state.types.put(to.clone(), Arc::new(known));
        }
        let (before, after) = (super::sequence::shown(from), super::sequence::shown(to));
        for (table, column) in self.columns_of_type(&before) {
            self.change_column(&table, &column, |column| {
                column.type_name = column.type_name.replacen(&before, &after, 1);
            });
        }
    }
}

/// Adds a constraint to a domain.
fn constrain(
    shape: &mut TypeShape,
    domain: &QualifiedName,
    constraint: &freehold_sql::tree::protobuf::Constraint,
) {
    let TypeShape::Domain { not_null, default, constraints, .. } = shape else { return };
    match ConstrType::try_from(constraint.contype) {
        Ok(ConstrType::ConstrNotnull) => *not_null = true,
        Ok(ConstrType::ConstrNull) => *not_null = false,
        Ok(ConstrType::ConstrDefault) => *default = nodes::expression(constraint.raw_expr.as_deref()),
        Ok(ConstrType::ConstrCheck) => {
            let mut name = constraint.conname.clone();
            let mut pass = 0;
            while name.is_empty()
                || (constraint.conname.is_empty() && constraints.iter().any(|c| c.name == name))
            {
                let label = if pass == 0 { "check".to_owned() } else { format!("check{pass}") };
                name = super::names::object_name(&domain.name, None, &label);
                pass += 1;
            }
            let text = nodes::expression(constraint.raw_expr.as_deref()).unwrap_or_default();
            let validated = !constraint.skip_validation;
            let tail = if validated { "" } else { " NOT VALID" };
            constraints.push(DomainConstraint {
                name,
                definition: format!("CHECK ({text}){tail}"),
                validated,
                comment: None,
            });
            constraints.sort_by(|a, b| a.name.cmp(&b.name));
        }
        _ => {}
    }
}
