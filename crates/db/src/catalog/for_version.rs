//! One SQL text for all served versions: the parts that only some of them know are marked.

/// Resolves the marks `/*>=15*/ a /*else*/ b /*end*/` for a major version; `/*else*/ b` may be left out, and `b` may
/// hold marks itself.
pub(super) fn for_version(text: &str, major: u32) -> String {
    let mut text = text.to_owned();
    // The last opening mark has no other inside.
    while let Some(resolved) = resolve_last(&text, major) {
        text = resolved;
    }
    text
}

fn resolve_last(text: &str, major: u32) -> Option<String> {
    let (before, rest) = text.rsplit_once("/*>=")?;
    let (since, rest) = rest.split_once("*/")?;
    let (inside, after) = rest.split_once("/*end*/")?;
    let (newer, older) = inside.split_once("/*else*/").unwrap_or((inside, ""));
    let since: u32 = since.parse().ok()?;
    let chosen = if major >= since { newer } else { older };
    Some(format!("{before}{}{after}", chosen.trim()))
}

#[cfg(test)]
mod tests {
    use super::for_version;

    #[test]
    fn marked_parts_are_chosen_by_version() {
        let text = "select /*>=17*/ new /*else*/ /*>=15*/ mid /*else*/ null /*end*/ /*end*/ from t /*>=15*/ where x /*end*/";
        assert_eq!(for_version(text, 14), "select null from t ");
        assert_eq!(for_version(text, 16), "select mid from t where x");
        assert_eq!(for_version(text, 18), "select new from t where x");
    }
}
