//! `freehold doctor`: which PostgreSQL programs this machine has, which extensions they can create, and what is
//! missing for what.

mod needs;
mod show;

use std::path::PathBuf;

use freehold_sandbox::{Found, Installation, SandboxError, Search, find_installations, package_hint};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{report::Tool, settings::Settings};

/// What to look for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The project's folder, whose migrations may need extensions.
    pub project_dir: PathBuf,
    /// What `freehold.toml` says.
    pub settings: Settings,
    /// Where to look for PostgreSQL's programs.
    pub search: Search,
    /// The major version that is asked for, if one is.
    pub pg_major: Option<u32>,
    /// Further extensions that are asked for.
    pub extensions: Vec<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorReport {
    /// The version of this shape: 1.
    pub version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// True when nothing that is needed is missing.
    pub ready: bool,
    /// The installations that can be used, newest first.
    pub installations: Vec<DoctorInstallation>,
    /// Folders that hold some server program but cannot be used.
    pub refused: Vec<DoctorRefused>,
    /// What is missing, for what, and how to get it.
    pub missing: Vec<Missing>,
}

/// Server programs of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorInstallation {
    /// Its version, such as `15.18`.
    pub version: String,
    /// The folder of its programs.
    pub bin_dir: String,
    /// How it was found.
    pub found_by: String,
    /// True for the one that a check would use.
    pub chosen: bool,
    /// The extensions that it can create.
    pub extensions: Vec<DoctorExtension>,
}

/// An extension that can be created.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorExtension {
    /// Its name.
    pub name: String,
    /// The version that is created by default; empty when unknown.
    pub version: String,
}

/// A folder that was looked at and not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoctorRefused {
    /// The folder.
    pub bin_dir: String,
    /// Why not.
    pub why: String,
}

/// Something that is needed and not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Missing {
    /// What, such as `extension vector`.
    pub what: String,
    /// Who needs it.
    pub needed_for: String,
    /// How to get it, as far as it is known.
    pub install: String,
}

/// Looks. Never fails: what is wrong is in the report.
pub fn run(request: &Request) -> DoctorReport {
    let found = find_installations(&request.search);
    let wanted = request.pg_major.or(request.settings.sandbox.pg_major);
    let chosen = found.usable.iter().position(|i| wanted.is_none_or(|major| i.version.major() == major));
    let mut missing = Vec::new();
    let installations: Vec<DoctorInstallation> = found
        .usable
        .iter()
        .enumerate()
        .map(|(number, installation)| describe(installation, chosen == Some(number)))
        .collect();
    match (chosen.and_then(|number| found.usable.get(number)), wanted) {
        (Some(installation), _) => missing.extend(missing_extensions(request, installation)),
        (None, wanted) => missing.push(missing_server(&found, wanted)),
    }
    DoctorReport {
        version: 1,
        tool: Tool { name: "freehold".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        ready: missing.is_empty(),
        installations,
        refused: found
            .refused
            .iter()
            .map(|refused| DoctorRefused {
                bin_dir: refused.bin_dir.display().to_string(),
                why: refused.why.clone(),
            })
            .collect(),
        missing,
    }
}

fn describe(installation: &Installation, chosen: bool) -> DoctorInstallation {
    DoctorInstallation {
        version: installation.version.to_string(),
        bin_dir: installation.bin_dir.display().to_string(),
        found_by: installation.found_by.to_string(),
        chosen,
        extensions: installation
            .extensions()
            .into_iter()
            .map(|extension| DoctorExtension { name: extension.name, version: extension.default_version })
            .collect(),
    }
}

fn missing_server(found: &Found, wanted: Option<u32>) -> Missing {
    let error = match wanted {
        Some(wanted) if !found.usable.is_empty() => SandboxError::NoSuchMajor {
            wanted,
            found: found.usable.iter().map(|i| i.version.to_string()).collect(),
        },
        _ => SandboxError::NoInstallation { refused: found.refused.clone() },
    };
    let what = wanted.map_or_else(
        || "server programs of PostgreSQL".to_owned(),
        |major| format!("server programs of PostgreSQL {major}"),
    );
    Missing {
        what,
        needed_for: "the private server that migrations are rehearsed on".to_owned(),
        install: error.help().unwrap_or_default(),
    }
}

fn missing_extensions(request: &Request, installation: &Installation) -> Vec<Missing> {
    let there: Vec<String> = installation.extensions().into_iter().map(|e| e.name).collect();
    needs::extensions(request)
        .into_iter()
        .filter(|(name, _)| !there.contains(name))
        .map(|(name, needed_for)| Missing {
            what: format!("extension {name}"),
            needed_for,
            install: package_hint(&name, installation.version).unwrap_or_else(|| {
                format!(
                    "install the package that brings {name} for PostgreSQL {}",
                    installation.version.major()
                )
            }),
        })
        .collect()
}
