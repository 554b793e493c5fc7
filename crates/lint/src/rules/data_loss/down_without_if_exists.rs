//! The down of a migration outside a transaction drops without IF EXISTS.
//!
//! ## What it finds
//! In the down of an up whose statements are sent one by one: `DROP` and `DROP COLUMN`, `DROP CONSTRAINT` without
//! `IF EXISTS`.
//!
//! ## Why it hurts
//! Such an up can stop half way, and leaves what it has done. Its down then meets objects that were never made,
//! fails at the first of them, and leaves the rest: nobody can go back, and nobody forward.
//!
//! ## Do instead
//! Write `IF EXISTS` in such downs, so that they take back whatever is there.
//!
//! ## When to ignore
//! When the up has one statement that is either done or not.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, CREATE INDEX, Building Indexes Concurrently.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};
use freehold_sql::{
    Action, StatementKind,
    tree::{NodeEnum, write},
};

use crate::{
    context::Context,
    found::{Findings, Remedy},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "down-without-if-exists",
        code: "FH0415",
        category: Category::DataLoss,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[67],
        summary: "the down of a migration outside a transaction drops without IF EXISTS",
        source: include_str!("down_without_if_exists.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    let effect = &context.statement.effect;
    if context.is_up() || context.walk.up.is_none_or(|up| !up.no_transaction) {
        return;
    }
    let bare = match effect.kind {
        StatementKind::Drop { .. } => !effect.may_be_missing,
        StatementKind::AlterTable => effect.actions.iter().any(|action| {
            matches!(
                action,
                Action::DropColumn { if_exists: false, .. } | Action::DropConstraint { if_exists: false, .. }
            )
        }),
        _ => false,
    };
    let Some(object) = effect.objects.first().filter(|_| bare) else { return };
    let message = format!(
        "the up can stop half way: this fails when {object} was never made, and the rest of the down is not done"
    );
    let found = context.found(findings.rule(), Subject::new(object.kind.word(), object.to_string()), message);
    findings.push(match with_if_exists(context) {
        Some(sql) => found
            .fixed_by("Drop it IF EXISTS.", sql.clone())
            .mended_by(Remedy::Replace { span: context.statement.span, with: sql }),
        None => found.advised("Drop it IF EXISTS."),
    });
}

/// The statement with IF EXISTS everywhere.
fn with_if_exists(context: &Context<'_>) -> Option<String> {
    match context.tree? {
        NodeEnum::DropStmt(drop) => {
            let mut drop = drop.clone();
            drop.missing_ok = true;
            write(&NodeEnum::DropStmt(drop))
        }
        NodeEnum::AlterTableStmt(alter) => {
            let mut alter = alter.clone();
            alter.missing_ok = true;
            for command in &mut alter.cmds {
                let drops = |action: &Action| {
                    matches!(action, Action::DropColumn { .. } | Action::DropConstraint { .. })
                };
                if let Some(NodeEnum::AlterTableCmd(command)) = command.node.as_mut()
                    && context.statement.effect.actions.iter().any(drops)
                    && matches!(
                        freehold_sql::tree::protobuf::AlterTableType::try_from(command.subtype),
                        Ok(freehold_sql::tree::protobuf::AlterTableType::AtDropColumn
                            | freehold_sql::tree::protobuf::AlterTableType::AtDropConstraint)
                    )
                {
                    command.missing_ok = true;
                }
            }
            write(&NodeEnum::AlterTableStmt(alter))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn count(text: &str) -> usize {
        said(text).iter().filter(|(id, _)| *id == "down-without-if-exists").count()
    }

    #[test]
    fn columns_and_constraints_count_and_a_transaction_excuses() {
        let alone = "-- migration: 1_a (no transaction)\nALTER TABLE a ADD COLUMN b text;\n-- down:\nALTER TABLE a DROP COLUMN b;";
        assert_eq!(count(alone), 1);
        assert_eq!(count(&alone.replace(" (no transaction)", "")), 0);
        assert_eq!(count(&alone.replace("DROP COLUMN b", "DROP COLUMN IF EXISTS b")), 0);
    }
}
