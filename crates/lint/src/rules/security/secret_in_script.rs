//! A password or a key stands in a script.
//!
//! ## What it finds
//! `PASSWORD '…'` of `CREATE ROLE`, `ALTER ROLE` and their kin, `password` options of user mappings and servers,
//! connection strings of subscriptions and dblink that carry one, the same inside `DO` blocks, and keys of well-known
//! services by their shape. A value that a template fills in is none. The finding never repeats the secret.
//!
//! ## Why it hurts
//! Migrations are read by everybody who can read the repository, stay in its history for ever and are the same on
//! every database; the statement may be logged by the server in full.
//!
//! ## Do instead
//! Make the role without a password and set it outside of the migrations, from a secret store (`\\password` of psql
//! never sends it in clear). Change a password that was committed.
//!
//! ## When to ignore
//! For throw-away databases whose password is public on purpose.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE ROLE, PASSWORD: the unencrypted password is sent to the server and may be logged.

use freehold_model::{
    finding::{Category, Depth, Rule, Severity, Subject},
    place::Span,
};
use freehold_sql::{
    StatementKind,
    tree::{Lexeme, LexemeKind, lexemes},
};

use crate::{
    context::Context,
    found::Findings,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "secret-in-script",
        code: "FH0903",
        category: Category::Security,
        severity: Severity::Error,
        decided_by: &[Depth::Text],
        hazards: &[114],
        summary: "a script holds a password or a key",
        source: include_str!("secret_in_script.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let text = context.text;
    let found = known_key(text).or_else(|| {
        let may_hold = may_connect(context) && (holds(text, "password") || text.contains("://"));
        may_hold.then(|| secret(text)).flatten()
    });
    let Some((what, span)) = found else { return };
    let at = span.shifted(context.statement.span.start);
    findings.push(
        context
            .found(findings.rule(), Subject::new("script", context.script.label.clone()), format!("{what} stands in the script, for everybody who can read the repository"))
            .at(at)
            .advised("Take it out, set it from a secret store when the database is set up, and change it: it is in the repository's history."),
    );
}

/// Statements that connect or make roles; the rows of a table may hold what they like.
fn may_connect(context: &Context<'_>) -> bool {
    let effect = &context.statement.effect;
    !effect.is_query
        && !matches!(
            effect.kind,
            StatementKind::Comment | StatementKind::Copy { .. } | StatementKind::CreateTable
        )
        || effect.calls.iter().any(|call| call.contains("dblink"))
}

fn holds(text: &str, word: &str) -> bool {
    text.as_bytes().windows(word.len()).any(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

/// The words of a statement, those inside of its bodies and strings as well.
fn secret(text: &str) -> Option<(&'static str, Span)> {
    let words: Vec<Lexeme<'_>> = lexemes(text).collect();
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|before| words.get(before));
        if word.kind != LexemeKind::String {
            continue;
        }
        let (value, start) = inner(word);
        if before.is_some_and(|before| before.is("password")) && is_filled(value) {
            return before.map(|before| ("a password", before.span));
        }
        let found = if word.text.starts_with('$') {
            secret(value)
        } else {
            connection(value).or_else(|| {
                holds(value, "password '")
                    .then(|| secret(&value.replace("''", "'")))
                    .flatten()
                    .map(|(what, _)| (what, Span::new(0, 0)))
            })
        };
        if let Some((what, span)) = found {
            return Some((what, span.shifted(word.span.start + start)));
        }
    }
    None
}

/// What stands between the quotes of a string, and where that begins.
fn inner<'t>(word: &Lexeme<'t>) -> (&'t str, usize) {
    let quote = if word.text.starts_with('$') {
        word.text.get(1..).and_then(|rest| rest.find('$')).map_or(1, |tag| tag + 2)
    } else {
        word.text.find('\'').map_or(1, |open| open + 1)
    };
    let end = if word.text.starts_with('$') { quote } else { 1 };
    (word.text.get(quote..word.text.len().saturating_sub(end)).unwrap_or(""), quote)
}

