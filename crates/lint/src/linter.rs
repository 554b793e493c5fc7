//! The walk through a history: state, script, statement, and every rule at each of them.

use std::cell::OnceCell;

use freehold_model::{catalog::Catalog, place::Span};

use freehold_sql::TreeStatement;

use crate::{
    context::{Context, SchemaContext, ScriptContext},
    copies,
    executed::{Executed, LockTaken},
    found::{Findings, Found, ScriptId},
    locks,
    options::Options,
    probes::{Asked, Asking},
    rule::{Check, LintRule},
    rules,
    script::{Direction, ScriptInfo},
    state::{Site, State},
    walk::Walk,
};

/// Takes the scripts of a folder in the order of their application and collects what the rules say.
#[derive(Debug)]
pub struct Linter {
    options: Options,
    state: State,
    scripts: Vec<ScriptInfo>,
    found: Vec<Found>,
    walk: Walk,
    statement_rules: Vec<&'static LintRule>,
    script_rules: Vec<&'static LintRule>,
    schema_rules: Vec<&'static LintRule>,
    /// Locks of statements, when they are asked for.
    locks: Option<Vec<StatementLocks>>,
    /// Questions to rows, when they are asked for.
    asking: Option<Asking>,
}

/// The locks that a statement takes.
#[derive(Debug, Clone)]
pub struct StatementLocks {
    /// Its script.
    pub script: ScriptId,
    /// The statement's bytes in the script's text.
    pub span: Span,
    /// The strongest mode for each relation.
    pub locks: Vec<LockTaken>,
}

/// What a run gives.
#[derive(Debug)]
pub struct Linted {
    /// What the rules said, in the order of scripts and statements.
    pub found: Vec<Found>,
    /// The scripts, by [`ScriptId`].
    pub scripts: Vec<ScriptInfo>,
    /// The schema at the end.
    pub state: State,
    /// The locks of the statements of scripts whose findings are wanted; empty unless asked for.
    pub locks: Vec<StatementLocks>,
    /// Questions to the rows of a database about scripts whose findings are wanted; empty unless asked for.
    pub asked: Vec<Asked>,
}

impl Linter {
    /// The same, telling the locks of each statement too.
    #[must_use]
    pub fn telling_locks(mut self) -> Self {
        self.locks = Some(Vec::new());
        self
    }

    /// The same, telling what could be asked of a database's rows too.
    #[must_use]
    pub fn telling_probes(mut self) -> Self {
        self.asking = Some(Asking::default());
        self
    }

    /// Begins with nothing known, and with the rules for which `wanted` says yes.
    pub fn new(options: Options, wanted: impl Fn(&LintRule) -> bool) -> Self {
        let all: Vec<&'static LintRule> = rules::all().filter(|rule| wanted(rule)).collect();
        let those = |pick: fn(&Check) -> bool| all.iter().copied().filter(|r| pick(&r.check)).collect();
        Self {
            options,
            state: State::new(),
            scripts: Vec::new(),
            found: Vec::new(),
            walk: Walk::begin(freehold_sql::Delivery::Separate),
            statement_rules: those(|check| matches!(check, Check::Statement(_))),
            script_rules: those(|check| matches!(check, Check::Script(_))),
            schema_rules: those(|check| matches!(check, Check::Schema(_))),
            locks: None,
            asking: None,
        }
    }

    /// The schema as it is known now.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes a server's description for what is known: of the schema that the next script meets.
    pub fn rebase(&mut self, catalog: &Catalog) {
        self.state.rebase(catalog);
    }

    /// Begins a script. A down is given right after its up; what it does to the schema is forgotten at its end.
    pub fn begin(&mut self, info: ScriptInfo) -> ScriptId {
        let standing = std::mem::take(&mut self.walk.marks.standing);
        let lock_order = std::mem::take(&mut self.walk.lock_order);
        let up = self.walk.as_up();
        let reindexed = self.walk.reindexed.saturating_sub(1);
        self.walk = Walk::begin(info.delivery);
        self.walk.reindexed = reindexed;
        self.walk.marks.standing = standing;
        self.walk.lock_order = lock_order;
        self.state.begin_script();
        if info.direction == Direction::Down {
            self.state.remember();
            self.walk.up = up;
        }
        self.scripts.push(info);
        self.scripts.len() - 1
    }

