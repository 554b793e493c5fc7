//! What migrations change beside their own database: roles, memberships, and settings and privileges of the database.
//! `pg_dump` knows nothing of these; they are read from the server and written as statements of their own, guarded where
//! another database of the same server may have made the role already.

use std::collections::BTreeMap;

use freehold_db::{DbError, Session, catalog::read_roles};
use freehold_model::{
    catalog::{Role, Roles},
    name::{display_identifier, quote_literal},
};

/// Memberships: the role that is given, to whom, with the admin option, inheriting, with the set option. Before version
/// 16 the last two are what the member's own attributes say.
const MEMBERS: &str = "SELECT pg_catalog.pg_get_userbyid(m.roleid)::text, pg_catalog.pg_get_userbyid(m.member)::text, \
     m.admin_option, COALESCE((pg_catalog.to_jsonb(m) OPERATOR(pg_catalog.->>) 'inherit_option')::bool, true), \
     COALESCE((pg_catalog.to_jsonb(m) OPERATOR(pg_catalog.->>) 'set_option')::bool, true) \
     FROM pg_catalog.pg_auth_members m WHERE m.roleid >= 16384 OR m.member >= 16384 ORDER BY 1, 2";

/// Settings of roles and databases: the role or nothing, whether for this database only, name, value.
const SETTINGS: &str = "SELECT CASE s.setrole WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(s.setrole)::text END, \
     s.setdatabase <> 0, pg_catalog.split_part(c, '=', 1), pg_catalog.substr(c, pg_catalog.strpos(c, '=') + 1) \
     FROM pg_catalog.pg_db_role_setting s, pg_catalog.unnest(s.setconfig) c \
     WHERE s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) \
     ORDER BY 1, 2, 3";

/// Privileges on the database, its defaults included.
const PRIVILEGES: &str = "SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END, \
     a.privilege_type, a.is_grantable FROM pg_catalog.pg_database d, \
     pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) a \
     WHERE d.datname = pg_catalog.current_database() ORDER BY 1, 2";

/// Password hashes. Only a superuser may look.
const PASSWORDS: &str =
    "SELECT rolname::text, rolpassword FROM pg_catalog.pg_authid WHERE rolpassword IS NOT NULL";

/// Settings whose values are lists of names, quoted as names where they have to be (`GUC_LIST_QUOTE` in PostgreSQL's
/// source): they are written as they are kept.
const LISTS: [&str; 6] = [
    "search_path",
    "temp_tablespaces",
    "session_preload_libraries",
    "local_preload_libraries",
    "shared_preload_libraries",
    "unix_socket_directories",
];

/// All of it, at one moment.
#[derive(Debug, Clone)]
pub(super) struct Cluster {
    roles: Roles,
    members: BTreeMap<(String, String), [bool; 3]>,
    settings: BTreeMap<(Option<String>, bool, String), String>,
    privileges: BTreeMap<(Option<String>, String), bool>,
    passwords: BTreeMap<String, String>,
}

impl Cluster {
    /// Reads it, as a superuser.
    pub(super) async fn read(session: &Session) -> Result<Self, DbError> {
        let wrong = |error| DbError::from_postgres("reading the roles of the server", error);
        let roles = read_roles(session).await?;
        let mut members = BTreeMap::new();
        for row in session.query(MEMBERS, &[]).await? {
            let get = |at| row.try_get::<_, bool>(at).map_err(wrong);
            let pair = (row.try_get(0).map_err(wrong)?, row.try_get(1).map_err(wrong)?);
            members.insert(pair, [get(2)?, get(3)?, get(4)?]);
        }
        let mut settings = BTreeMap::new();
        for row in session.query(SETTINGS, &[]).await? {
            let of = (
                row.try_get(0).map_err(wrong)?,
                row.try_get(1).map_err(wrong)?,
                row.try_get(2).map_err(wrong)?,
            );
            settings.insert(of, row.try_get(3).map_err(wrong)?);
        }
        let mut privileges = BTreeMap::new();
        for row in session.query(PRIVILEGES, &[]).await? {
            let of = (row.try_get(0).map_err(wrong)?, row.try_get(1).map_err(wrong)?);
            privileges.insert(of, row.try_get(2).map_err(wrong)?);
        }
        let mut passwords = BTreeMap::new();
        for row in session.query(PASSWORDS, &[]).await? {
            passwords.insert(row.try_get(0).map_err(wrong)?, row.try_get(1).map_err(wrong)?);
        }
        Ok(Self { roles, members, settings, privileges, passwords })
    }

