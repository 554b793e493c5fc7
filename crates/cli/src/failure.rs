//! A command that could not be carried out, ready to be shown: what, why, where, and what to do next.

use std::{error::Error, fmt, io, path::Path};

use freehold_app::{
    explain::{Excerpt, Explain, mask_passwords},
    render::visible,
};

/// Why a command could not be carried out. Its texts hold no passwords and no control characters.
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    chain: Option<Box<Link>>,
    help: Option<String>,
    /// The lines of a file that it is about.
    pub(crate) excerpt: Option<Box<Excerpt>>,
}

impl Failure {
    /// In words of our own.
    pub(crate) fn new(message: impl AsRef<str>, help: Option<String>) -> Self {
        Self { message: safe(message.as_ref()), chain: None, help: help.as_deref().map(safe), excerpt: None }
    }

    /// From an error with its chain of causes.
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        let mut failure = Self::new(error.to_string(), None);
        let mut source = error.source();
        let mut last = failure.message.clone();
        let mut causes = Vec::new();
        while let Some(cause) = source {
            let words = safe(&cause.to_string());
            // Some errors of libraries repeat their source in their own words.
            if !last.ends_with(&words) {
                causes.push(words.clone());
            }
            last = words;
            source = cause.source();
        }
        failure.chain = chain(causes);
        failure
    }

    /// From an error that knows more.
    pub(crate) fn explained(error: &(impl Explain + 'static)) -> Self {
        let mut failure = Self::from_error(error);
        failure.help = error.help().as_deref().map(safe);
        if let Some(title) = error.title() {
            failure.message = safe(&title);
        }
        failure.excerpt = error.excerpt().map(Box::new);
        failure
    }

    /// A file that could not be written.
    pub(crate) fn unwritable(file: &Path, error: &io::Error) -> Self {
        let mut failure = Self::new(format!("could not write {}", file.display()), None);
        failure.chain = chain(vec![safe(&error.to_string())]);
        failure
    }

    /// The message and the causes, the nearest first.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.message.clone()];
        let mut link = self.chain.as_deref();
        while let Some(cause) = link {
            lines.push(cause.words.clone());
            link = cause.next.as_deref();
        }
        lines
    }

    /// What to do next.
    pub(crate) fn next(&self) -> Option<&str> {
        self.help.as_deref()
    }

    /// The same with what to do next.
    pub(crate) fn helped(mut self, help: impl AsRef<str>) -> Self {
        self.help = Some(safe(help.as_ref()));
        self
    }

    /// The same, said of one of several.
    pub(crate) fn of(mut self, target: &str) -> Self {
        self.message = format!("{}: {}", safe(target), self.message);
        self
    }

    /// The same with the lines that it is about.
    pub(crate) fn with_excerpt(mut self, excerpt: Option<Excerpt>) -> Self {
        self.excerpt = excerpt.map(Box::new).or(self.excerpt);
        self
    }
}

/// The current folder cannot be told.
pub(crate) fn nowhere(error: &io::Error) -> Failure {
    let mut failure = Failure::new("the current folder cannot be told", None);
    failure.chain = chain(vec![safe(&error.to_string())]);
    failure
}

/// A file that an argument named twice for writing.
pub(crate) fn written_twice(file: &Path) -> Failure {
    Failure::new(format!("two reports would be written to {}", file.display()), None)
}

fn safe(text: &str) -> String {
    mask_passwords(&visible(text))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.chain.as_deref().map(|link| link as &(dyn Error + 'static))
    }
}

impl miette::Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_deref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}

/// One cause in the chain.
#[derive(Debug)]
struct Link {
    words: String,
    next: Option<Box<Link>>,
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

impl Error for Link {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.next.as_deref().map(|link| link as &(dyn Error + 'static))
    }
}

/// Links the causes, the nearest first.
fn chain(causes: Vec<String>) -> Option<Box<Link>> {
    causes.into_iter().rev().fold(None, |next, words| Some(Box::new(Link { words, next })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chain_is_kept_in_order_without_passwords_and_control_characters() {
        #[derive(Debug)]
        struct Outer(io::Error);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("could not reach postgres://app:hunter2@db/x \u{1b}[2J")
            }
        }
        impl Error for Outer {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }
        let failure = Failure::from_error(&Outer(io::Error::other("refused")));
        assert_eq!(failure.to_string(), "could not reach postgres://app:*******@db/x ␛[2J");
        assert_eq!(failure.source().unwrap().to_string(), "refused");
        assert!(failure.source().unwrap().source().is_none());
    }
}
