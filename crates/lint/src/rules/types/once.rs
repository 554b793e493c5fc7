//! Matters of style about new columns: said once for a statement, at the first column.

use crate::{
    context::Context,
    found::{Findings, Remedy},
    made::{self, MadeColumn},
};

/// A matter of style.
pub(super) struct Style {
    /// The columns that it is about.
    pub(super) matches: fn(&MadeColumn<'_>) -> bool,
    /// What is wrong, without the column's name.
    pub(super) message: &'static str,
    /// What to do, beginning with a verb.
    pub(super) advice: &'static str,
    /// The type that would do; none when that is not for this rule to say.
    pub(super) instead: fn(&MadeColumn<'_>) -> Option<String>,
}

/// Says it at the first column that matches, with the names of the others.
pub(super) fn once(context: &Context<'_>, findings: &mut Findings<'_>, style: &Style) {
    if !context.is_up() {
        return;
    }
    let Some(made) = made::columns(context) else { return };
    let mut matching = made.columns.iter().filter(|made| made.column.is_some() && (style.matches)(made));
    let Some(first) = matching.next() else { return };
    let others: Vec<&str> = matching.map(|column| column.name).collect();
    let also = match others.as_slice() {
        [] => String::new(),
        [one] => format!(" (and {one})"),
        [one, rest @ ..] => format!(" (and {one} and {} more)", rest.len()),
    };
    let found = context
        .found(
            findings.rule(),
            made.subject(first.name),
            format!("{}.{}{also} is {}: {}", made.table, first.name, first.type_name, style.message),
        )
        .on(&made.table)
        .at(first.span(context));
    let instead = (style.instead)(first);
    // A default, a generated value or a bound may depend on the type.
    let plain = first.column.is_some_and(|column| {
        column.generated_stored.is_none() && (!column.has_default || column.default_is_constant)
    });
    let found = match instead.as_deref().and_then(|to| first.retyped(context, to)).filter(|_| plain) {
        Some(sql) => found.fixed_by(style.advice, sql),
        None => found.advised(style.advice),
    };
    // Letting go of a limit changes what the schema refuses: in a table that is new, and for text alone.
    let keeps_meaning = instead.as_deref() == Some("text")
        && made.new_table
        && first.type_name.starts_with("character varying(");
    findings.push(match first.type_span(context).filter(|_| plain && keeps_meaning) {
        Some(span) => found.mended_by(Remedy::Replace { span, with: "text".to_owned() }),
        None => found,
    });
}
