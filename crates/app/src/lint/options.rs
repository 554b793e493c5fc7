//! What the settings tell the rules.

use freehold_lint::Options;
use freehold_model::name::QualifiedName;

use crate::settings::Settings;

/// From `[lint]`, `[volumes]`, `[tenancy]` and the version of `[sandbox]`.
pub(crate) fn options(settings: &Settings) -> Options {
    let mut options = Options::default();
    if !settings.lint.postgres.is_empty() {
        options.majors.clone_from(&settings.lint.postgres);
    } else if let Some(major) = settings.sandbox.pg_major {
        options.majors = vec![major];
    }
    if let Some(rows) = settings.lint.tiny_rows {
        options.tiny_rows = rows;
    }
    options.runner_sets_lock_timeout = settings.lint.runner_sets_lock_timeout.unwrap_or(false);
    for (table, rows) in &settings.volumes {
        options.rows.insert(named(table), *rows);
    }
    options.tenant_root.clone_from(&settings.tenancy.root);
    options.tenant_column.clone_from(&settings.tenancy.column);
    options.shared.clone_from(&settings.tenancy.shared);
    options.application_role.clone_from(&settings.tenancy.role);
    options
}

/// A table as people write it: `users`, `app.users`.
fn named(text: &str) -> QualifiedName {
    let bare = |part: &str| part.trim_matches('"').to_owned();
    match text.split_once('.') {
        Some((schema, name)) => QualifiedName::new(bare(schema), bare(name)),
        None => QualifiedName::new("public", bare(text)),
    }
}
