//! The columns that a statement makes, with the bytes of their types.

use freehold_model::{finding::Subject, name::QualifiedName, name::display_identifier, place::Span};
use freehold_sql::{
    Action, NewColumn, StatementKind,
    tree::{
        LexemeKind, NodeEnum, lexemes,
        protobuf::{AlterTableStmt, ColumnDef, CreateStmt, Node, ObjectType},
    },
};

use crate::context::Context;

/// A column that a statement makes, or whose type it changes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MadeColumn<'a> {
    /// The column, where the statement makes it and does not only change its type.
    pub(crate) column: Option<&'a NewColumn>,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its type as PostgreSQL writes it back; `serial` stays `serial`.
    pub(crate) type_name: &'a str,
    /// Its tree.
    pub(crate) definition: &'a ColumnDef,
}

/// The table of [`columns`], and whether the statement makes it.
#[derive(Debug, Clone)]
pub(crate) struct MadeIn<'a> {
    /// The table.
    pub(crate) table: QualifiedName,
    /// The statement makes the table as well.
    pub(crate) new_table: bool,
    /// The columns, in order.
    pub(crate) columns: Vec<MadeColumn<'a>>,
}

/// The columns that the statement makes in a table that stays, or whose types it changes; none for views, types and
/// temporary tables.
pub(crate) fn columns<'a>(context: &Context<'a>) -> Option<MadeIn<'a>> {
    match (context.statement.effect.kind, context.tree?) {
        (StatementKind::CreateTable, NodeEnum::CreateStmt(create)) => created(context, create),
        (StatementKind::AlterTable, NodeEnum::AlterTableStmt(alter)) => altered(context, alter),
        _ => None,
    }
}

fn created<'a>(context: &Context<'a>, create: &'a CreateStmt) -> Option<MadeIn<'a>> {
    let range = create.relation.as_ref()?;
    if range.relpersistence == "t" {
        return None;
    }
    let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
    let table = context.state.new_name(schema, &range.relname);
    let definitions = create.table_elts.iter().filter_map(definition);
    let columns = context.statement.effect.new_columns.iter().zip(definitions);
    let columns = columns.filter(|(column, definition)| column.name == definition.colname).map(
        |(column, definition)| MadeColumn {
            column: Some(column),
            name: &column.name,
            type_name: &column.type_,
            definition,
        },
    );
    Some(MadeIn { table, new_table: true, columns: columns.collect() })
}

fn altered<'a>(context: &Context<'a>, alter: &'a AlterTableStmt) -> Option<MadeIn<'a>> {
    if alter.objtype != ObjectType::ObjectTable as i32 {
        return None;
    }
    let range = alter.relation.as_ref()?;
    let schema = Some(range.schemaname.as_str()).filter(|schema| !schema.is_empty());
    let table = context.state.resolve(schema, &range.relname);
    if table.schema == "pg_temp" {
        return None;
    }
    let made = |(action, node): (&'a Action, &'a Node)| {
        let NodeEnum::AlterTableCmd(command) = node.node.as_ref()? else { return None };
        let definition = definition(command.def.as_deref()?)?;
        match action {
            Action::AddColumn { column, .. } => Some(MadeColumn {
                column: Some(column),
                name: &column.name,
                type_name: &column.type_,
                definition,
            }),
            Action::AlterColumnType { column, type_, .. } => {
                Some(MadeColumn { column: None, name: column, type_name: type_, definition })
            }
            _ => None,
        }
    };
    let columns: Vec<_> = context.statement.effect.actions.iter().zip(&alter.cmds).filter_map(made).collect();
    (!columns.is_empty()).then_some(MadeIn { table, new_table: false, columns })
}

fn definition(node: &Node) -> Option<&ColumnDef> {
    match node.node.as_ref()? {
        NodeEnum::ColumnDef(definition) => Some(definition),
        _ => None,
    }
}

