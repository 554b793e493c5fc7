//! What a policy's expression says: which columns it compares with whom, what it asks, and how often.

use std::collections::BTreeSet;

use freehold_model::catalog::Volatility;
use freehold_sql::tree::{NodeEnum, protobuf, read_expression};

use super::{
    functions,
    nodes::{below, column, function_name, operator, string_constant},
};
use crate::state::State;

/// With what a column is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A setting of the session.
    Setting,
    /// The caller's identity: `auth.uid()`, or another function without arguments.
    Identity,
    /// Rows that the caller is found in, or that the caller may see.
    Rows,
}

/// What an expression says.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Columns of the table that are compared for equality, and with what.
    pub compared: Vec<(String, Source)>,
    /// Settings with a dot in their name that are read.
    pub settings: BTreeSet<String>,
    /// It asks for the caller's identity.
    pub identity: bool,
    /// Functions that are called for every row although nothing of the row goes into them.
    pub constant_calls: Vec<String>,
    /// Functions that look something up for every row, with something of the row.
    pub row_calls: Vec<String>,
    /// A column of the table that is compared with the caller's tenant by a pattern or prefix.
    pub by_prefix: Option<String>,
    /// Columns that it names outside of sub-selects.
    pub columns: BTreeSet<String>,
    /// It calls functions that are not known, or has sub-selects.
    pub opaque: bool,
}

impl Facts {
    /// Of the expression of a policy on this table.
    pub fn of(state: &State, table: &str, sql: &str) -> Self {
        let mut facts = Self::default();
        if let Some(node) = read_expression(sql) {
            Reader { state, table }.expression(&node, false, &mut facts);
        } else {
            facts.opaque = true;
        }
        facts
    }

    /// True when it compares the column with the caller's tenant in whatever way.
    pub fn binds(&self, column: &str) -> bool {
        self.compared.iter().any(|(compared, _)| compared == column)
    }

    /// True when it depends on who is there.
    pub fn asks_who_is_there(&self) -> bool {
        self.identity || !self.settings.is_empty() || !self.compared.is_empty() || self.opaque
    }
}

struct Reader<'a> {
    state: &'a State,
    table: &'a str,
}

/// What was found in a part of an expression.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    setting: bool,
    identity: bool,
    rows: bool,
}

