//! From the output of `pg_dump` to the statements of a migration.
//!
//! - Settings of the session go: a migration leaves none behind, and its time limits are the runner's. Those that decide
//!   what a statement means are set for the transaction alone, and put back as soon as they are not needed.
//! - Objects that the applying role owns belong to whoever applies the script, so their `OWNER TO` goes, and where else
//!   the role is named it becomes `CURRENT_USER`. Other owners stay.
//! - The path stays as the runner has set it: every name is written with its schema.

use std::collections::{HashMap, HashSet};

use freehold_sql::{ObjectKind, ScriptError, Statement, StatementKind, Use};

use super::rename::{has_name, replace_name};

/// What is known of the database that was dumped.
#[derive(Debug, Default)]
pub(super) struct About<'a> {
    /// The role that applied the migrations.
    pub(super) role: &'a str,
    /// The schema that stands for a tenant's, where scripts must not name one.
    pub(super) tenant: Option<&'a str>,
    /// The statements of a dump that was made before the first migration.
    pub(super) before: HashSet<String>,
    /// Extensions whose version is not the one that is installed by default, with that version.
    pub(super) versions: HashMap<String, String>,
    /// Extensions whose comment is not their own.
    pub(super) commented: HashSet<String>,
    /// Sequences that stand where a new one does, as `setval` names them.
    pub(super) fresh_sequences: HashSet<String>,
}

/// Statements of one kind of setting, which are put back at the end.
const KEPT: [(&str, &str); 3] =
    [("default_tablespace", "''"), ("default_table_access_method", "heap"), ("xmloption", "content")];

/// The statements of a dump, each as it was written.
pub(super) fn statements(dump: &str) -> Result<Vec<(Statement, &str)>, ScriptError> {
    let parsed = freehold_sql::parse(dump)?;
    Ok(parsed
        .into_iter()
        .map(|statement| {
            let text = statement.text(dump);
            (statement, text)
        })
        .collect())
}

/// The statements of the script, in the order of the dump.
pub(super) fn fit(dump: &str, about: &About<'_>) -> Result<Vec<String>, ScriptError> {
    let mut fitter = Fitter { about, now: HashMap::new(), out: Vec::new() };
    for (statement, text) in statements(dump)? {
        if is_setting(&statement) {
            fitter.setting(&statement, text);
        } else if !about.before.contains(text) {
            fitter.statement(&statement, text);
        }
    }
    fitter.put_back();
    Ok(fitter.out)
}

/// Statements that change the session and nothing else.
pub(super) fn is_setting(statement: &Statement) -> bool {
    !statement.effect.session.is_empty()
        && matches!(statement.effect.kind, StatementKind::Set | StatementKind::Select)
}

struct Fitter<'a> {
    about: &'a About<'a>,
    /// Settings that are not as they were at the beginning.
    now: HashMap<&'static str, String>,
    out: Vec<String>,
}

impl Fitter<'_> {
    fn setting(&mut self, statement: &Statement, text: &str) {
        let Some(change) = statement.effect.session.first() else { return };
        let Some((name, usual)) = KEPT.iter().find(|(name, _)| *name == change.name) else { return };
        let value = text.split_once('=').map_or("", |(_, value)| value.trim());
        let current = self.now.get(name).map_or(*usual, String::as_str);
        if value != current {
            self.out.push(format!("SET LOCAL {name} = {value}"));
            self.now.insert(name, value.to_owned());
        }
    }

    /// Settings that the last statements needed would else reach what a tool runs in the same transaction.
    fn put_back(&mut self) {
        for (name, usual) in KEPT {
            if self.now.get(name).is_some_and(|now| now != usual) {
                self.out.push(format!("SET LOCAL {name} = {usual}"));
            }
        }
    }

    fn statement(&mut self, statement: &Statement, text: &str) {
        let about = self.about;
        let kind = statement.effect.kind;
        let named = |wanted: ObjectKind| {
            statement
                .effect
                .objects
                .iter()
                .find(|object| object.kind == wanted)
                .map(|object| object.name.as_str())
        };
        if sets_owner(text, about.role) || is_fresh_sequence(statement, text, &about.fresh_sequences) {
            return;
        }
        if kind == StatementKind::Comment
            && named(ObjectKind::Extension).is_some_and(|name| !about.commented.contains(name))
        {
            return;
        }
        let mut text = text.to_owned();
        if kind == StatementKind::Create(ObjectKind::Extension)
            && let Some(version) = named(ObjectKind::Extension).and_then(|name| about.versions.get(name))
        {
            text.push_str(&format!(" VERSION {}", freehold_model::name::quote_literal(version)));
        }
        if has_name(&text, about.role) {
            text = replace_name(&text, about.role, "CURRENT_USER");
        }
        if let Some(tenant) = about.tenant {
            let makes_it = statement
                .effect
                .objects_used(Use::Creates)
                .any(|object| object.kind == ObjectKind::Schema && object.name == tenant);
            if makes_it && kind == StatementKind::Create(ObjectKind::Schema) {
                return;
            }
            text = without_tenant(&text, tenant);
        }
        self.out.push(text);
    }
}

