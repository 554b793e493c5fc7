//! Options of routines, and settings that routines and roles keep.

use freehold_model::catalog::{Function, FunctionKind, Parallel, Volatility};
use freehold_sql::tree::{
    NodeEnum,
    protobuf::{DefElem, VariableSetKind, VariableSetStmt},
};

use super::nodes;

/// Sets what the options say.
pub(super) fn set(function: &mut Function, options: &[&DefElem]) {
    for option in options {
        let text = option.arg.as_deref().and_then(nodes::constant).unwrap_or_default();
        match option.defname.as_str() {
            "language" => function.language = text.to_ascii_lowercase(),
            "volatility" => {
                function.volatility = match text.as_str() {
                    "immutable" => Volatility::Immutable,
                    "stable" => Volatility::Stable,
                    _ => Volatility::Volatile,
                };
            }
            "strict" => function.strict = nodes::is_on(option),
            "security" => function.security_definer = nodes::is_on(option),
            "leakproof" => function.leakproof = nodes::is_on(option),
            "window" => function.kind = FunctionKind::Window,
            "parallel" => {
                function.parallel = match text.to_ascii_lowercase().as_str() {
                    "safe" => Parallel::Safe,
                    "restricted" => Parallel::Restricted,
                    _ => Parallel::Unsafe,
                };
            }
            "cost" => function.cost = text,
            "rows" => function.rows = text,
            "as" => {
                let parts =
                    option.arg.as_deref().map(|arg| nodes::texts(nodes::list(arg))).unwrap_or_default();
                match parts.as_slice() {
                    [library, symbol] => {
                        function.library = Some(library.clone());
                        function.body.clone_from(symbol);
                    }
                    [body] => function.body.clone_from(body),
                    _ => {}
                }
            }
            "set" => {
                if let Some(NodeEnum::VariableSetStmt(setting)) =
                    option.arg.as_deref().and_then(|arg| arg.node.as_ref())
                {
                    set_setting(&mut function.config, setting);
                }
            }
            _ => {}
        }
    }
}

/// Sets one of the settings that are kept as `name=value`.
pub(super) fn set_setting(settings: &mut Vec<String>, set: &VariableSetStmt) {
    if set.kind == VariableSetKind::VarResetAll as i32 {
        settings.clear();
        return;
    }
    let prefix = format!("{}=", set.name);
    let place = settings.iter().position(|setting| setting.starts_with(&prefix));
    let value = match VariableSetKind::try_from(set.kind) {
        Ok(VariableSetKind::VarSetValue) => {
            let quoted = matches!(
                set.name.as_str(),
                "search_path" | "temp_tablespaces" | "local_preload_libraries" | "session_preload_libraries"
            );
            let values = set.args.iter().filter_map(nodes::constant);
            let values: Vec<String> =
                values.map(|value| if quoted { super::names::quoted(&value) } else { value }).collect();
            Some(values.join(", "))
        }
        // The value is that of the session.
        Ok(VariableSetKind::VarSetCurrent) => Some(String::new()),
        _ => None,
    };
    match (place, value) {
        (Some(at), Some(value)) => {
            if let Some(setting) = settings.get_mut(at) {
                *setting = format!("{prefix}{value}");
            }
        }
        (None, Some(value)) => settings.push(format!("{prefix}{value}")),
        (Some(at), None) => {
            settings.remove(at);
        }
        (None, None) => {}
    }
}
