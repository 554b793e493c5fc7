//! Where reports go: one to standard output or a file, and as many more to files as are asked for.

use std::path::{Path, PathBuf};

use clap::{Args, builder::PossibleValuesParser};
use freehold_app::{
    locate::place_in_repository,
    render::{RENDERERS, RenderOptions, renderer},
    report::{Report, Sources},
    rules::ALL,
};

use super::Context;
use crate::{
    exit::Exit,
    failure::{Failure, written_twice},
};

/// How a report is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct ReportArgs {
    /// How the report is written
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = names())]
    pub(crate) format: String,
    /// Write it to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write one more report to a file; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = one_more)]
    pub(crate) report: Vec<(String, PathBuf)>,
}

fn names() -> PossibleValuesParser {
    PossibleValuesParser::new(
        RENDERERS.iter().map(|r| clap::builder::PossibleValue::new(r.name()).help(r.about())),
    )
}

fn one_more(text: &str) -> Result<(String, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("expected FORMAT=FILE, such as html=report.html")?;
    if file.is_empty() {
        return Err(format!("no file is named after `{format}=`"));
    }
    if renderer(format).is_none() {
        let known: Vec<&str> = RENDERERS.iter().map(|r| r.name()).collect();
        return Err(format!("there is no format `{format}`; the formats are {}", known.join(", ")));
    }
    Ok((format.to_owned(), PathBuf::from(file)))
}

impl ReportArgs {
    /// Refuses, before any work is done, what could not be written afterwards.
    pub(crate) fn possible(&self, context: &Context<'_>) -> Result<(), Failure> {
        let files: Vec<PathBuf> = self.files().map(|file| context.here.join(file)).collect();
        for (number, file) in files.iter().enumerate() {
            if files.iter().take(number).any(|other| other == file) {
                return Err(written_twice(file));
            }
            let folder = file.parent().unwrap_or(Path::new("/"));
            if !folder.is_dir() {
                return Err(Failure::new(
                    format!("could not write {}: there is no folder {}", file.display(), folder.display()),
                    None,
                ));
            }
        }
        Ok(())
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        self.output.iter().chain(self.report.iter().map(|(_, file)| file))
    }

    /// Writes everything that was asked for.
    pub(crate) fn write(
        &self,
        context: &Context<'_>,
        project_dir: &Path,
        report: &Report,
        sources: &Sources,
    ) -> Result<(), Failure> {
        self.write_with(context, project_dir, report, sources, false)
    }

    /// [`Self::write`], with each way across the tenant line where `ways`.
    pub(crate) fn write_with(
        &self,
        context: &Context<'_>,
        project_dir: &Path,
        report: &Report,
        sources: &Sources,
        ways: bool,
    ) -> Result<(), Failure> {
        let options = RenderOptions {
            ways,
            verbose: context.printer.verbose(),
            width: context.printer.width(),
            rules: ALL.to_vec(),
            prefix: place_in_repository(project_dir),
        };
        let write = |format: &str| {
            renderer(format).map(|renderer| renderer.render(report, sources, &options)).unwrap_or_default()
        };
        for (format, file) in &self.report {
            context.printer.file(&context.here.join(file), &write(format))?;
            context.printer.remark(&format!("{format} report: {}", file.display()));
        }
        match &self.output {
            Some(file) => {
                context.printer.file(&context.here.join(file), &write(&self.format))?;
                context.printer.remark(&format!("{} report: {}", self.format, file.display()));
            }
            None => {
                let clean = report.summary.exit_code == Some(0) && report.findings.is_empty();
                if !(context.printer.quiet() && clean && self.format == "human") {
                    context.printer.out(&write(&self.format));
                }
            }
        }
        Ok(())
    }
}

/// The exit code that a sealed report asks for.
pub(crate) fn exit_of(report: &Report, fail_on: freehold_app::Severity) -> Exit {
    freehold_app::report::Outcome::of(report, fail_on).into()
}
