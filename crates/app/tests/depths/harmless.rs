//! The scripts that only look dangerous, rehearsed: nothing above a note is said of them there either.

use std::{fs, path::PathBuf};

use futures_util::StreamExt as _;

use crate::{
    case::{Depth, History},
    depth::by,
};

/// What a proof says of them, and rightly: rows that were named one by one are deleted for good.
const TRUE: &[(&str, &str)] = &[("update_of_few_rows", "up-loses-data")];

#[tokio::test(flavor = "multi_thread")]
async fn no_harmless_script_gives_a_warning_or_an_error_when_it_is_rehearsed() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../lint/harmless");
    let files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 40, "only {} harmless scripts", files.len());
    let judged = futures_util::stream::iter(files).map(|file| tokio::spawn(complaints(file)));
    let judged = judged.buffer_unordered(4);
    let mut wrong: Vec<String> =
        judged.map(|joined| joined.unwrap_or_else(|error| vec![error.to_string()])).concat().await;
    wrong.sort();
    assert!(wrong.is_empty(), "{} complaints:\n{}", wrong.len(), wrong.join("\n"));
}

async fn complaints(file: PathBuf) -> Vec<String> {
    let name = file.file_stem().unwrap().to_string_lossy().into_owned();
    let history = History::read(&fs::read_to_string(&file).unwrap());
    match by(Depth::Rehearsal, &history).await {
        Err(error) => vec![format!("{name}: {error}")],
        Ok(said) => {
            let grave = said
                .into_iter()
                .filter(|(rule, grave, _)| *grave && !TRUE.contains(&(name.as_str(), rule.as_str())));
            grave.map(|(rule, _, message)| format!("{name}: {rule}: {message}")).collect()
        }
    }
}
