//! Queries, changes of rows, and the commands that carry a query.

use pg_query::NodeEnum;
use pg_query::protobuf::{CopyStmt, Node, ObjectType, OnConflictAction, SelectStmt};

use super::{flag, options};
use crate::effect::object::{ObjectKind, ObjectUse, Use};
use crate::effect::transaction::InTransaction;
use crate::effect::{Effect, StatementKind, names};
use crate::lex::Lexer;

/// The effect of the commands of this part; relations come from the walk.
pub(super) fn effect(node: &NodeEnum) -> Option<Effect> {
    let effect = match node {
        NodeEnum::SelectStmt(select) => select_effect(select),
        NodeEnum::InsertStmt(insert) => {
            let mut effect = rows(StatementKind::Insert);
            effect.may_lose_data = insert
                .on_conflict_clause
                .as_ref()
                .is_some_and(|clause| clause.action == OnConflictAction::OnconflictUpdate as i32);
            effect
        }
        NodeEnum::UpdateStmt(_) => losing(rows(StatementKind::Update)),
        NodeEnum::DeleteStmt(_) => losing(rows(StatementKind::Delete)),
        NodeEnum::MergeStmt(_) => losing(rows(StatementKind::Merge)),
        NodeEnum::CreateTableAsStmt(create) => {
            let materialized = create.objtype == ObjectType::ObjectMatview as i32;
            let (kind, object) = if materialized {
                (StatementKind::Create(ObjectKind::MaterializedView), ObjectKind::MaterializedView)
            } else {
                (StatementKind::CreateTableAs, ObjectKind::Table)
            };
            let mut effect = Effect::new(kind);
            effect.may_exist_before = create.if_not_exists;
            if let Some(range) = create.into.as_ref().and_then(|into| into.rel.as_ref()) {
                effect.push(names::relation(object, range, Use::Creates));
            }
            if let Some(NodeEnum::ExecuteStmt(_)) =
                create.query.as_deref().and_then(|query| query.node.as_ref())
            {
                effect.hide("it runs a prepared statement");
            }
            effect
        }
        NodeEnum::CopyStmt(copy) => copy_effect(copy),
        NodeEnum::ExplainStmt(explain) => explain_effect(explain.query.as_deref(), &explain.options),
        NodeEnum::DeclareCursorStmt(_) | NodeEnum::FetchStmt(_) | NodeEnum::ClosePortalStmt(_) => {
            Effect::new(StatementKind::Cursor)
        }
        NodeEnum::PrepareStmt(_) => Effect::new(StatementKind::Prepare),
        NodeEnum::DeallocateStmt(_) => Effect::new(StatementKind::Deallocate),
        NodeEnum::ExecuteStmt(execute) => {
            let mut effect = Effect::new(StatementKind::Execute);
            effect.hide(format!("it runs the prepared statement {}", execute.name));
            effect
        }
        NodeEnum::CallStmt(call) => {
            let mut effect = Effect::new(StatementKind::Call);
            let parts = call.funccall.as_ref().map(|call| names::texts(&call.funcname)).unwrap_or_default();
            effect.hide(format!("what the procedure {} does is not in the text", parts.join(".")));
            effect.objects.extend(names::named(ObjectKind::Procedure, &parts, Use::Reads));
            effect.transaction =
                InTransaction::Depends { why: "the procedure may commit or roll back".to_owned() };
            effect
        }
        NodeEnum::DoStmt(block) => do_effect(&block.args),
        _ => return None,
    };
    Some(effect)
}

fn rows(kind: StatementKind) -> Effect {
    let mut effect = Effect::new(kind);
    effect.is_query = true;
    effect
}

fn losing(mut effect: Effect) -> Effect {
    effect.may_lose_data = true;
    effect
}

/// `SELECT ... INTO` makes a table; in a `UNION` the clause is at the leftmost arm.
fn select_effect(select: &SelectStmt) -> Effect {
    let mut leftmost = select;
    while let Some(left) = leftmost.larg.as_deref() {
        leftmost = left;
    }
    let Some(range) = leftmost.into_clause.as_ref().and_then(|into| into.rel.as_ref()) else {
        let mut effect = rows(StatementKind::Select);
        super::session::add_set_config(&mut effect, select);
        super::calls::add_sequences(&mut effect, select);
        return effect;
    };
    let mut effect = Effect::new(StatementKind::CreateTableAs);
    effect.push(names::relation(ObjectKind::Table, range, Use::Creates));
    effect
}

fn copy_effect(copy: &CopyStmt) -> Effect {
    let mut effect = Effect::new(StatementKind::Copy { from: copy.is_from });
    if let Some(range) = copy.relation.as_ref() {
        let use_ = if copy.is_from { Use::Writes } else { Use::Reads };
        effect.push(names::relation(ObjectKind::Table, range, use_));
    }
    if copy.is_program {
        effect.hide("it runs a program on the server");
    }
    effect
}

fn explain_effect(query: Option<&Node>, list: &[Node]) -> Effect {
    let analyze = flag(list, "analyze").unwrap_or(false);
    let Some(inner) = query.and_then(|query| query.node.as_ref()) else {
        return Effect::new(StatementKind::Explain { analyze });
    };
    if !analyze {
        return Effect::new(StatementKind::Explain { analyze });
    }
    let mut effect = super::effect_of(inner);
    effect.kind = StatementKind::Explain { analyze };
    effect.is_query = false;
    effect
}

/// A `DO` block. Its code is not parsed; words that end a transaction are looked for.
fn do_effect(args: &[Node]) -> Effect {
    let mut effect = Effect::new(StatementKind::Do);
    effect.hide("what a DO block does is not in the text of the statement");
    let code = options(args)
        .find(|option| option.defname == "as")
        .and_then(|option| option.arg.as_deref())
        .and_then(names::constant)
        .unwrap_or_default();
    for token in Lexer::new(&code, 0) {
        if token.is_word(&code, "commit") || token.is_word(&code, "rollback") {
            effect.transaction =
                InTransaction::Depends { why: "the block seems to commit or roll back".to_owned() };
        }
        effect.sleeps |= token.is_word(&code, "pg_sleep");
    }
    if let Some(language) =
        options(args).find(|option| option.defname == "language").and_then(|option| option.arg.as_deref())
    {
        effect.objects.extend(
            names::constant(language)
                .map(|name| ObjectUse::new(ObjectKind::Language, None, name, Use::Reads)),
        );
    }
    effect
}
