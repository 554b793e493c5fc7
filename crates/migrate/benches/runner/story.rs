//! A history of migrations as a business application has it, in the files of each tool.
//!
//! Eight migrations for each thing that the application deals with (table, index and comment; a column with its rule;
//! a partial index; the table of its events; a trigger with its function; a view; rows and a default; a uniqueness),
//! after four that everything else needs. Names are unqualified, so that it can be applied to any schema.

use std::fs;
use std::io;
use std::path::Path;

/// What the application deals with.
const THINGS: [&str; 37] = [
    "customer",
    "product",
    "supplier",
    "warehouse",
    "shipment",
    "invoice",
    "payment",
    "refund",
    "coupon",
    "cart",
    "order",
    "return",
    "ticket",
    "comment",
    "attachment",
    "campaign",
    "segment",
    "visit",
    "subscription",
    "plan",
    "device",
    "session_log",
    "webhook",
    "api_key",
    "report",
    "dashboard",
    "alert",
    "incident",
    "employee",
    "team",
    "project",
    "task",
    "timesheet",
    "contract",
    "quote",
    "asset",
    "location",
];

/// One migration of the history.
pub(crate) struct Chapter {
    /// Its name, in snake_case.
    pub(crate) name: String,
    /// Its statements, each with its semicolon.
    pub(crate) up: Vec<String>,
    /// The statements that take it back.
    pub(crate) down: Vec<String>,
}

impl Chapter {
    fn new(name: impl Into<String>, up: &[&str], down: &[&str]) -> Self {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        Self { name: name.into(), up: owned(up), down: owned(down) }
    }

    /// The statements as one script.
    pub(crate) fn script(&self) -> String {
        self.up.join("\n\n") + "\n"
    }
}

/// The first `count` migrations; 300 is all there is.
pub(crate) fn story(count: usize) -> Vec<Chapter> {
    let mut chapters = beginning();
    for thing in THINGS {
        chapters.extend(chapters_of(thing));
    }
    chapters.truncate(count);
    chapters
}

fn beginning() -> Vec<Chapter> {
    vec![
        Chapter::new(
            "create_organisations",
            &[
                "CREATE TABLE organisations (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    name text NOT NULL,\n    \
                 created_at timestamptz NOT NULL DEFAULT now()\n);",
                "COMMENT ON TABLE organisations IS 'Who pays; everything belongs to one of them';",
            ],
            &["DROP TABLE organisations;"],
        ),
        Chapter::new(
            "create_users",
            &[
                "CREATE TABLE users (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 organisation_id bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,\n    \
                 email text NOT NULL,\n    created_at timestamptz NOT NULL DEFAULT now(),\n    UNIQUE (organisation_id, email)\n);",
                "CREATE INDEX users_email ON users (lower(email));",
            ],
            &["DROP TABLE users;"],
        ),
        Chapter::new(
            "create_priority",
            &["CREATE TYPE priority AS ENUM ('low', 'normal', 'high');"],
            &["DROP TYPE priority;"],
        ),
        Chapter::new(
            "add_touch_function",
            &[
                "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$\nBEGIN\n    -- Also when nothing else changed; \
               readers rely on it.\n    NEW.changed_at := now();\n    RETURN NEW;\nEND\n$$;",
            ],
            &["DROP FUNCTION touch();"],
        ),
    ]
}

fn chapters_of(thing: &str) -> Vec<Chapter> {
    let table = format!("{thing}s");
    let mut chapters = columns_of(thing, &table);
    chapters.extend(behaviour_of(thing, &table));
    chapters
}

