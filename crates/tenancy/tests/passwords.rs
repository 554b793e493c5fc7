//! Passwords: ours, older ones, and what is neither.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use freehold_tenancy::passwords::{PasswordError, PasswordSettings, Passwords, Verdict};

/// As weak as the settings allow, for speed.
fn quick() -> PasswordSettings {
    PasswordSettings { memory_kib: 7 * 1_024, passes: 5, at_once: 1, ..PasswordSettings::default() }
}

#[tokio::test]
async fn a_password_is_verified_and_another_is_not() {
    let passwords = Passwords::new().unwrap();
    let stored = passwords.hash("correct horse").await.unwrap();
    assert!(stored.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.as_str());
    assert_eq!(passwords.verify("correct horse", Some(stored.as_str())).await, Ok(Verdict::Right));
    assert_eq!(passwords.verify("correct horsf", Some(stored.as_str())).await, Ok(Verdict::Wrong));
    assert_eq!(passwords.verify("", Some(stored.as_str())).await, Ok(Verdict::Wrong));
    let again = passwords.hash("correct horse").await.unwrap();
    assert_ne!(stored, again, "salts differ");
    assert!(!passwords.needs_rehash(stored.as_str()).unwrap());
}

/// From the test suite of argon2's authors.
const REFERENCE: &str =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";

#[tokio::test]
async fn hashes_of_other_programs_are_taken_and_made_anew() {
    let passwords = Passwords::with(quick()).unwrap();
    let older = [
        (REFERENCE, "password"),
        // Made by the C library of this machine's kind, and by Python's and Node's bcrypt.
        ("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie", "correctbatteryhorsestapler"),
        ("$2a$04$n4Uy0eSnMfvnESYL.bLwuuj0U/ETSsoTpRT9GVk5bektyVVa5xnIi", "correctbatteryhorsestapler"),
        ("$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
    ];
    for (stored, password) in older {
        assert_eq!(passwords.verify("another", Some(stored)).await, Ok(Verdict::Wrong), "{stored}");
        assert!(passwords.needs_rehash(stored).unwrap());
        let verdict = passwords.verify(password, Some(stored)).await.unwrap();
        let Verdict::RightRehashed(new) = verdict else { panic!("{stored}: {verdict:?}") };
        assert!(!passwords.needs_rehash(new.as_str()).unwrap());
        assert_eq!(passwords.verify(password, Some(new.as_str())).await, Ok(Verdict::Right));
    }
}

#[tokio::test]
async fn other_parameters_ask_for_a_new_hash() {
    let weaker = Passwords::with(quick()).unwrap();
    let stored = weaker.hash("correct horse").await.unwrap();
    for settings in [
        PasswordSettings { memory_kib: 8 * 1_024, ..quick() },
        PasswordSettings { passes: 6, ..quick() },
        PasswordSettings { lanes: 2, ..quick() },
    ] {
        let passwords = Passwords::with(settings).unwrap();
        assert!(passwords.needs_rehash(stored.as_str()).unwrap());
        let verdict = passwords.verify("correct horse", Some(stored.as_str())).await.unwrap();
        assert!(matches!(verdict, Verdict::RightRehashed(_)));
        let verdict = passwords.verify("wrong horse", Some(stored.as_str())).await.unwrap();
        assert_eq!(verdict, Verdict::Wrong);
    }
}

#[tokio::test]
async fn an_unknown_user_takes_as_long_as_a_known_one() {
    let passwords = Passwords::with(PasswordSettings { passes: 10, ..quick() }).unwrap();
    let stored = passwords.hash("correct horse").await.unwrap();
    let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let begun = Instant::now();
        assert_eq!(passwords.verify("wrong horse", Some(stored.as_str())).await, Ok(Verdict::Wrong));
        known = known.min(begun.elapsed());
        let begun = Instant::now();
        assert_eq!(passwords.verify("wrong horse", None).await, Ok(Verdict::Wrong));
        unknown = unknown.min(begun.elapsed());
    }
    // Without the pretence it would be a thousandth.
    assert!(unknown * 4 > known && known * 4 > unknown, "{known:?} {unknown:?}");
}

#[tokio::test]
async fn what_is_no_hash_is_told_by_what_is_wrong_with_it() {
    let passwords = Passwords::with(quick()).unwrap();
    let bcrypt = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
    let refused = [
        (String::new(), "malformed"),
        ("plain text".to_owned(), "algorithm"),
        ("5f4dcc3b5aa765d61d8327deb882cf99".to_owned(), "algorithm"),
        ("$6$salt$hash".to_owned(), "algorithm"),
        (bcrypt.replace("$2b$", "$2x$"), "algorithm"),
        (bcrypt[..59].to_owned(), "malformed"),
        (bcrypt.replace("$04$", "$03$"), "malformed"),
        (bcrypt.replace("$04$", "$ä$"), "malformed"),
        (bcrypt.replace("$04$", "$17$"), "costly"),
        (bcrypt.replace("$04$", "$31$"), "costly"),
        (REFERENCE.replace("argon2id", "argon2i"), "algorithm"),
        (REFERENCE.replace("argon2id", "argon2d"), "algorithm"),
        (REFERENCE.replace("m=65536", "m=4294967295"), "costly"),
        (REFERENCE.replace("t=2", "t=65"), "costly"),
        (REFERENCE.replace("p=1", "p=65"), "costly"),
        (REFERENCE.replace("t=2", "t=0"), "malformed"),
        (REFERENCE.replace("m=65536", "m=many"), "malformed"),
        (REFERENCE[..40].to_owned(), "malformed"),
        (REFERENCE.replace("c29tZXNhbHQ", "!"), "malformed"),
    ];
    for (stored, kind) in refused {
        let error = passwords.verify("password", Some(&stored)).await.unwrap_err();
        let as_told = match &error {
            PasswordError::Malformed(_) => "malformed",
            PasswordError::Algorithm => "algorithm",
            PasswordError::TooCostly(_) => "costly",
            _ => "other",
        };
        assert_eq!(as_told, kind, "{stored}: {error}");
        assert_eq!(passwords.needs_rehash(&stored).unwrap_err(), error);
        assert!(stored.is_empty() || !error.to_string().contains(&stored));
    }
}

