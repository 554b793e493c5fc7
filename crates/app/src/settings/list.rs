//! Every section and key of `freehold.toml`, with what it means: the one list that reading, `init` and the
//! documentation share.

/// A section of the file.
#[derive(Debug, PartialEq, Eq)]
pub struct SectionDoc {
    /// Its name without brackets; `environment.NAME` stands for any name.
    pub name: &'static str,
    /// What it is about, one line.
    pub about: &'static str,
    /// Its keys; empty where the keys are the project's own names.
    pub keys: &'static [KeyDoc],
}

/// A key of a section.
#[derive(Debug, PartialEq, Eq)]
pub struct KeyDoc {
    /// Its name.
    pub name: &'static str,
    /// An example value as TOML.
    pub example: &'static str,
    /// What it means, one line.
    pub about: &'static str,
}

const fn key(name: &'static str, example: &'static str, about: &'static str) -> KeyDoc {
    KeyDoc { name, example, about }
}

/// All sections in the order in which `init` writes them.
pub static SECTIONS: &[SectionDoc] = &[
    SectionDoc {
        name: "migrations",
        about: "Where the migrations are. Without this they are looked for.",
        keys: &[
            key("dir", "\"migrations\"", "The folder, relative to this file."),
            key("format", "\"golang-migrate\"", "Its format, where detection needs help."),
        ],
    },
    SectionDoc {
        name: "database",
        about: "The project's own database. A check never touches it; DATABASE_URL wins over this.",
        keys: &[key("url", "\"postgres://app@localhost/app\"", "Its connection URL.")],
    },
    SectionDoc {
        name: "sandbox",
        about: "The private PostgreSQL server that migrations are rehearsed on.",
        keys: &[
            key("pg_major", "15", "The major version that production runs."),
            key(
                "prelude",
                "[\"sandbox.sql\"]",
                "SQL files run before the first migration: roles and the like.",
            ),
            key("extensions", "[\"pgcrypto\"]", "Extensions that exist before the first migration."),
        ],
    },
    SectionDoc {
        name: "check",
        about: "How `freehold check` judges.",
        keys: &[
            key("fail_on", "\"error\"", "The lowest severity that fails the run: note, warning or error."),
            key("timeout", "\"60s\"", "The longest time for one statement; a bare number counts seconds."),
            key(
                "measure",
                "10",
                "How many of the newest migrations are measured for growth; \"all\" or \"none\".",
            ),
            key("measure_sizes", "[10_000, 100_000]", "The two numbers of rows that are measured."),
            key("record", "true", "Whether a record of the rehearsal is left beside the migrations."),
        ],
    },
    SectionDoc {
        name: "tenancy",
        about: "How tenants are told apart. What is absent is detected from the schema.",
        keys: &[
            key("root", "\"tenants\"", "The table with one row per tenant."),
            key("column", "\"tenant_id\"", "The column that names the tenant."),
            key(
                "setting",
                "\"app.current_tenant_id\"",
                "The run-time setting that holds a session's tenant.",
            ),
            key("role", "\"app\"", "The role that the application logs in as."),
            key("shared", "[\"plans\", \"countries\"]", "Tables that all tenants share on purpose."),
            key(
                "assume",
                "[\"select set_config('app.current_tenant_id', $1, true)\"]",
                "How a session takes on a tenant, $1 being the tenant.",
            ),
            key("untrusted_sql", "false", "True when outsiders can choose SQL that runs for a tenant."),
        ],
    },
    SectionDoc {
        name: "environment.NAME",
        about: "A database that migrations are applied to, one section for each.",
        keys: &[
            key(
                "url",
                "\"postgres://deploy@db.internal/app\"",
                "Its connection URL; better without a password.",
            ),
            key("url_env", "\"PRODUCTION_URL\"", "The environment variable that holds the URL."),
            key("forward_only", "true", "Migrations are never taken back there."),
            key("require_ticket", "true", "Every change names a ticket."),
            key("require_rehearsal", "true", "Only what was rehearsed in this exact form is applied."),
        ],
    },
    SectionDoc {
        name: "rules",
        about: "The level of a rule by its id: off, note, warning or error (`freehold rules` lists them).",
        keys: &[],
    },
    SectionDoc {
        name: "queries",
        about: "The application's queries.",
        keys: &[key("dir", "\"queries\"", "The folder of named queries.")],
    },
    SectionDoc {
        name: "volumes",
        about: "The rows that a table has, or will have, in production, by table name.",
        keys: &[],
    },
];
