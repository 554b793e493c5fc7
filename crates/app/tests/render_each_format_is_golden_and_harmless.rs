//! Every renderer against its golden text, and what a hostile migration might try in each of them.

#![expect(clippy::unwrap_used, reason = "this is a test")]

use std::collections::HashSet;

use freehold_app::{
    explain::Excerpt,
    render::{RENDERERS, RenderOptions, renderer, show_excerpt},
    report::{Outcome, Report, Sources, json_schema},
};
use freehold_model::{finding::Severity, place::Span};

#[path = "render_sample/report.rs"]
mod sample;

fn options() -> RenderOptions {
    RenderOptions {
        rules: sample::RULES.to_vec(),
        prefix: "services/shop".to_owned(),
        ..RenderOptions::default()
    }
}

fn write(name: &str, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
    renderer(name).unwrap().render(report, sources, options)
}

fn sample(name: &str) -> String {
    write(name, &sample::report(), &sample::sources(), &options())
}

/// The escape sequences of our own colours taken out, so that what is left must be free of control characters.
fn without_styles(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..at]);
        let tail = &rest[at + 2..];
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
        assert_eq!(&tail[end..=end], "m", "a sequence that is no colour: {:?}", &tail[..20.min(tail.len())]);
        rest = &tail[end + 1..];
    }
    plain.push_str(rest);
    plain
}

#[test]
fn the_human_report_is_as_agreed() {
    insta::assert_snapshot!("human", without_styles(&sample("human")));
}

#[test]
fn a_long_history_is_told_in_short_and_nothing_is_left_out() {
    let report = sample::repetitive();
    let text = without_styles(&write("human", &report, &sample::sources(), &options()));
    insta::assert_snapshot!("human_long", text);
    let verbose = RenderOptions { verbose: true, ..options() };
    let whole = without_styles(&write("human", &report, &sample::sources(), &verbose));
    for finding in &report.findings {
        let place = finding.place.as_ref().unwrap();
        for text in [&text, &whole] {
            assert!(text.contains(&place.file), "{} is not told", place.file);
        }
    }
    let heads = |text: &str| text.lines().filter(|line| line.contains("]: ")).count();
    assert_eq!(heads(&whole), report.findings.len());
    assert_eq!(heads(&text), (1 + 3) + (1 + 3) + (1 + 10), "a head and the last ones of each rule");
}

#[test]
fn pages_and_comments_fold_what_is_found_often_and_never_errors() {
    let report = sample::repetitive();
    let html = write("html", &report, &sample::sources(), &options());
    assert_eq!(html.matches("<article").count(), report.findings.len());
    assert_eq!(html.matches("<details class=\"card fold\"").count(), 2);
    let markdown = write("markdown", &report, &sample::sources(), &options());
    let rows = |start: &str| markdown.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((rows("| ❌"), rows("| ⚠️"), rows("| ℹ️")), (12, 4, 4));
    for finding in &report.findings {
        assert!(markdown.contains(&finding.place.as_ref().unwrap().file), "{finding:?}");
    }
}

#[test]
fn the_verbose_human_report_tells_of_each_migration() {
    let options = RenderOptions { verbose: true, ..options() };
    let mut report = sample::report();
    report.findings.clear();
    report.seal(Severity::Error, std::time::Duration::from_millis(1_234));
    let text = write("human", &report, &sample::sources(), &options);
    insta::assert_snapshot!("human_verbose", without_styles(&text));
}

#[test]
fn the_json_report_is_as_agreed() {
    insta::assert_snapshot!("json", sample("json"));
}

#[test]
fn the_sarif_log_is_as_agreed() {
    insta::assert_snapshot!("sarif", sample("sarif"));
}

#[test]
fn the_github_commands_are_as_agreed() {
    insta::assert_snapshot!("github", sample("github"));
}

#[test]
fn the_gitlab_list_is_as_agreed() {
    insta::assert_snapshot!("gitlab", sample("gitlab"));
}

#[test]
fn the_markdown_comment_is_as_agreed() {
    insta::assert_snapshot!("markdown", sample("markdown"));
}

#[test]
fn the_html_page_is_as_agreed() {
    let html = sample("html");
    let body = &html[html.find("<body>").unwrap()..];
    insta::assert_snapshot!("html_body", body);
}

