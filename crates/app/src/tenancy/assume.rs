//! How a session takes on a tenant.

use std::collections::BTreeSet;

use freehold_lint::tenancy::{Line, Tenancy as Read};
use freehold_model::{catalog::Catalog, name::quote_literal};
use freehold_prove::isolation::Tenancy;

use super::membership;
use crate::settings::Settings;

/// The setting that is taken where nothing names one.
const USUAL: &str = "app.current_tenant_id";

pub(super) fn choose(
    tenancy: &mut Tenancy,
    read: &Read,
    catalog: &Catalog,
    settings: &Settings,
    guessed: &mut Vec<String>,
) {
    tenancy.membership = membership::find(tenancy, read, catalog);
    if !settings.tenancy.assume.is_empty() {
        tenancy.assume.clone_from(&settings.tenancy.assume);
        return;
    }
    if read.hosted {
        tenancy.assume = hosted(read);
        guessed.push(
            "a session takes on a tenant as Supabase's gateway does: a role and the claims of a token"
                .to_owned(),
        );
        return;
    }
    if tenancy.settings.is_empty() {
        if read.line == Line::Nothing {
            guessed.push(format!("no policy reads a setting: {USUAL} is set all the same"));
        }
        tenancy.settings.push(USUAL.to_owned());
    } else if settings.tenancy.setting.is_none() {
        guessed.push(format!("the tenant is in the setting {}", tenancy.settings.join(", ")));
    }
    let tenant: BTreeSet<&String> = tenancy.settings.iter().collect();
    tenancy.assume =
        tenant.iter().map(|name| format!("SELECT set_config({}, $1, true)", quote_literal(name))).collect();
    // Other settings that policies read are taken to name the user.
    let users: BTreeSet<&String> = read
        .policies
        .values()
        .flatten()
        .flat_map(|read| read.facts())
        .flat_map(|facts| &facts.settings)
        .collect();
    for name in users.into_iter().filter(|name| !tenant.contains(name)) {
        let lower = name.to_ascii_lowercase();
        if ["user", "member", "person", "account", "actor", "uid", "sub"]
            .iter()
            .any(|word| lower.contains(word))
        {
            tenancy.assume.push(format!("SELECT set_config({}, $2, true)", quote_literal(name)));
            guessed.push(format!("the user is in the setting {name}"));
        }
    }
}

/// Role and claims, as PostgREST sets them; claims that policies read by a name that speaks of a tenant hold the tenant.
fn hosted(read: &Read) -> Vec<String> {
    let mut keys: BTreeSet<String> = BTreeSet::new();
    for policy in read.policies.values().flatten() {
        for text in [&policy.policy.using, &policy.policy.with_check].into_iter().flatten() {
            keys.extend(claims(text));
        }
    }
    let own: String = keys.iter().map(|key| format!(", {}, $1::text", quote_literal(key))).collect();
    vec![
        "SET LOCAL ROLE authenticated".to_owned(),
        format!(
            "SELECT set_config('request.jwt.claims', json_build_object('sub', $2::text, 'role', 'authenticated'{own}, \
             'app_metadata', json_build_object('role', 'authenticated'{own}))::text, true)"
        ),
        "SELECT set_config('request.jwt.claim.sub', $2::text, true)".to_owned(),
        "SELECT set_config('request.jwt.claim.role', 'authenticated', true)".to_owned(),
    ]
}

/// The last key of each path into a token: `->> 'org_id'`.
fn claims(text: &str) -> Vec<String> {
    text.match_indices("->> '")
        .filter_map(|(at, arrow)| text.get(at + arrow.len()..)?.split('\'').next())
        .filter(|key| !["sub", "role", "email", "aud", "aal"].contains(key))
        .map(str::to_owned)
        .collect()
}
