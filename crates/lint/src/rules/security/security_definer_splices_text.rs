//! A SECURITY DEFINER routine puts text into SQL as it is and runs it.
//!
//! ## What it finds
//! `EXECUTE` in a PL/pgSQL body marked `SECURITY DEFINER` whose text is put together with `||`, `concat` or `%s` from
//! something that is neither a constant nor quoted by `quote_ident`, `quote_literal`, `%I`, `%L` or a cast to
//! `regclass` and its kin, or that is an argument itself. What comes with the call is an error, text from elsewhere a
//! warning; numbers, dates and uuids can hold no SQL.
//!
//! ## Why it hurts
//! Whoever may call the routine can run any SQL with the rights of its owner: that is how a small privilege becomes
//! all of them.
//!
//! ## Do instead
//! `format` with `%I` for names and `%L` for values, or `USING` for values.
//!
//! ## When to ignore
//! When nobody but its owner may call it, and the text comes from a catalog.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE FUNCTION, "Writing SECURITY DEFINER Functions Safely"; PL/pgSQL, "Executing Dynamic
//! Commands".

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::Context,
    found::Findings,
    routine::{Routine, Safety, dynamic},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "security-definer-splices-text",
        code: "FH0902",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[113],
        summary: "a SECURITY DEFINER routine runs text that its caller can shape",
        source: include_str!("security_definer_splices_text.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let Some(routine) = context.tree.and_then(Routine::of) else { return };
    let Some(body) = routine.body.filter(|_| routine.security_definer && routine.language == "plpgsql")
    else {
        return;
    };
    let worst =
        dynamic(body, &routine.arguments, &routine.harmless).into_iter().max_by_key(|found| found.safety);
    let Some(worst) = worst.filter(|worst| worst.safety >= Safety::Spliced) else { return };
    let what = worst.spliced.unwrap_or_else(|| "a text".to_owned());
    let name = routine.shown();
    let (message, severity) = if worst.safety == Safety::Given {
        (
            format!(
                "{name} runs with its owner's rights and puts {what}, which comes with the call, into the SQL that it executes as it is: a caller can make it run anything"
            ),
            Severity::Error,
        )
    } else {
        (
            format!(
                "{name} runs with its owner's rights and puts {what} into the SQL that it executes as it is: whoever can choose that text can make it run anything"
            ),
            Severity::Warning,
        )
    };
    findings.push(
        context
            .found(findings.rule(), Subject::new(routine.word, name), message)
            .with_severity(severity)
            .advised("Put names in with format's %I and values with %L or USING."),
    );
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(security: &str, execute: &str) -> bool {
        let text = format!(
            "CREATE FUNCTION f(tab text) RETURNS void LANGUAGE plpgsql {security} SET search_path = '' AS $$\nBEGIN {execute}; END $$;"
        );
        said(&text).iter().any(|(id, _)| *id == "security-definer-splices-text")
    }

    #[test]
    fn only_text_that_is_put_in_as_it_is_with_the_owners_rights_is_told() {
        assert!(fires("SECURITY DEFINER", "EXECUTE 'TRUNCATE ' || tab"));
        assert!(fires("SECURITY DEFINER", "EXECUTE format('TRUNCATE %s', tab)"));
        assert!(fires("SECURITY DEFINER", "EXECUTE tab"));
        assert!(!fires("SECURITY DEFINER", "EXECUTE format('TRUNCATE %I', tab)"));
        assert!(!fires("SECURITY DEFINER", "EXECUTE 'SELECT $1' USING tab"));
        assert!(!fires("SECURITY DEFINER", "PERFORM tab"));
        assert!(!fires("SECURITY INVOKER", "EXECUTE 'TRUNCATE ' || tab"));
    }
}
