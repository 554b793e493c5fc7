//! Checksums of scripts: which edits they see.

use crate::folders::TestFolder;
use freehold_migrate::{Script, read};

fn script(text: &str) -> Script {
    read(TestFolder::new(&[("1_a.up.sql", text)]).path(), None).unwrap().migrations.remove(0).up
}

#[test]
fn the_checksum_is_the_sha256_of_the_bytes() {
    // The digest of "abc" in FIPS 180-2, appendix B.1.
    assert_eq!(script("abc").checksum, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn the_normalised_checksum_sees_edits_but_no_layout() {
    let original = script("create table t (a text default 'x  y');\n").normalised_checksum();
    for same in [
        "create  table\n\tt (a text default 'x  y');",
        "create table t(\n  a text default 'x  y'\n) ;\n",
        "-- why\ncreate table t (a /* here */ text default 'x  y');\r\n",
    ] {
        assert_eq!(script(same).normalised_checksum(), original, "{same:?}");
        assert_ne!(script(same).checksum, script("create table t (a text default 'x  y');\n").checksum);
    }
    for other in [
        "create table t (a text default 'x y');",
        "create table t (b text default 'x  y');",
        "createtable t (a text default 'x  y');",
        "create table t (a text default 'x  y'); select 1;",
    ] {
        assert_ne!(script(other).normalised_checksum(), original, "{other:?}");
    }
}
