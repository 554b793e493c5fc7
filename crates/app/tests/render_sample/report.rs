//! A made-up report that holds every shape and much nasty text, for the tests of the renderers.

#![expect(clippy::expect_used, reason = "a sample that cannot be made is a failed test")]

use std::{path::Path, time::Duration};

use freehold_app::report::{
    DifferenceAfter, Growth, GrowthKind, LockBlocks, NotVerified, Project, Report, ReportClaim,
    ReportDifference, ReportFinding, ReportIndexBuild, ReportLock, ReportMigration, ReportStatement, Sources,
    TransactionWord, VerdictWord,
};
use freehold_model::{
    finding::{Category, Evidence, Finding, Rule, Severity, Subject},
    place::{LineIndex, Place, Span},
};

pub(crate) static DOWN_DIFFERS: Rule = Rule {
    id: "irreversible-migration",
    code: "FH9801",
    category: Category::Rehearsal,
    severity: Severity::Error,
    summary: "The down script does not undo the up script.",
    source: "//! Up, down, up must give the same schema.\n",
    ..Rule::NEW
};
pub(crate) static REWRITE: Rule = Rule {
    id: "table-rewritten",
    code: "FH9802",
    category: Category::Rewrites,
    severity: Severity::Warning,
    summary: "A statement writes the whole table anew.",
    source: "//! A page.\n",
    ..Rule::NEW
};
pub(crate) static EMPTY: Rule = Rule {
    id: "empty-script",
    code: "FH9803",
    category: Category::Files,
    severity: Severity::Note,
    summary: "A script is empty.",
    source: "//! A page.\n",
    ..Rule::NEW
};
pub(crate) static RULES: &[&Rule] = &[&DOWN_DIFFERS, &REWRITE, &EMPTY];