/// The password of a connection string: `password=…` or `scheme://user:…@host`.
fn connection(value: &str) -> Option<(&'static str, Span)> {
    let lower = value.to_ascii_lowercase();
    if let Some(at) = lower.find("password").filter(|at| {
        !lower.get(..*at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
    }) {
        let rest = value.get(at + "password".len()..).unwrap_or("").trim_start();
        let given = rest.strip_prefix('=').map(str::trim_start);
        let given = given.and_then(|given| given.split_whitespace().next()).unwrap_or("");
        if is_filled(given.trim_matches('\'')) {
            return Some(("the password of a connection", Span::new(at, at + "password".len())));
        }
    }
    let scheme = value.find("://")?;
    let authority = value.get(scheme + 3..)?.split(['/', ' ', '?']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    let (_, password) = user.split_once(':')?;
    is_filled(password).then(|| ("the password of a connection", Span::new(scheme, scheme + 3)))
}

/// False for nothing, and for what a template or psql fills in.
fn is_filled(value: &str) -> bool {
    let marks = ["${", "{{", "<%", "%(", "#{", ":'", "@@", "%s", "%L", "%%"];
    let bare_variable =
        value.starts_with(':') || value.starts_with('$') || (value.starts_with('<') && value.ends_with('>'));
    !value.is_empty()
        && !bare_variable
        && !marks.iter().any(|mark| value.contains(mark))
        && !value.chars().all(|c| c == '*' || c == 'x')
}

/// Keys that show by their shape what they are.
fn known_key(text: &str) -> Option<(&'static str, Span)> {
    const KEYS: &[(&str, usize, &str)] = &[
        ("-----BEGIN RSA PRIVATE KEY-----", 0, "a private key"),
        ("-----BEGIN PRIVATE KEY-----", 0, "a private key"),
        ("-----BEGIN EC PRIVATE KEY-----", 0, "a private key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----", 0, "a private key"),
        ("AKIA", 16, "an access key of AWS"),
        ("sk_live_", 16, "a live key of Stripe"),
        ("ghp_", 36, "a token of GitHub"),
        ("github_pat_", 22, "a token of GitHub"),
        ("xoxb-", 20, "a token of Slack"),
    ];
    KEYS.iter().find_map(|(prefix, letters, what)| {
        let at = text.find(prefix)?;
        let own = text.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_ascii_alphanumeric()));
        let rest = text.get(at + prefix.len()..)?;
        let length = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).count();
        let upper = *prefix != "AKIA"
            || rest.chars().take(*letters).all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        (!own && upper && length >= *letters).then_some((*what, Span::new(at, at + prefix.len())))
    })
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn messages(sql: &str) -> Vec<String> {
        let said = said(sql);
        said.into_iter().filter(|(id, _)| *id == "secret-in-script").map(|(_, message)| message).collect()
    }

    #[test]
    fn every_way_to_write_a_password_is_told_and_the_secret_is_not_repeated() {
        for sql in [
            "CREATE ROLE fh_a LOGIN PASSWORD 'hunter2';",
            "create user fh_a with encrypted password 'hunter2';",
            "ALTER ROLE fh_a PASSWORD $$hunter2$$;",
            "CREATE USER MAPPING FOR fh_a SERVER s OPTIONS (user 'u', password 'hunter2');",
            "CREATE SUBSCRIPTION s CONNECTION 'host=h user=u password=hunter2' PUBLICATION p WITH (connect = false);",
            "CREATE SUBSCRIPTION s CONNECTION 'postgres://u:hunter2@h/d' PUBLICATION p WITH (connect = false);",
            "SELECT dblink_connect('c', 'host=h password=hunter2');",
            "DO $$ BEGIN CREATE ROLE fh_a PASSWORD 'hunter2'; END $$;",
            "DO $$ BEGIN EXECUTE 'CREATE ROLE fh_a PASSWORD ''hunter2'' '; END $$;",
            "SELECT 'sk_live_0123456789abcdefhunter2';",
        ] {
            let messages = messages(sql);
            assert_eq!(messages.len(), 1, "{sql}");
            assert!(!messages[0].contains("hunter2"), "{sql}");
        }
    }

    #[test]
    fn what_only_looks_like_a_secret_is_silent() {
        for sql in [
            "CREATE ROLE fh_a LOGIN;",
            "ALTER ROLE fh_a PASSWORD NULL;",
            "ALTER ROLE fh_a VALID UNTIL '2030-01-01';",
            "CREATE ROLE fh_a LOGIN PASSWORD '${APP_PASSWORD}';",
            "CREATE ROLE fh_a LOGIN PASSWORD '{{ .Password }}';",
            "UPDATE users SET password = 'x1y2' WHERE id = 1;",
            "INSERT INTO hints (kind, text) VALUES ('password', 'your dog');",
            "COMMENT ON COLUMN users.password IS 'password of the user';",
            "CREATE TYPE kind AS ENUM ('password', 'token');",
            "INSERT INTO links VALUES ('https://example.org/a@b');",
            "CREATE SUBSCRIPTION s CONNECTION 'host=h user=u' PUBLICATION p WITH (connect = false);",
            "DO $$ BEGIN EXECUTE format('CREATE ROLE fh_a PASSWORD %L', current_setting('app.pw')); END $$;",
        ] {
            assert_eq!(messages(sql), Vec::<String>::new(), "{sql}");
        }
    }
}
