//! The types of parameters of statements that can't stay prepared.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use postgres_types::Type;

use crate::Sql;

/// More statements than this are not remembered.
const MOST: usize = 2_000;

/// Types of parameters by statement, for statements whose types are all PostgreSQL's own.
#[derive(Default)]
pub(crate) struct Shapes(Mutex<HashMap<Sql, Arc<[Type]>>>);

impl Shapes {
    pub(super) fn of(&self, sql: &Sql) -> Option<Arc<[Type]>> {
        self.0.lock().ok()?.get(sql).cloned()
    }

    pub(super) fn learn(&self, sql: &Sql, types: &[Type]) {
        let Ok(mut known) = self.0.lock() else { return };
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(sql.clone(), types.into());
    }

    /// A migration may have changed them.
    pub(super) fn forget(&self, sql: &Sql) {
        if let Ok(mut known) = self.0.lock() {
            known.remove(sql);
        }
    }
}

/// Whether a type is the same in every database.
pub(super) fn is_builtin(ty: &Type) -> bool {
    Type::from_oid(ty.oid()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builtin_types_are_told_from_those_of_a_database() {
        assert!(is_builtin(&Type::INT8) && is_builtin(&Type::TEXT_ARRAY));
        let own = Type::new("mood".to_owned(), 99_999, postgres_types::Kind::Simple, "public".to_owned());
        assert!(!is_builtin(&own));
    }
}
