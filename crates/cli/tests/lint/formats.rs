//! Every format names the rule, its code, and the right line and column.

use crate::project::*;

fn written(format: &str) -> String {
    let folder = project(&[
        TABLE,
        NO_TABLE,
        ("000002_index.up.sql", "SELECT 'é';  CREATE INDEX i ON orders (note);\n"),
        ("000002_index.down.sql", "DROP INDEX i;\n"),
    ]);
    let said = freehold(folder.path(), &["lint", "--no-try", "--select", SELECT, "--format", format]);
    assert_eq!(said.code, 0, "{said:?}");
    said.out
}

#[test]
fn lines_and_columns_are_right_in_every_format() {
    assert!(written("human").contains("--> migrations/000002_index.up.sql:1:14"), "{}", written("human"));
    assert!(written("human").contains("warning[FH0101 index-built-without-concurrently]"));
    let github = written("github");
    assert!(github.contains("line=1,endLine=1,col=14,endColumn=45,"), "{github}");
    assert!(github.contains("FH0101 index-built-without-concurrently"), "{github}");
    let gitlab: serde_json::Value = serde_json::from_str(&written("gitlab")).unwrap();
    assert_eq!(gitlab[0]["location"]["lines"]["begin"], 1);
    assert_eq!(gitlab[0]["check_name"], "index-built-without-concurrently");
    let sarif: serde_json::Value = serde_json::from_str(&written("sarif")).unwrap();
    let run = &sarif["runs"][0];
    let region = &run["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (&region["startLine"], &region["startColumn"], &region["endColumn"]),
        (&1.into(), &14.into(), &45.into())
    );
    assert_eq!(region["byteOffset"], 14, "é has two bytes");
    let index = run["results"][0]["ruleIndex"].as_u64().unwrap();
    let rule = &run["tool"]["driver"]["rules"][usize::try_from(index).unwrap()];
    assert_eq!(rule["id"], "index-built-without-concurrently");
    assert_eq!(rule["properties"]["code"], "FH0101");
    assert!(rule["properties"]["tags"].as_array().unwrap().contains(&"locks".into()), "{rule}");
    assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Do instead"), "{rule}");
    let markdown = written("markdown");
    assert!(
        markdown.contains("migrations/000002_index.up.sql:1") && markdown.contains("FH0101"),
        "{markdown}"
    );
    let html = written("html");
    assert!(html.contains("000002_index.up.sql:1:14") && html.contains("FH0101"), "the page lacks the place");
}

#[test]
fn what_was_not_looked_at_is_said() {
    let folder = project(&[
        TABLE,
        NO_TABLE,
        ("000002_do.up.sql", "DO $$ BEGIN EXECUTE 'select 1'; END $$;\n"),
        ("000002_do.down.sql", "SELECT 1;\n"),
    ]);
    let report = freehold(folder.path(), &["lint", "--no-try", "--format", "json"]).report();
    let gaps = report["not_verified"].as_array().unwrap();
    let of = |what: &str| gaps.iter().any(|gap| gap["what"].as_str().unwrap().contains(what));
    assert!(of("migrations/000002_do.up.sql:1") && of("rules that need more than text"), "{gaps:?}");
    assert!(gaps.iter().all(|gap| gap["asked_for"] == false), "{gaps:?}");
}