/// The name is nobody's word, so it is taken away wherever it stands, in strings too: `nextval('tenant.s'::regclass)`.
fn without_tenant(text: &str, tenant: &str) -> String {
    text.replace(&format!("{tenant}."), "").replace(&format!(" WITH SCHEMA {tenant}"), "")
}

/// `ALTER … OWNER TO role`, which nothing else can end with.
fn sets_owner(text: &str, role: &str) -> bool {
    let Some((before, owner)) = text.rsplit_once(" OWNER TO ") else { return false };
    before.starts_with("ALTER ") && (owner == role || owner == freehold_model::name::quote_identifier(role))
}

/// `SELECT pg_catalog.setval('public.s', 1, false)` of a sequence that nothing was taken from.
fn is_fresh_sequence(statement: &Statement, text: &str, fresh: &HashSet<String>) -> bool {
    if statement.effect.kind != StatementKind::Select {
        return false;
    }
    let Some(rest) = text.strip_prefix("SELECT pg_catalog.setval('") else { return false };
    let name = rest.rsplit_once("', ").map(|(name, _)| name.replace("''", "'"));
    name.is_some_and(|name| fresh.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fitted(dump: &str, about: &About<'_>) -> Vec<String> {
        fit(dump, about).unwrap()
    }

    #[test]
    fn nothing_that_lasts_in_the_session_is_kept() {
        let about = About { role: "maker", ..About::default() };
        let dump = "SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
                    SET default_tablespace = '';\nSET default_table_access_method = heap;\n\
                    CREATE TABLE public.a (id integer);\n\
                    SET default_tablespace = fast;\nCREATE TABLE public.b (id integer);\n";
        assert_eq!(
            fitted(dump, &about),
            [
                "CREATE TABLE public.a (id integer)",
                "SET LOCAL default_tablespace = fast",
                "CREATE TABLE public.b (id integer)",
                "SET LOCAL default_tablespace = ''",
            ]
        );
    }

    #[test]
    fn the_own_role_is_whoever_applies_it_and_other_owners_stay() {
        let about = About { role: "maker", ..About::default() };
        let dump = "ALTER TABLE public.a OWNER TO maker;\nALTER TABLE public.b OWNER TO app;\n\
                    ALTER DEFAULT PRIVILEGES FOR ROLE maker GRANT SELECT ON TABLES TO app;\n\
                    COMMENT ON TABLE public.a IS 'x OWNER TO maker';";
        assert_eq!(
            fitted(dump, &about),
            [
                "ALTER TABLE public.b OWNER TO app",
                "ALTER DEFAULT PRIVILEGES FOR ROLE CURRENT_USER GRANT SELECT ON TABLES TO app",
                "COMMENT ON TABLE public.a IS 'x OWNER TO maker'",
            ]
        );
    }

    #[test]
    fn sequences_that_were_never_used_and_comments_of_extensions_go() {
        let about = About {
            role: "maker",
            fresh_sequences: HashSet::from(["public.a_id_seq".to_owned()]),
            versions: HashMap::from([("citext".to_owned(), "1.5".to_owned())]),
            commented: HashSet::from(["hstore".to_owned()]),
            ..About::default()
        };
        let dump = "SELECT pg_catalog.setval('public.a_id_seq', 1, false);\n\
                    SELECT pg_catalog.setval('public.b_id_seq', 7, true);\n\
                    CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public;\n\
                    COMMENT ON EXTENSION citext IS 'its own';\nCOMMENT ON EXTENSION hstore IS 'ours';\n";
        assert_eq!(
            fitted(dump, &about),
            [
                "SELECT pg_catalog.setval('public.b_id_seq', 7, true)",
                "CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public VERSION '1.5'",
                "COMMENT ON EXTENSION hstore IS 'ours'",
            ]
        );
    }

    #[test]
    fn the_schema_of_a_tenant_is_named_nowhere() {
        let about = About { role: "maker", tenant: Some("tenant_0"), ..About::default() };
        let dump = "CREATE SCHEMA tenant_0;\nCREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA tenant_0;\n\
                    ALTER TABLE ONLY tenant_0.a ALTER COLUMN id SET DEFAULT nextval('tenant_0.a_id_seq'::regclass);";
        assert_eq!(
            fitted(dump, &about),
            [
                "CREATE EXTENSION IF NOT EXISTS citext",
                "ALTER TABLE ONLY a ALTER COLUMN id SET DEFAULT nextval('a_id_seq'::regclass)",
            ]
        );
    }
}
