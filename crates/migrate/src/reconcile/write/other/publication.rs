//! Publications.

use freehold_model::{catalog::Other, name::quote_literal};

use super::{Sql, facts};

/// Tables with their columns and conditions, and schemas, as `CREATE PUBLICATION` takes them.
fn members(other: &Other) -> String {
    let tables = facts::of(other, "tables").unwrap_or_default();
    let tables = tables.lines().map(|line| match line.split_once(" where ") {
        Some((table, condition)) => format!("{table} WHERE ({condition})"),
        None => line.to_owned(),
    });
    let tables: Vec<String> = tables.collect();
    let tables = (!tables.is_empty()).then(|| format!("TABLE {}", tables.join(", ")));
    let schemas = facts::of(other, "schemas").map(|schemas| format!("TABLES IN SCHEMA {schemas}"));
    tables.into_iter().chain(schemas).collect::<Vec<_>>().join(", ")
}

fn options(other: &Other) -> Vec<String> {
    let kinds = ["insert", "update", "delete", "truncate"];
    let published: Vec<&str> = kinds.into_iter().filter(|kind| facts::is(other, kind)).collect();
    let mut options = vec![
        format!("publish = {}", quote_literal(&published.join(", "))),
        format!("publish_via_partition_root = {}", facts::is(other, "via root")),
    ];
    match facts::of(other, "generated columns") {
        Some("s") => options.push("publish_generated_columns = stored".to_owned()),
        Some("n") => options.push("publish_generated_columns = none".to_owned()),
        _ => {}
    }
    options
}

pub(super) fn create(other: &Other) -> String {
    let members = members(other);
    let what = match (facts::is(other, "all tables"), members.is_empty()) {
        (true, _) => " FOR ALL TABLES".to_owned(),
        (false, true) => String::new(),
        (false, false) => format!(" FOR {members}"),
    };
    format!("CREATE PUBLICATION {}{what} WITH ({})", other.name, options(other).join(", "))
}

pub(super) fn alter(old: &Other, new: &Other) -> Vec<Sql> {
    let mut statements = Vec::new();
    let (before, after) = (members(old), members(new));
    if before != after {
        let change =
            if after.is_empty() { format!("DROP {}", names_only(&before)) } else { format!("SET {after}") };
        statements.push(Sql::new(format!("ALTER PUBLICATION {} {change}", new.name)));
    }
    let (before, after) = (options(old), options(new));
    if before != after {
        statements.push(Sql::new(format!("ALTER PUBLICATION {} SET ({})", new.name, after.join(", "))));
    }
    statements
}

/// The members without columns and conditions, as `DROP` wants them.
fn names_only(members: &str) -> String {
    let parts = super::super::super::tokens::split_outside(members, ',').into_iter();
    let bare = parts.map(|part| {
        let end = super::super::super::tokens::find_outside(part, " (");
        let end =
            [end, super::super::super::tokens::find_outside(part, " WHERE ")].into_iter().flatten().min();
        part.get(..end.unwrap_or(part.len())).unwrap_or(part)
    });
    bare.collect::<Vec<_>>().join(", ")
}
