//! Files beside the migrations that look like a mistake, for all formats alike.

use crate::format::Found;
use crate::listing::{Entry, EntryKind};

/// Warns of a file that a format does not take although it looks as if it was meant: SQL under another name, or a
/// copy that an editor left. `wanted` is the name that would do.
pub(crate) fn warn_of_stray(found: &mut Found, entry: &Entry, wanted: &str) {
    if entry.kind == EntryKind::Broken {
        found.warn(
            &entry.path,
            "is a symbolic link that leads nowhere or back to a folder above; it is left out",
        );
        return;
    }
    if let Some(what) = editor_leftover(&entry.name) {
        found.warn(&entry.path, format!("looks like {what}; it is left out"));
    } else if entry.is_sql() {
        let what = if entry.is_dir() { "is a folder" } else { "does not have a name" };
        let wanted = if entry.is_dir() { String::new() } else { format!(" like {wanted}") };
        found.warn(&entry.path, format!("{what}{wanted}, so it is left out"));
    }
}

/// What an editor or a merge tool left behind, by its name.
pub(crate) fn editor_leftover(name: &str) -> Option<&'static str> {
    let lower = name.to_ascii_lowercase();
    let stem_is_sql = |ending: &str| lower.strip_suffix(ending).is_some_and(|stem| stem.ends_with(".sql"));
    if lower.ends_with(".sql~") || stem_is_sql(".bak") || stem_is_sql(".old") || stem_is_sql(".save") {
        Some("a copy that an editor made")
    } else if lower.starts_with('#') && lower.ends_with('#') || stem_is_sql(".swp") || stem_is_sql(".tmp") {
        Some("an editor's temporary file")
    } else if stem_is_sql(".orig") || stem_is_sql(".rej") {
        Some("a file that a merge left behind")
    } else {
        None
    }
}
