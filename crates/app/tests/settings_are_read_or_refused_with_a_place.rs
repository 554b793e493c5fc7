//! `freehold.toml`: what is read, what is refused, and that the refusal names the place and the way out.

use std::{path::Path, time::Duration};

use freehold_app::{
    explain::Explain,
    rules::Which,
    settings::{
        HistoryName, Measure, PreludeSource, RuleLevel, SECTIONS, Settings, SettingsError, TenantKind,
        TenantSource,
    },
};
use freehold_model::finding::{Category, Finding, Rule, Severity, Subject};

static LOCKS: Rule = Rule {
    id: "table-locked-long",
    code: "FH9901",
    severity: Severity::Warning,
    summary: "A lock.",
    source: "//! A page.\n",
    ..Rule::NEW
};
static DOWN: Rule = Rule {
    id: "down-fails",
    code: "FH9902",
    severity: Severity::Error,
    summary: "A down.",
    source: "//! A page.\n",
    ..Rule::NEW
};
static RULES: &[&Rule] = &[&LOCKS, &DOWN];

fn parse(text: &str) -> Result<Settings, SettingsError> {
    Settings::parse(Path::new("/project/freehold.toml"), text, RULES)
}

fn refusal(text: &str) -> String {
    match parse(text) {
        Ok(settings) => format!("accepted: {settings:?}"),
        Err(error) => format!("{error}\nhelp: {}", error.help().unwrap_or_default()),
    }
}

#[test]
fn every_section_is_read() {
    let settings = parse(
        r#"
        [migrations]
        dir = "db/migrations"
        format = "goose"
        [database]
        url = "postgres://app:hunter2@localhost/app"
        [sandbox]
        pg_major = 16
        prelude = ["supabase", "roles.sql"]
        extensions = ["pgcrypto", "citext"]
        [check]
        fail_on = "warning"
        timeout = "90s"
        measure = 5
        measure_sizes = [1_000, 50_000]
        record = false
        [tenancy]
        root = "tenants"
        column = "tenant_id"
        setting = "app.tenant"
        role = "app"
        shared = ["plans"]
        assume = ["set local role app", "select set_config('app.tenant', $1, true)"]
        untrusted_sql = true
        [environment.production]
        url_env = "PRODUCTION_URL"
        forward_only = true
        require_ticket = true
        require_rehearsal = true
        [environment."staging eu"]
        url = "postgres://x"
        [rules]
        table-locked-long = "error"
        down-fails = "off"
        [queries]
        dir = "queries"
        [volumes]
        users = 0x10
        app.events = 1_000_000
        "Odd Name" = 3
        "#,
    )
    .unwrap();
    assert_eq!(settings.migrations.dir.as_deref(), Some(Path::new("/project/db/migrations")));
    assert_eq!(settings.migrations.format.as_deref(), Some("goose"));
    assert_eq!(settings.database.url.as_ref().unwrap().reveal(), "postgres://app:hunter2@localhost/app");
    assert_eq!(settings.sandbox.pg_major, Some(16));
    let file = PreludeSource::File("/project/roles.sql".into());
    assert_eq!(settings.sandbox.prelude, Some(vec![PreludeSource::Supabase, file]));
    assert_eq!(settings.sandbox.extensions, ["pgcrypto", "citext"]);
    assert_eq!(settings.check.fail_on, Some(Severity::Warning));
    assert_eq!(settings.check.timeout, Some(Duration::from_secs(90)));
    assert_eq!(settings.check.measure, Some(Measure::Newest(5)));
    assert_eq!(settings.check.measure_sizes, Some((1_000, 50_000)));
    assert_eq!(settings.check.record, Some(false));
    assert_eq!(settings.tenancy.assume.len(), 2);
    assert!(settings.tenancy.untrusted_sql);
    assert!(settings.environments["production"].forward_only);
    assert!(!settings.environments["staging eu"].forward_only);
    assert_eq!(settings.rules["table-locked-long"], RuleLevel::At(Severity::Error));
    assert_eq!(settings.volumes["users"], 16);
    assert_eq!(settings.volumes["app.events"], 1_000_000);
    assert_eq!(settings.volumes["Odd Name"], 3);
    assert!(!format!("{settings:?}").contains("hunter2"), "{settings:?}");
}

