//! Any folder is read or refused by every format, and what is read can be placed in its files.

use crate::folders::TestFolder;
use freehold_migrate::{FORMATS, detect, read};
use freehold_model::place::Span;
use proptest::prelude::*;

fn name() -> impl Strategy<Value = String> {
    let stem = prop_oneof![
        Just("1_a"),
        Just("001_b"),
        Just("2-c"),
        Just("V1__a"),
        Just("V1.0__b"),
        Just("U1__a"),
        Just("R__x"),
        Just("B1__y"),
        Just("2024-01-01_d"),
        Just("sqls/1-a-up"),
        Just("1_a/up"),
        Just("1_a/down"),
        Just("2_b/migration"),
        Just("é_ü"),
        Just("schema"),
        Just(""),
        Just("99999999999999999999_z"),
        Just("-1_n"),
        Just("sub/deep/V3__q"),
    ];
    let ending = prop_oneof![
        Just(".sql"),
        Just(".up.sql"),
        Just(".down.sql"),
        Just(".SQL"),
        Just(".sql~"),
        Just(".go"),
        Just(".js"),
        Just(".sql.conf"),
        Just(".toml"),
        Just(""),
    ];
    (stem, ending).prop_map(|(stem, ending)| format!("{stem}{ending}"))
}

fn text() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("-- +goose Up"),
        Just("-- +goose Down"),
        Just("-- +goose StatementBegin"),
        Just("-- +goose StatementEnd"),
        Just("-- +goose NO TRANSACTION"),
        Just("-- migrate:up"),
        Just("-- migrate:down transaction:false"),
        Just("-- +migrate Up"),
        Just("-- +migrate Down"),
        Just("-- Up Migration"),
        Just("-- down migration"),
        Just("---- create above / drop below ----"),
        Just("select 1;"),
        Just("select $$;"),
        Just("'"),
        Just("é;"),
        Just("${x}"),
        Just("\\restrict a"),
        Just(""),
        Just("\u{feff}"),
        Just("/*"),
        Just("provider = \"postgresql\""),
    ];
    proptest::collection::vec((line, prop_oneof![Just("\n"), Just("\r\n"), Just("")]), 0..8)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end]).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]
    #[test]
    fn any_folder_is_read_or_refused(files in proptest::collection::vec((name(), text()), 0..7)) {
        let folder = TestFolder::at("migrations");
        for (name, text) in &files {
            let path = folder.path().join(name);
            // A name can stand for a folder that another name needs.
            if path.parent().is_some_and(|parent| std::fs::create_dir_all(parent).is_ok()) {
                let _ = std::fs::write(&path, text);
            }
        }
        if let Err(error) = detect(folder.path()) {
            prop_assert!(!error.to_string().is_empty());
        }
        for format in FORMATS {
            let Ok(read) = read(folder.path(), Some(format.name())) else { continue };
            prop_assert!(!read.migrations.is_empty());
            for migration in &read.migrations {
                prop_assert!(migration.down.is_none() || format.has_downs());
                for script in [Some(&migration.up), migration.down.as_ref()].into_iter().flatten() {
                    prop_assert!(script.file.text.get(script.span.start..script.span.end).is_some(), "{}", format.name());
                    prop_assert_eq!(script.checksum.len(), 64);
                    let place = script.place(Span::new(0, script.text().len()));
                    prop_assert_eq!(place.span, script.span);
                    for piece in script.pieces.iter().flatten() {
                        prop_assert!(script.text().get(piece.start..piece.end).is_some(), "{}: {piece:?}", format.name());
                    }
                }
            }
        }
    }
}
