//! The tenant is set for the session, not for the transaction.
//!
//! ## What it finds
//! Functions whose body sets the tenant's setting with `set_config(..., false)` or `SET` without `LOCAL`, and scripts that do so
//! themselves. The tenant's setting is the one that policies read; where there are none, one whose name speaks of a tenant.
//!
//! ## Why it hurts
//! No lock. The setting outlives the transaction. On a pooled connection the next borrower inherits the tenant of the one
//! before, and reads and writes that tenant's rows.
//!
//! ## Do instead
//! `set_config('app.tenant_id', $1, true)`, or `SET LOCAL`, within the transaction that does the work.
//!
//! ## When to ignore
//! When each connection serves one tenant for its whole life.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, "System Administration Functions", set_config; PgBouncer's notes on transaction pooling.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::tree::{Lexeme, LexemeKind, lexemes};

use crate::{
    context::SchemaContext,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "session-level-tenant-setting",
        code: "FH0831",
        category: Category::Tenancy,
        severity: Severity::Error,
        decided_by: &[Depth::Text, Depth::Catalog],
        hazards: &[105, 116],
        advice: &[3],
        summary: "the tenant is set for the session, not for the transaction",
        source: include_str!("session_level_tenant_setting.rs"),
        ..Rule::NEW
    },
    check: Check::Schema(check),
    same_as: &[],
};

fn check(context: &SchemaContext<'_>, findings: &mut Findings<'_>) {
    let tenancy = context.tenancy();
    let is_tenants = |setting: &str| {
        tenancy.settings.contains(setting)
            || (tenancy.settings.is_empty() && setting.contains("tenant") && setting.contains('.'))
    };
    for known in context.state.functions.values().flat_map(|all| all.iter()) {
        let Some(setting) = set_for_session(&known.function.body).into_iter().find(|name| is_tenants(name))
        else {
            continue;
        };
        let name = known.function.name.to_string();
        let found = context.found(
            findings.rule(),
            Subject::new("function", name.clone()),
            known.made,
            format!("{name} sets {setting} for the whole session: on a pooled connection the next borrower inherits the tenant"),
        );
        findings
            .push(found.advised(format!("Set it for the transaction: set_config('{setting}', …, true).")));
    }
    for (setting, site) in context.state.marks.settings().filter(|(setting, _)| is_tenants(setting)) {
        let found = context.found(
            findings.rule(),
            Subject::new("setting", setting),
            Some(site),
            format!("{setting} is set for the whole session: whatever runs on this connection next inherits the tenant"),
        );
        findings.push(found.advised("Use SET LOCAL, within the transaction that does the work."));
    }
}

/// The settings that a body sets for longer than its transaction.
fn set_for_session(body: &str) -> Vec<String> {
    // Bodies are many, and few set anything.
    let lower = body.to_ascii_lowercase();
    if !lower.contains("set_config") && !lower.contains("set ") {
        return Vec::new();
    }
    let words: Vec<Lexeme<'_>> = lexemes(body).collect();
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let rest = words.get(at + 1..).unwrap_or(&[]);
        if word.is("set_config") {
            found.extend(by_function(rest));
        } else if word.is("set") {
            found.extend(by_command(rest));
        } else if word.kind == LexemeKind::String {
            let text = word.text.trim_matches('\'').to_ascii_lowercase();
            // SET takes no parameters: with one it sets nothing, and another rule says so.
            let command =
                text.strip_prefix("set ").filter(|rest| !rest.contains('$') && !rest.starts_with("local "));
            if let Some(name) =
                command.and_then(|rest| rest.trim_start_matches("session ").split([' ', '=']).next())
            {
                found.push(name.to_owned());
            }
        }
    }
    found.retain(|name| name.contains('.'));
    found
}

/// `('app.tenant_id', value, false)`.
fn by_function(words: &[Lexeme<'_>]) -> Option<String> {
    let [open, name, ..] = words else { return None };
    if open.text != "(" || name.kind != LexemeKind::String {
        return None;
    }
    let mut depth = 0_u32;
    for (at, word) in words.iter().enumerate() {
        match word.text {
            "(" => depth += 1,
            ")" if depth == 1 => {
                let last = words.get(at.checked_sub(1)?)?;
                let session = last.is("false") || last.text == "'f'" || last.text == "'false'";
                return session.then(|| name.text.trim_matches('\'').to_ascii_lowercase());
            }
            ")" => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `SET app.tenant_id = …`, also with `SESSION`.
fn by_command(words: &[Lexeme<'_>]) -> Option<String> {
    let words = if words.first()?.is("session") { words.get(1..)? } else { words };
    let [first, dot, second, equals, ..] = words else { return None };
    let is_set = dot.text == "." && (equals.text == "=" || equals.is("to"));
    (is_set && first.kind == LexemeKind::Word)
        .then(|| format!("{}.{}", first.text, second.text).to_ascii_lowercase())
}
