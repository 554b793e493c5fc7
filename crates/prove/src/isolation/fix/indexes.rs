//! An index led by the tenant, for tables that now filter by it in every query.

use freehold_model::name::display_identifier;

use super::{Case, Change, Fix, Ownership};

pub(super) fn add(case: &Case<'_>, fix: &mut Fix) {
    for relation in case.open_tables() {
        let owned = case.tenancy.owned.get(&relation.oid);
        let Some((column, _)) = case.tenant_column(relation) else { continue };
        let is_led = relation
            .indexes
            .iter()
            .any(|index| index.columns.first().is_some_and(|first| first.column() == Some(column.as_str())));
        if is_led || matches!(owned, Some(Ownership::Root { .. })) {
            continue;
        }
        let name = display_identifier(&format!("idx_{}_{column}", relation.name.name));
        let schema = if relation.name.schema == "public" {
            String::new()
        } else {
            format!("{}.", display_identifier(&relation.name.schema))
        };
        fix.changes.push(Change {
            up: format!("CREATE INDEX {name} ON {} ({});", relation.name, display_identifier(&column)),
            down: format!("DROP INDEX {schema}{name};"),
            why: format!("Every query of {} now asks for one tenant", relation.name),
        });
    }
}
