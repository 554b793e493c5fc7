//! Functions and procedures.

use std::sync::Arc;

use freehold_model::{
    catalog::{Function, FunctionKind, Grants},
    name::QualifiedName,
};
use freehold_sql::tree::{
    self, NodeEnum,
    protobuf::{
        AlterFunctionStmt, CreateFunctionStmt, DefElem, FunctionParameter, FunctionParameterMode as Mode,
        ObjectType, ObjectWithArgs, TypeName,
    },
};

use super::{State, Step, nodes, routine_options::set};
use crate::state::{KnownFunction, Link};

impl Step<'_> {
    pub(super) fn create_function(&mut self, create: &CreateFunctionStmt) {
        let Some((schema, name)) = nodes::qualified(&create.funcname) else { return };
        let name = self.state.new_name(schema, name);
        let parameters: Vec<&FunctionParameter> = create
            .parameters
            .iter()
            .filter_map(|node| match node.node.as_ref()? {
                NodeEnum::FunctionParameter(parameter) => Some(parameter.as_ref()),
                _ => None,
            })
            .collect();
        let mut function = Function {
            name,
            identity_arguments: self.state.identity(&parameters),
            arguments: self.state.arguments(&parameters),
            result: self.state.result(create, &parameters),
            kind: if create.is_procedure { FunctionKind::Procedure } else { FunctionKind::Function },
            language: "sql".to_owned(),
            owner: self.owner(),
            ..Function::default()
        };
        let options: Vec<&DefElem> = nodes::options(&create.options).collect();
        set(&mut function, &options);
        if let Some(body) = create.sql_body.as_deref().and_then(|body| body.node.as_ref()) {
            function.body = sql_body(body);
        }
        self.put_function(function);
    }

    /// Puts a function, or replaces the one with the same arguments: its owner and privileges stay.
    pub(super) fn put_function(&mut self, mut function: Function) {
        let name = function.name.clone();
        let mut all = self.state.functions.take(&name).map(Arc::unwrap_or_clone).unwrap_or_default();
        let same = |known: &KnownFunction| known.function.identity_arguments == function.identity_arguments;
        let before = all.iter().position(same).map(|at| all.remove(at));
        match before {
            Some(before) => {
                function.grants = before.function.grants;
                function.owner = before.function.owner;
                function.comment = before.function.comment;
            }
            None => {
                let mut grants = Grants::default();
                self.state.grant_defaults(&mut grants, &name.schema, super::grant::Kind::Function);
                function.grants = grants;
            }
        }
        all.push(KnownFunction { function, made: Some(self.site) });
        all.sort_by(|a, b| a.function.identity_arguments.cmp(&b.function.identity_arguments));
        self.state.functions.put(name, Arc::new(all));
    }

    pub(super) fn alter_function(&mut self, alter: &AlterFunctionStmt) {
        let Some(routine) = &alter.func else { return };
        let Some((schema, name)) = nodes::qualified(&routine.objname) else { return };
        let name = self.state.resolve(schema, name);
        let arguments = self.arguments_of(routine);
        let options: Vec<&DefElem> = nodes::options(&alter.actions).collect();
        self.change_functions(&name, arguments.as_deref(), |function| set(function, &options));
    }

    /// The argument types by which a statement names a routine; none when it gives none.
    pub(super) fn arguments_of(&self, routine: &ObjectWithArgs) -> Option<String> {
        if routine.args_unspecified {
            return None;
        }
        let types = routine.objargs.iter().filter_map(|node| match node.node.as_ref()? {
            NodeEnum::TypeName(type_) => Some(self.state.argument_type(type_)),
            _ => None,
        });
        Some(types.collect::<Vec<_>>().join(", "))
    }

    /// Changes the functions of a name with these arguments; all of them when none are given.
    pub(super) fn change_functions(
        &mut self,
        name: &QualifiedName,
        arguments: Option<&str>,
        change: impl Fn(&mut Function),
    ) {
        self.state.functions.change(name, |all| {
            for known in Arc::make_mut(all) {
                if arguments.is_none_or(|arguments| arguments == known.function.identity_arguments) {
                    change(&mut known.function);
                }
            }
        });
    }

    pub(super) fn drop_functions(&mut self, name: &QualifiedName, arguments: Option<&str>, cascade: bool) {
        let Some(all) = self.state.functions.take(name) else { return };
        let mut all = Arc::unwrap_or_clone(all);
        all.retain(|known| arguments.is_some_and(|arguments| arguments != known.function.identity_arguments));
        if !all.is_empty() {
            self.state.functions.put(name.clone(), Arc::new(all));
        }
        if cascade {
            for table in self.tables_with_trigger_of(name) {
                self.state.edit(&table, |known| {
                    known.relation.triggers.retain(|trigger| trigger.function != *name);
                });
            }
        }
    }

    pub(super) fn rename_functions(
        &mut self,
        from: &QualifiedName,
        arguments: Option<&str>,
        to: &QualifiedName,
    ) {
        let Some(all) = self.state.functions.take(from) else { return };
        let (moved, kept): (Vec<_>, Vec<_>) = Arc::unwrap_or_clone(all).into_iter().partition(|known| {
            arguments.is_none_or(|arguments| arguments == known.function.identity_arguments)
        });
        if !kept.is_empty() {
            self.state.functions.put(from.clone(), Arc::new(kept));
        }
        let mut there = self.state.functions.take(to).map(Arc::unwrap_or_clone).unwrap_or_default();
        there.extend(moved.into_iter().map(|mut known| {
            known.function.name = to.clone();
            known
        }));
        self.state.functions.put(to.clone(), Arc::new(there));
        for table in self.tables_with_trigger_of(from) {
            self.state.edit(&table, |known| {
                for trigger in known.relation.triggers.iter_mut().filter(|t| t.function == *from) {
                    trigger.function = to.clone();
                }
            });
        }
    }

    fn tables_with_trigger_of(&self, function: &QualifiedName) -> Vec<QualifiedName> {
        self.state.pointing(function, Link::Trigger)
    }
}

