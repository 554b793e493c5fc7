//! Whatever a table says, each migration of a folder comes out as one thing, and what is open is told.

use std::sync::LazyLock;

use freehold_migrate::{
    Folder, PEERS, PeerChecksum, PeerEntry, PeerHistory, PeerState, StandsFor, match_with,
};
use freehold_model::name::QualifiedName;
use proptest::prelude::*;

use crate::workbench::Files;

/// Folders of several formats, in each of which versions come from the same few numbers.
static FOLDERS: LazyLock<Vec<(Files, Folder)>> = LazyLock::new(|| {
    let goose = "-- +goose Up\nselect 1;\n";
    let folders = [
        Files::new(
            "golang-migrate",
            &[("1_a.up.sql", "select 1;"), ("2_b.up.sql", "select 2;"), ("4_c.up.sql", "")],
        ),
        Files::new("sqlx", &[("1_a.sql", "select 1;"), ("3_b.sql", "select 2;"), ("5_c.sql", "")]),
        Files::new(
            "flyway",
            &[
                ("V1__a.sql", "select 1;"),
                ("V2__b.sql", "select 2;"),
                ("V4__c.sql", ""),
                ("B3__all.sql", "select 3;"),
                ("R__a.sql", "select 1;"),
            ],
        ),
        Files::new(
            "flyway",
            &[("V1__a.sql", "select 1;"), ("V1_5__b.sql", "select 2;"), ("R__a.sql", "select 1;")],
        ),
        Files::new("goose", &[("1_a.sql", goose), ("2_b.go", ""), ("4_c.sql", goose)]),
    ];
    folders
        .into_iter()
        .map(|files| (Files::folder(&files), files))
        .map(|(folder, files)| (files, folder))
        .collect()
});

fn entry() -> impl Strategy<Value = PeerEntry> {
    let version = prop::sample::select(vec![
        "",
        "0",
        "1",
        "1.5",
        "2",
        "3",
        "4",
        "5",
        "-1",
        "x",
        "001",
        "20260101000000",
    ]);
    let state = prop_oneof![
        4 => Just(PeerState::Applied),
        1 => Just(PeerState::Failed { why: "it did".to_owned() }),
        1 => Just(PeerState::RolledBack),
        1 => Just(PeerState::Superseded),
    ];
    let stands_for = prop::sample::select(vec![StandsFor::Itself, StandsFor::UpTo]);
    let sum = prop::sample::select(vec![None, Some("-690524359"), Some("abc"), Some("")]);
    (version, state, stands_for, sum).prop_map(|(version, state, stands_for, sum)| PeerEntry {
        version: version.to_owned(),
        name: Some("a".to_owned()),
        applied_at: None,
        state,
        stands_for,
        checksum: sum.map(|sum| PeerChecksum { algorithm: "CRC-32", recorded: sum.to_owned() }),
        applied_by: None,
        duration: None,
    })
}

proptest! {
    #[test]
    fn every_migration_is_in_one_list_and_an_open_one_has_a_reason(
        peer in 0..PEERS.len(),
        folder in 0_usize..5,
        entries in prop::collection::vec(entry(), 0..6),
    ) {
        let folder = &FOLDERS[folder].1;
        let table = QualifiedName::new("public", "t");
        let history = PeerHistory { tool: PEERS[peer].tool(), table, entries, remarks: Vec::new() };
        let adoption = match_with(folder, &history);
        let mut places: Vec<usize> = adoption.applied.iter().map(|adopted| adopted.migration).collect();
        places.extend(adoption.pending.iter().map(|awaiting| awaiting.migration));
        places.extend(&adoption.undecided);
        places.sort_unstable();
        prop_assert_eq!(places, (0..folder.migrations.len()).collect::<Vec<_>>());
        prop_assert!(adoption.undecided.is_empty() || !adoption.is_clear());
        let failed = history.entries.iter().any(|entry| matches!(entry.state, PeerState::Failed { .. }));
        prop_assert!(!failed || !adoption.is_clear());
        let lost = adoption.without_file.iter().any(|row| row.explained.is_none());
        prop_assert!(!lost || !adoption.is_clear());
        prop_assert!(adoption.obstacles.iter().all(|obstacle| !obstacle.help().is_empty()));
    }
}