pub(crate) const UP: &str = "-- People\nALTER TABLE users\n    ADD COLUMN seen timestamptz\n    DEFAULT clock_timestamp();\nCREATE INDEX idx_users_seen ON users (seen);\n";
pub(crate) const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[31m::error::x\nSELECT '<script>alert(1)</script>' | `id`, 'élan 🐘', E'\\e[2J' -- @someone #1 %0A \u{202e}evil\n";

fn long_line() -> String {
    format!("SELECT {} AS broken FROM nowhere;\n", "'x', ".repeat(2_000))
}

fn find(file: &str, text: &str, what: &str) -> Option<Place> {
    let start = text.find(what).expect("the sample holds what it marks");
    let span = Span::new(start, start + what.len());
    Some(Place::in_file(Path::new(file), text, &LineIndex::new(text), span))
}

pub(crate) fn sources() -> Sources {
    let mut sources = Sources::new();
    sources.add(Path::new("migrations/0002_seen.up.sql"), UP);
    sources.add(Path::new("migrations/0003 o'dd ünï.up.sql"), NASTY);
    sources.add(Path::new("migrations/0004_long.up.sql"), long_line());
    sources
}

fn findings() -> Vec<Finding> {
    let long = long_line();
    vec![
        Finding::new(&EMPTY, Subject::new("migration", "0005"), "The script of migration 0005 is empty.")
            .at(Some(Place::whole_file(Path::new("migrations/0005_empty.up.sql")))),
        Finding::new(
            &REWRITE,
            Subject::new("table", "users"),
            "Adding `seen` with a volatile default writes the table users anew under ACCESS EXCLUSIVE.",
        )
        .at(find("migrations/0002_seen.up.sql", UP, "ALTER TABLE users\n    ADD COLUMN seen timestamptz\n    DEFAULT clock_timestamp()"))
        .because(Evidence::Ran("the statement on 10000 and on 100000 rows".to_owned()))
        .because(Evidence::Saw("DEBUG1: rewriting table \"users\"".to_owned()))
        .because(Evidence::Took { what: "on 100000 rows".to_owned(), time: Duration::from_micros(412_345) })
        .fixed_by(
            "add the column without a default, then fill it in batches",
            Some("ALTER TABLE users ADD COLUMN seen timestamptz;\nALTER TABLE users ALTER COLUMN seen SET DEFAULT now();".to_owned()),
        ),
        Finding::new(
            &DOWN_DIFFERS,
            Subject::new("migration", "0003 <b>\u{1b}[1m|`x`"),
            "After down and up again, 2 things differ:\n<script>alert(1)</script> \u{1b}[31mred::set-output name=x::y ##[add-mask]z",
        )
        .at(find("migrations/0003 o'dd ünï.up.sql", NASTY, "SELECT '<script>alert(1)</script>' | `id`, 'élan 🐘'"))
        .because(Evidence::Differs(vec![
            "table users: column \"a|b\" is missing".to_owned(),
            "policy `p` on users: added\r\n::warning::injected".to_owned(),
        ])),
        Finding::new(&DOWN_DIFFERS, Subject::new("column", "broken"), "A very long line is cut around its mark.")
            .at(find("migrations/0004_long.up.sql", &long, "broken")),
        Finding::new(&DOWN_DIFFERS, Subject::new("database", "all of it"), "Applying everything twice gives two schemas."),
    ]
}

fn lock(relation: &str, mode: &str, blocks: LockBlocks, held_ms: f64) -> ReportLock {
    ReportLock { relation: relation.to_owned(), mode: mode.to_owned(), blocks, held_ms, waited_for: None }
}

fn statement(line: usize, headline: &str, ms: f64) -> ReportStatement {
    ReportStatement {
        line,
        column: 1,
        headline: headline.to_owned(),
        ms,
        locks: vec![],
        rewrites: vec![],
        scans: vec![],
        index_builds: vec![],
        growth: None,
    }
}

fn migration(version: &str, name: &str, statements: Vec<ReportStatement>) -> ReportMigration {
    ReportMigration {
        version: version.to_owned(),
        name: name.to_owned(),
        file: format!("migrations/{version}_{name}.up.sql"),
        down_file: Some(format!("migrations/{version}_{name}.down.sql")),
        kind: "versioned".to_owned(),
        applied: true,
        up_ms: statements.iter().map(|s| s.ms).sum(),
        down_ms: Some(1.25),
        transaction: TransactionWord::Wrapped,
        reversible: VerdictWord::Proven,
        statements,
        down_statements: vec![],
        differences: vec![],
    }
}

fn seen() -> ReportMigration {
    let mut alter =
        statement(2, "ALTER TABLE users ADD COLUMN seen timestamptz DEFAULT clock_timestamp()", 6.5);
    alter.locks = vec![
        lock("users", "ACCESS EXCLUSIVE", LockBlocks::ReadsAndWrites, 9.75),
        lock("plans", "ROW SHARE", LockBlocks::Nothing, 9.7),
        lock("audit", "SHARE UPDATE EXCLUSIVE", LockBlocks::Ddl, 9.6),
    ];
    alter.rewrites = vec!["users".to_owned()];
    alter.growth = Some(Growth {
        kind: GrowthKind::Grows,
        seconds_per_million_rows: Some(4.1),
        small_rows: Some(10_000),
        small_ms: Some(43.0),
        large_rows: Some(100_000),
        large_ms: Some(412.0),
        why: None,
    });
    let mut index = statement(5, "CREATE INDEX idx_users_seen ON users (seen)", 3.25);
    index.locks = vec![lock("users", "SHARE", LockBlocks::Writes, 3.25)];
    index.locks[0].waited_for = Some("autovacuum of users".to_owned());
    index.index_builds =
        vec![ReportIndexBuild { index: "idx_users_seen".to_owned(), relation: "users".to_owned() }];
    index.scans = vec!["users".to_owned()];
    index.growth = Some(Growth::not_measured("users has a constraint that no row could be made for"));
    let mut seen = migration("0002", "seen", vec![alter, index]);
    seen.down_statements = vec![statement(1, "ALTER TABLE users DROP COLUMN seen", 1.25)];
    seen
}

fn odd() -> ReportMigration {
    let mut select = statement(2, "SELECT '<script>alert(1)</script>' | \u{1b}[2J", 0.5);
    select.growth = Some(Growth {
        kind: GrowthKind::Constant,
        seconds_per_million_rows: None,
        small_rows: Some(10),
        small_ms: Some(0.1),
        large_rows: Some(1_000),
        large_ms: Some(0.1),
        why: None,
    });
    let mut odd = migration("0003", "o'dd ünï\u{1b}[1m", vec![select]);
    odd.file = "migrations/0003 o'dd ünï.up.sql".to_owned();
    odd.transaction = TransactionWord::None;
    odd.reversible = VerdictWord::Refuted;
    let difference =
        |line: &str, after, order_only| ReportDifference { line: line.to_owned(), after, order_only };
    odd.differences = vec![
        difference("table users: column \"a|b\" is missing", DifferenceAfter::Down, false),
        difference("table users: columns stand in another order", DifferenceAfter::UpAgain, true),
    ];
    odd
}

/// The report, sealed.
pub(crate) fn report() -> Report {
    let mut report = Report::new(
        "check",
        Project {
            dir: "shop".to_owned(),
            migrations_dir: Some("migrations".to_owned()),
            format: Some("golang-migrate".to_owned()),
            server: Some("PostgreSQL 15.18, private sandbox".to_owned()),
        },
    );
    report.tool.version = "0.0.0".to_owned();
    report.findings = findings().iter().map(ReportFinding::from).collect();
    let claim = |claim: &str, verdict, detail: &str| ReportClaim {
        claim: claim.to_owned(),
        verdict,
        detail: detail.to_owned(),
    };
    report.claims = vec![
        claim("every up script applies", VerdictWord::Proven, "5 of 5"),
        claim("every migration can be taken back", VerdictWord::Refuted, "1 of 5 cannot"),
        claim("downs lose no rows", VerdictWord::NothingToProve, "no migration has rows"),
        claim("growth is bounded <i>", VerdictWord::Undecided, "users | could not be filled"),
    ];
    report.not_verified = vec![
        NotVerified::asked(
            "the growth of migration 0002, line 5",
            "users has a constraint that no row could be made for",
        ),
        NotVerified::for_completeness("queries of the application", "no folder of queries is named"),
    ];
    let mut failed = migration("0004", "long", vec![statement(1, "SELECT 'x', 'x'", 0.2)]);
    failed.applied = false;
    failed.down_ms = None;
    failed.down_file = None;
    failed.transaction = TransactionWord::Implicit;
    failed.reversible = VerdictWord::Undecided;
    let mut empty = migration("0005", "empty", vec![]);
    empty.transaction = TransactionWord::Own;
    empty.reversible = VerdictWord::NothingToProve;
    empty.down_ms = None;
    report.migrations = vec![
        migration("0001", "start", vec![statement(1, "CREATE TABLE users (id uuid PRIMARY KEY)", 2.0)]),
        seen(),
        odd(),
        failed,
        empty,
    ];
    report.seal(Severity::Error, Duration::from_millis(1_234));
    report
}

/// As many migrations and findings as a long history has.
pub(crate) fn large(migrations: usize, findings: usize) -> Report {
    let mut report = report();
    report.migrations = (0..migrations)
        .map(|number| {
            let mut one = seen();
            one.version = format!("{number:04}");
            one.up_ms = f64::from(u32::try_from(number % 37).expect("small"));
            one
        })
        .collect();
    let first = report.findings.clone();
    report.findings = first.into_iter().cycle().take(findings).collect();
    report.seal(Severity::Error, Duration::from_secs(12));
    report
}

/// Seven warnings of one rule, five notes with one message and twelve errors, each in a file of its own.
pub(crate) fn repetitive() -> Report {
    let mut report = report();
    let found = |rule: &'static Rule, number: usize, message: &str| {
        let file = format!("migrations/{}_{number:02}.up.sql", rule.id);
        Finding::new(rule, Subject::new("migration", format!("{}_{number:02}", rule.id)), message)
            .at(Some(Place::whole_file(Path::new(&file))))
    };
    let warnings = (0..7).map(|n| found(&REWRITE, n, &format!("Statement {n} writes a table anew.")));
    let notes = (0..5).map(|n| found(&EMPTY, n, "The script is empty."));
    let errors = (0..12).map(|n| {
        let lines = vec![
            format!("table t{n}: column c is missing"),
            "function f(): body changed\n  - a\n  + b".to_owned(),
        ];
        found(&DOWN_DIFFERS, n, "Up and down do not give the same.").because(Evidence::Differs(lines))
    });
    report.findings = warnings.chain(notes).chain(errors).map(|f| ReportFinding::from(&f)).collect();
    report.seal(Severity::Error, Duration::from_millis(1_234));
    report
}
