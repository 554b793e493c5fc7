//! How the program ends.

use std::process::ExitCode;

use freehold_app::report::Outcome;

/// An exit code: 0 clean, 1 findings, 2 could not run, 3 something asked for could not be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exit(u8);

impl Exit {
    /// All is well.
    pub(crate) const CLEAN: Self = Self(0);
    /// Something was found.
    pub(crate) const FINDINGS: Self = Self(1);
    /// The command could not be carried out.
    pub(crate) const COULD_NOT_RUN: Self = Self(2);
}

impl Exit {
    /// The graver of two: what could not be run, then what could not be verified, then what was found.
    pub(crate) fn worse(self, other: Self) -> Self {
        let gravity = |exit: Self| match exit.0 {
            2 => 3,
            3 => 2,
            code => code,
        };
        if gravity(other) > gravity(self) { other } else { self }
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        Self(outcome.code())
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}