impl State {
    /// The type of an argument: without modifiers; `table.column%TYPE` is that column's.
    fn argument_type(&self, type_: &TypeName) -> String {
        if type_.pct_type {
            let parts = nodes::texts(&type_.names);
            if let [before @ .., table, column] = parts.as_slice() {
                let table = self.resolve(before.last().map(String::as_str), table);
                let column = self.relation(&table).and_then(|known| known.relation.column(column));
                if let Some(column) = column {
                    return without_modifiers(&column.type_name);
                }
            }
        }
        without_modifiers(&self.type_text(type_))
    }

    fn identity(&self, parameters: &[&FunctionParameter]) -> String {
        let types = parameters
            .iter()
            .filter(|parameter| is_input(parameter))
            .filter_map(|parameter| parameter.arg_type.as_ref().map(|type_| self.argument_type(type_)));
        types.collect::<Vec<_>>().join(", ")
    }

    fn arguments(&self, parameters: &[&FunctionParameter]) -> String {
        let shown = parameters.iter().filter(|parameter| mode(parameter) != Mode::FuncParamTable);
        let shown = shown.map(|parameter| {
            let word = match mode(parameter) {
                Mode::FuncParamOut => "OUT ",
                Mode::FuncParamInout => "INOUT ",
                Mode::FuncParamVariadic => "VARIADIC ",
                _ => "",
            };
            let name = nodes::written(&parameter.name)
                .map(|name| format!("{} ", super::names::quoted(name)))
                .unwrap_or_default();
            let type_ =
                parameter.arg_type.as_ref().map(|type_| self.argument_type(type_)).unwrap_or_default();
            let default = nodes::expression(parameter.defexpr.as_deref());
            let default = default.map(|default| format!(" DEFAULT {default}")).unwrap_or_default();
            format!("{word}{name}{type_}{default}")
        });
        shown.collect::<Vec<_>>().join(", ")
    }