    /// What is not the same in `other`, a line each.
    pub(super) fn differences(&self, other: &Self) -> Vec<String> {
        let mut lines: Vec<String> =
            self.roles.differences(&other.roles).iter().flat_map(|d| d.lines()).collect();
        if self.members != other.members {
            lines.push("memberships of roles".to_owned());
        }
        if self.settings != other.settings {
            lines.push("settings of roles or of the database".to_owned());
        }
        if self.privileges != other.privileges {
            lines.push("privileges on the database".to_owned());
        }
        // The hashes have salts of their own; a script carries them over as they are.
        if self.passwords.keys().ne(other.passwords.keys()) {
            lines.push("which roles have a password".to_owned());
        }
        lines
    }

    /// True when the server has roles that it had not before.
    pub(super) fn made_roles(&self, before: &Self) -> bool {
        !before.roles.differences(&self.roles).is_empty()
    }

    /// The names of roles that have a password and had none before.
    pub(super) fn with_password(&self, before: &Self) -> Vec<String> {
        self.passwords.keys().filter(|role| !before.passwords.contains_key(*role)).cloned().collect()
    }

    /// The statements that bring a server from `before` to here.
    pub(super) fn statements(&self, before: &Self) -> Vec<String> {
        let mut sql = Vec::new();
        for role in &self.roles.roles {
            match before.roles.role(&role.name) {
                None => sql.push(self.make(role)),
                Some(old) if self.attributes(old) != self.attributes(role) => {
                    sql.push(format!("ALTER ROLE {} {}", shown(&role.name), self.attributes(role).join(" ")))
                }
                Some(_) => {}
            }
            let old = before.roles.role(&role.name).and_then(|old| old.comment.as_ref());
            if old != role.comment.as_ref() {
                let text = role.comment.as_deref().map_or("NULL".to_owned(), quote_literal);
                sql.push(format!("COMMENT ON ROLE {} IS {text}", shown(&role.name)));
            }
        }
        for ((role, member), options) in &self.members {
            if before.members.get(&(role.clone(), member.clone())) != Some(options) {
                sql.push(membership(role, member, *options));
            }
        }
        self.settings_since(before, &mut sql);
        self.privileges_since(before, &mut sql);
        for role in &before.roles.roles {
            if self.roles.role(&role.name).is_none() {
                sql.push(format!("DROP ROLE IF EXISTS {}", shown(&role.name)));
            }
        }
        sql
    }

    fn make(&self, role: &Role) -> String {
        let plain = Role { inherit: true, connection_limit: -1, name: role.name.clone(), ..Role::default() };
        let usual = Self::words(&plain);
        let own = Self::words(role).into_iter().filter(|word| !usual.contains(word));
        let words: Vec<String> = own.chain(self.password(&role.name)).collect();
        let with = if words.is_empty() { String::new() } else { format!(" WITH {}", words.join(" ")) };
        format!(
            "DO $freehold$\nBEGIN\n    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {}) THEN\n        \
             CREATE ROLE {}{with};\n    END IF;\nEND\n$freehold$",
            quote_literal(&role.name),
            shown(&role.name),
        )
    }

    fn attributes(&self, role: &Role) -> Vec<String> {
        Self::words(role).into_iter().chain(self.password(&role.name)).collect()
    }

    fn password(&self, role: &str) -> Option<String> {
        self.passwords.get(role).map(|hash| format!("PASSWORD {}", quote_literal(hash)))
    }

