//! Columns of `CREATE TABLE` and `ADD COLUMN`, with the sequences that they bring.

use freehold_model::{
    catalog::{Column, Generated, Identity, Persistence, SequenceOwner},
    name::QualifiedName,
};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{ColumnDef, ConstrType, Constraint, DefElem, Node},
};

use super::{State, Step, nodes};

/// A column that is made, with what it brings along.
pub(super) struct Made {
    pub(super) column: Column,
    /// Its constraints other than `NOT NULL` and defaults, each with the attributes that follow it.
    pub(super) constraints: Vec<Constraint>,
}

/// The table that a column is made in.
pub(super) struct Home<'t> {
    pub(super) table: &'t QualifiedName,
    pub(super) persistence: Persistence,
}

impl Step<'_> {
    /// The column of a definition. Its sequence, if it brings one, is made.
    pub(super) fn column(&mut self, home: &Home<'_>, definition: &ColumnDef) -> Made {
        let mut column = Column {
            name: super::names::kept(&definition.colname).to_owned(),
            not_null: definition.is_not_null,
            is_local: true,
            collation: definition.coll_clause.as_ref().and_then(|clause| collation(&clause.collname)),
            storage: nodes::written(&definition.storage_name)
                .filter(|storage| !storage.eq_ignore_ascii_case("default"))
                .map(str::to_ascii_uppercase),
            compression: nodes::written(&definition.compression)
                .filter(|method| *method != "default")
                .map(str::to_ascii_lowercase),
            ..Column::default()
        };
        let serial = definition.type_name.as_ref().and_then(|type_| match nodes::qualified(&type_.names)? {
            (None, name) if type_.array_bounds.is_empty() => serial(name),
            _ => None,
        });
        if let Some(type_name) = serial {
            column.type_name = type_name.to_owned();
            column.not_null = true;
            let sequence = self.column_sequence(home, &column, false, &[]);
            column.default = Some(super::sequence::drawing(&sequence));
        } else if let Some(type_) = &definition.type_name {
            column.type_name = self.state.type_text(type_);
        }
        if let Some(default) = definition.raw_default.as_deref() {
            column.default = self.state.default_text(default);
        }
        let mut constraints: Vec<Constraint> = Vec::new();
        for node in &definition.constraints {
            if let Some(NodeEnum::Constraint(constraint)) = node.node.as_ref() {
                self.column_constraint(home, &mut column, &mut constraints, constraint);
            }
        }
        Made { column, constraints }
    }

    fn column_constraint(
        &mut self,
        home: &Home<'_>,
        column: &mut Column,
        constraints: &mut Vec<Constraint>,
        constraint: &Constraint,
    ) {
        match ConstrType::try_from(constraint.contype).unwrap_or(ConstrType::Undefined) {
            ConstrType::ConstrNotnull => column.not_null = true,
            ConstrType::ConstrDefault => {
                let default = constraint.raw_expr.as_deref();
                column.default = default.and_then(|default| self.state.default_text(default));
            }
            ConstrType::ConstrIdentity => {
                column.not_null = true;
                column.identity = Some(identity(&constraint.generated_when));
                let options: Vec<&DefElem> = nodes::options(&constraint.options).collect();
                self.column_sequence(home, column, true, &options);
            }
            ConstrType::ConstrGenerated => {
                let is_virtual = constraint.generated_kind == "v";
                column.generated = Some(if is_virtual { Generated::Virtual } else { Generated::Stored });
                column.default = nodes::expression(constraint.raw_expr.as_deref());
            }
            ConstrType::ConstrPrimary => {
                column.not_null = true;
                constraints.push(constraint.clone());
            }
            ConstrType::ConstrCheck
            | ConstrType::ConstrUnique
            | ConstrType::ConstrExclusion
            | ConstrType::ConstrForeign => constraints.push(constraint.clone()),
            attribute => {
                if let Some(last) = constraints.last_mut() {
                    add_attribute(last, attribute);
                }
            }
        }
    }

    /// Makes the sequence of a serial or identity column.
    pub(super) fn column_sequence(
        &mut self,
        home: &Home<'_>,
        column: &Column,
        identity: bool,
        options: &[&DefElem],
    ) -> QualifiedName {
        let schema = home.table.schema.as_str();
        let named = options.iter().find(|option| option.defname == "sequence_name");
        let named = named.and_then(|option| nodes::qualified(nodes::list(option.arg.as_deref()?)));
        let name = match named {
            Some((of, name)) => QualifiedName::new(of.unwrap_or(schema), name),
            None => QualifiedName::new(
                schema,
                self.state.choose_relation_name(schema, &home.table.name, Some(&column.name), "seq", false),
            ),
        };
        let owner = SequenceOwner { table: home.table.clone(), column: column.name.clone(), identity };
        let type_name = match column.type_name.as_str() {
            type_name @ ("smallint" | "integer") => type_name,
            _ => "bigint",
        };
        self.put_sequence(&name, type_name, options, Some(owner), home.persistence);
        name
    }
}

impl State {
    /// The default's text; none for `DEFAULT NULL`, which is none.
    pub(super) fn default_text(&self, default: &Node) -> Option<String> {
        if nodes::constant(default).as_deref() == Some("NULL") {
            return None;
        }
        if let Some(NodeEnum::FuncCall(call)) = default.node.as_ref()
            && nodes::qualified(&call.funcname).is_some_and(|(_, name)| name == "nextval")
            && let [sequence] = call.args.as_slice()
            && let Some((schema, name)) =
                nodes::constant(sequence).and_then(|name| super::sequence::parts(&name))
        {
            return Some(super::sequence::drawing(&self.resolve(schema.as_deref(), &name)));
        }
        nodes::expression(Some(default))
    }
}

/// The identity that a letter of the tree means.
pub(super) fn identity(letter: &str) -> Identity {
    if letter == "d" { Identity::ByDefault } else { Identity::Always }
}

/// A collation as the catalog shows it; none for the default one.
pub(super) fn collation(name: &[Node]) -> Option<String> {
    let (schema, name) = nodes::qualified(name)?;
    let shown = super::names::quoted(name);
    match schema {
        Some(schema) if schema != "pg_catalog" => Some(format!("{}.{shown}", super::names::quoted(schema))),
        _ => (name != "default").then_some(shown),
    }
}

/// The type below a serial one.
fn serial(name: &str) -> Option<&'static str> {
    match name {
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        "smallserial" | "serial2" => Some("smallint"),
        _ => None,
    }
}

fn add_attribute(constraint: &mut Constraint, attribute: ConstrType) {
    match attribute {
        ConstrType::ConstrAttrDeferrable => constraint.deferrable = true,
        ConstrType::ConstrAttrNotDeferrable => constraint.deferrable = false,
        ConstrType::ConstrAttrDeferred => {
            constraint.deferrable = true;
            constraint.initdeferred = true;
        }
        ConstrType::ConstrAttrImmediate => constraint.initdeferred = false,
        ConstrType::ConstrAttrNotEnforced => constraint.is_enforced = false,
        _ => {}
    }
}
