//! What came of trying one way on one target.

/// What came of trying one way on one target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was tried, and nothing crossed.
    Held {
        /// What was run, ready to paste.
        sql: String,
        /// What was seen, as a sentence: `refused: permission denied (42501)`, `2 rows, all of tenant A`.
        seen: String,
        /// Something worth knowing that is no leak.
        note: Option<String>,
    },
    /// Something of another tenant was reached.
    Leaked(Box<Leak>),
    /// It could not be tried.
    NotTried {
        /// Why, and what would make it possible.
        why: String,
    },
}

/// A reach across the tenant line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leak {
    /// What was run, ready to paste.
    pub sql: String,
    /// What came back, one line for each row or fact; at most a few.
    pub returned: Vec<String>,
    /// What that means, as a sentence with names.
    pub means: String,
    /// What to do, as a sentence.
    pub advice: String,
    /// The object inside the target that it is about: a constraint, an index, a role; part of the cell's name.
    pub by: Option<String>,
    /// True when this says only what a setting can never protect against.
    pub note_only: bool,
}

impl Outcome {
    /// Held, with what was run and seen.
    pub fn held(sql: impl Into<String>, seen: impl Into<String>) -> Self {
        Self::Held { sql: sql.into(), seen: seen.into(), note: None }
    }

    /// Leaked, with what was run, what came back, what it means and what to do.
    pub fn leaked(
        sql: impl Into<String>,
        returned: Vec<String>,
        means: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self::Leaked(Box::new(Leak {
            sql: sql.into(),
            returned,
            means: means.into(),
            advice: advice.into(),
            by: None,
            note_only: false,
        }))
    }

    /// Not tried, and why.
    pub fn not_tried(why: impl Into<String>) -> Self {
        Self::NotTried { why: why.into() }
    }

    /// Says by which object inside the target a leak reaches.
    #[must_use]
    pub fn by(mut self, object: impl Into<String>) -> Self {
        if let Self::Leaked(leak) = &mut self {
            leak.by = Some(object.into());
        }
        self
    }

    /// Adds something worth knowing to what held.
    #[must_use]
    pub fn noting(mut self, worth_knowing: impl Into<String>) -> Self {
        if let Self::Held { note, .. } = &mut self {
            *note = Some(worth_knowing.into());
        }
        self
    }

    /// Makes a leak a note: it says what a setting can never protect against.
    #[must_use]
    pub fn as_note(mut self) -> Self {
        if let Self::Leaked(leak) = &mut self {
            leak.note_only = true;
        }
        self
    }

    /// True for a leak.
    pub fn is_leak(&self) -> bool {
        matches!(self, Self::Leaked(leak) if !leak.note_only)
    }
}
