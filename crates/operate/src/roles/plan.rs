//! The SQL that makes a hierarchy of roles, and the SQL that takes it away.
//!
//! Every statement can be run again and then changes nothing. What depends on the objects that are there is left to a
//! DO block, so that the same text serves every database of the application.

use freehold_model::name::{quote_identifier, quote_literal};

use super::Hierarchy;

/// One statement with its purpose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it is for, in words, beginning with a verb.
    pub about: String,
    /// One SQL command, without the semicolon.
    pub sql: String,
}

/// Both directions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Makes the hierarchy, or whatever of it is missing.
    pub up: Vec<Statement>,
    /// Takes it away; objects go to whoever runs it.
    pub down: Vec<Statement>,
}

impl Plan {
    /// A direction as a script: one transaction, each statement under its purpose.
    pub fn script(statements: &[Statement]) -> String {
        let mut text = "BEGIN;\n".to_owned();
        for statement in statements {
            text.push_str(&format!("\n-- {}\n{};\n", one_line(&statement.about), statement.sql));
        }
        text.push_str("\nCOMMIT;\n");
        text
    }
}

/// A name may hold a line break, which would end the comment.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The plan of a hierarchy whose names were judged.
pub fn plan(hierarchy: &Hierarchy) -> Plan {
    let mut up = Vec::new();
    for group in hierarchy.groups() {
        up.push(role(group, "NOLOGIN", "rolcanlogin", "make a group that nobody logs in as"));
    }
    up.push(role(&hierarchy.migrator, "LOGIN", "NOT rolcanlogin", "make the role that migrates"));
    memberships(hierarchy, &mut up);
    up.push(database(hierarchy));
    for schema in &hierarchy.schemas {
        schema_itself(hierarchy, schema, &mut up);
    }
    if !hierarchy.keep_owners {
        up.extend(hierarchy.schemas.iter().map(|schema| ownership(hierarchy, schema)));
    }
    for schema in &hierarchy.schemas {
        objects(hierarchy, schema, &mut up);
    }
    defaults(hierarchy, &mut up);
    Plan { up, down: down(hierarchy) }
}

fn say(about: impl Into<String>, sql: impl Into<String>) -> Statement {
    Statement { about: about.into(), sql: sql.into() }
}

/// A DO block whose delimiter does not occur in it, whatever the names.
fn block(body: &str) -> String {
    let mut tag = "$do$".to_owned();
    let mut number = 0;
    while body.contains(&tag) {
        number += 1;
        tag = format!("$do{number}$");
    }
    format!("DO {tag}\n{body}\n{tag}")
}

/// Attributes are only changed where they differ: naming SUPERUSER or BYPASSRLS at all takes a superuser.
fn role(name: &str, login: &str, login_differs: &str, about: &str) -> Statement {
    let (quoted, literal) = (quote_identifier(name), quote_literal(name));
    let weak = [
        ("rolsuper", "NOSUPERUSER"),
        ("rolbypassrls", "NOBYPASSRLS"),
        ("rolreplication", "NOREPLICATION"),
        ("rolcreaterole", "NOCREATEROLE"),
        ("rolcreatedb", "NOCREATEDB"),
        ("NOT rolinherit", "INHERIT"),
        (login_differs, login),
    ];
    let mut body = format!(
        "BEGIN\n    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal}) THEN\n        \
         CREATE ROLE {quoted} {login};\n    END IF;\n"
    );
    for (differs, attribute) in weak {
        body.push_str(&format!(
            "    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal} AND {differs}) THEN\n        \
             ALTER ROLE {quoted} {attribute};\n    END IF;\n"
        ));
    }
    body.push_str("END");
    say(format!("{about}: {name}"), block(&body))
}

fn memberships(hierarchy: &Hierarchy, up: &mut Vec<Statement>) {
    let [reader, writer, admin] = hierarchy.groups().map(quote_identifier);
    up.push(say("let writers read", format!("GRANT {reader} TO {writer}")));
    up.push(say(
        "let administrators do both, and give both to others",
        format!("GRANT {reader}, {writer} TO {admin} WITH ADMIN OPTION"),
    ));
    for login in &hierarchy.application {
        let login = quote_identifier(login);
        up.push(say("let the application write", format!("GRANT {writer} TO {login}")));
    }
}

fn database(hierarchy: &Hierarchy) -> Statement {
    let (reader, migrator) = (quote_literal(&hierarchy.reader), quote_literal(&hierarchy.migrator));
    let body = format!(
        "BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), {reader});
    EXECUTE format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', current_database(), {migrator});
END"
    );
    say("let nobody else connect", block(&body))
}