#[test]
fn an_empty_file_gives_the_defaults() {
    let settings = parse("# nothing\n").unwrap();
    assert_eq!(settings, Settings { file: settings.file.clone(), ..Settings::default() });
}

#[test]
fn each_key_of_the_list_is_accepted_with_its_own_example() {
    for section in SECTIONS {
        for key in section.keys {
            let name = section.name.replace("NAME", "production");
            let text = format!("[{name}]\n{} = {}\n", key.name, key.example);
            parse(&text).unwrap_or_else(|error| panic!("{text}{error}"));
        }
    }
}

#[test]
fn a_misspelled_key_is_refused_with_its_place_and_the_nearest_one() {
    let said = refusal("[migrations]\nformat = \"goose\"\nfolder = \"x\"\ndri = \"y\"\n");
    assert!(said.contains("/project/freehold.toml:3:1: unknown key `[migrations] folder`"), "{said}");
    assert!(said.contains("/project/freehold.toml:4:1: unknown key `[migrations] dri`"), "{said}");
    assert!(said.contains("did you mean `dir`?"), "{said}");
    let said = refusal("[check]\nfail-onn = \"error\"\n");
    assert!(said.contains("did you mean `fail_on`?"), "{said}");
    let said = refusal("[check]\nfail_on = \"error\"\nfail-on = \"note\"\n");
    assert!(said.contains("freehold.toml:3:1: `[check] fail-on` is there twice"), "{said}");
    let said = refusal("[migration]\ndir = \"x\"\n");
    assert!(said.contains("freehold.toml:1:2: unknown key or section `migration`"), "{said}");
    assert!(said.contains("did you mean `migrations`?"), "{said}");
    let said = refusal("untrusted_sql = true\n");
    assert!(said.contains("`untrusted_sql` belongs in `[tenancy]`"), "{said}");
    let said = refusal("[environment.production]\nforwardonly = true\n");
    assert!(
        said.contains("`[environment.production] forwardonly`") && said.contains("`forward_only`?"),
        "{said}"
    );
}

#[test]
fn a_wrong_type_names_the_key_what_it_must_be_and_what_it_is() {
    for (text, wanted) in [
        ("[migrations]\ndir = 5\n", ":2:7: `[migrations] dir` must be a string, not an integer"),
        (
            "[sandbox]\nextensions = [\"a\", 5]\n",
            ":2:20: `[sandbox] extensions` must be a list of strings, not an integer",
        ),
        ("[check]\nmeasure_sizes = [1]\n", "must be an array of two whole numbers, not an array"),
        ("[check]\nmeasure_sizes = [10, 11]\n", "at least twice as large"),
        ("[check]\nrecord = \"no\"\n", "`[check] record` must be true or false"),
        ("[check]\nmeasure = -1\n", "`all`, `none` or a number of migrations"),
        ("[check]\nmeasure = \"some\"\n", "`all`, `none` or a number of migrations"),
        ("[check]\ntimeout = 0\n", "is no time above zero"),
        ("[check]\ntimeout = \"soon\"\n", "is no time above zero"),
        ("[check]\nfail_on = \"warn\"\n", "must be one of note, warning, error, not `warn`"),
        ("[tenancy]\nuntrusted_sql = \"yes\"\n", "must be true or false, not a string"),
        ("[sandbox]\npg_major = 13\n", "`[sandbox] pg_major` is not served"),
        ("migrations = \"x\"\n", ":1:14: `migrations` must be a section"),
        ("[environment]\nurl = \"x\"\n", "must be a section of its own"),
        ("[volumes]\nusers = -4\n", "`[volumes] users` must be a whole number of rows"),
        ("[rules]\ndown-fails = \"fatal\"\n", "must be one of off, note, warning, error, not `fatal`"),
        ("[rules]\ndown-fail = \"off\"\n", "there is no rule `down-fail`\nhelp: did you mean `down-fails`?"),
        ("[migrations]\ndir = \"\"\n", "must not be empty"),
        ("[migrations\n", ":1:12: not valid TOML"),
        ("[a]\nx = 1\n[a]\n", "not valid TOML"),
    ] {
        let said = refusal(text);
        assert!(said.contains(wanted), "{text}\n{said}\nlacks {wanted}");
    }
}