fn columns_of(thing: &str, table: &str) -> Vec<Chapter> {
    vec![
        Chapter::new(
            format!("create_{table}"),
            &[
                &format!(
                    "CREATE TABLE {table} (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                     organisation_id bigint NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,\n    \
                     title text NOT NULL CHECK (length(title) <= 200),\n    details jsonb NOT NULL DEFAULT '{{}}',\n    \
                     changed_at timestamptz NOT NULL DEFAULT now()\n);"
                ),
                &format!("CREATE INDEX {table}_organisation ON {table} (organisation_id);"),
                &format!(
                    "COMMENT ON TABLE {table} IS 'Each {thing} of an organisation; kept for ten years';"
                ),
            ],
            &[&format!("DROP TABLE {table};")],
        ),
        Chapter::new(
            format!("add_status_to_{table}"),
            &[
                &format!("ALTER TABLE {table} ADD COLUMN status text NOT NULL DEFAULT 'new';"),
                &format!(
                    "ALTER TABLE {table} ADD CONSTRAINT {table}_status CHECK (status IN ('new', 'open', 'done'));"
                ),
            ],
            &[&format!("ALTER TABLE {table} DROP COLUMN status;")],
        ),
        Chapter::new(
            format!("add_amount_to_{table}"),
            &[
                &format!(
                    "ALTER TABLE {table} ADD COLUMN amount numeric(12, 2), ADD COLUMN urgency priority;"
                ),
                &format!(
                    "CREATE INDEX {table}_unfinished ON {table} (organisation_id, changed_at) WHERE status <> 'done';"
                ),
            ],
            &[&format!("ALTER TABLE {table} DROP COLUMN amount, DROP COLUMN urgency;")],
        ),
        Chapter::new(
            format!("create_{thing}_events"),
            &[
                &format!(
                    "CREATE TABLE {thing}_events (\n    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                     {thing}_id bigint NOT NULL REFERENCES {table} (id),\n    user_id bigint REFERENCES users (id),\n    \
                     kind text NOT NULL,\n    happened_at timestamptz NOT NULL DEFAULT now()\n);"
                ),
                &format!("CREATE INDEX {thing}_events_of ON {thing}_events ({thing}_id, happened_at);"),
            ],
            &[&format!("DROP TABLE {thing}_events;")],
        ),
    ]
}

fn behaviour_of(thing: &str, table: &str) -> Vec<Chapter> {
    vec![
        Chapter::new(
            format!("add_touch_to_{table}"),
            &[&format!(
                "CREATE TRIGGER {table}_touch BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION touch();"
            )],
            &[&format!("DROP TRIGGER {table}_touch ON {table};")],
        ),
        Chapter::new(
            format!("create_{thing}_overview"),
            &[
                &format!(
                    "CREATE VIEW {thing}_overview AS\n    SELECT o.id, o.name, count(t.id) AS number, sum(t.amount) AS \
                     amount\n      FROM organisations o LEFT JOIN {table} t ON t.organisation_id = o.id\n     GROUP BY o.id;"
                ),
                &format!("COMMENT ON VIEW {thing}_overview IS 'How many, and for how much';"),
            ],
            &[&format!("DROP VIEW {thing}_overview;")],
        ),
        Chapter::new(
            format!("backfill_{table}_amount"),
            &[
                &format!("UPDATE {table} SET amount = 0 WHERE amount IS NULL;"),
                &format!(
                    "ALTER TABLE {table} ALTER COLUMN amount SET DEFAULT 0, ALTER COLUMN amount SET NOT NULL;"
                ),
                &format!(
                    "INSERT INTO organisations (name) VALUES ('Everybody with a {thing}; the first of many');"
                ),
            ],
            &[&format!(
                "ALTER TABLE {table} ALTER COLUMN amount DROP NOT NULL, ALTER COLUMN amount DROP DEFAULT;"
            )],
        ),
        Chapter::new(
            format!("add_unique_title_to_{table}"),
            &[
                &format!("ALTER TABLE {table} ADD CONSTRAINT {table}_title UNIQUE (organisation_id, title);"),
                &format!("DROP INDEX {table}_organisation;"),
            ],
            &[
                &format!("CREATE INDEX {table}_organisation ON {table} (organisation_id);"),
                &format!("ALTER TABLE {table} DROP CONSTRAINT {table}_title;"),
            ],
        ),
    ]
}

/// How a tool wants its files.
#[derive(Clone, Copy)]
pub(crate) enum Files {
    /// `20240101000001_name.sql`, the script and nothing else; read by sqlx and by Freehold.
    Sqlx,
    /// `20240101000001_name.sql` with marked halves.
    Dbmate,
    /// `V1__name.sql`.
    Refinery,
}

/// Writes the history into a folder.
pub(crate) fn write(folder: &Path, chapters: &[Chapter], files: Files) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for (index, chapter) in chapters.iter().enumerate() {
        let (number, name, up) = (index + 1, &chapter.name, chapter.script());
        let (file, text) = match files {
            Files::Sqlx => (format!("20240101{number:06}_{name}.sql"), up),
            Files::Dbmate => {
                let down = chapter.down.join("\n\n");
                let text = format!("-- migrate:up\n{up}\n-- migrate:down\n{down}\n");
                (format!("20240101{number:06}_{name}.sql"), text)
            }
            Files::Refinery => (format!("V{number}__{name}.sql"), up),
        };
        fs::write(folder.join(file), text)?;
    }
    Ok(())
}