impl MadeIn<'_> {
    /// A column of the table, for a finding.
    pub(crate) fn subject(&self, column: &str) -> Subject {
        Subject::new("column", format!("{}.{}", self.table, display_identifier(column)))
    }
}

impl MadeColumn<'_> {
    /// The type without modifiers and array brackets: `character varying`, `numeric`.
    pub(crate) fn base_type(&self) -> &str {
        let end = self.type_name.find(['(', '[']).unwrap_or(self.type_name.len());
        self.type_name.get(..end).unwrap_or(self.type_name).trim_end()
    }

    /// The bytes of its type in the script's text, array brackets left out.
    pub(crate) fn type_span(&self, context: &Context<'_>) -> Option<Span> {
        let location = usize::try_from(self.definition.type_name.as_ref()?.location).ok()?;
        let start = (context.tree_start + location).checked_sub(context.statement.span.start)?;
        let length = type_length(context.text.get(start..)?)?;
        let start = context.statement.span.start + start;
        Some(Span::new(start, start + length))
    }

    /// The bytes from its name to the end of its type.
    pub(crate) fn span(&self, context: &Context<'_>) -> Span {
        let type_span = self.type_span(context);
        let at_name = usize::try_from(self.definition.location).ok();
        match (type_span, at_name) {
            (Some(type_span), Some(at)) if context.tree_start + at <= type_span.start => {
                Span::new(context.tree_start + at, type_span.end)
            }
            (Some(type_span), _) => type_span,
            _ => context.span_at(self.definition.location, self.name.len()),
        }
    }

    /// The statement with another type for this column.
    pub(crate) fn retyped(&self, context: &Context<'_>, to: &str) -> Option<String> {
        context.replaced(&[(self.type_span(context)?, to.to_owned())])
    }
}

impl Context<'_> {
    /// The statement with other words at these bytes of the script's text, which are in order.
    pub(crate) fn replaced(&self, changes: &[(Span, String)]) -> Option<String> {
        let mut text = self.text.to_owned();
        for (span, with) in changes.iter().rev() {
            let start = span.start.checked_sub(self.statement.span.start)?;
            let end = span.end.checked_sub(self.statement.span.start)?;
            text.get(start..end)?;
            text.replace_range(start..end, with);
        }
        Some(text)
    }
}

/// How many bytes the type at the start of a text has: name, modifiers, `WITH TIME ZONE`.
fn type_length(text: &str) -> Option<usize> {
    let mut words = lexemes(text).peekable();
    let first = words.next()?;
    let mut end = first.span.end;
    let mut depth = 0_usize;
    while let Some(word) = words.next() {
        match word.text {
            "(" => depth += 1,
            ")" if depth > 0 => depth -= 1,
            // A qualified name.
            "." if depth == 0 => {
                end = words.next()?.span.end;
                continue;
            }
            _ if depth > 0 => {}
            _ if word.kind == LexemeKind::Word && goes_on(word.text) => {}
            _ => break,
        }
        if depth == 0 {
            end = word.span.end;
        }
    }
    Some(end)
}

/// Words that can only be part of a type when they stand behind its first word.
fn goes_on(word: &str) -> bool {
    ["varying", "precision", "with", "without", "time", "zone"]
        .iter()
        .any(|part| word.eq_ignore_ascii_case(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_ends_where_the_next_clause_begins() {
        let cut = |text: &'static str| &text[..type_length(text).unwrap()];
        assert_eq!(cut("timestamp NOT NULL"), "timestamp");
        assert_eq!(cut("TIMESTAMP (3) WITHOUT TIME ZONE DEFAULT now()"), "TIMESTAMP (3) WITHOUT TIME ZONE");
        assert_eq!(cut("character varying(20)[] NULL"), "character varying(20)");
        assert_eq!(cut("pg_catalog.varchar(20), b int"), "pg_catalog.varchar(20)");
        assert_eq!(cut("\"char\""), "\"char\"");
        assert_eq!(cut("serial)"), "serial");
    }
}
