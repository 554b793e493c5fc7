//! Fingerprints of texts that were seen before, and the labels that metrics know them by.

use std::{
    cell::RefCell,
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

use super::Fingerprint;

/// How many fingerprints have a label of their own in metrics; later ones share `other`.
///
/// ```
/// use freehold_tenancy::telemetry::MOST_FINGERPRINTS;
///
/// // So many series of each outcome is what a store of metrics has to expect at most, and the one of `other`.
/// assert_eq!(MOST_FINGERPRINTS + 1, 501);
/// ```
pub const MOST_FINGERPRINTS: usize = 500;

/// How many texts a thread remembers, and bytes of the longest that it does.
const MOST_TEXTS: usize = 1_000;
const LONGEST_TEXT: usize = 16 * 1024;

/// What is known of a text.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) fingerprint: Fingerprint,
    /// The fingerprint, or `other`.
    pub(super) label: Arc<str>,
}

thread_local! {
    static KNOWN: RefCell<HashMap<Box<str>, Known>> = RefCell::default();
}

static LABELS: LazyLock<Mutex<HashSet<Arc<str>>>> = LazyLock::new(Mutex::default);

/// The fingerprint and the label of a text.
pub(super) fn known(text: &str) -> Known {
    if text.len() > LONGEST_TEXT {
        return made(text);
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some(found) = known.get(text) {
            return found.clone();
        }
        if known.len() >= MOST_TEXTS {
            known.clear();
        }
        let fresh = made(text);
        known.insert(text.into(), fresh.clone());
        fresh
    })
}

fn made(text: &str) -> Known {
    let fingerprint = Fingerprint::of(text);
    let label = label(&fingerprint, &mut LABELS.lock().unwrap_or_else(PoisonError::into_inner));
    Known { fingerprint, label }
}

fn label(fingerprint: &Fingerprint, labels: &mut HashSet<Arc<str>>) -> Arc<str> {
    if !labels.contains(fingerprint.hex()) && labels.len() >= MOST_FINGERPRINTS {
        return Arc::from("other");
    }
    labels.insert(fingerprint.shared_hex());
    fingerprint.shared_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_bounded() {
        let mut labels = HashSet::new();
        for n in 0..MOST_FINGERPRINTS {
            let fingerprint = Fingerprint::of(&format!("select a{n}"));
            assert_eq!(&*label(&fingerprint, &mut labels), fingerprint.hex());
        }
        assert_eq!(&*label(&Fingerprint::of("select b"), &mut labels), "other");
        let old = Fingerprint::of("select a7");
        assert_eq!(&*label(&old, &mut labels), old.hex());
    }

    #[test]
    fn a_text_is_known_again() {
        let first = known("select a from known_again");
        assert_eq!(first.fingerprint, known("select a from known_again").fingerprint);
        assert_ne!(first.fingerprint, known("select b from known_again").fingerprint);
    }
}
