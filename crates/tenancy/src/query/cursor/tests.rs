//! What a cursor carries, and which ones are refused.

use super::*;

fn key(id: u8) -> CursorKey {
    CursorKey::new(id, &[id; 32]).unwrap()
}

fn place() -> Place {
    let value = |bytes: &[u8]| Some(Raw { oid: 20, bytes: bytes.to_vec() });
    Place { edge: Edge::Before, values: vec![value(b"abc"), None, value(b"")] }
}

fn list(tenant: &TenantId) -> List<'_> {
    List { tenant: Some(tenant), digest: [1; 32] }
}

#[test]
fn a_cursor_comes_back_as_what_it_was() {
    let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
    let text = cursors.seal(&list(&tenant), &place()).unwrap();
    assert_eq!(cursors.open(&list(&tenant), &text), Ok(place()));
    assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text}");
}

#[test]
fn a_cursor_is_bound_to_its_tenant_and_its_list() {
    let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
    let text = cursors.seal(&list(&tenant), &place()).unwrap();
    let other = TenantId::bigint(8).unwrap();
    assert_eq!(cursors.open(&list(&other), &text), Err(CursorError::OtherTenant));
    let across = List { tenant: None, digest: [1; 32] };
    assert_eq!(cursors.open(&across, &text), Err(CursorError::OtherTenant));
    let elsewhere = List { tenant: Some(&tenant), digest: [2; 32] };
    assert_eq!(cursors.open(&elsewhere, &text), Err(CursorError::OtherQuery));
}

#[test]
fn a_cursor_with_any_bit_changed_is_refused() {
    let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
    let text = cursors.seal(&list(&tenant), &place()).unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(&text).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let found = cursors.open(&list(&tenant), &URL_SAFE_NO_PAD.encode(&changed)).unwrap_err();
        let wanted = match bit / 8 {
            0 => CursorError::Malformed,
            1 => CursorError::RetiredKey,
            _ => CursorError::Forged,
        };
        assert_eq!(found, wanted, "bit {bit}");
    }
    for length in 0..bytes.len() {
        assert!(cursors.open(&list(&tenant), &URL_SAFE_NO_PAD.encode(&bytes[..length])).is_err());
    }
}

#[test]
fn what_is_no_cursor_is_malformed() {
    let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
    for text in ["", "a", "'; drop table notes; --", "AA==", "\0", &"A".repeat(LONGEST + 1)] {
        assert_eq!(cursors.open(&list(&tenant), text), Err(CursorError::Malformed), "{text}");
    }
}

#[test]
fn keys_are_replaced_one_after_the_other() {
    let tenant = TenantId::bigint(7).unwrap();
    let text = Cursors::new(key(1)).seal(&list(&tenant), &place()).unwrap();
    let both = Cursors::new(key(2)).and_older(key(1));
    assert_eq!(both.open(&list(&tenant), &text), Ok(place()));
    let newer = both.seal(&list(&tenant), &place()).unwrap();
    assert_eq!(Cursors::new(key(2)).open(&list(&tenant), &newer), Ok(place()));
    assert_eq!(Cursors::new(key(2)).open(&list(&tenant), &text), Err(CursorError::RetiredKey));
    let namesake = Cursors::new(CursorKey::new(1, &[9; 32]).unwrap());
    assert_eq!(namesake.open(&list(&tenant), &text), Err(CursorError::Forged));
}

#[test]
fn a_cursor_expires_when_it_was_told_to() {
    let tenant = TenantId::bigint(7).unwrap();
    let short = Cursors::new(key(1)).expiring(Duration::ZERO);
    let text = short.seal(&list(&tenant), &place()).unwrap();
    assert_eq!(short.open(&list(&tenant), &text), Err(CursorError::Expired));
    let long = Cursors::new(key(1)).expiring(Duration::from_secs(3600));
    let text = long.seal(&list(&tenant), &place()).unwrap();
    assert_eq!(long.open(&list(&tenant), &text), Ok(place()));
}

#[test]
fn a_value_too_long_for_a_cursor_is_told_when_it_is_made() {
    let tenant = TenantId::bigint(7).unwrap();
    let long = Place { edge: Edge::After, values: vec![Some(Raw { oid: 25, bytes: vec![b'a'; LONGEST] })] };
    let refused = Cursors::new(key(1)).seal(&list(&tenant), &long).unwrap_err();
    assert!(matches!(refused, QueryError::Cursor(CursorError::TooLong)));
}

#[test]
fn no_key_is_shown_and_none_is_short() {
    assert_eq!(format!("{:?}", key(9)), "CursorKey { id: 9, .. }");
    assert_eq!(CursorKey::new(1, &[0; 31]).unwrap_err(), CursorKeyError { given: 31 });
}

proptest::proptest! {
    #[test]
    fn no_text_is_a_cursor_by_accident(text in ".{0,200}", bytes in proptest::collection::vec(0_u8.., 0..200)) {
        let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
        proptest::prop_assert!(cursors.open(&list(&tenant), &text).is_err());
        let mut bytes = bytes;
        if let [version, id, ..] = bytes.as_mut_slice() {
            (*version, *id) = (VERSION, 1);
        }
        proptest::prop_assert!(cursors.open(&list(&tenant), &URL_SAFE_NO_PAD.encode(&bytes)).is_err());
    }

    #[test]
    fn every_place_comes_back(values in proptest::collection::vec(
        proptest::option::of((0_u32.., proptest::collection::vec(0_u8.., 0..40))), 0..6
    ), edge in 0_usize..4) {
        let (cursors, tenant) = (Cursors::new(key(1)), TenantId::bigint(7).unwrap());
        let values = values.into_iter().map(|value| value.map(|(oid, bytes)| Raw { oid, bytes })).collect();
        let place = Place { edge: Edge::ALL[edge], values };
        let text = cursors.seal(&list(&tenant), &place).unwrap();
        proptest::prop_assert_eq!(cursors.open(&list(&tenant), &text).unwrap(), place);
    }
}