#[test]
fn a_refusal_never_shows_the_password_of_another_line() {
    let error = parse("[database]\nurl = \"postgres://app:hunter2@db/app\"\nurll = 1\n").unwrap_err();
    let excerpt = error.excerpt().unwrap();
    assert!(!format!("{error} {error:?} {excerpt:?}").contains("hunter2"), "{error:?}");
    let broken = parse("[database]\nurl = \"postgres://app:hunter2@db/app\nx = 1").unwrap_err();
    assert!(!format!("{broken} {broken:?} {:?}", broken.excerpt()).contains("hunter2"), "{broken:?}");
}

#[test]
fn the_file_is_found_upwards_and_its_paths_count_from_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("a/b");
    std::fs::create_dir_all(&deep).unwrap();
    assert_eq!(Settings::load(&deep, RULES).unwrap().file, None);
    std::fs::write(folder.path().join("freehold.toml"), "[migrations]\ndir = \"m\"\n").unwrap();
    let settings = Settings::load(&deep, RULES).unwrap();
    assert_eq!(settings.migrations.dir, Some(folder.path().join("m")));
    std::fs::write(folder.path().join("a/freehold.toml"), [0xff, 0xfe]).unwrap();
    let error = Settings::load(&deep, RULES).unwrap_err();
    assert!(error.to_string().contains("a/freehold.toml are not UTF-8"), "{error}");
}

#[test]
fn levels_change_or_drop_findings() {
    let settings = parse("[rules]\ntable-locked-long = \"note\"\ndown-fails = \"off\"\n").unwrap();
    let finding = |rule| Finding::new(rule, Subject::new("table", "t"), "m");
    let leveled = settings.leveled(vec![finding(&LOCKS), finding(&DOWN)]);
    assert_eq!(leveled.len(), 1);
    assert_eq!(leveled[0].severity, Severity::Note);
    let untouched = Settings::default().leveled(vec![finding(&LOCKS), finding(&DOWN)]);
    assert_eq!(untouched, vec![finding(&LOCKS), finding(&DOWN)]);
}

