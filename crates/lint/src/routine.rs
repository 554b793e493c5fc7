//! Functions, procedures and `DO` blocks as their statements write them, and what their bodies run.

mod dynamic;
mod words;

use freehold_sql::tree::{NodeEnum, protobuf};

pub use dynamic::{Dynamic, Safety, dynamic};
pub use words::string_value;

/// A routine that a statement makes or runs.
#[derive(Debug, Clone, Default)]
pub struct Routine<'a> {
    /// `function`, `procedure` or `block`.
    pub word: &'static str,
    /// Its name as written; empty for a block.
    pub name: Vec<&'a str>,
    /// Its language, lower case.
    pub language: String,
    /// Its body as text; none for `BEGIN ATOMIC` and `RETURN`, and the link symbol of a C function.
    pub body: Option<&'a str>,
    /// It runs with its owner's rights.
    pub security_definer: bool,
    /// The settings that it has for its time.
    pub settings: Vec<&'a protobuf::VariableSetStmt>,
    /// Names of its arguments.
    pub arguments: Vec<&'a str>,
    /// Those of them whose type can hold no SQL, such as numbers.
    pub harmless: Vec<&'a str>,
}

/// Types whose text can hold no SQL.
pub(crate) const HARMLESS_TYPES: &[&str] = &[
    "smallint",
    "int",
    "integer",
    "bigint",
    "int2",
    "int4",
    "int8",
    "oid",
    "numeric",
    "decimal",
    "real",
    "double",
    "float4",
    "float8",
    "boolean",
    "bool",
    "date",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
];

impl<'a> Routine<'a> {
    /// The routine of a `CREATE FUNCTION`, `CREATE PROCEDURE` or `DO`.
    pub fn of(tree: &'a NodeEnum) -> Option<Self> {
        match tree {
            NodeEnum::CreateFunctionStmt(create) => Some(Self::created(create)),
            NodeEnum::DoStmt(block) => {
                let mut routine =
                    Self { word: "block", language: "plpgsql".to_owned(), ..Default::default() };
                for option in options(&block.args) {
                    routine.take(option);
                }
                Some(routine)
            }
            _ => None,
        }
    }

    fn created(create: &'a protobuf::CreateFunctionStmt) -> Self {
        let word = if create.is_procedure { "procedure" } else { "function" };
        let name = create.funcname.iter().filter_map(string).collect();
        let parameters = || {
            create.parameters.iter().filter_map(|parameter| match parameter.node.as_ref()? {
                NodeEnum::FunctionParameter(parameter) if !parameter.name.is_empty() => {
                    Some(parameter.as_ref())
                }
                _ => None,
            })
        };
        let is_harmless = |parameter: &&protobuf::FunctionParameter| {
            let name = parameter.arg_type.as_ref().and_then(|type_| type_.names.last()).and_then(string);
            name.is_some_and(|name| HARMLESS_TYPES.contains(&name) || name.starts_with("reg"))
        };
        let arguments = parameters().map(|parameter| parameter.name.as_str()).collect();
        let harmless = parameters().filter(is_harmless).map(|parameter| parameter.name.as_str()).collect();
        let mut routine =
            Self { word, name, arguments, harmless, language: "sql".to_owned(), ..Default::default() };
        for option in options(&create.options) {
            routine.take(option);
        }
        routine
    }

    fn take(&mut self, option: &'a protobuf::DefElem) {
        let argument = option.arg.as_deref().and_then(|arg| arg.node.as_ref());
        match (option.defname.as_str(), argument) {
            ("language", Some(NodeEnum::String(language))) => {
                self.language = language.sval.to_ascii_lowercase();
            }
            ("as", Some(NodeEnum::List(list))) => self.body = list.items.first().and_then(string),
            ("as", Some(NodeEnum::String(body))) => self.body = Some(&body.sval),
            ("security", Some(NodeEnum::Boolean(definer))) => self.security_definer = definer.boolval,
            ("set", Some(NodeEnum::VariableSetStmt(set))) => self.settings.push(set),
            _ => {}
        }
    }

    /// Its name for people.
    pub fn shown(&self) -> String {
        if self.name.is_empty() { "DO".to_owned() } else { self.name.join(".") }
    }
}

/// The options of a statement.
pub fn options(nodes: &[protobuf::Node]) -> impl Iterator<Item = &protobuf::DefElem> {
    nodes.iter().filter_map(|node| match node.node.as_ref()? {
        NodeEnum::DefElem(option) => Some(option.as_ref()),
        _ => None,
    })
}

/// The text of a string node.
pub fn string(node: &protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

/// The text of a constant, with or without a cast.
pub fn constant(node: &protobuf::Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        NodeEnum::AConst(constant) => match constant.val.as_ref()? {
            protobuf::a_const::Val::Sval(text) => Some(&text.sval),
            _ => None,
        },
        NodeEnum::TypeCast(cast) => constant(cast.arg.as_deref()?),
        _ => None,
    }
}

/// True when an option is set to a truth value that means yes: `on`, `true`, `1`, or nothing at all.
pub fn is_on(option: &protobuf::DefElem) -> bool {
    match option.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
        None => true,
        Some(NodeEnum::Boolean(value)) => value.boolval,
        Some(NodeEnum::Integer(value)) => value.ival != 0,
        Some(NodeEnum::String(value)) => !is_no(&value.sval),
        Some(NodeEnum::TypeName(name)) => !name.names.iter().filter_map(string).any(is_no),
        _ => true,
    }
}

fn is_no(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    !text.is_empty() && ("false".starts_with(&text) || "no".starts_with(&text))
        || text == "off"
        || text == "0"
        || text == "of"
}
