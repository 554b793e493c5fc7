//! One finding in full: its message, the source lines with a caret, the evidence and the fix.

use annotate_snippets::{AnnotationKind, Element, Group, Level, Origin, Snippet};
use freehold_model::place::Span;

use crate::{
    render::{
        RenderOptions, evidence,
        excerpt::{ORIGIN, Window, drawer, origin, with_origins},
        groups::place_tells_subject,
        one_line, visible,
    },
    report::{FindingSeverity, ReportFinding, Sources},
};

/// The pieces of a finding's text, made harmless; annotate-snippets borrows them.
struct Pieces {
    message: String,
    /// The file, with line and column unless the finding is about the file as a whole.
    origin: Option<String>,
    window: Option<Window>,
    evidence: Vec<(&'static str, String)>,
    help: Option<String>,
    more: Option<String>,
}

/// The text of a finding, with terminal styles and no newline at the end. With `more` it says where to read on.
pub(super) fn show(
    finding: &ReportFinding,
    sources: &Sources,
    options: &RenderOptions,
    more: bool,
) -> String {
    let pieces = pieces(finding, sources, more);
    let level = match finding.severity {
        FindingSeverity::Error => Level::ERROR,
        FindingSeverity::Warning => Level::WARNING,
        FindingSeverity::Note => Level::NOTE,
    };
    let id = one_line(&finding.called());
    let title = level.primary_title(pieces.message.as_str()).id(id.as_str());
    let mut elements: Vec<Element<'_>> = Vec::new();
    match (&pieces.window, &pieces.origin) {
        (Some(window), _) => {
            let mark = AnnotationKind::Primary.span(window.mark.clone());
            let mark = mark.label((window.left_out > 0).then_some("goes on"));
            let snippet = Snippet::source(window.text.as_str()).line_start(window.first_line);
            elements.push(snippet.path(ORIGIN).annotation(mark).into());
        }
        (None, Some(origin)) => elements.push(Origin::path(origin.as_str()).into()),
        (None, None) => {}
    }
    for (name, words) in &pieces.evidence {
        elements.push(Level::NOTE.with_name(*name).message(words.as_str()).into());
    }
    if let Some(help) = &pieces.help {
        elements.push(Level::HELP.message(help.as_str()).into());
    }
    if let Some(more) = &pieces.more {
        elements.push(Level::NOTE.with_name("more").message(more.as_str()).into());
    }
    let drawn = drawer(options.width).render(&[Group::with_title(title).elements(elements)]);
    with_origins(&drawn, pieces.origin.as_slice())
}

fn pieces(finding: &ReportFinding, sources: &Sources, more: bool) -> Pieces {
    let place = finding.place.as_ref();
    let window = place.filter(|p| p.span.end > p.span.start).and_then(|place| {
        Window::around(sources.text(&place.file)?, Span::new(place.span.start, place.span.end))
    });
    let subject = format!("{} {}", one_line(&finding.subject.kind), one_line(&finding.subject.name));
    let mut evidence: Vec<(&'static str, String)> = Vec::new();
    if !finding.message.contains(&finding.subject.name) && !place_tells_subject(finding) {
        evidence.push(("about", subject));
    }
    let shown = window.as_ref().and_then(|_| evidence::marked(finding, sources));
    evidence.extend(evidence::told(finding, shown).into_iter().map(|told| {
        let text = Some(visible(&told.text)).filter(|text| !text.is_empty());
        let lines: Vec<String> =
            text.into_iter().chain(told.lines.iter().map(|line| visible(line))).collect();
        (told.kind, lines.join("\n"))
    }));
    let help = finding.fix.as_ref().map(|fix| {
        let sql = fix.sql.as_deref().map(|sql| format!("\n{}", indented(&visible(sql))));
        format!("{}{}", visible(&fix.advice), sql.unwrap_or_default())
    });
    Pieces {
        message: visible(&finding.message),
        origin: place_words(finding),
        window,
        evidence,
        help,
        more: more.then(|| format!("freehold explain-rule {}", one_line(&finding.rule))),
    }
}

/// The file, with line and column unless the finding is about the file as a whole.
pub(super) fn place_words(finding: &ReportFinding) -> Option<String> {
    let place = finding.place.as_ref()?;
    let file = one_line(&place.file);
    Some(if place.span.end == 0 { file } else { origin(&file, place.line, place.column) })
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text.trim_end().lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}