#[test]
fn an_empty_report_is_said_to_be_clean_by_every_renderer_that_has_words() {
    let mut report = Report::new("check", freehold_app::report::Project::default());
    assert_eq!(report.seal(Severity::Error, std::time::Duration::ZERO), Outcome::Clean);
    for renderer in RENDERERS {
        let text = renderer.render(&report, &Sources::new(), &RenderOptions::default());
        assert!(text.ends_with('\n'), "{}", renderer.name());
        if ["human", "github", "markdown", "html"].contains(&renderer.name()) {
            assert!(text.contains("nothing found"), "{}: {text}", renderer.name());
        }
    }
}

#[test]
fn no_renderer_lets_a_control_character_through() {
    for renderer in RENDERERS {
        let text = without_styles(&sample(renderer.name()));
        let bad: Vec<char> = text
            .chars()
            .filter(|c| (c.is_control() && *c != '\n') || ('\u{202a}'..='\u{202e}').contains(c))
            .collect();
        assert!(bad.is_empty(), "{}: {bad:?}", renderer.name());
    }
}

#[test]
fn a_migration_cannot_speak_to_the_workflow() {
    let text = sample("github");
    let commands = text.lines().filter(|line| line.starts_with("::")).count();
    let report = sample::report();
    let asked = report.not_verified.iter().filter(|gap| gap.asked_for).count();
    assert_eq!(commands, report.findings.len() + asked, "{text}");
    assert!(text.contains("file=services/shop/migrations/0002_seen.up.sql,line=2"), "{text}");
    assert!(text.lines().next().unwrap().starts_with("::error "), "the gravest first: {text}");
}

#[test]
fn a_migration_cannot_put_elements_into_the_page() {
    let html = sample("html");
    assert!(!html.contains("<script") && !html.contains("<b>\u{241b}"), "raw markup");
    assert!(html.contains("&lt;script&gt;"));
    for load in ["src=", "url(", "@import", "<link", "<iframe", "http://", "https://"] {
        assert!(!html.contains(load), "the page must load nothing: {load}");
    }
}

#[test]
fn a_migration_cannot_end_a_markdown_fence_or_cell_or_call_people() {
    let markdown = sample("markdown");
    let mut fence = None;
    let mut outside = String::new();
    for line in markdown.lines() {
        let ticks = line.chars().take_while(|c| *c == '`').count();
        match fence {
            None if ticks >= 3 => fence = Some(ticks),
            Some(open) if ticks >= open && line.len() == ticks => fence = None,
            Some(_) => {}
            None => outside.push_str(&format!("{line}\n")),
        }
    }
    assert_eq!(fence, None, "every fence is closed: {markdown}");
    assert!(!outside.contains("<script") && !outside.contains("@someone"), "{outside}");
    for row in outside.lines().filter(|line| line.starts_with("| ❌") || line.starts_with("| ⚠️")) {
        let bars = row.replace("\\|", "").matches('|').count();
        assert_eq!(bars, 5, "{row}");
    }
}

#[test]
fn no_text_is_a_command_to_the_log_of_a_build_server() {
    for renderer in RENDERERS.iter().filter(|r| r.name() != "github") {
        for verbose in [false, true] {
            let options = RenderOptions { verbose, ..options() };
            let mut report = sample::report();
            report.migrations[0].version = "::error::x".to_owned();
            let text = without_styles(&renderer.render(&report, &sample::sources(), &options));
            for line in text.lines() {
                assert!(!line.trim_start().starts_with("::"), "{}: {line}", renderer.name());
                assert!(!line.contains("##["), "{}: {line}", renderer.name());
            }
        }
    }
}

#[test]
fn the_json_report_reads_back_as_itself() {
    let report = sample::report();
    let back: Report = serde_json::from_str(&sample("json")).unwrap();
    assert_eq!(back, report);
}

#[test]
fn the_schema_describes_what_is_written() {
    let schema = json_schema();
    let value: serde_json::Value = serde_json::from_str(&sample("json")).unwrap();
    let properties = schema["properties"].as_object().unwrap();
    let written: HashSet<&String> = value.as_object().unwrap().keys().collect();
    assert_eq!(written, properties.keys().collect::<HashSet<_>>());
    assert!(schema["$defs"]["ReportFinding"]["properties"]["place"].is_object(), "{schema}");
    insta::assert_snapshot!("schema", serde_json::to_string_pretty(&schema).unwrap());
}

