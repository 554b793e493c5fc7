//! How much a difference between two catalogs weighs when a down is judged.

use freehold_model::catalog::{Change, Difference, FactChange, ObjectKind};

/// From what nobody minds to what breaks things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// The same columns in another order.
    Order,
    /// The text of a function differs in white space or comments only.
    Layout,
    /// An enum has kept labels that the up had added: PostgreSQL has no command to take them away.
    KeptLabels,
    /// Anything else.
    Substance,
}

/// The weight of one difference, seen from the state before an up to the state after its down.
pub fn weight(difference: &Difference) -> Weight {
    match &difference.change {
        Change::ColumnOrder { .. } => Weight::Order,
        Change::Changed(facts) if !facts.is_empty() && facts.iter().all(is_layout) => Weight::Layout,
        Change::Changed(facts)
            if difference.kind == ObjectKind::Enum && !facts.is_empty() && facts.iter().all(keeps_labels) =>
        {
            Weight::KeptLabels
        }
        _ => Weight::Substance,
    }
}

fn is_layout(fact: &FactChange) -> bool {
    match (&fact.before, &fact.after) {
        (Some(before), Some(after)) if fact.name == "body" => bare(before) == bare(after),
        _ => false,
    }
}

/// The text with comments left out and white space folded, as the SQL room shows headlines.
fn bare(body: &str) -> String {
    let folded = freehold_sql::headline(body, usize::MAX).split_whitespace().collect::<Vec<_>>().join(" ");
    folded.replace(" ;", ";").replace(" ,", ",").replace(" )", ")").replace("( ", "(")
}

fn keeps_labels(fact: &FactChange) -> bool {
    let (Some(before), Some(after)) = (&fact.before, &fact.after) else { return false };
    fact.name == "labels" && after.strip_prefix(before.as_str()).is_some_and(|rest| rest.starts_with(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, before: &str, after: &str) -> Difference {
        Difference {
            kind: if name == "labels" { ObjectKind::Enum } else { ObjectKind::Function },
            object: "x".to_owned(),
            part: None,
            change: Change::Changed(vec![FactChange {
                name: name.to_owned(),
                before: Some(before.to_owned()),
                after: Some(after.to_owned()),
                members: freehold_model::catalog::Members::default(),
            }]),
        }
    }

    #[test]
    fn layout_is_told_from_substance() {
        assert_eq!(
            weight(&change("body", "begin\n  x := 1; -- one\nend", "begin x := 1; end")),
            Weight::Layout
        );
        assert_eq!(weight(&change("body", "where x is null;", "where x is null\n;")), Weight::Layout);
        assert_eq!(weight(&change("body", "begin x := 1; end", "begin x := 2; end")), Weight::Substance);
        assert_eq!(weight(&change("language", "sql", "sql ")), Weight::Substance);
    }

    #[test]
    fn labels_that_stay_are_told_from_labels_that_move_or_go() {
        assert_eq!(weight(&change("labels", "a, b", "a, b, c")), Weight::KeptLabels);
        assert_eq!(weight(&change("labels", "a, b", "a, c, b")), Weight::Substance);
        assert_eq!(weight(&change("labels", "a, b", "a")), Weight::Substance);
        assert_eq!(weight(&change("labels", "a, b", "a, bc")), Weight::Substance);
    }
}
