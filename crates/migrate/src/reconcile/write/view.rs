//! Views, plain and materialised.

use freehold_model::catalog::Relation;

use super::{
    super::sql::{parameter_changes, parameters},
    Sql, q,
    table::column_list,
};

fn query(view: &Relation) -> &str {
    view.definition.as_deref().unwrap_or_default().trim_end_matches(';')
}

/// Makes or replaces a view.
pub(super) fn create(view: &Relation, replace: bool) -> Sql {
    let verb = if replace { "CREATE OR REPLACE VIEW" } else { "CREATE VIEW" };
    let options = if view.options.is_empty() {
        String::new()
    } else {
        format!(" WITH ({})", parameters(&view.options, "").join(", "))
    };
    Sql::new(format!("{verb} {} ({}){options} AS\n{}", view.name.quoted(), column_list(view), query(view)))
}

pub(super) fn alter(old: &Relation, new: &Relation) -> Vec<Sql> {
    if old.definition == new.definition && old.columns.len() == new.columns.len() {
        let changes = parameter_changes(&old.options, &new.options, "").into_iter();
        return changes
            .map(|change| Sql::new(format!("ALTER VIEW {} {change}", new.name.quoted())))
            .collect();
    }
    vec![create(new, true)]
}

pub(super) fn create_materialized(view: &Relation) -> Vec<Sql> {
    let mut text = format!("CREATE MATERIALIZED VIEW {} ({})", view.name.quoted(), column_list(view));
    if let Some(method) = view.access_method.as_deref().filter(|method| *method != "heap") {
        text = text + " USING " + &q(method);
    }
    if !view.options.is_empty() {
        text = format!("{text} WITH ({})", parameters(&view.options, "").join(", "));
    }
    if let Some(space) = &view.tablespace {
        text = text + " TABLESPACE " + &q(space);
    }
    let data = if view.populated { "WITH DATA" } else { "WITH NO DATA" };
    let create = Sql::new(format!("{text} AS\n{}\n{data}", query(view)));
    let plain = Relation { name: view.name.clone(), ..Relation::default() };
    [create].into_iter().chain(toast(&plain, view)).chain(columns(&plain, view)).collect()
}

pub(super) fn alter_materialized(old: &Relation, new: &Relation) -> Vec<Sql> {
    let name = new.name.quoted();
    let mut changes: Vec<String> = parameter_changes(&old.options, &new.options, "");
    if old.tablespace != new.tablespace {
        changes.push(format!("SET TABLESPACE {}", q(new.tablespace.as_deref().unwrap_or("pg_default"))));
    }
    if let Some(method) =
        new.access_method.as_ref().filter(|method| Some(*method) != old.access_method.as_ref())
    {
        changes.push(format!("SET ACCESS METHOD {}", q(method)));
    }
    let mut statements: Vec<Sql> = changes
        .into_iter()
        .map(|change| Sql::new(format!("ALTER MATERIALIZED VIEW {name} {change}")))
        .collect();
    statements.extend(toast(old, new));
    statements.extend(columns(old, new));
    if old.populated != new.populated {
        let data = if new.populated { "" } else { " WITH NO DATA" };
        statements.push(Sql::new(format!("REFRESH MATERIALIZED VIEW {name}{data}")));
    }
    statements
}

fn toast(old: &Relation, new: &Relation) -> Vec<Sql> {
    let changes = parameter_changes(&old.toast_options, &new.toast_options, "toast.").into_iter();
    changes
        .map(|change| Sql::new(format!("ALTER MATERIALIZED VIEW {} {change}", new.name.quoted())))
        .collect()
}

/// Storage, compression and statistics of a materialised view's columns.
fn columns(old: &Relation, new: &Relation) -> Vec<Sql> {
    let mut changes = Vec::new();
    for column in &new.columns {
        let usual = freehold_model::catalog::Column::default();
        let before = old.column(&column.name).unwrap_or(&usual);
        let head = format!("ALTER MATERIALIZED VIEW {} ALTER COLUMN {}", new.name.quoted(), q(&column.name));
        if before.storage != column.storage {
            changes.push(format!(
                "{head} SET STORAGE {}",
                column.storage.as_ref().unwrap_or(&column.type_storage)
            ));
        }
        if before.compression != column.compression {
            changes.push(format!(
                "{head} SET COMPRESSION {}",
                column.compression.as_deref().unwrap_or("default")
            ));
        }
        if before.statistics_target != column.statistics_target {
            changes.push(format!("{head} SET STATISTICS {}", column.statistics_target.unwrap_or(-1)));
        }
        changes.extend(
            parameter_changes(&before.options, &column.options, "")
                .into_iter()
                .map(|c| format!("{head} {c}")),
        );
    }
    changes.into_iter().map(Sql::new).collect()
}
