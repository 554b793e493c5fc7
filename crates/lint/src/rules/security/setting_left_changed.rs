//! A script leaves a setting of its session changed for whatever runs next on it.
//!
//! ## What it finds
//! `SET` and `set_config(…, false)` of a setting that decides what later statements do (`search_path`, `role`,
//! `session_replication_role`, `row_security`, timeouts, the time zone) and that is not given back at the end of the
//! script. `SET LOCAL` ends with its transaction and is silent; so are settings that only change what is printed or
//! how much memory is used.
//!
//! ## Why it hurts
//! Most tools run all pending migrations on one connection. The next script makes its tables in another schema, as
//! another role, or with triggers and foreign keys switched off; on a database that gets one migration at a time it
//! does something else.
//!
//! ## Do instead
//! `SET LOCAL`, or `RESET` at the end of the script; for the objects themselves write the schema in front of the name.
//!
//! ## When to ignore
//! When the tool is known to open a connection for each script.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, SET: the effects last to the end of the session in a committed transaction.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::ScriptContext,
    found::Findings,
    rule::{Check, LintRule},
    walk::Setting,
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "setting-left-changed",
        code: "FH0909",
        category: Category::Security,
        severity: Severity::Warning,
        decided_by: &[Depth::Text, Depth::Execution],
        hazards: &[116],
        summary: "a script leaves a setting of its session changed",
        source: include_str!("setting_left_changed.rs"),
        ..Rule::NEW
    },
    check: Check::Script(check),
    same_as: &["session-setting-leaks"],
};

fn check(context: &ScriptContext<'_>, findings: &mut Findings<'_>) {
    if context.script.whole_schema {
        return;
    }
    for (name, setting) in &context.walk.settings {
        let Some(severity) = severity(name, setting) else { continue };
        let value = match &setting.value {
            Some(value) if value.is_empty() => "nothing".to_owned(),
            Some(value) => format!("'{value}'"),
            None => "a computed value".to_owned(),
        };
        let mut found = context
            .found(
                findings.rule(),
                Subject::new("setting", name.clone()),
                setting.span,
                format!("the script leaves {name} set to {value} on its session: the next script on it runs so, too"),
            )
            .advised(format!("Use SET LOCAL in a transaction, or RESET {name} at the end of the script."))
            .with_severity(severity);
        found.statement = Some(setting.statement);
        findings.push(found);
    }
}

/// How much it matters that this setting stays; none when it does not.
fn severity(name: &str, setting: &Setting) -> Option<Severity> {
    if setting.local || (setting.value.is_none() && !setting.computed) {
        return None;
    }
    let value = setting.value.as_deref().map(|value| value.trim().trim_matches('\'').to_ascii_lowercase());
    let value = value.as_deref().unwrap_or("?");
    let is_off = matches!(value, "off" | "false" | "no" | "0" | "f");
    let is_default = match name {
        "search_path" => matches!(value, "public" | "$user, public" | "\"$user\", public"),
        "role" => value == "none",
        "session_replication_role" => value == "origin",
        "row_security" | "check_function_bodies" => !is_off,
        "lock_timeout"
        | "statement_timeout"
        | "idle_in_transaction_session_timeout"
        | "transaction_timeout" => value.chars().all(|c| !('1'..='9').contains(&c)),
        _ => false,
    };
    match name {
        _ if is_default => None,
        "search_path"
        | "role"
        | "session_authorization"
        | "session_replication_role"
        | "row_security"
        | "default_transaction_read_only"
        | "default_transaction_isolation" => Some(Severity::Warning),
        "lock_timeout"
        | "statement_timeout"
        | "idle_in_transaction_session_timeout"
        | "transaction_timeout"
        | "timezone"
        | "datestyle"
        | "intervalstyle"
        | "default_tablespace"
        | "default_table_access_method"
        | "check_function_bodies"
        | "synchronous_commit"
        | "constraint_exclusion" => Some(Severity::Note),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn left(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "setting-left-changed").count()
    }

    #[test]
    fn what_stays_is_told() {
        for sql in [
            "SET search_path = app;",
            "SET SESSION search_path TO app, public;",
            "SELECT pg_catalog.set_config('search_path', '', false);",
            "SET ROLE fh_owner;",
            "SET session_replication_role = replica;",
            "SET row_security = off;",
            "SET TIME ZONE 'UTC';",
            "SET statement_timeout = '5s';",
            "BEGIN;\nSET search_path = app;\nCOMMIT;",
        ] {
            assert_eq!(left(sql), 1, "{sql}");
            assert_eq!(left(&format!("-- migration: 1_a (no transaction)\n{sql}")), 1, "{sql}");
        }
    }

    #[test]
    fn what_is_given_back_or_does_not_matter_is_silent() {
        for sql in [
            "SET LOCAL search_path = app;",
            "SELECT set_config('search_path', 'app', true);",
            "SET search_path = app;\nRESET search_path;",
            "SET search_path = app;\nSET search_path TO DEFAULT;",
            "SET search_path = app;\nRESET ALL;",
            "SET ROLE fh_owner;\nRESET ROLE;",
            "SET ROLE fh_owner;\nSET ROLE NONE;",
            "SET session_replication_role = replica;\nSET session_replication_role = 'origin';",
            "SET client_min_messages = warning;",
            "SET statement_timeout = 0;",
            "SET maintenance_work_mem = '1GB';",
            "SET search_path = public;",
        ] {
            assert_eq!(left(sql), 0, "{sql}");
        }
    }
}
