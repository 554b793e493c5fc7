//! Settings of the session, and transactions.

use pg_query::NodeEnum;
use pg_query::protobuf::{
    DiscardMode, FuncCall, SelectStmt, TransactionStmt, TransactionStmtKind, VariableSetKind, VariableSetStmt,
};

use super::options;
use crate::effect::session::{SessionChange, SettingScope};
use crate::effect::transaction::{InTransaction, TransactionControl};
use crate::effect::{Effect, StatementKind, names};

/// The effect of the commands of this part.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::VariableSetStmt(set) => {
            let reset = matches!(kind(set), VariableSetKind::VarReset | VariableSetKind::VarResetAll);
            let mut effect = Effect::new(if reset { StatementKind::Reset } else { StatementKind::Set });
            effect.session = changes(set);
            effect
        }
        NodeEnum::VariableShowStmt(_) => Effect::new(StatementKind::Show),
        NodeEnum::ConstraintsSetStmt(_) => Effect::new(StatementKind::SetConstraints),
        NodeEnum::DiscardStmt(discard) => {
            let mut effect = Effect::new(StatementKind::Discard);
            if discard.target == DiscardMode::DiscardAll as i32 {
                effect.session.push(change("all", Vec::new(), SettingScope::Session));
                effect.transaction = super::maintenance::forbidden("DISCARD ALL");
            }
            effect.may_lose_data = discard.target == DiscardMode::DiscardAll as i32
                || discard.target == DiscardMode::DiscardTemp as i32;
            effect
        }
        NodeEnum::TransactionStmt(statement) => transaction(statement),
        NodeEnum::ListenStmt(_) | NodeEnum::UnlistenStmt(_) => Effect::new(StatementKind::Listen),
        NodeEnum::NotifyStmt(_) => Effect::new(StatementKind::Notify),
        NodeEnum::LoadStmt(_) => {
            let mut effect = Effect::new(StatementKind::Load);
            effect.hide("it loads a library into the server's process");
            effect
        }
        _ => return None,
    };
    Some(effect)
}

fn kind(set: &VariableSetStmt) -> VariableSetKind {
    VariableSetKind::try_from(set.kind).unwrap_or(VariableSetKind::Undefined)
}

fn change(name: &str, values: Vec<String>, scope: SettingScope) -> SessionChange {
    SessionChange { name: name.to_ascii_lowercase(), values, computed: false, scope }
}

/// The settings that a `SET` or `RESET` changes.
fn changes(set: &VariableSetStmt) -> Vec<SessionChange> {
    let scope = if set.is_local { SettingScope::Transaction } else { SettingScope::Session };
    match kind(set) {
        VariableSetKind::VarResetAll => vec![change("all", Vec::new(), SettingScope::Session)],
        VariableSetKind::VarSetMulti if set.name == "TRANSACTION SNAPSHOT" => {
            vec![change("transaction_snapshot", Vec::new(), SettingScope::Transaction)]
        }
        VariableSetKind::VarSetMulti => {
            let session = set.name == "SESSION CHARACTERISTICS";
            let scope = if session { SettingScope::Session } else { SettingScope::Transaction };
            let prefix = if session { "default_" } else { "" };
            options(&set.args)
                .map(|option| {
                    let value = option.arg.as_deref().and_then(names::constant);
                    change(&format!("{prefix}{}", option.defname), value.into_iter().collect(), scope)
                })
                .collect()
        }
        _ => {
            let values = set.args.iter().filter_map(names::constant).collect();
            vec![change(&set.name, values, scope)]
        }
    }
}

/// `SELECT set_config('name', 'value', is_local)`, as pg_dump writes it.
pub(super) fn add_set_config(effect: &mut Effect, select: &SelectStmt) {
    for call in super::calls::listed(select) {
        if names::texts(&call.funcname).last().is_some_and(|name| name == "set_config") {
            effect.session.extend(set_config(call));
        }
    }
}

fn set_config(call: &FuncCall) -> Option<SessionChange> {
    let argument = |at: usize| call.args.get(at).and_then(names::constant);
    let local = argument(2).is_some_and(|value| matches!(value.as_str(), "true" | "t" | "on" | "1"));
    let scope = if local { SettingScope::Transaction } else { SettingScope::Session };
    let value = argument(1);
    let computed = value.is_none();
    let values = value.map(split_list).unwrap_or_default();
    Some(SessionChange { computed, ..change(&argument(0)?, values, scope) })
}

/// `set_config` takes a list as one text. An empty text is an empty search path, which is one empty value here.
fn split_list(value: String) -> Vec<String> {
    value.split(',').map(|part| part.trim().trim_matches('"').to_owned()).collect()
}

fn transaction(statement: &TransactionStmt) -> Effect {
    use TransactionStmtKind as T;
    let mut effect = Effect::new(StatementKind::TransactionControl);
    let (name, id, chain) = (statement.savepoint_name.clone(), statement.gid.clone(), statement.chain);
    effect.control = match T::try_from(statement.kind).unwrap_or(T::Undefined) {
        T::TransStmtBegin | T::TransStmtStart => Some(TransactionControl::Begin),
        T::TransStmtCommit => Some(TransactionControl::Commit { chain }),
        T::TransStmtRollback => Some(TransactionControl::Rollback { chain }),
        T::TransStmtSavepoint => Some(TransactionControl::Savepoint(name)),
        T::TransStmtRelease => Some(TransactionControl::Release(name)),
        T::TransStmtRollbackTo => Some(TransactionControl::RollbackTo(name)),
        T::TransStmtPrepare => Some(TransactionControl::PrepareTransaction(id)),
        T::TransStmtCommitPrepared => Some(TransactionControl::CommitPrepared(id)),
        T::TransStmtRollbackPrepared => Some(TransactionControl::RollbackPrepared(id)),
        T::Undefined => None,
    };
    effect.transaction = match effect.control {
        Some(TransactionControl::CommitPrepared(_)) => super::maintenance::forbidden("COMMIT PREPARED"),
        Some(TransactionControl::RollbackPrepared(_)) => super::maintenance::forbidden("ROLLBACK PREPARED"),
        _ => InTransaction::Allowed,
    };
    effect
}