impl Reader<'_> {
    fn expression(&self, node: &protobuf::Node, within: bool, facts: &mut Facts) {
        match node.node.as_ref() {
            Some(NodeEnum::ColumnRef(_)) => {
                if let Some(name) = self.own_column(node, within) {
                    facts.columns.insert(name.to_owned());
                }
            }
            Some(NodeEnum::FuncCall(call)) => self.call(call, within, facts),
            Some(NodeEnum::AExpr(expression)) => self.comparison(expression, within, facts),
            Some(NodeEnum::SubLink(link)) => self.sub_select(link, within, facts),
            _ => {}
        }
        let enters = matches!(node.node, Some(NodeEnum::SelectStmt(_)));
        for node in below(node) {
            self.expression(node, within || enters, facts);
        }
    }

    /// The column's name when it is one of the policy's table.
    fn own_column<'n>(&self, node: &'n protobuf::Node, within: bool) -> Option<&'n str> {
        let (qualifier, name) = column(node)?;
        let own = match qualifier {
            Some(qualifier) => qualifier == self.table,
            None => !within,
        };
        own.then_some(name)
    }

    fn call(&self, call: &protobuf::FuncCall, within: bool, facts: &mut Facts) {
        let name = function_name(call);
        let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        let asked = self.asked_of_call(call, facts);
        facts.identity |= asked.identity;
        if bare == "starts_with" && !within {
            self.prefix(call.args.first(), call.args.get(1), facts);
        }
        if within {
            return;
        }
        let of_row = call.args.iter().any(|argument| self.mentions_row(argument));
        if of_row {
            if self.looks_up(&name) {
                facts.row_calls.push(name);
            }
        } else if asked.setting || asked.identity {
            facts.constant_calls.push(name);
        }
    }

    /// What a call asks, by itself or in its body.
    fn asked_of_call(&self, call: &protobuf::FuncCall, facts: &mut Facts) -> Asked {
        let name = function_name(call);
        let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        let mut asked = Asked::default();
        if bare == "current_setting" {
            if let Some(setting) = call.args.first().and_then(string_constant).filter(|s| s.contains('.')) {
                asked.identity = setting.starts_with("request.");
                asked.setting = !asked.identity;
                if asked.setting {
                    facts.settings.insert(setting.to_ascii_lowercase());
                }
            }
            return asked;
        }
        if matches!(bare, "auth.uid" | "auth.jwt" | "auth.role" | "auth.email") {
            asked.identity = true;
            return asked;
        }
        let known = functions::named(self.state, &name);
        for function in known {
            let settings = functions::settings_read(&function.function.body);
            asked.setting |= settings.iter().any(|setting| !setting.starts_with("request."));
            facts.settings.extend(settings.into_iter().filter(|setting| !setting.starts_with("request.")));
            asked.identity |=
                !asked.setting && functions::asks_who_is_there(self.state, &function.function.body);
        }
        if known.is_empty() && !is_built_in(bare) {
            facts.opaque = true;
            // A function without arguments that a column is compared with says who is there.
            asked.identity |= call.args.is_empty() && !bare.contains("now");
        }
        asked
    }

    /// True for functions that are known to search tables each time they are called.
    fn looks_up(&self, name: &str) -> bool {
        functions::named(self.state, name).iter().any(|known| {
            let function = &known.function;
            let searches = !functions::relations(self.state, &function.language, &function.body).is_empty();
            searches && (function.language != "sql" || function.volatility == Volatility::Volatile)
        })
    }

    fn comparison(&self, expression: &protobuf::AExpr, within: bool, facts: &mut Facts) {
        use protobuf::AExprKind as Kind;
        let (Some(left), Some(right)) = (expression.lexpr.as_deref(), expression.rexpr.as_deref()) else {
            return;
        };
        let kind = Kind::try_from(expression.kind).unwrap_or(Kind::Undefined);
        let equality =
            matches!(kind, Kind::AexprOp | Kind::AexprIn | Kind::AexprOpAny | Kind::AexprNotDistinct)
                && matches!(operator(expression), "=" | "");
        if equality {
            for (one, other) in [(left, right), (right, left)] {
                if let Some(name) = self.own_column(one, within) {
                    self.compared(name, other, facts);
                }
            }
        }
        if !within
            && (matches!(kind, Kind::AexprLike | Kind::AexprIlike | Kind::AexprSimilar)
                || matches!(operator(expression), "^@" | "~" | "~*" | "~~" | "~~*"))
        {
            self.prefix(Some(left), Some(right), facts);
        }
        if !within && operator(expression) == "=" {
            for (one, other) in [(left, right), (right, left)] {
                self.cut_off(one, other, facts);
            }
        }
    }

    fn compared(&self, name: &str, other: &protobuf::Node, facts: &mut Facts) {
        let asked = self.asked(other, facts);
        let source = if asked.rows {
            Source::Rows
        } else if asked.setting {
            Source::Setting
        } else if asked.identity {
            Source::Identity
        } else {
            return;
        };
        facts.compared.push((name.to_owned(), source));
    }

    /// What an expression asks, sub-selects included.
    fn asked(&self, node: &protobuf::Node, facts: &mut Facts) -> Asked {
        let mut asked = Asked::default();
        match node.node.as_ref() {
            Some(NodeEnum::FuncCall(call)) => asked = self.asked_of_call(call, facts),
            Some(NodeEnum::SelectStmt(select)) => asked.rows = !select.from_clause.is_empty(),
            _ => {}
        }
        for node in below(node) {
            let inner = self.asked(node, facts);
            asked.setting |= inner.setting;
            asked.identity |= inner.identity;
            asked.rows |= inner.rows;
        }
        asked
    }

    fn mentions_row(&self, node: &protobuf::Node) -> bool {
        self.own_column(node, false).is_some() || below(node).into_iter().any(|node| self.mentions_row(node))
    }

    fn sub_select(&self, link: &protobuf::SubLink, within: bool, facts: &mut Facts) {
        let plain = link.subselect.as_deref().is_some_and(|select| !self.reads_rows(select));
        if !plain {
            facts.opaque = true;
        }
        if let (Some(test), Some(select)) = (link.testexpr.as_deref(), link.subselect.as_deref())
            && let Some(name) = self.own_column(test, within)
        {
            if self.reads_rows(select) {
                facts.compared.push((name.to_owned(), Source::Rows));
            } else {
                self.compared(name, select, facts);
            }
        }
    }

    fn reads_rows(&self, select: &protobuf::Node) -> bool {
        matches!(&select.node, Some(NodeEnum::SelectStmt(select)) if !select.from_clause.is_empty() || select.larg.is_some())
    }

    fn prefix(&self, left: Option<&protobuf::Node>, right: Option<&protobuf::Node>, facts: &mut Facts) {
        let (Some(left), Some(right)) = (left, right) else { return };
        for (one, other) in [(left, right), (right, left)] {
            if let Some(name) = self.own_column(one, false) {
                let asked = self.asked(other, &mut Facts::default());
                if asked.setting || asked.identity {
                    facts.by_prefix = Some(name.to_owned());
                }
            }
        }
    }

    /// `left(tenant, n) = …`, `split_part(tenant, …) = …`: a part of the column stands for the whole.
    fn cut_off(&self, one: &protobuf::Node, other: &protobuf::Node, facts: &mut Facts) {
        let Some(call) = functions::call(one) else { return };
        let name = function_name(call);
        let bare = name.strip_prefix("pg_catalog.").unwrap_or(&name);
        if !matches!(bare, "left" | "substr" | "substring" | "split_part") {
            return;
        }
        let Some(name) = call.args.first().and_then(|node| self.own_column(node, false)) else { return };
        let asked = self.asked(other, &mut Facts::default());
        if asked.setting || asked.identity {
            facts.by_prefix = Some(name.to_owned());
        }
    }
}

/// True for functions of the server that policies use and that ask nobody.
fn is_built_in(name: &str) -> bool {
    const KNOWN: &[&str] = &[
        "now",
        "lower",
        "upper",
        "length",
        "left",
        "right",
        "trim",
        "btrim",
        "starts_with",
        "substring",
        "substr",
        "split_part",
        "string_to_array",
        "array_position",
        "regexp_replace",
        "replace",
        "concat",
        "md5",
        "date_trunc",
        "clock_timestamp",
        "jsonb_typeof",
        "array_length",
        "cardinality",
        "any",
        "unnest",
        "count",
        "timezone",
        "position",
        "strpos",
        "set_config",
        "random",
        "gen_random_uuid",
        "version",
        "inet_client_addr",
        "txid_current",
        "abs",
        "coalesce",
        "greatest",
        "least",
        "pg_has_role",
        "has_table_privilege",
    ];
    KNOWN.contains(&name) || name.starts_with("pg_") || name.starts_with("json") || name.starts_with("array_")
}
