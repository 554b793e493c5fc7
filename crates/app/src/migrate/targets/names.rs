//! Whether names can be tenants', and which of them are wanted.

use std::collections::HashSet;

use super::error::TargetsError;
use super::{Of, Which};
use crate::settings::{TenantKind, nearest, not_a_tenants};

/// The names that were found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) names: Vec<String>,
    pub(super) of: Of,
    pub(super) kind: TenantKind,
}

/// Refuses names that cannot be tenants'. `shared` are schemas that belong to all.
pub(super) fn judged(found: &Found, shared: &[String]) -> Result<(), TargetsError> {
    let (of, kind) = (found.of.shown(), found.kind.word());
    if found.names.is_empty() {
        return Err(TargetsError::Empty { of, kind });
    }
    let mut seen = HashSet::new();
    let mut twice: Vec<String> = Vec::new();
    for name in &found.names {
        let why = not_a_tenants(found.kind, name)
            .or_else(|| shared.contains(name).then_some("is one that all tenants share ([tenants] shared)"));
        if let Some(why) = why {
            return Err(TargetsError::NotATenants { of, kind, name: name.clone(), why });
        }
        if !seen.insert(name) && !twice.contains(name) {
            twice.push(name.clone());
        }
    }
    if twice.is_empty() {
        return Ok(());
    }
    Err(TargetsError::Twice { of, names: twice, query: !found.of.is_list() })
}

/// Those that are wanted, in the order in which they were found.
pub(super) fn chosen(found: Found, which: &Which) -> Result<Vec<String>, TargetsError> {
    let Which::Only(wanted) = which else { return Ok(found.names) };
    if let Some(stranger) = wanted.iter().find(|name| !found.names.contains(name)) {
        return Err(TargetsError::NotAmong {
            name: stranger.clone(),
            kind: found.kind.word(),
            of: found.of.shown(),
            count: found.names.len(),
            near: near(stranger, &found.names),
        });
    }
    Ok(found.names.into_iter().filter(|name| wanted.contains(name)).collect())
}

/// The name that was most likely meant.
pub(super) fn near(name: &str, known: &[String]) -> Option<String> {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    nearest(name, &known).map(str::to_owned)
}