fn schema_itself(hierarchy: &Hierarchy, schema: &str, up: &mut Vec<Statement>) {
    let quoted = quote_identifier(schema);
    let [reader, writer, admin] = hierarchy.groups().map(quote_identifier);
    let migrator = quote_identifier(&hierarchy.migrator);
    up.push(say(
        format!("let nobody make objects in {schema} but the role that migrates"),
        format!("REVOKE CREATE ON SCHEMA {quoted} FROM PUBLIC, {reader}, {writer}, {admin}"),
    ));
    up.push(say(format!("show {schema} to readers"), format!("GRANT USAGE ON SCHEMA {quoted} TO {reader}")));
    up.push(say(
        format!("let migrations make objects in {schema}"),
        format!("GRANT USAGE, CREATE ON SCHEMA {quoted} TO {migrator}"),
    ));
}

/// Members of extensions stay with them; sequences of columns and row types go with their tables.
fn ownership(hierarchy: &Hierarchy, schema: &str) -> Statement {
    let (schema_literal, migrator) = (quote_literal(schema), quote_literal(&hierarchy.migrator));
    let body = format!(
        "DECLARE
    owned record;
BEGIN
    FOR owned IN
        SELECT CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW'
                   WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind,
               format('%I.%I', n.nspname, c.relname) AS name, c.tableoid AS class, c.oid, c.relowner AS owner
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = {schema_literal} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d
                          WHERE d.classid = c.tableoid AND d.objid = c.oid AND c.relkind = 'S'
                            AND d.refclassid = c.tableoid AND d.deptype IN ('a', 'i'))
        UNION ALL
        SELECT CASE p.prokind WHEN 'a' THEN 'AGGREGATE' WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END,
               format('%I.%I(%s)', n.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)),
               p.tableoid, p.oid, p.proowner
        FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
        WHERE n.nspname = {schema_literal}
        UNION ALL
        SELECT 'TYPE', format('%I.%I', n.nspname, t.typname), t.tableoid, t.oid, t.typowner
        FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
        WHERE n.nspname = {schema_literal} AND t.typtype IN ('e', 'd', 'r')
        UNION ALL
        SELECT 'SCHEMA', format('%I', n.nspname), n.tableoid, n.oid, n.nspowner
        FROM pg_catalog.pg_namespace AS n
        WHERE n.nspname = {schema_literal} AND n.nspname <> 'public'
    LOOP
        IF owned.owner <> (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {migrator}) AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = owned.class AND d.objid = owned.oid AND d.deptype = 'e'
        ) THEN
            EXECUTE format('ALTER %s %s OWNER TO %I', owned.kind, owned.name, {migrator});
        END IF;
    END LOOP;
END"
    );
    say(format!("give what is in {schema} to the role that migrates"), block(&body))
}

fn objects(hierarchy: &Hierarchy, schema: &str, up: &mut Vec<Statement>) {
    let quoted = quote_identifier(schema);
    let [reader, writer, admin] = hierarchy.groups().map(quote_identifier);
    let mut add = |about: String, sql: String| up.push(say(about, sql));
    for kind in ["TABLES", "SEQUENCES", "ROUTINES"] {
        add(
            format!("take what everybody may with {} of {schema}", kind.to_lowercase()),
            format!("REVOKE ALL ON ALL {kind} IN SCHEMA {quoted} FROM PUBLIC"),
        );
    }
    add(
        format!(
            "take what no group needs with tables of {schema}: TRUNCATE asks no policy and fires no row trigger"
        ),
        format!(
            "REVOKE TRUNCATE, REFERENCES, TRIGGER ON ALL TABLES IN SCHEMA {quoted} FROM {reader}, {writer}, {admin}"
        ),
    );
    add(
        format!("take the writing of {schema} from readers"),
        format!("REVOKE INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {quoted} FROM {reader}"),
    );
    add(
        format!("take the setting of sequences of {schema}"),
        format!("REVOKE UPDATE ON ALL SEQUENCES IN SCHEMA {quoted} FROM {reader}, {writer}, {admin}"),
    );
    for kind in ["TABLES", "SEQUENCES", "ROUTINES"] {
        add(
            format!("let nobody pass on what they may with {} of {schema}", kind.to_lowercase()),
            format!(
                "REVOKE GRANT OPTION FOR ALL ON ALL {kind} IN SCHEMA {quoted} FROM {reader}, {writer}, {admin}"
            ),
        );
    }
    for (about, privileges, kind, role) in grants(&reader, &writer) {
        add(
            format!("{about} of {schema}"),
            format!("GRANT {privileges} ON ALL {kind} IN SCHEMA {quoted} TO {role}"),
        );
    }
    let histories = HISTORIES.map(quote_literal).join(", ");
    let (schema_literal, writer_literal) = (quote_literal(schema), quote_literal(&hierarchy.writer));
    let body = format!(
        "DECLARE
    history record;
BEGIN
    FOR history IN
        SELECT n.nspname, c.relname
        FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = {schema_literal} AND c.relkind = 'r' AND c.relname IN ({histories})
    LOOP
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %I.%I FROM %I', history.nspname, history.relname, {writer_literal});
    END LOOP;
END"
    );
    add(format!("keep the history of migrations in {schema} from writers"), block(&body));
    add(
        format!("let administrators maintain tables of {schema}"),
        maintenance(&format!("GRANT MAINTAIN ON ALL TABLES IN SCHEMA {quoted} TO {admin}")),
    );
}

