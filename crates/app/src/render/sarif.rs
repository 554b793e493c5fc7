//! SARIF 2.1.0, the exchange format of static analysis (OASIS standard of 27 March 2020).

use std::collections::BTreeMap;

use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, LogicalLocation, Message, MultiformatMessageString, Notification,
    PhysicalLocation, PropertyBag, Region, ReportingConfiguration, ReportingDescriptor,
    Result as SarifResult, ResultKind, ResultLevel, Run, Sarif as SarifLog, Tool, ToolComponent,
};

use super::{
    RenderOptions, Renderer, fingerprint::fingerprints, json::pretty, page_address, visible,
    words::whole_message,
};
use crate::report::{FindingSeverity, Report, ReportFinding, ReportPlace, Sources};

/// `--format sarif`
pub(super) struct Sarif;

impl Renderer for Sarif {
    fn name(&self) -> &'static str {
        "sarif"
    }

    fn about(&self) -> &'static str {
        "SARIF 2.1.0 for code scanning"
    }

    fn media_type(&self) -> &'static str {
        "application/sarif+json"
    }

    fn extension(&self) -> &'static str {
        "sarif"
    }

    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
        let ids = rule_ids(report, options);
        let results: Vec<SarifResult> = report
            .findings
            .iter()
            .zip(fingerprints(report, sources))
            .map(|(finding, fingerprint)| result(finding, fingerprint, &ids, options))
            .collect();
        let rules: Vec<ReportingDescriptor> = ids.iter().map(|id| descriptor(id, report, options)).collect();
        let driver = ToolComponent::builder()
            .name(report.tool.name.clone())
            .version(report.tool.version.clone())
            .semantic_version(report.tool.version.clone())
            .rules(rules)
            .build();
        let run = Run::builder()
            .tool(Tool::builder().driver(driver).build())
            .column_kind(serde_json::json!("unicodeCodePoints"))
            .invocations(vec![invocation(report)])
            .results(results)
            .build();
        let log = SarifLog::builder()
            .schema("https://json.schemastore.org/sarif-2.1.0.json".to_owned())
            .version(serde_json::json!("2.1.0"))
            .runs(vec![run])
            .build();
        pretty(&log)
    }
}

/// The ids of the known rules, then of rules that only the report knows.
/// `column-dropped` as programs that want one word take it: `ColumnDropped`.
fn in_one_word(id: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    id.split('-').map(capital).collect()
}

fn rule_ids(report: &Report, options: &RenderOptions) -> Vec<String> {
    let mut ids: Vec<String> = options.rules.iter().map(|rule| rule.id.to_owned()).collect();
    for finding in &report.findings {
        if !ids.contains(&finding.rule) {
            ids.push(finding.rule.clone());
        }
    }
    ids
}

fn level(severity: FindingSeverity) -> ResultLevel {
    match severity {
        FindingSeverity::Error => ResultLevel::Error,
        FindingSeverity::Warning => ResultLevel::Warning,
        FindingSeverity::Note => ResultLevel::Note,
    }
}

fn text(words: impl Into<String>) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(words.into()).build()
}

fn descriptor(id: &str, report: &Report, options: &RenderOptions) -> ReportingDescriptor {
    let known = options.rule(id);
    let severity = known.map_or_else(
        || report.findings.iter().find(|f| f.rule == id).map_or(FindingSeverity::Warning, |f| f.severity),
        |rule| rule.severity.into(),
    );
    let summary = known.map_or_else(|| id.replace('-', " "), |rule| rule.summary.to_owned());
    let page = known.map_or_else(|| summary.clone(), |rule| rule.page());
    let help = MultiformatMessageString::builder().text(page.clone()).markdown(page).build();
    let configuration = ReportingConfiguration::builder().level(serde_json::json!(severity.word())).build();
    let mut descriptor = ReportingDescriptor::builder()
        .id(id.to_owned())
        .name(in_one_word(id))
        .short_description(text(summary.clone()))
        .full_description(text(summary))
        .help(help)
        .default_configuration(configuration)
        .build();
    descriptor.help_uri = page_address(&crate::report::page_of(id));
    descriptor.properties = known.map(|rule| {
        PropertyBag::builder()
            .tags(vec!["postgresql".to_owned(), rule.category.word().to_owned()])
            .additional_properties(BTreeMap::from([("code".to_owned(), serde_json::json!(rule.code))]))
            .build()
    });
    descriptor
}

fn result(
    finding: &ReportFinding,
    fingerprint: String,
    ids: &[String],
    options: &RenderOptions,
) -> SarifResult {
    let properties = PropertyBag::builder()
        .additional_properties(BTreeMap::from([
            ("code".to_owned(), serde_json::json!(finding.code)),
            ("evidence".to_owned(), serde_json::json!(finding.evidence)),
            ("fix".to_owned(), serde_json::json!(finding.fix)),
        ]))
        .build();
    let mut result = SarifResult::builder()
        .rule_id(finding.rule.clone())
        .kind(ResultKind::Fail)
        .level(level(finding.severity))
        .message(Message::builder().text(whole_message(finding)).build())
        .locations(vec![location(finding, options)])
        .partial_fingerprints(BTreeMap::from([("freehold/v1".to_owned(), fingerprint)]))
        .properties(properties)
        .build();
    result.rule_index =
        ids.iter().position(|id| *id == finding.rule).and_then(|index| i64::try_from(index).ok());
    result
}

fn location(finding: &ReportFinding, options: &RenderOptions) -> Location {
    let subject = LogicalLocation::builder()
        .name(finding.subject.name.clone())
        .kind(finding.subject.kind.clone())
        .build();
    let mut location = Location::builder().logical_locations(vec![subject]).build();
    location.physical_location = finding.place.as_ref().map(|place| physical(place, options));
    location
}

fn physical(place: &ReportPlace, options: &RenderOptions) -> PhysicalLocation {
    let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    let region = Region::builder()
        .start_line(number(place.line.max(1)))
        .start_column(number(place.column.max(1)))
        .end_line(number(place.end_line.max(1)))
        .end_column(number(place.end_column.max(1)))
        .byte_offset(number(place.span.start))
        .byte_length(number(place.span.end.saturating_sub(place.span.start)))
        .build();
    let uri = uri(&options.rooted(&place.file));
    PhysicalLocation::builder()
        .artifact_location(ArtifactLocation::builder().uri(uri).build())
        .region(region)
        .build()
}

/// A path as a relative URI reference: every byte beyond the unreserved ones and `/` is percent-encoded (RFC 3986).
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

fn invocation(report: &Report) -> Invocation {
    let notifications: Vec<Notification> = report
        .not_verified
        .iter()
        .map(|gap| {
            let said = format!("not verified: {}: {}", visible(&gap.what), visible(&gap.why));
            let level = if gap.asked_for { "warning" } else { "note" };
            Notification::builder()
                .level(serde_json::json!(level))
                .message(Message::builder().text(said).build())
                .build()
        })
        .collect();
    let mut invocation =
        Invocation::builder().execution_successful(true).tool_execution_notifications(notifications).build();
    invocation.exit_code = report.summary.exit_code.map(i64::from);
    invocation
}
