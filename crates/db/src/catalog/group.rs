//! The groups of the probe: branches that are asked together, and the catalogs that they look at.

use std::sync::LazyLock;

use super::for_version::for_version;

/// Some branches of the probe.
#[derive(Debug)]
pub(super) struct Group {
    /// Ids of the catalogs that the branches look at.
    pub(super) catalogs: Vec<u32>,
    /// The tags that the branches give.
    pub(super) tags: Vec<i32>,
    sql: String,
}

/// The probe, taken apart: what stands before the branches, the groups, what stands behind.
struct Query {
    head: String,
    groups: Vec<Group>,
    foot: String,
}

static QUERY: LazyLock<Query> = LazyLock::new(|| take_apart(include_str!("probe.sql")));

/// All groups.
pub(super) fn groups() -> &'static [Group] {
    &QUERY.groups
}

/// The probe's text with some groups, which must not be none.
pub(super) fn text(groups: &[&Group], major: u32) -> String {
    let branches: Vec<&str> = groups.iter().map(|group| group.sql.as_str()).collect();
    for_version(&format!("{}{}{}", QUERY.head, branches.join("    union all\n"), QUERY.foot), major)
}

fn take_apart(text: &str) -> Query {
    let mut parts = text.split("    --@ ");
    let head = parts.next().unwrap_or_default().to_owned();
    let mut foot = String::new();
    let mut groups = Vec::new();
    for part in parts {
        let (marks, sql) = part.split_once('\n').unwrap_or((part, ""));
        let (catalogs, tags) = marks.split_once(':').unwrap_or((marks, ""));
        let (sql, after) = match sql.split_once(") marks") {
            Some((sql, after)) => (sql, format!(") marks{after}")),
            None => (sql, String::new()),
        };
        foot.push_str(&after);
        groups.push(Group { catalogs: numbers(catalogs), tags: numbers(tags), sql: sql.to_owned() });
    }
    Query { head, groups, foot }
}

fn numbers<N: std::str::FromStr>(words: &str) -> Vec<N> {
    words.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_branch_is_in_a_group_that_names_its_tag() {
        for group in groups() {
            assert!(!group.catalogs.is_empty() && !group.tags.is_empty());
            for line in group.sql.lines().filter(|line| line.starts_with("    select ")) {
                let first: String =
                    line.trim_start_matches("    select ").chars().take_while(char::is_ascii_digit).collect();
                if let Ok(tag) = first.parse::<i32>() {
                    assert!(group.tags.contains(&tag), "{line}");
                }
            }
        }
        let all: Vec<&Group> = groups().iter().collect();
        assert_eq!(all.len(), 8);
        assert!(text(&all, 15).ends_with("group by tag\n"));
    }
}