    /// The next statement of the script that was begun; `text` is the whole script's.
    pub fn statement(&mut self, parsed: &TreeStatement, text: &str, executed: Option<&Executed>) {
        let Some((script_id, script)) = self.scripts.iter().enumerate().next_back() else { return };
        let taken = locks::taken(&parsed.statement.effect, parsed.tree.as_ref(), &self.state);
        let context = Context {
            statement: &parsed.statement,
            tree: parsed.tree.as_ref(),
            tree_start: parsed.tree_start,
            text: parsed.statement.text(text),
            script,
            script_id,
            scripts: &self.scripts,
            state: &self.state,
            walk: &self.walk,
            options: &self.options,
            executed,
            locks: &taken,
        };
        if script.wanted {
            for rule in &self.statement_rules {
                if let Check::Statement(check) = rule.check {
                    check(&context, &mut Findings { rule, list: &mut self.found });
                }
            }
            if let Some(asking) = &mut self.asking {
                asking.before(&context);
            }
            if let Some(told) = &mut self.locks {
                let locks = taken.clone();
                told.push(StatementLocks { script: script_id, span: parsed.statement.span, locks });
            }
        }
        let noted = self.walk.note(&context);
        let copied = context.is_up().then(|| copies::noted(&context)).flatten();
        let strong = self.walk.take(noted);
        self.walk.mark(parsed, text, (&self.state, &self.options.majors), strong);
        if let Some(asking) = self.asking.as_mut().filter(|_| script.wanted) {
            asking.after(&self.walk);
        }
        self.walk.pass(&parsed.statement, script.delivery);
        let site = Site { script: script_id, statement: self.walk.number - 1, span: parsed.statement.span };
        self.state.mark(&parsed.statement, parsed.tree.as_ref(), site);
        if let Some(copied) = copied {
            self.state.copies.take(copied);
        }
        self.state.apply(&parsed.statement, parsed.tree.as_ref(), site);
    }

    /// A piece of the script that is not SQL was passed over: it counts as a statement of which nothing is known.
    pub fn unreadable(&mut self) {
        self.walk.number += 1;
        self.state.doubts.insert("a statement that could not be read".to_owned());
    }

    /// Ends the script.
    pub fn end(&mut self) {
        let Some((script_id, script)) = self.scripts.iter().enumerate().next_back() else { return };
        if script.wanted {
            let context = ScriptContext {
                script,
                script_id,
                state: &self.state,
                walk: &self.walk,
                options: &self.options,
            };
            for rule in &self.script_rules {
                if let Check::Script(check) = rule.check {
                    check(&context, &mut Findings { rule, list: &mut self.found });
                }
            }
        }
        if script.direction == Direction::Down {
            self.state.take_back();
        }
    }

    /// The end of the history: the rules that look at whole schemas have their turn. Of what they say, that is kept
    /// which is about something made by a script whose findings are wanted, or by none.
    pub fn finish(mut self) -> Linted {
        let mut found = Vec::new();
        let tenancy = OnceCell::new();
        let context = SchemaContext {
            state: &self.state,
            scripts: &self.scripts,
            options: &self.options,
            tenancy: &tenancy,
        };
        for rule in &self.schema_rules {
            if let Check::Schema(check) = rule.check {
                check(&context, &mut Findings { rule, list: &mut found });
            }
        }
        let wanted = |found: &Found| {
            found.script.and_then(|id| self.scripts.get(id)).is_none_or(|script| script.wanted)
        };
        self.found.extend(found.into_iter().filter(wanted));
        self.found.sort_by_key(|found| (found.script.unwrap_or(usize::MAX), found.span.start));
        Linted {
            found: self.found,
            scripts: self.scripts,
            state: self.state,
            locks: self.locks.unwrap_or_default(),
            asked: self.asking.map(|asking| asking.asked).unwrap_or_default(),
        }
    }
}
