//! One self-contained HTML page: the findings, and the migrations, locks and differences drawn as SVG.
//!
//! Nothing is loaded and no script runs: the page forbids both to itself. Everything from outside goes through the
//! template engine's escaping.

mod draw;
mod matrix;
mod view;

use minijinja::{AutoEscape, Environment, Value, syntax::SyntaxConfig, value::Serde};

use super::{RenderOptions, Renderer, visible::defused};
use crate::report::{Report, Sources};

/// `--format html`
pub(super) struct Html;

const TEMPLATE: &str = include_str!("html/report.html");
const STYLE: &str = include_str!("html/style.css");

impl Renderer for Html {
    fn name(&self) -> &'static str {
        "html"
    }

    fn about(&self) -> &'static str {
        "one page with the time line and locks drawn"
    }

    fn media_type(&self) -> &'static str {
        "text/html"
    }

    fn extension(&self) -> &'static str {
        "html"
    }

    fn render(&self, report: &Report, sources: &Sources, options: &RenderOptions) -> String {
        let page = view::page(report, sources, options);
        match fill(&page) {
            Ok(text) => defused(&text),
            // The template is fixed and tested with every shape; should it fail all the same, say so on the page.
            Err(error) => {
                let said = error.to_string().replace('&', "&amp;").replace('<', "&lt;");
                format!(
                    "<!doctype html><title>Freehold</title><p>The report could not be drawn: {said}</p>\n"
                )
            }
        }
    }
}

fn fill(page: &view::Page) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.add_template("report", TEMPLATE)?;
    let style = Value::from_safe_string(STYLE.to_owned());
    let page = Value::from(Serde(page));
    environment.get_template("report")?.render(minijinja::context! { page, style })
}
