//! Which statements of a script lose data or cut off running code.
//!
//! Counted are: what takes away rows, columns, types or anything that running code names (`DROP`, `RENAME`, `SET SCHEMA`,
//! `DETACH PARTITION`), what empties or overwrites all rows (`TRUNCATE`, `DELETE` and `UPDATE` without a condition),
//! changes of a column's type, and everything with `CASCADE`. Not counted are indexes, constraints, triggers, policies,
//! rules and statistics: what they did can be had back by making them again. Nor is what the scripts made themselves, a
//! view or function that the same script makes again, or an update of nothing but columns that were added here.
//!
//! `DO` blocks, and functions that are made here and called, are looked into: the static SQL of PL/pgSQL, and dynamic SQL
//! as far as its text is there. What cannot be seen is told as [`OPAQUE`]; a function that an `INSERT` or an `UPDATE` calls
//! for a value counts as seen, one that a `SELECT`, `PERFORM` or `CALL` calls does not.

mod acts;
mod dynamic;
mod judge;
mod made;
mod plpgsql;
mod rows;
mod tokens;
mod words;

use freehold_model::place::{Place, Span};
use freehold_sql::{Statement, Use, headline};

use crate::script::{Script, TransactionMode};
use acts::{Act, Unfolder};
use judge::{Harm, harms};
use made::Made;

pub use tokens::same_object;
pub use words::{WORDS, Word};
pub(crate) use words::{known, nearest};

/// The word for code that cannot be looked into.
pub const OPAQUE: &str = words::OPAQUE;

/// The longest headline, in characters.
const HEADLINE: usize = 100;

/// Something destructive in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destructive {
    /// What it is, one of [`WORDS`].
    pub word: &'static str,
    /// What is hurt, as the statement names it: `app.users`, `users.email`; `None` when the text does not tell.
    pub object: Option<String>,
    /// Where it stands: the statement, or the part of a `DO` block or function.
    pub place: Place,
    /// The index of the statement of the script that does it.
    pub statement: usize,
    /// What does it, on one line.
    pub headline: String,
    /// What is lost or, for [`OPAQUE`], why it cannot be seen; a clause about the statement.
    pub why: String,
}

impl Destructive {
    /// True when it is only known that it cannot be seen.
    pub fn is_opaque(&self) -> bool {
        self.word == OPAQUE
    }
}

/// What is destructive in a script, in the order of its statements.
pub fn destructive(script: &Script, statements: &[Statement]) -> Vec<Destructive> {
    destructive_in(&[(script, statements)]).pop().unwrap_or_default()
}

/// What is destructive in each of several scripts that are run one after the other, without others between: what an
/// earlier one has made, a later one may take away.
pub fn destructive_in(scripts: &[(&Script, &[Statement])]) -> Vec<Vec<Destructive>> {
    destructive_after(&[], scripts)
}

/// [`destructive_in`] with the scripts that were applied before, in order: the functions that they made are looked into
/// where they are called. Nothing else of them counts.
pub fn destructive_after(
    applied: &[(&Script, &[Statement])],
    scripts: &[(&Script, &[Statement])],
) -> Vec<Vec<Destructive>> {
    let mut unfolder = Unfolder::default();
    for (script, statements) in applied {
        for statement in *statements {
            unfolder.learn(&statement.effect, statement.text(script.text()));
        }
    }
    let mut made = Made::default();
    let mut candidates: Vec<Candidate> = Vec::new();
    for (index, (script, statements)) in scripts.iter().enumerate() {
        let mut acts = Vec::new();
        for (at, statement) in statements.iter().enumerate() {
            let unfolded = unfolder.unfold(statement, script.text());
            acts.extend(unfolded.into_iter().map(|act| (at, act)));
        }
        let whole = !matches!(script.transaction, TransactionMode::None { .. });
        for (position, (at, act)) in acts.iter().enumerate() {
            let later = acts.get(position + 1..).unwrap_or(&[]);
            consider(&mut made, &mut candidates, (index, *at), act, |harm| {
                whole && is_made_again(harm, later)
            });
        }
    }
    let harmless = made.answers();
    let mut found: Vec<Vec<Destructive>> = scripts.iter().map(|_| Vec::new()).collect();
    for candidate in candidates {
        let excused = candidate.excuses.iter().any(|all| {
            !all.is_empty() && all.iter().all(|probe| harmless.get(*probe).copied().unwrap_or(false))
        });
        let (Some((script, _)), Some(list)) =
            (scripts.get(candidate.script), found.get_mut(candidate.script))
        else {
            continue;
        };
        let destructive = candidate.told(script);
        if !excused && !list.contains(&destructive) {
            list.push(destructive);
        }
    }
    found
}

/// Something that is destructive unless one of its excuses holds.
struct Candidate {
    script: usize,
    statement: usize,
    word: &'static str,
    object: Option<String>,
    why: String,
    span: Span,
    text: String,
    /// Lists of questions to [`Made`].
    excuses: Vec<Vec<usize>>,
}

impl Candidate {
    fn told(self, script: &Script) -> Destructive {
        Destructive {
            word: self.word,
            object: self.object.filter(|name| !name.contains(dynamic::UNSEEN)),
            place: script.place(self.span),
            statement: self.statement,
            headline: headline(&self.text, HEADLINE),
            why: self.why,
        }
    }
}

fn consider(
    made: &mut Made,
    candidates: &mut Vec<Candidate>,
    (script, statement): (usize, usize),
    act: &Act,
    is_made_again: impl Fn(&Harm) -> bool,
) {
    match act {
        Act::Unseen { why, text, span } => candidates.push(Candidate {
            script,
            statement,
            word: OPAQUE,
            object: None,
            why: why.clone(),
            span: *span,
            text: text.clone(),
            excuses: Vec::new(),
        }),
        Act::Sql { effect, text, span, sure } => {
            for harm in harms(effect, text).into_iter().filter(|harm| !is_made_again(harm)) {
                let mut excuses = Vec::new();
                for all in &harm.excuses {
                    excuses.extend(all.iter().map(|object| made.ask(object)).collect::<Option<Vec<usize>>>());
                }
                candidates.push(Candidate {
                    script,
                    statement,
                    word: harm.word,
                    object: harm.object.as_ref().map(ToString::to_string),
                    why: words::meaning(harm.word).to_owned(),
                    span: *span,
                    text: text.clone(),
                    excuses,
                });
            }
            made.after(effect, *sure);
        }
    }
}

/// True when one of the acts makes what takes the place of what the harm takes away.
fn is_made_again(harm: &Harm, later: &[(usize, Act)]) -> bool {
    let Some(replaceable) = &harm.replaceable else { return false };
    later.iter().any(|(_, act)| match act {
        Act::Sql { effect, sure: true, .. } => {
            effect.objects_used(Use::Creates).any(|new| replaceable.is_replaced_by(new))
        }
        _ => false,
    })
}
