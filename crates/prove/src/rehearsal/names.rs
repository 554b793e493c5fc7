//! Names that a migration takes from the date of the day on which it runs.
//!
//! Two runs on one day give the same such names, so they are found by their digits: a name made by the step that
//! holds the current date in a usual form which the script's own text does not hold.

use freehold_model::catalog::{Change, Difference};

use crate::step::Step;

/// The objects among the differences whose names hold today's date although the text does not.
pub(super) fn taken_from_the_clock(made: &[Difference], step: &Step) -> Vec<String> {
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC);
    let forms = forms(today.year(), today.month());
    let text: String = step.up.statements.iter().map(|s| s.sql.as_str()).collect::<Vec<_>>().join("\n");
    let mut names: Vec<String> = made
        .iter()
        // Parts take their names from the tables that they belong to, which may be older.
        .filter(|made| matches!(made.change, Change::Added { .. }) && made.part.is_none())
        .map(|made| made.object.clone())
        .filter(|name| forms.iter().any(|form| name.contains(form.as_str()) && !text.contains(form.as_str())))
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Year and month of today in the forms that names hold; a bare year would accuse too many.
fn forms(year: i16, month: i8) -> Vec<String> {
    ["", "_", "-", "m", "_m", "y"].iter().map(|between| format!("{year}{between}{month:02}")).collect()
}