#[test]
fn migrate_and_tenants_are_read_and_an_environment_has_the_last_word() {
    let settings = parse(
        r#"
        [migrate]
        history = "ops.log"
        lock_timeout = "500ms"
        statement_timeout = 90
        attempts = 3
        wait = 0
        parallel = 4
        allow_missing = true
        [tenants]
        schemas_query = "SELECT slug FROM tenants"
        shared = "ext"
        [environment.eu.migrate]
        lock_timeout = "1s"
        fail_fast = true
        [environment.eu.tenants]
        databases = ["a", "b"]
        url = "postgres://u:hunter2@h/{name}"
        "#,
    )
    .unwrap();
    let environment = &settings.environments["eu"];
    let merged = environment.migrate.over(&settings.migrate);
    assert_eq!(merged.history, Some(HistoryName { schema: Some("ops".to_owned()), table: "log".to_owned() }));
    let run = merged.run_options();
    assert_eq!((run.lock_timeout, run.attempts), (Duration::from_secs(1), 3));
    assert_eq!((run.statement_timeout, run.wait), (Some(Duration::from_secs(90)), Duration::ZERO));
    assert!(run.allow.missing && !run.allow.out_of_order);
    let fleet = merged.fleet_options();
    assert_eq!((fleet.parallel, fleet.stop_after), (4, Some(1)));
    assert_eq!(settings.migrate.fleet_options().stop_after, None);
    let tenants = environment.tenants.over(&settings.tenants);
    let listed = TenantSource::Listed(TenantKind::Database, vec!["a".to_owned(), "b".to_owned()]);
    assert_eq!(tenants.source, Some(listed));
    assert_eq!(tenants.shared, Some(vec!["ext".to_owned()]));
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn production_has_its_rules_without_being_told_and_each_can_be_set_by_itself() {
    let rules = |text: &str| {
        let settings = parse(text).unwrap();
        let environment = settings.environments.values().next().unwrap();
        [
            environment.production,
            environment.forward_only,
            environment.refuse_destructive,
            environment.require_ticket,
            environment.require_rehearsal,
        ]
    };
    for (text, wanted) in [
        ("[environment.production]\n", [true, true, true, true, false]),
        ("[environment.Production]\n", [true, true, true, true, false]),
        ("[environment.staging]\n", [false; 5]),
        ("[environment.live]\nproduction = true\n", [true, true, true, true, false]),
        ("[environment.production]\nproduction = false\n", [false; 5]),
        ("[environment.production]\nforward_only = false\n", [true, false, true, true, false]),
        ("[environment.production]\nallow_destructive = true\n", [true, true, false, true, false]),
        ("[environment.production]\nrequire_ticket = false\n", [true, true, true, false, false]),
        ("[environment.staging]\nallow_destructive = false\n", [false, false, true, false, false]),
        ("[environment.staging]\nrequire_rehearsal = true\n", [false, false, false, false, true]),
        ("[environment.staging]\nrequire_ticket = true\n", [false, false, false, true, false]),
    ] {
        assert_eq!(rules(text), wanted, "{text}");
    }
}

#[test]
fn what_migrate_and_tenants_may_not_say_is_refused_with_its_place() {
    for (text, wanted) in [
        ("[migrate]\nhistory = \"a.b.c\"\n", ":2:11: `[migrate] history` is no name of a table"),
        ("[migrate]\nhistory = \".b\"\n", "is no name of a table"),
        ("[migrate]\nattempts = 0\n", "`[migrate] attempts` must be from 1 to 1000, not 0"),
        ("[migrate]\nparallel = 1001\n", "must be from 1 to 1000"),
        ("[migrate]\nlock_timeout = 0\n", "is no time above zero"),
        ("[migrate]\nlocktimeout = 1\n", "did you mean `lock_timeout`?"),
        ("[tenants]\nkind = \"schemas\"\n", "must be one of schema, database, not `schemas`"),
        ("[tenants]\nschemas = []\n", ":2:11: `[tenants] schemas` names none"),
        ("[tenants]\nschemas = [\"a\", \"b\", \"a\"]\n", ":2:22: `[tenants] schemas`: `a` is there twice"),
        ("[tenants]\nschemas = [\"pg_toast\"]\n", "`pg_toast` is a schema of the server itself"),
        ("[tenants]\nschemas = [\"a\", \" \"]\n", "is empty"),
        ("[tenants]\nschemas = [\"a\", 5]\n", "must be a list of strings"),
        ("[tenants]\nschemas = \"a\"\ndatabases = \"b\"\n", ":3:13: `[tenants] databases` is one too many"),
        ("[tenants]\nkind = \"database\"\nschemas = \"a\"\n", ":3:11: `[tenants] schemas` does not fit"),
        ("[tenants]\nschemas_query = \"delete from t\"\n", "`[tenants] schemas_query` is no SELECT"),
        ("[tenants]\nschemas_query = \"select 1; select 2\"\n", "holds 2 statements instead of one"),
        ("[tenants]\nurl = \"postgres://u:hunter2@h/a\"\n", "must say with {name} where the name goes"),
        ("[environment.production.tenants]\nschema = \"a\"\n", "did you mean `schemas`?"),
        ("[environment.production]\ntenants = 1\n", "must be a section"),
        ("[environment.production]\nrequire_tickets = true\n", "did you mean `require_ticket`?"),
        ("[tenant]\n", "did you mean `tenants`?"),
    ] {
        let said = refusal(text);
        assert!(said.contains(wanted), "{text}{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn what_the_rules_are_told_is_read_with_either_kind_of_key() {
    let settings = parse(
        "[lint]\nselect = [\"locks\", \"table-locked-long\"]\nstart-after = 20240501\ntiny-rows = 50\n\
         postgres = [17, 15, 15]\nbaseline = \"known.json\"\nproduction-only = \"indexes\"\n\
         [[lint.override]]\npaths = \"old/**\"\nignore = [\"types\"]\n\
         [[lint.override]]\ntables = [\"audit.*\"]\nlevels = { table-locked-long = \"note\", locks = \"off\" }\n",
    )
    .unwrap();
    let lint = &settings.lint;
    assert_eq!(lint.select, [Which::Category(Category::Locks), Which::Rule(&LOCKS)]);
    assert_eq!(lint.start_after.as_deref(), Some("20240501"));
    assert_eq!((lint.tiny_rows, lint.postgres.as_slice()), (Some(50), [15, 17].as_slice()));
    assert_eq!(lint.baseline.as_deref(), Some(Path::new("/project/known.json")));
    assert_eq!(lint.production_only, [Which::Category(Category::Indexes)]);
    assert_eq!(lint.overrides.len(), 2);
    assert!(lint.overrides[0].paths[0].matches_path("old/1.sql"));
    assert_eq!(
        lint.overrides[1].levels,
        [
            (Which::Category(Category::Locks), RuleLevel::Off),
            (Which::Rule(&LOCKS), RuleLevel::At(Severity::Note))
        ],
        "a rule of its own wins over its category"
    );
}

#[test]
fn whoever_migrates_with_freehold_has_a_lock_timeout() {
    let sets = |text: &str| parse(text).unwrap().lint.runner_sets_lock_timeout;
    assert_eq!(sets(""), None);
    assert_eq!(sets("[migrate]\n"), Some(true));
    assert_eq!(sets("[lint]\nrunner_sets_lock_timeout = true\n"), Some(true));
    assert_eq!(sets("[migrate]\n[lint]\nrunner_sets_lock_timeout = false\n"), Some(false));
}

#[test]
fn what_is_wrong_with_the_words_on_rules_has_a_place() {
    for (text, wanted) in [
        (
            "[lint]\nselect = [\"locks\", \"table-locked-lon\"]\n",
            ":2:20: there is no rule `table-locked-lon`",
        ),
        ("[lint]\nignore = \"lock\"\n", "did you mean `locks`?"),
        ("[lint]\npostgres = [13]\n", "must be a list of major versions that are served"),
        ("[lint]\noverride = 3\n", "`[lint] override` must be a list of sections"),
        ("[[lint.override]]\npath = \"x\"\n", "did you mean `paths`?"),
        ("[[lint.override]]\nlevels = { locks = \"loud\" }\n", "off, note, warning, error"),
        ("[lint]\ntiny-rows = -1\n", "`[lint] tiny_rows` must be a whole number"),
        ("[lint]\nselekt = []\n", "did you mean `select`?"),
        ("[rules]\ntable-locked-lon = \"off\"\n", "did you mean `table-locked-long`?"),
    ] {
        let said = refusal(text);
        assert!(said.contains(wanted), "{text}: {said}");
    }
}

#[test]
fn levels_are_given_to_rules_by_id_and_by_category() {
    let levels = |text: &str| parse(text).unwrap().rules;
    let all = levels("[rules]\ndesign = \"off\"\ntable-locked-long = \"error\"\n");
    assert_eq!(all["table-locked-long"], RuleLevel::At(Severity::Error));
    assert_eq!(all["down-fails"], RuleLevel::Off);
}