    fn result(&self, create: &CreateFunctionStmt, parameters: &[&FunctionParameter]) -> Option<String> {
        if create.is_procedure {
            return None;
        }
        let of_table: Vec<String> = parameters
            .iter()
            .filter(|parameter| mode(parameter) == Mode::FuncParamTable)
            .map(|parameter| {
                let type_ = parameter.arg_type.as_ref().map(|type_| self.argument_type(type_));
                format!("{} {}", super::names::quoted(&parameter.name), type_.unwrap_or_default())
            })
            .collect();
        if !of_table.is_empty() {
            return Some(format!("TABLE({})", of_table.join(", ")));
        }
        if let Some(type_) = &create.return_type {
            let setof = if type_.setof { "SETOF " } else { "" };
            return Some(format!("{setof}{}", self.argument_type(type_)));
        }
        let mut out = parameters
            .iter()
            .filter(|parameter| matches!(mode(parameter), Mode::FuncParamOut | Mode::FuncParamInout));
        match (out.next(), out.next()) {
            (Some(one), None) => one.arg_type.as_ref().map(|type_| self.argument_type(type_)),
            (Some(_), Some(_)) => Some("record".to_owned()),
            _ => None,
        }
    }
}

fn mode(parameter: &FunctionParameter) -> Mode {
    Mode::try_from(parameter.mode).unwrap_or(Mode::FuncParamIn)
}

fn is_input(parameter: &FunctionParameter) -> bool {
    !matches!(mode(parameter), Mode::FuncParamOut | Mode::FuncParamTable)
}

fn without_modifiers(type_name: &str) -> String {
    let bare = match (type_name.find('('), type_name.find(')')) {
        (Some(start), Some(end)) if start < end => {
            let (before, after) = (type_name.get(..start), type_name.get(end + 1..));
            format!("{}{}", before.unwrap_or(""), after.unwrap_or(""))
        }
        _ => type_name.to_owned(),
    };
    if bare == "\"bit\"" { "bit".to_owned() } else { bare }
}

/// The body of a `BEGIN ATOMIC` or `RETURN` function.
fn sql_body(body: &NodeEnum) -> String {
    match body {
        NodeEnum::ReturnStmt(back) => {
            let value = nodes::expression(back.returnval.as_deref()).unwrap_or_default();
            format!("RETURN {value}")
        }
        NodeEnum::List(list) => {
            let inner = list.items.iter().flat_map(nodes::list);
            let statements: Vec<String> =
                inner.filter_map(|node| node.node.as_ref()).filter_map(tree::write).collect();
            format!("BEGIN ATOMIC {}; END", statements.join("; "))
        }
        _ => String::new(),
    }
}

/// True for the kinds of objects that are routines.
pub(super) fn is_routine(kind: ObjectType) -> bool {
    matches!(
        kind,
        ObjectType::ObjectFunction
            | ObjectType::ObjectProcedure
            | ObjectType::ObjectRoutine
            | ObjectType::ObjectAggregate
    )
}

/// True when the function's body, and nothing that it calls by way of a text, can change a schema.
pub(super) fn is_harmless(function: &Function) -> bool {
    const CHANGES: &[&str] = &[
        "alter", "call", "comment", "create", "drop", "execute", "grant", "import", "perform", "reassign",
        "revoke", "truncate",
    ];
    let changes = |word: tree::Lexeme<'_>| CHANGES.iter().any(|change| word.is(change));
    matches!(function.language.as_str(), "sql" | "plpgsql")
        && !tree::lexemes(&function.body).any(changes)
        && tree::lexemes(&function.body).zip(tree::lexemes(&function.body).skip(1)).all(|(word, next)| {
            let called = next.text == "(" && word.kind == tree::LexemeKind::Word;
            !called || crate::state::questions::is_known_call(&word.text.to_ascii_lowercase())
        })
}
