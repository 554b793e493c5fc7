//! Renderers of reports: one file each, all on one list.

mod evidence;
mod excerpt;
mod fingerprint;
mod gaps;
mod github;
mod gitlab;
mod groups;
mod html;
mod human;
mod json;
mod markdown;
mod matrix;
mod sarif;
mod visible;
mod words;

use freehold_model::finding::Rule;

use crate::report::{Report, Sources};

pub use excerpt::show_excerpt;
pub use json::{line as json_line, pretty as json_text};
pub use visible::{one_line, visible};

/// A way of writing a report.
pub trait Renderer: Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;
    /// One line for the help.
    fn about(&self) -> &'static str;
    /// The media type of what it writes.
    fn media_type(&self) -> &'static str;
    /// The extension of a file that holds it, without a dot.
    fn extension(&self) -> &'static str;
    /// Writes the report. The text ends with a newline. Only `human` uses terminal styles; strip them for a file.
    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String;
}

/// All renderers; the first is the default.
pub static RENDERERS: &[&dyn Renderer] = &[
    &human::Human,
    &json::Json,
    &sarif::Sarif,
    &github::Github,
    &gitlab::Gitlab,
    &markdown::Markdown,
    &html::Html,
];

/// The renderer of a name.
pub fn renderer(name: &str) -> Option<&'static dyn Renderer> {
    RENDERERS.iter().copied().find(|renderer| renderer.name() == name)
}

/// How to write a report.
#[derive(Debug, Clone)]
pub struct RenderOptions {
    /// Show each migration's statements and locks too, where the renderer leaves them out by default.
    pub verbose: bool,
    /// Show each way across the tenant line, not only their families.
    pub ways: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The rules that findings may come from, for their summaries and pages.
    pub rules: Vec<&'static Rule>,
    /// The project's folder as seen from the root of its repository, with forward slashes and none at the ends;
    /// empty when they are the same. Forges want paths from the root.
    pub prefix: String,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self { verbose: false, ways: false, width: 100, rules: Vec::new(), prefix: String::new() }
    }
}

impl RenderOptions {
    fn rule(&self, id: &str) -> Option<&'static Rule> {
        self.rules.iter().copied().find(|rule| rule.id == id)
    }

    /// A file of the project as seen from the root of the repository.
    fn rooted(&self, file: &str) -> String {
        if self.prefix.is_empty() || file.starts_with('/') {
            file.to_owned()
        } else {
            format!("{}/{file}", self.prefix)
        }
    }
}

/// The address of a rule's page, where the project that this program was built from has an address.
fn page_address(page: &str) -> Option<String> {
    let repository = env!("CARGO_PKG_REPOSITORY").trim_end_matches('/');
    let host = repository.split("://").nth(1)?.split('/').next()?;
    let exists = host.rsplit('.').next().is_none_or(|last| last != "invalid");
    exists.then(|| format!("{repository}/blob/HEAD/{page}"))
}
