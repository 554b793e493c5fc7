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

const MIGRATE: &[KeyDoc] = &[
    key(
        "history",
        "\"freehold.migrations\"",
        "The table of the history; in tenants' schemas, the name of the table alone.",
    ),
    key("lock_timeout", "\"3s\"", "How long a statement waits for a lock before it is tried again."),
    key("statement_timeout", "\"10m\"", "How long a statement in a transaction may take."),
    key("attempts", "10", "How often a migration is tried that does not get a lock."),
    key("wait", "\"5m\"", "How long another migrator of the same target is waited for."),
    key("parallel", "8", "How many targets are worked on at once."),
    key("fail_fast", "true", "No further target is begun after the first failure."),
    key("allow_out_of_order", "true", "Migrations older than the last applied one are applied."),
    key("allow_missing", "true", "The files of applied migrations may be gone."),
    key("allow_code", "true", "Migrations that are no SQL are passed over."),
];

const TENANTS: &[KeyDoc] = &[
    key("kind", "\"schema\"", "What a tenant has: a schema or a database."),
    key("schemas", "[\"acme\", \"globex\"]", "The tenants' schemas."),
    key("schemas_query", "\"SELECT slug FROM tenants ORDER BY 1\"", "Or a query that gives their names."),
    key("databases", "[\"acme\", \"globex\"]", "The tenants' databases."),
    key("databases_query", "\"SELECT db FROM tenants ORDER BY 1\"", "Or a query that gives their names."),
    key(
        "url",
        "\"postgres://deploy@{name}.db.internal/{name}\"",
        "The URL of a tenant's database that is on another server.",
    ),
    key("url_env", "\"TENANT_URL\"", "The environment variable that holds that URL."),
    key("shared", "[\"public\"]", "The schemas after the tenant's own in search_path."),
];

const LINT: &[KeyDoc] = &[
    key("select", "[\"locks\", \"data-loss\"]", "Only these rules look: ids, codes or categories."),
    key("ignore", "[\"types\"]", "These do not."),
    key(
        "start_after",
        "\"20240501120000\"",
        "Migrations up to this version were applied long ago and are not judged.",
    ),
    key("baseline", "\"freehold-baseline.json\"", "The file of known findings, which are not told."),
    key("tiny_rows", "1000", "Up to this many rows a table counts as tiny: work on it hurts nobody."),
    key("postgres", "[15, 17]", "The major versions of PostgreSQL that the project runs on."),
    key(
        "runner_sets_lock_timeout",
        "true",
        "Whatever runs the migrations sets a lock_timeout; true where there is a section [migrate].",
    ),
    key(
        "production_only",
        "[\"indexes\"]",
        "Rules that are told only where a URL or a snapshot of production is given.",
    ),
];

const OVERRIDE: &[KeyDoc] = &[
    key("paths", "[\"migrations/legacy/**\"]", "The files, from this folder; `**` crosses folders."),
    key("tables", "[\"audit.*\"]", "The tables; without a dot in any schema."),
    key("ignore", "[\"types\"]", "Rules that do not look there: ids, codes or categories."),
    key("levels", "{ locks = \"note\" }", "The level that rules have there."),
];

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
                "Run before the first migration: SQL files, or \"supabase\" for what that platform provides.",
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
            key(
                "isolation",
                "true",
                "Whether the tenant line is tried, where policies are meant to hold it.",
            ),
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
        name: "seed",
        about: "What `freehold seed` makes rows of.",
        keys: &[key(
            "generators",
            "{ \"faces.quality_score\" = \"random()\" }",
            "SQL expressions for columns, by table and column.",
        )],
    },
    SectionDoc { name: "migrate", about: "How `freehold migrate` applies migrations.", keys: MIGRATE },
    SectionDoc {
        name: "tenants",
        about: "Migrations are applied to each tenant's schema or database instead of one database.",
        keys: TENANTS,
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
            key(
                "production",
                "true",
                "Sets the next three rules; an environment called production has it by itself.",
            ),
            key("forward_only", "true", "Migrations are never taken back there."),
            key(
                "allow_destructive",
                "false",
                "False: statements that destroy need their author's word in the script.",
            ),
            key("require_ticket", "true", "Every change names a ticket."),
            key("require_rehearsal", "true", "Only what was rehearsed in this exact form is applied."),
        ],
    },
    SectionDoc {
        name: "environment.NAME.migrate",
        about: "What differs there from [migrate]: the same keys.",
        keys: &[],
    },
    SectionDoc {
        name: "environment.NAME.tenants",
        about: "What differs there from [tenants]: the same keys.",
        keys: &[],
    },
    SectionDoc { name: "lint", about: "What the rules look at, and what is told of it.", keys: LINT },
    SectionDoc {
        name: "[lint.override]",
        about: "What differs for some files or tables; may be there several times, the last that holds counts.",
        keys: OVERRIDE,
    },
    SectionDoc {
        name: "rules",
        about: "The level of a rule by its id, code or category: off, note, warning or error.",
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
