//! The order of a new table's columns wastes bytes in every row.
//!
//! ## What it finds
//! New tables in which at least 12 bytes of each row are filled up with nothing, because columns of eight bytes follow
//! columns of one, two or four. Only bytes that are lost for sure are counted: what stands behind a column of varying
//! length begins anywhere.
//!
//! ## Why it hurts
//! A value of eight bytes begins at a multiple of eight. A boolean before a timestamptz takes eight bytes, not one. In a
//! table of a hundred million rows 12 bytes are more than a gigabyte that is read, cached and kept for nothing.
//!
//! ## Do instead
//! Columns of eight bytes first (bigint, timestamptz, double precision), then those of four (integer, date), of two, of
//! one, and those of varying length last. It can only be chosen while the table is new.
//!
//! ## When to ignore
//! Where the order is meant for people and the table stays small; say so in `[volumes]`.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Database Page Layout, and `typalign` in `pg_type`; measured with `pg_column_size(row)`.

use freehold_model::finding::{Category, Depth, Rule, Severity, Subject};

use crate::{
    context::Context,
    found::Findings,
    made,
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "column-padding",
        code: "FH0712",
        category: Category::Types,
        severity: Severity::Note,
        decided_by: &[Depth::Text],
        hazards: &[99],
        summary: "the order of a new table's columns wastes bytes in every row",
        source: include_str!("column_padding.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// From how many bytes for a row it is worth a word.
const WORTH_A_WORD: usize = 12;

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() || context.script.whole_schema {
        return;
    }
    let Some(made) = made::columns(context).filter(|made| made.new_table) else { return };
    if context.is_tiny(&made.table) {
        return;
    }
    let layouts: Vec<Option<Layout>> = made.columns.iter().map(|column| layout(column.type_name)).collect();
    let lost = padding(&layouts);
    if lost < WORTH_A_WORD {
        return;
    }
    let mut order: Vec<(usize, &str)> = made
        .columns
        .iter()
        .zip(&layouts)
        .map(|(column, layout)| (layout.map_or(9, |layout| 8 - layout.alignment), column.name))
        .collect();
    order.sort_by_key(|(rank, _)| *rank);
    let order: Vec<&str> = order.into_iter().map(|(_, name)| name).collect();
    findings.push(
        context
            .found(
                findings.rule(),
                Subject::new("table", made.table.to_string()),
                format!("{lost} bytes of every row of {} are filling between its columns", made.table),
            )
            .on(&made.table)
            .advised(format!("Write the columns in the order {}.", order.join(", "))),
    );
}

/// How a value of a type of fixed length lies in a row, in bytes.
#[derive(Debug, Clone, Copy)]
struct Layout {
    size: usize,
    alignment: usize,
}

/// `typlen` and `typalign` of the types of fixed length; none for those of varying length and those not known here.
fn layout(type_name: &str) -> Option<Layout> {
    if type_name.ends_with("[]") {
        return None;
    }
    let (size, alignment) = match type_name {
        "boolean" | "char" => (1, 1),
        "smallint" | "smallserial" => (2, 2),
        "integer" | "serial" | "real" | "date" | "oid" | "xid" | "regclass" | "regtype" | "regrole" => (4, 4),
        "bigint" | "bigserial" | "double precision" | "money" | "pg_lsn" | "xid8" => (8, 8),
        "uuid" => (16, 1),
        "point" => (16, 8),
        "macaddr" => (6, 4),
        "macaddr8" => (8, 4),
        other if other.starts_with("timestamp") => (8, 8),
        other if other.starts_with("time") && other.ends_with("without time zone") => (8, 8),
        other if other.starts_with("time") && other.ends_with("with time zone") => (12, 8),
        other if other == "interval" || other.starts_with("interval(") => (16, 8),
        _ => return None,
    };
    Some(Layout { size, alignment })
}

/// The bytes between columns that are lost for sure; a row begins at a multiple of eight.
fn padding(columns: &[Option<Layout>]) -> usize {
    let mut lost = 0;
    let mut offset = Some(0_usize);
    for column in columns {
        let Some(column) = column else {
            offset = None;
            continue;
        };
        if let Some(at) = offset {
            lost += at.next_multiple_of(column.alignment) - at;
        }
        offset = match offset {
            Some(at) => Some(at.next_multiple_of(column.alignment) + column.size),
            // Behind what begins anywhere, a column of the widest alignment begins at a known place again.
            None if column.alignment == 8 => Some(column.size),
            None => None,
        };
    }
    lost
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::said;

    fn lost(types: &[&str]) -> usize {
        padding(&types.iter().map(|type_| layout(type_)).collect::<Vec<_>>())
    }

    #[test]
    fn only_what_is_lost_for_sure_is_counted() {
        let at = "timestamp with time zone";
        assert_eq!(lost(&["boolean", "bigint", "boolean", at]), 14);
        assert_eq!(lost(&["bigint", at, "boolean", "boolean"]), 0);
        assert_eq!(lost(&["bigint", "text", "boolean", at]), 0);
        assert_eq!(lost(&["text", "bigint", "integer", "bigint"]), 4);
        assert_eq!(lost(&["uuid", "smallint", "integer"]), 2);
    }

    #[test]
    fn a_table_is_told_when_it_is_worth_a_word() {
        let fires = |sql: &str| said(sql).iter().any(|(id, _)| *id == "column-padding");
        let wasteful =
            "create table a (id bigint primary key, b bool, c timestamptz, d bool, e timestamptz);";
        assert!(fires(wasteful));
        assert!(!fires(&format!("-- option: rows a 100\n{wasteful}")));
        assert!(!fires(
            "create table a (id bigint primary key, c timestamptz, e timestamptz, b bool, d bool);"
        ));
    }
}
