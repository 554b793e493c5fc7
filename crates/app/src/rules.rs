//! Every rule and proof that a report can name, on one list.

use std::sync::LazyLock;

use freehold_model::finding::{Category, Rule};

use crate::{file_rules, settings::nearest};

/// All rules: those about files first, then those of the text and the catalog, then those that a rehearsal decides,
/// and those of the tenant line.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let files = file_rules::ALL.iter().copied();
    let lint = freehold_lint::rules::all().map(|rule| &rule.rule);
    let proofs = freehold_prove::proofs::PROOFS.iter().map(|proof| proof.rule);
    let isolation = freehold_prove::isolation::rules::RULES.iter().copied();
    let audits = freehold_operate::roles::audit::AUDITS.iter().map(|audit| audit.rule);
    files.chain(lint).chain(proofs).chain(isolation).chain(audits).collect()
});

/// The rule of this id or code.
pub fn named(name: &str) -> Option<&'static Rule> {
    named_in(&ALL, name)
}

/// The rule of this id or code, out of these.
pub fn named_in(rules: &[&'static Rule], name: &str) -> Option<&'static Rule> {
    rules.iter().copied().find(|rule| rule.id == name || rule.code.eq_ignore_ascii_case(name))
}

/// Rules as settings and flags name them: one by its id or code, or all of a category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// One rule.
    Rule(&'static Rule),
    /// All rules of a category.
    Category(Category),
}

impl Which {
    /// True when the rule is meant.
    pub fn covers(&self, rule: &Rule) -> bool {
        match self {
            Self::Rule(one) => one.id == rule.id,
            Self::Category(category) => *category == rule.category,
        }
    }
}

/// A name that no rule and no category has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no rule `{name}`")]
pub struct UnknownRule {
    /// What was written.
    pub name: String,
    /// The known name that it is most like.
    pub nearest: Option<String>,
}

impl UnknownRule {
    /// With the nearest id, code or category of these rules.
    pub fn new(rules: &[&'static Rule], name: &str) -> Self {
        let near = if looks_like_a_code(name) {
            let codes: Vec<&str> = rules.iter().map(|rule| rule.code).collect();
            nearest(&name.to_ascii_uppercase(), &codes).map(str::to_owned)
        } else {
            // Categories first: many an id begins with the same word.
            let ids: Vec<&str> = rules.iter().map(|rule| rule.id).collect();
            let name = name.to_lowercase().replace('_', "-");
            nearest(&name, &Category::ALL.map(Category::word))
                .or_else(|| nearest(&name, &ids))
                .map(str::to_owned)
        };
        Self { name: name.to_owned(), nearest: near }
    }

    /// What to do next.
    pub fn help(&self) -> String {
        match &self.nearest {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`freehold rules` lists them".to_owned(),
        }
    }
}

/// `FH` and digits, in either case.
fn looks_like_a_code(name: &str) -> bool {
    let rest = name.get(..2).filter(|start| start.eq_ignore_ascii_case("fh")).and_then(|_| name.get(2..));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The rules that a name means: an id, a code, or the word of a category.
///
/// # Errors
/// When it is none of these.
pub fn which(rules: &[&'static Rule], name: &str) -> Result<Which, UnknownRule> {
    let name = name.trim();
    if let Some(rule) = named_in(rules, name) {
        return Ok(Which::Rule(rule));
    }
    let category = Category::ALL.into_iter().find(|category| category.word() == name);
    category.map(Which::Category).ok_or_else(|| UnknownRule::new(rules, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_by_id_code_or_category() {
        let rule = named("syntax-error").unwrap();
        assert_eq!(which(&ALL, "syntax-error"), Ok(Which::Rule(rule)));
        assert_eq!(which(&ALL, "fh0001"), Ok(Which::Rule(rule)));
        assert_eq!(which(&ALL, "locks"), Ok(Which::Category(Category::Locks)));
        assert!(Which::Category(Category::Files).covers(rule));
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest_of_its_kind() {
        let near = |name| which(&ALL, name).unwrap_err().nearest;
        assert_eq!(near("syntax-eror").as_deref(), Some("syntax-error"));
        assert_eq!(near("lock").as_deref(), Some("locks"));
        assert!(near("FH00011").is_some_and(|near| near.starts_with("FH00")));
        assert_eq!(near("nothing like anything"), None);
    }

    #[test]
    fn ids_and_codes_are_given_once() {
        let mut names: Vec<&str> = ALL.iter().flat_map(|rule| [rule.id, rule.code]).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(ALL.iter().all(|rule| !Category::ALL.iter().any(|category| category.word() == rule.id)));
    }
}