    fn words(role: &Role) -> Vec<String> {
        let flag = |on: bool, word: &str| format!("{}{word}", if on { "" } else { "NO" });
        let mut words = vec![
            flag(role.superuser, "SUPERUSER"),
            flag(role.inherit, "INHERIT"),
            flag(role.create_role, "CREATEROLE"),
            flag(role.create_database, "CREATEDB"),
            flag(role.login, "LOGIN"),
            flag(role.replication, "REPLICATION"),
            flag(role.bypass_row_security, "BYPASSRLS"),
            format!("CONNECTION LIMIT {}", role.connection_limit),
        ];
        words.extend(role.valid_until.as_ref().map(|until| format!("VALID UNTIL {}", quote_literal(until))));
        words
    }

    fn settings_since(&self, before: &Self, sql: &mut Vec<String>) {
        for ((role, here, name), value) in &self.settings {
            let key = (role.clone(), *here, name.clone());
            if before.settings.get(&key) != Some(value) {
                let value = if LISTS.contains(&name.as_str()) && !value.is_empty() {
                    value.clone()
                } else {
                    quote_literal(value)
                };
                sql.push(setting(role.as_deref(), *here, &format!("SET {} TO {value}", setting_name(name))));
            }
        }
        for (role, here, name) in before.settings.keys() {
            if !self.settings.contains_key(&(role.clone(), *here, name.clone())) {
                sql.push(setting(role.as_deref(), *here, &format!("RESET {}", setting_name(name))));
            }
        }
    }

    fn privileges_since(&self, before: &Self, sql: &mut Vec<String>) {
        let to = |role: &Option<String>| role.as_deref().map_or_else(|| "PUBLIC".to_owned(), shown);
        for ((role, privilege), grantable) in &self.privileges {
            let key = (role.clone(), privilege.clone());
            if before.privileges.get(&key) != Some(grantable) {
                let option = if *grantable { " WITH GRANT OPTION" } else { "" };
                sql.push(on_this_database(
                    &format!("GRANT {privilege} ON DATABASE"),
                    &format!("TO {}{option}", to(role)),
                ));
            }
        }
        for (role, privilege) in before.privileges.keys() {
            if !self.privileges.contains_key(&(role.clone(), privilege.clone())) {
                sql.push(on_this_database(
                    &format!("REVOKE {privilege} ON DATABASE"),
                    &format!("FROM {}", to(role)),
                ));
            }
        }
    }
}

fn shown(name: &str) -> String {
    display_identifier(name)
}

/// The name of a setting of one's own has a dot, which stays outside of the quotes.
fn setting_name(name: &str) -> String {
    name.split('.').map(display_identifier).collect::<Vec<_>>().join(".")
}

fn membership(role: &str, member: &str, [admin, inherit, set]: [bool; 3]) -> String {
    let mut sql = format!("GRANT {} TO {}", shown(role), shown(member));
    if !inherit || !set {
        // Version 16 and later: all three are named.
        let word = |on: bool| if on { "TRUE" } else { "FALSE" };
        sql.push_str(&format!(" WITH ADMIN {}, INHERIT {}, SET {}", word(admin), word(inherit), word(set)));
    } else if admin {
        sql.push_str(" WITH ADMIN OPTION");
    }
    sql
}

fn setting(role: Option<&str>, here: bool, what: &str) -> String {
    match (role, here) {
        (Some(role), false) => format!("ALTER ROLE {} {what}", shown(role)),
        (Some(role), true) => on_this_database(&format!("ALTER ROLE {} IN DATABASE", shown(role)), what),
        (None, _) => on_this_database("ALTER DATABASE", what),
    }
}

/// A statement about the database that it is run in, whose name is not known beforehand.
fn on_this_database(before: &str, after: &str) -> String {
    // `format` takes a percent sign for its own.
    let (before, after) = (before.replace('%', "%%"), after.replace('%', "%%"));
    format!(
        "DO $freehold$\nBEGIN\n    EXECUTE pg_catalog.format({}, pg_catalog.current_database());\nEND\n$freehold$",
        quote_literal(&format!("{before} %I {after}"))
    )
}
