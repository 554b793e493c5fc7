//! The tenant line of a folder that is checked: tried on the last state, where policies are meant to hold it.

use freehold_model::{
    catalog::{Catalog, Roles},
    finding::Category,
};
use freehold_prove::{
    isolation::Options,
    rehearsal::{Rehearsal, Standing},
    step::Step,
};
use freehold_sandbox::Server;

use super::Request;
use crate::{
    isolation::{Judged, judged, matrix, nothing_to_prove, undecided},
    lint::{Flags, select::Selection},
    progress::Progress,
    report::NotVerified,
    rules::ALL,
    tenancy::{self, Resolved},
};

/// Whether the tenant line is to be tried; else what is said instead.
pub(super) fn wanted(request: &Request) -> Result<(), NotVerified> {
    const WHAT: &str = "that no tenant reaches another's rows";
    if !request.isolation {
        return Err(NotVerified::for_completeness(WHAT, "switched off"));
    }
    let flags = Flags::default();
    let selection = Selection::new(&request.settings, &flags, false);
    let mut rules = ALL.iter().filter(|rule| rule.category == Category::Isolation);
    if rules.any(|rule| selection.looks(rule)) {
        Ok(())
    } else {
        Err(NotVerified::for_completeness(WHAT, "its rules are switched off"))
    }
}

/// What can be said of the tenant line without applying the folder once more: that it is not to be tried, or that nothing
/// is there to be tried.
pub(super) fn settled(request: &Request, rehearsal: &Rehearsal) -> Option<Result<Judged, NotVerified>> {
    if let Err(gap) = wanted(request) {
        return Some(Err(gap));
    }
    match meant(request, &rehearsal.catalog, &Roles::default()) {
        Ok(_) => None,
        Err(nothing) => Some(Ok(*nothing)),
    }
}

/// The tenant line of a folder that cannot be applied.
pub(super) fn refused() -> Judged {
    undecided("a migration is refused, so that there is no last state".to_owned())
}

/// How tenants are told apart, where that is meant.
fn meant(request: &Request, catalog: &Catalog, roles: &Roles) -> Result<Resolved, Box<Judged>> {
    let Some(resolved) = tenancy::resolve(catalog, roles, &request.settings) else {
        return Err(Box::new(nothing_to_prove("nothing in the schema tells tenants apart", false)));
    };
    if resolved.is_meant {
        return Ok(resolved);
    }
    let why = format!(
        "there is a column {}, and neither a policy nor `[tenancy]` in freehold.toml says that it tells tenants apart",
        resolved.column
    );
    Err(Box::new(nothing_to_prove(&why, false)))
}

/// What the proof says of the last state of the folder.
pub(super) async fn tried(
    request: &Request,
    server: &Server,
    standing: &Standing,
    steps: &[Step],
    progress: &dyn Progress,
) -> Judged {
    let resolved = match meant(request, &standing.catalog, &standing.roles) {
        Ok(resolved) => resolved,
        Err(nothing) => return *nothing,
    };
    match matrix(server, standing, &resolved, &Options::default(), progress).await {
        Ok(matrix) => judged(&resolved, &standing.catalog, &matrix, steps, false),
        Err(error) => {
            let causes = std::iter::successors(Some(&error as &dyn std::error::Error), |e| e.source());
            let told: Vec<String> = causes.map(ToString::to_string).collect();
            undecided(told.join(": "))
        }
    }
}
