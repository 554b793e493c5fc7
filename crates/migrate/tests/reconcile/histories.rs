//! Public histories, by hand: the folders of migrations that `FREEHOLD_HISTORIES` names, with colons between them, from
//! nothing to every version, and from every version to the next.

use std::path::Path;

use super::examples::{prepared, versions, walk};

#[tokio::test]
#[ignore = "needs folders that are not part of the project"]
async fn histories_are_rebuilt() {
    #[expect(
        clippy::disallowed_methods,
        reason = "tests have no face that could read the environment for them"
    )]
    let folders = std::env::var("FREEHOLD_HISTORIES").unwrap_or_default();
    for folder in folders.split(':').filter(|folder| !folder.is_empty()) {
        let (versions, failed) = versions(&prepared(Path::new(folder))).await;
        let (first, last) = (versions.first().unwrap(), versions.last().unwrap());
        println!("{folder}: {} versions, then {failed:?}; {} objects", versions.len(), last.object_count());
        let (steps, left) = walk([last, first, last]).await;
        println!("  whole: {steps} steps, not covered: {left:#?}");
        let path = versions.windows(2).flat_map(|pair| match pair {
            [before, after] => vec![after, before, after],
            _ => Vec::new(),
        });
        let (steps, left) = walk(path).await;
        let other: Vec<&String> = left.iter().filter(|line| !line.contains("column order")).collect();
        println!(
            "  one by one: {steps} steps, {} column orders, other: {other:#?}",
            left.len() - other.len()
        );
    }
}
