//! The matrix of the tenant line in every format that draws it, and what hostile names might try in it.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::time::Duration;

use freehold_app::{
    Severity,
    render::{RenderOptions, renderer},
    report::{
        CellWord, Project, Report, ReportCell, ReportIsolation, ReportTarget, ReportTenancy, ReportUnfilled,
        ReportWay, Sources, TargetWord,
    },
};

const WAYS: &[(&str, &str)] = &[
    ("read-all", "SELECT of all rows"),
    ("read-count", "counting"),
    ("write-update", "UPDATE of rows of other tenants"),
    ("write-truncate", "TRUNCATE"),
    ("reference-foreign-key", "a row that refers to another tenant's"),
    ("attacker-setting", "changing the setting in the middle of a statement"),
];

fn cell(target: usize, way: usize, outcome: CellWord) -> ReportCell {
    let leaked = outcome == CellWord::Leaked;
    ReportCell {
        target,
        way,
        outcome,
        by: leaked.then(|| "notes_order_fkey".to_owned()),
        sql: if outcome == CellWord::NotTried {
            String::new()
        } else {
            "BEGIN;\nSELECT * FROM notes;\nROLLBACK;".to_owned()
        },
        returned: if leaked { vec!["id = 2, body = <b>of B</b>\u{1b}[31m".to_owned()] } else { Vec::new() },
        words: format!("what was seen is told here: {}", outcome.word()),
        note: None,
    }
}

fn matrix(more: usize) -> ReportIsolation {
    use CellWord::{Held, Leaked, NotTried, Noted};
    let mut targets = vec![
        ("orders", "table, by tenant_id"),
        ("\"<script>alert(1)</script>\u{1b}]0;owned\u{7}\"", "table, by tenant_id"),
        ("imports", "table, through orders"),
        ("the database", "roles, privileges, sessions"),
    ]
    .into_iter()
    .map(|(name, about)| (name.to_owned(), about.to_owned()))
    .collect::<Vec<_>>();
    targets.extend((0..more).map(|n| (format!("archive_{n}"), "table, by tenant_id".to_owned())));
    let mut cells = vec![
        cell(0, 0, Held),
        cell(0, 1, Held),
        cell(0, 2, Held),
        cell(0, 3, Held),
        cell(0, 4, Leaked),
        cell(0, 4, Leaked),
        cell(0, 4, Held),
        cell(1, 0, Leaked),
        cell(1, 1, Leaked),
        cell(1, 2, Held),
        cell(1, 3, NotTried),
        cell(2, 0, NotTried),
        cell(2, 2, NotTried),
        cell(3, 5, Noted),
    ];
    cells.extend((0..more).flat_map(|n| [cell(4 + n, 0, Held), cell(4 + n, 2, Held)]));
    ReportIsolation {
        tenancy: ReportTenancy {
            root: Some("tenants".to_owned()),
            column: "tenant_id".to_owned(),
            settings: vec!["app.current_tenant_id".to_owned()],
            role: "app".to_owned(),
            effective_role: "authenticated".to_owned(),
            assume: vec!["SELECT set_config('app.current_tenant_id', $1, true)".to_owned()],
            guessed: vec!["the tenant column is tenant_id".to_owned()],
            shared: vec!["plans".to_owned()],
            unclear: vec!["drafts".to_owned()],
        },
        tenants: ["a", "b", "c"].map(str::to_owned).to_vec(),
        ways: WAYS
            .iter()
            .map(|(id, title)| ReportWay {
                id: (*id).to_owned(),
                family: id.split('-').next().unwrap().to_owned(),
                title: (*title).to_owned(),
            })
            .collect(),
        targets: targets
            .into_iter()
            .map(|(name, about)| ReportTarget { name, kind: TargetWord::Relation, about })
            .collect(),
        cells,
        unfilled: vec![ReportUnfilled {
            table: "imports".to_owned(),
            why: "check constraint c refused".to_owned(),
        }],
        remarks: vec!["no role of the application is known".to_owned()],
        trials: 500,
        took_ms: 2_500.0,
    }
}

fn report(more: usize) -> Report {
    let mut report = Report::new("isolation", Project::default());
    report.isolation = Some(matrix(more));
    report.seal(Severity::Error, Duration::from_millis(3_000));
    report
}

fn write(format: &str, more: usize, options: &RenderOptions) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let text = renderer(format).unwrap().render(&report(more), &Sources::new(), options);
    text.replace(&format!("freehold {version}"), "freehold VERSION")
}

fn plain(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push_str(piece.split_once('m').unwrap().1);
    }
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
    text
}

#[test]
fn a_terminal_shows_families_and_counts() {
    insta::assert_snapshot!("human_isolation", plain(&write("human", 0, &RenderOptions::default())));
}

#[test]
fn a_terminal_shows_each_way_when_asked() {
    let options = RenderOptions { ways: true, width: 60, ..RenderOptions::default() };
    insta::assert_snapshot!("human_isolation_ways", plain(&write("human", 0, &options)));
}

#[test]
fn no_line_of_the_matrix_is_wider_than_the_terminal() {
    for width in [40, 60, 80, 120, 200] {
        let options = RenderOptions { width, ..RenderOptions::default() };
        let text = plain(&write("human", 0, &options));
        let head = text.lines().position(|line| line.trim_start().starts_with("read")).unwrap();
        for line in text.lines().skip(head).take(5) {
            assert!(line.chars().count() <= width, "{width}: {line}");
        }
    }
}

#[test]
fn what_held_is_left_out_of_a_long_list_and_counted() {
    let text = plain(&write("human", 100, &RenderOptions::default()));
    assert!(text.contains("and 101 more, where everything held"), "{text}");
    assert!(text.contains("imports") && !text.contains("archive_7"));
    let verbose = RenderOptions { verbose: true, ..RenderOptions::default() };
    assert!(plain(&write("human", 100, &verbose)).contains("archive_99"));
}

#[test]
fn the_markdown_table_is_as_agreed() {
    insta::assert_snapshot!("markdown_isolation", write("markdown", 0, &RenderOptions::default()));
}

#[test]
fn the_page_shows_every_cell_and_runs_nothing() {
    let html = write("html", 20, &RenderOptions::default());
    assert!(!html.contains("<script>alert") && html.contains("&lt;script&gt;alert"));
    assert!(!html.contains('\u{1b}'));
    assert_eq!(html.matches("class=\"card target").count(), 24);
    // Each link leads to something that is there.
    for link in html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(html.contains(&format!("id=\"{link}\"")), "{link}");
    }
    let start = html.find("<section class=\"line\"").unwrap();
    let end = start + html[start..].find("</section>").unwrap();
    insta::assert_snapshot!("html_isolation", {
        let small = write("html", 0, &RenderOptions::default());
        let (start, end) =
            (small.find("<section class=\"line\"").unwrap(), small.rfind("</section>").unwrap());
        small[start..end].to_owned()
    });
    assert!(end > start);
}

#[test]
fn a_report_with_a_matrix_is_read_back_as_it_was() {
    let report = report(3);
    let text = renderer("json").unwrap().render(&report, &Sources::new(), &RenderOptions::default());
    let back: Report = serde_json::from_str(&text).unwrap();
    assert_eq!(back, report);
}