#[test]
fn fingerprints_stay_when_lines_move_and_are_all_different() {
    let prints = |text: &str| -> Vec<String> {
        let list: Vec<serde_json::Value> = serde_json::from_str(text).unwrap();
        list.iter().map(|issue| issue["fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let before = prints(&sample("gitlab"));
    assert_eq!(before.iter().collect::<HashSet<_>>().len(), before.len());
    let mut report = sample::report();
    let place = report
        .findings
        .iter_mut()
        .find_map(|f| f.place.as_mut().filter(|p| p.file.contains("0002")))
        .unwrap();
    (place.line, place.end_line, place.span.start, place.span.end) =
        (place.line + 1, place.end_line + 1, place.span.start + 1, place.span.end + 1);
    let mut sources = sample::sources();
    sources.add(std::path::Path::new("migrations/0002_seen.up.sql"), format!("\n{}", sample::UP));
    let moved = prints(&write("gitlab", &report, &sources, &options()));
    assert_eq!(before, moved);
    report.findings[0].subject.name.push('x');
    let other = prints(&write("gitlab", &report, &sources, &options()));
    assert_ne!(moved[0], other[0]);
    let twice = Report { findings: vec![report.findings[0].clone(); 3], ..report };
    let same = prints(&write("gitlab", &twice, &sources, &options()));
    assert_eq!(same.iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn a_comment_keeps_the_limit_and_says_what_it_left_out() {
    let (report, sources) = (sample::large(300, 2_000), sample::sources());
    let markdown = write("markdown", &report, &sources, &options());
    let length = markdown.chars().count();
    assert!(length <= 65_000, "{length}");
    assert!(length > 50_000, "the room is used: {length}");
    let rows =
        markdown.lines().filter(|l| l.starts_with("| ") && l.contains("irreversible-migration")).count();
    assert!(rows > 0);
    assert!(markdown.contains("findings are left out here"), "{}", &markdown[markdown.len() - 3_000..]);
    assert!(markdown.contains("**Not verified**"), "what was not verified is never cut away");
    let opened = markdown.matches("<details>").count();
    assert_eq!(opened, markdown.matches("</details>").count());
}

#[test]
fn a_page_of_three_hundred_migrations_stays_small() {
    let html = write("html", &sample::large(300, 30), &sample::sources(), &options());
    assert!(html.len() < 3_000_000, "{}", html.len());
    assert_eq!(html.matches("<details class=\"card migration\"").count(), 300);
}

#[test]
fn outcomes_follow_from_findings_first_and_gaps_second() {
    let mut report = sample::report();
    assert_eq!(Outcome::of(&report, Severity::Error), Outcome::Findings);
    report.findings.retain(|f| f.severity < freehold_app::report::FindingSeverity::Error);
    assert_eq!(Outcome::of(&report, Severity::Warning), Outcome::Findings);
    assert_eq!(Outcome::of(&report, Severity::Error), Outcome::NotVerified);
    report.not_verified.retain(|gap| !gap.asked_for);
    assert_eq!(Outcome::of(&report, Severity::Error), Outcome::NotVerified, "an undecided claim");
    report.claims.retain(|claim| claim.verdict != freehold_app::report::VerdictWord::Undecided);
    assert_eq!(Outcome::of(&report, Severity::Error), Outcome::Clean);
    assert_eq!(
        [Outcome::Clean, Outcome::Findings, Outcome::CouldNotRun, Outcome::NotVerified].map(Outcome::code),
        [0, 1, 2, 3]
    );
}

#[test]
fn places_outside_of_the_text_do_not_disturb_any_renderer() {
    let mut report = sample::report();
    let mut number = 0;
    for finding in &mut report.findings {
        if let Some(place) = &mut finding.place {
            number += 1;
            (place.span.start, place.span.end) = [(5, 3), (99_999, 999_999), (2, 4)][number % 3];
        }
    }
    let mut sources = Sources::new();
    for file in
        ["migrations/0002_seen.up.sql", "migrations/0003 o'dd ünï.up.sql", "migrations/0004_long.up.sql"]
    {
        sources.add(std::path::Path::new(file), "éééé\r\n\r\n");
    }
    for renderer in RENDERERS {
        assert!(!renderer.render(&report, &sources, &options()).is_empty());
    }
}

#[test]
fn an_error_shows_its_lines_with_a_caret() {
    let text = "[migrations]\r\ndri = \"a\"\n\tformat = 5\n";
    let excerpt = Excerpt {
        file: "freehold.toml".to_owned(),
        text: text.to_owned(),
        marks: vec![
            (Span::new(14, 17), "unknown key".to_owned()),
            (Span::new(text.find('5').unwrap(), text.find('5').unwrap() + 1), "must be a string".to_owned()),
        ],
    };
    let shown = show_excerpt(&excerpt, "the settings cannot be used", Some("did you mean `dir`?"), 100);
    insta::assert_snapshot!("excerpt", without_styles(&shown));
}