/// What people call the tables in which tools keep the history of migrations.
pub(super) const HISTORIES: [&str; 12] = [
    "schema_migrations",
    "_sqlx_migrations",
    "__diesel_schema_migrations",
    "goose_db_version",
    "flyway_schema_history",
    "_prisma_migrations",
    "pgmigrations",
    "migrations",
    "gorp_migrations",
    "schema_version",
    "databasechangelog",
    "freehold_migrations",
];

/// Purpose, privileges, kind of object, group. Policies, defaults and checks call functions as whoever asks, so readers
/// need EXECUTE.
fn grants<'r>(reader: &'r str, writer: &'r str) -> [(&'static str, &'static str, &'static str, &'r str); 5] {
    [
        ("let readers read tables and views", "SELECT", "TABLES", reader),
        ("let readers see sequences", "SELECT", "SEQUENCES", reader),
        ("let readers call functions", "EXECUTE", "ROUTINES", reader),
        ("let writers change rows", "INSERT, UPDATE, DELETE", "TABLES", writer),
        ("let writers draw numbers", "USAGE", "SEQUENCES", writer),
    ]
}

/// The privilege came with PostgreSQL 17.
fn maintenance(sql: &str) -> String {
    let literal = quote_literal(sql);
    block(&format!(
        "BEGIN\n    IF current_setting('server_version_num')::int >= 170000 THEN\n        EXECUTE {literal};\n    END IF;\nEND"
    ))
}

fn defaults(hierarchy: &Hierarchy, up: &mut Vec<Statement>) {
    let migrator = quote_identifier(&hierarchy.migrator);
    let [reader, writer, admin] = hierarchy.groups().map(quote_identifier);
    up.push(say(
        "let nobody call functions by default that migrations will make",
        format!("ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} REVOKE EXECUTE ON ROUTINES FROM PUBLIC"),
    ));
    for schema in &hierarchy.schemas {
        let quoted = quote_identifier(schema);
        for (about, privileges, kind, role) in grants(&reader, &writer) {
            up.push(say(
                format!("{about} that migrations will make in {schema}"),
                format!(
                    "ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} IN SCHEMA {quoted} GRANT {privileges} ON {kind} TO {role}"
                ),
            ));
        }
        up.push(say(
            format!("let administrators maintain tables that migrations will make in {schema}"),
            maintenance(&format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {migrator} IN SCHEMA {quoted} GRANT MAINTAIN ON TABLES TO {admin}"
            )),
        ));
    }
}

/// Objects first change hands: DROP OWNED then takes privileges alone, and no table.
fn down(hierarchy: &Hierarchy) -> Vec<Statement> {
    let mut down = Vec::new();
    for name in [&hierarchy.admin, &hierarchy.writer, &hierarchy.reader, &hierarchy.migrator] {
        let (literal, quoted) = (quote_literal(name), quote_identifier(name));
        let body = format!(
            "BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = {literal}) THEN
        REASSIGN OWNED BY {quoted} TO CURRENT_USER;
        DROP OWNED BY {quoted};
        DROP ROLE {quoted};
    END IF;
END"
        );
        down.push(say(
            format!("take over what {name} owns, take what it was given, and drop it"),
            block(&body),
        ));
    }
    let body = "BEGIN
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END";
    down.push(say("let everybody connect, as PostgreSQL has it by default", block(body)));
    for schema in &hierarchy.schemas {
        down.push(say(
            format!("let everybody call functions of {schema}, as PostgreSQL has it by default"),
            format!("GRANT EXECUTE ON ALL ROUTINES IN SCHEMA {} TO PUBLIC", quote_identifier(schema)),
        ));
    }
    down
}