#[tokio::test]
async fn passwords_have_bounds() {
    let passwords = Passwords::with(quick()).unwrap();
    assert_eq!(passwords.hash("1234567").await, Err(PasswordError::TooShort { least: 8 }));
    // Eight characters, more bytes.
    assert!(passwords.hash("äöüßäöüß").await.is_ok());
    let most = "x".repeat(1_024);
    let stored = passwords.hash(&most).await.unwrap();
    let nearly = format!("{}y", &most[1..]);
    assert_eq!(
        passwords.verify(&nearly, Some(stored.as_str())).await,
        Ok(Verdict::Wrong),
        "all of it counts"
    );
    let too_long = Err(PasswordError::TooLong { bytes: 1_025, most: 1_024 });
    assert_eq!(passwords.hash(&format!("{most}x")).await, too_long);
    assert!(passwords.verify(&format!("{most}x"), None).await.is_err());
}

#[tokio::test]
async fn settings_that_are_too_weak_or_impossible_are_refused() {
    for settings in [
        PasswordSettings { memory_kib: 1_024, ..quick() },
        PasswordSettings { passes: 4, ..quick() },
        PasswordSettings { passes: 0, ..quick() },
        PasswordSettings { lanes: 0, ..quick() },
        PasswordSettings { memory_kib: u32::MAX, ..quick() },
        PasswordSettings { at_once: 0, ..quick() },
    ] {
        let refused = Passwords::with(settings.clone()).unwrap_err();
        assert!(matches!(refused, PasswordError::Settings(_)), "{settings:?}");
    }
}

#[tokio::test]
async fn those_who_come_when_too_many_wait_are_turned_away() {
    let passwords = Passwords::with(PasswordSettings { waiting: 3, ..quick() }).unwrap();
    // All are begun before any is through: nothing is awaited in between.
    let all = futures_util::future::join_all((0..10).map(|_| passwords.verify("x", None))).await;
    let turned_away = all.iter().filter(|verdict| **verdict == Err(PasswordError::Busy)).count();
    assert_eq!(turned_away, 6);
    assert_eq!(all.iter().filter(|verdict| **verdict == Ok(Verdict::Wrong)).count(), 4);
    assert_eq!(passwords.verify("x", None).await, Ok(Verdict::Wrong), "there is room again");
}

#[test]
fn logins_leave_room_for_other_blocking_work() {
    let runtime =
        tokio::runtime::Builder::new_current_thread().max_blocking_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let passwords = Passwords::with(PasswordSettings { passes: 10, ..quick() }).unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        let logins: Vec<_> = (0..8)
            .map(|_| {
                let (passwords, done) = (passwords.clone(), done.clone());
                tokio::spawn(async move {
                    passwords.verify("x", None).await.unwrap();
                    done.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        tokio::task::yield_now().await;
        // Of the two threads one is free: this does not stand behind eight logins.
        tokio::task::spawn_blocking(|| ()).await.unwrap();
        assert!(done.load(Ordering::SeqCst) < 8);
        for login in logins {
            login.await.unwrap();
        }
    });
}

#[tokio::test]
async fn a_login_that_was_given_up_keeps_its_place_until_it_is_through() {
    let settings = PasswordSettings { waiting: 0, passes: 10, ..quick() };
    let passwords = Passwords::with(settings).unwrap();
    let mut login = Box::pin(passwords.verify("x", None));
    // Polled once, it has begun.
    assert!(futures_util::poll!(&mut login).is_pending());
    drop(login);
    assert_eq!(passwords.verify("x", None).await, Err(PasswordError::Busy));
    while passwords.verify("x", None).await == Err(PasswordError::Busy) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn nothing_prints_a_password_or_a_hash() {
    let passwords = Passwords::with(quick()).unwrap();
    let stored = passwords.hash("hunter22").await.unwrap();
    let old = "$2b$04$EGdrhbKUv8Oc9vGiXX0HQOxSg445d458Muh7DAHskb6QbtCvdxcie";
    let verdict = passwords.verify("correctbatteryhorsestapler", Some(old)).await.unwrap();
    let shown = format!("{passwords:?} {stored:?} {verdict:?}");
    assert!(!shown.contains("hunter") && !shown.contains("$argon2id"), "{shown}");
}
