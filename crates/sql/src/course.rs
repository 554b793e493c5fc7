//! How a script is run: as one transaction, or statement by statement.

use crate::effect::{Effect, TransactionControl};

/// How a migration tool sends a script to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Inside one transaction that the tool opens and ends.
    Wrapped,
    /// As one message: several statements share an implicit transaction, a single one runs on its own.
    Implicit,
    /// Statement by statement, each in its own transaction.
    Separate,
}

/// How a script is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// All statements from `first` up to, not including, `last` in one transaction: it can be tried and rolled back.
    OneTransaction {
        /// Index of the first statement to run.
        first: usize,
        /// One past the last statement to run.
        last: usize,
    },
    /// Statement by statement, committed as it goes; `opened` says that the tool has opened a transaction first.
    Separately {
        /// The tool wraps the script although it ends transactions itself.
        opened: bool,
    },
}

impl Course {
    /// The course of a script with these statements on a server of the given major version. A script that is one
    /// `BEGIN … COMMIT` is one transaction without those two.
    pub fn of(effects: &[&Effect], delivery: Delivery, major: u32) -> Self {
        let count = effects.len();
        let bounds: Vec<usize> = (0..count)
            .filter(|i| effects.get(*i).is_some_and(|effect| effect.bounds_transaction()))
            .collect();
        let control = |index: usize| effects.get(index).and_then(|effect| effect.control.as_ref());
        match bounds.as_slice() {
            [] if delivery == Delivery::Separate => Self::Separately { opened: false },
            [] if delivery == Delivery::Implicit
                && count == 1
                && effects.iter().any(|effect| effect.transaction.is_forbidden(major)) =>
            {
                Self::Separately { opened: false }
            }
            [] => Self::OneTransaction { first: 0, last: count },
            [begin, commit]
                if *begin == 0
                    && commit + 1 == count
                    && matches!(control(0), Some(TransactionControl::Begin))
                    && matches!(control(*commit), Some(TransactionControl::Commit { chain: false })) =>
            {
                Self::OneTransaction { first: 1, last: *commit }
            }
            _ => Self::Separately { opened: delivery == Delivery::Wrapped },
        }
    }
}
