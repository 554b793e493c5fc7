//! Whatever is sealed comes back, and nothing that was changed does.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use freehold_tenancy_ground as ground;
#[path = "secrets/people.rs"]
mod people;

use freehold_tenancy::secrets::{Column, RowKey, Vault};
use ground::tenant;
use people::{EMAIL, master};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

/// One server and one vault for all cases.
fn with_keys(test: impl Fn(&freehold_tenancy::secrets::TenantKeys)) {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let ground = people::ground().await;
        let vault = Vault::new(&ground.db().await, master(&["m1"]));
        let keys = vault.keys(&tenant(1)).await.unwrap();
        test(&keys);
    });
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        ".{0,20}".prop_map(Into::into),
    ];
    leaf.prop_recursive(3, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::btree_map(".{0,8}", inner, 0..6)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}

#[test]
fn whatever_is_sealed_comes_back() {
    with_keys(|keys| {
        let values = (
            prop::collection::vec(any::<u8>(), 0..3_000),
            "\\PC{0,200}",
            json(),
            prop::collection::vec(
                prop::num::f32::NORMAL | prop::num::f32::SUBNORMAL | prop::num::f32::ZERO,
                0..600,
            ),
            prop::collection::vec(".{0,40}", 1..4),
            ("[a-z_]{1,20}", "[a-z_]{1,20}"),
        );
        TestRunner::new(Config::with_cases(256))
            .run(&values, |(bytes, text, value, embedding, row, (table, column))| {
                let column = Column::named(table, column);
                let place = column.at(RowKey::of(row));
                let sealed = keys.seal_bytes(&place, &bytes).unwrap();
                prop_assert_eq!(keys.open_bytes(&place, &sealed).unwrap(), bytes);
                let sealed = keys.seal_text(&place, &text).unwrap();
                prop_assert_eq!(keys.open_text(&place, &sealed).unwrap(), text);
                let sealed = keys.seal_json(&place, &value).unwrap();
                prop_assert_eq!(keys.open_json::<serde_json::Value>(&place, &sealed).unwrap(), value);
                let sealed = keys.seal_embedding(&place, &embedding).unwrap();
                prop_assert_eq!(keys.open_embedding(&place, &sealed, embedding.len()).unwrap(), embedding);
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn no_value_opens_with_any_one_bit_changed() {
    with_keys(|keys| {
        TestRunner::new(Config::with_cases(24))
            .run(&prop::collection::vec(any::<u8>(), 0..120), |bytes| {
                let place = EMAIL.at("row");
                let sealed = keys.seal_bytes(&place, &bytes).unwrap();
                prop_assert!(keys.open_bytes(&place, &sealed).is_ok());
                // Every bit of it, not some.
                for bit in 0..sealed.len() * 8 {
                    let mut changed = sealed.clone();
                    changed[bit / 8] ^= 1 << (bit % 8);
                    prop_assert!(keys.open_bytes(&place, &changed).is_err(), "bit {}", bit);
                }
                Ok(())
            })
            .unwrap();
    });
}

#[test]
fn no_value_opens_when_it_was_cut_lengthened_or_moved() {
    with_keys(|keys| {
        let strategy =
            (prop::collection::vec(any::<u8>(), 0..200), ".{0,20}", ".{0,20}", any::<prop::sample::Index>());
        TestRunner::new(Config::with_cases(256))
            .run(&strategy, |(bytes, row, other, cut)| {
                let sealed = keys.seal_bytes(&EMAIL.at(&row), &bytes).unwrap();
                let cut = cut.index(sealed.len());
                prop_assert!(keys.open_bytes(&EMAIL.at(&row), &sealed[..cut]).is_err());
                let longer = [&sealed[..], &[0]].concat();
                prop_assert!(keys.open_bytes(&EMAIL.at(&row), &longer).is_err());
                if row != other {
                    prop_assert!(keys.open_bytes(&EMAIL.at(&other), &sealed).is_err());
                }
                // The same texts, otherwise divided among the key's columns.
                let joined = RowKey::from(format!("{row}{other}"));
                let divided = RowKey::of([&row, &other]);
                let sealed = keys.seal_bytes(&EMAIL.at(divided), &bytes).unwrap();
                prop_assert!(keys.open_bytes(&EMAIL.at(joined), &sealed).is_err());
                Ok(())
            })
            .unwrap();
    });
}
