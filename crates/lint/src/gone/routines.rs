//! Which routine a statement means, among those of its name.

use freehold_sql::tree::{
    NodeEnum,
    protobuf::{FunctionParameterMode, Node, ObjectWithArgs},
};

use super::Gone;
use crate::{context::Context, expression::text, state::KnownFunction};

/// Which routine it was, among those of its name.
pub(super) fn match_routine(context: &Context<'_>, gone: &mut Gone, node: Option<&Node>) {
    let written = match node.and_then(|node| node.node.as_ref()) {
        Some(NodeEnum::ObjectWithArgs(routine)) => arguments(routine),
        _ => None,
    };
    let all = context.state.functions_named(&gone.name);
    let fits = |known: &&KnownFunction| {
        written.as_ref().is_none_or(|written| {
            all.len() == 1 || same_arguments(&known.function.identity_arguments, written)
        })
    };
    gone.functions = all.iter().filter(fits).cloned().collect();
    gone.part = gone
        .functions
        .first()
        .map(|known| known.function.identity_arguments.clone())
        .or_else(|| written.map(|types| types.join(", ")));
    gone.made_here = !gone.functions.is_empty()
        && gone.functions.iter().all(|known| known.made.is_some_and(|made| context.is_here(made)));
    gone.was_missing = gone.functions.is_empty() && context.state.complete;
}

/// The argument types of a routine as written; none when they are left out.
fn arguments(routine: &ObjectWithArgs) -> Option<Vec<String>> {
    if routine.args_unspecified {
        return None;
    }
    let mut types = Vec::new();
    for parameter in &routine.objfuncargs {
        let Some(NodeEnum::FunctionParameter(parameter)) = parameter.node.as_ref() else { continue };
        let out = [FunctionParameterMode::FuncParamOut as i32, FunctionParameterMode::FuncParamTable as i32];
        if !out.contains(&parameter.mode) {
            let names = parameter.arg_type.iter().flat_map(|type_| &type_.names);
            types.push(names.filter_map(text).next_back().unwrap_or_default().to_owned());
        }
    }
    Some(types)
}

/// True when the types in a list of arguments are these; modes and names of the list are passed over.
fn same_arguments(identity: &str, written: &[String]) -> bool {
    let list: Vec<&str> = identity.split(", ").filter(|argument| !argument.is_empty()).collect();
    list.len() == written.len()
        && list.iter().zip(written).all(|(argument, type_)| {
            let spelled = spelled_out(type_);
            argument.trim_end_matches("[]").ends_with(spelled)
        })
}

fn spelled_out(internal: &str) -> &str {
    match internal {
        "int2" => "smallint",
        "int4" => "integer",
        "int8" => "bigint",
        "bool" => "boolean",
        "float4" => "real",
        "float8" => "double precision",
        "varchar" => "character varying",
        "bpchar" => "character",
        "timestamptz" => "timestamp with time zone",
        "timestamp" => "timestamp without time zone",
        other => other,
    }
}
