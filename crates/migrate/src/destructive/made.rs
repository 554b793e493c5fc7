//! What the scripts have made themselves, answered for many objects in one pass.

use freehold_sql::{
    Action, Effect, ObjectKind, ObjectUse, Statement, StatementKind, Use, which_only_touch_objects_made_here,
};

/// The statements that were seen, with questions between them.
#[derive(Debug, Default)]
pub(super) struct Made {
    line: Vec<Statement>,
    /// A statement that does nothing, to make questions of.
    nothing: Option<Statement>,
}

impl Made {
    /// Asks whether an object was made by the statements so far. The number finds the answer in [`Made::answers`].
    pub(super) fn ask(&mut self, object: &ObjectUse) -> Option<usize> {
        // Altering is what touches and leaves no trace.
        self.push(ObjectUse { use_: Use::Alters, ..object.clone() }).then(|| self.line.len() - 1)
    }

    /// Takes note of a statement. What is not `sure` to run makes nothing for sure.
    pub(super) fn after(&mut self, effect: &Effect, sure: bool) {
        let is_temporary = effect.objects.first().is_some_and(|object| object.temporary);
        let mut effect = effect.clone();
        effect.may_exist_before |= !sure && !is_temporary;
        let (actions, table) = (effect.actions.clone(), effect.objects.first().cloned());
        let span = effect.span;
        self.line.push(Statement { span, effect, copy_data: None });
        let Some(table) = table.filter(|table| table.kind == ObjectKind::Table) else { return };
        let column = |name: &str, use_: Use| ObjectUse {
            kind: ObjectKind::Column,
            schema: table.schema.clone(),
            of: Some(table.name.clone()),
            name: name.to_owned(),
            use_,
            temporary: false,
        };
        for action in &actions {
            let change = match action {
                Action::AddColumn { column: new, if_not_exists: false } if sure => {
                    column(&new.name, Use::Creates)
                }
                Action::DropColumn { name, .. } => column(name, Use::Drops),
                Action::RenameColumn { from, .. } => column(from, Use::Drops),
                _ => continue,
            };
            self.push(change);
        }
    }

    /// The answers, by the numbers of the questions.
    pub(super) fn answers(self) -> Vec<bool> {
        which_only_touch_objects_made_here(&self.line)
    }

    /// True when it could be put.
    fn push(&mut self, object: ObjectUse) -> bool {
        if self.nothing.is_none() {
            self.nothing = freehold_sql::parse("SELECT").ok().and_then(|parsed| parsed.into_iter().next());
        }
        let Some(mut question) = self.nothing.clone() else { return false };
        question.effect.kind = StatementKind::Comment;
        question.effect.objects = vec![object];
        self.line.push(question);
        true
    }
}
