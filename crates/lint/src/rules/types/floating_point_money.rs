//! An amount of money is a floating-point number.
//!
//! ## What it finds
//! New columns of type `real`, `double precision` or `float` whose name says that they hold money: a price, a fee, a
//! salary; an amount, a total or a balance only where the table also has a currency or a price. Rates, ratios and
//! percentages are passed over.
//!
//! ## Why it hurts
//! Binary fractions cannot hold 0.10: sums drift by cents, depend on the order in which rows are added, and `=` finds
//! nothing. What was rounded once cannot be mended from the table.
//!
//! ## Do instead
//! `numeric` with the decimals of the currency, or a bigint of the smallest unit.
//!
//! ## When to ignore
//! For figures that nobody pays: estimates, statistics.
//!
//! ## PostgreSQL versions
//! All.
//!
//! ## Source
//! PostgreSQL manual, Floating-Point Types.

use freehold_model::finding::{Category, Depth, Rule, Severity};

use crate::{
    context::Context,
    found::Findings,
    made::{self, MadeColumn, MadeIn},
    rule::{Check, LintRule},
};

pub(super) static RULE: LintRule = LintRule {
    rule: Rule {
        id: "floating-point-money",
        code: "FH0708",
        category: Category::Types,
        severity: Severity::Warning,
        decided_by: &[Depth::Text],
        hazards: &[95],
        summary: "an amount of money is a floating-point number",
        source: include_str!("floating_point_money.rs"),
        ..Rule::NEW
    },
    check: Check::Statement(check),
    same_as: &[],
};

/// Words that mean money by themselves.
const MONEY: &[&str] = &[
    "price", "prices", "cost", "costs", "fee", "fees", "salary", "wage", "wages", "payment", "payments",
    "revenue", "refund", "refunds", "payout", "money", "subtotal", "deposit", "invoice", "usd", "eur", "gbp",
    "chf", "jpy",
];

/// Words that mean money beside a currency or a price.
const PERHAPS: &[&str] = &["amount", "total", "balance", "tax", "discount", "tip", "debit", "credit"];

/// Words that make a figure of it that nobody pays.
const FIGURES: &[&str] = &[
    "rate",
    "ratio",
    "percent",
    "percentage",
    "pct",
    "factor",
    "score",
    "weight",
    "index",
    "multiplier",
    "change",
    "estimate",
    "estimated",
    "elasticity",
    "seconds",
    "ms",
    "share",
    "avg",
    "average",
    "mean",
    "stddev",
    "variance",
];

fn check(context: &Context<'_>, findings: &mut Findings<'_>) {
    if !context.is_up() {
        return;
    }
    let Some(made) = made::columns(context) else { return };
    for column in made.columns.iter().filter(|column| is_float(column)) {
        if !is_money(context, &made, column) {
            continue;
        }
        let found = context
            .found(
                findings.rule(),
                made.subject(column.name),
                format!(
                    "{}.{} is {}: most amounts have no exact binary fraction, so that sums drift by cents and \
                     comparisons fail",
                    made.table, column.name, column.type_name
                ),
            )
            .on(&made.table)
            .at(column.span(context));
        let advice = "Make it numeric, or a bigint of the smallest unit.";
        findings.push(match column.retyped(context, "numeric(19,4)") {
            Some(sql) if column.column.is_some() => found.fixed_by(advice, sql),
            _ => found.advised(advice),
        });
    }
}

fn is_float(column: &MadeColumn<'_>) -> bool {
    matches!(column.base_type(), "real" | "double precision")
}

fn is_money(context: &Context<'_>, made: &MadeIn<'_>, column: &MadeColumn<'_>) -> bool {
    let words = words(column.name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(FIGURES) {
        return false;
    }
    has(MONEY) || (has(PERHAPS) && is_priced(context, made))
}

/// True for a table that has a currency, or something else that means money by itself.
fn is_priced(context: &Context<'_>, made: &MadeIn<'_>) -> bool {
    let says_so =
        |name: &str| words(name).iter().any(|word| word == "currency" || MONEY.contains(&word.as_str()));
    made.columns.iter().any(|column| says_so(column.name))
        || context
            .state
            .relation(&made.table)
            .is_some_and(|known| known.relation.columns.iter().any(|column| says_so(&column.name)))
}

/// The words of a name, lower case: `unit_price`, `unitPrice`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && was_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        was_lower = character.is_lowercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::example::said;

    fn fires(columns: &str) -> bool {
        let sql = format!("create table a (id uuid primary key, {columns});");
        said(&sql).iter().any(|(id, _)| *id == "floating-point-money")
    }

    #[test]
    fn money_is_told_by_its_name_or_its_neighbours() {
        for columns in [
            "price float",
            "\"unitPrice\" real",
            "monthly_fee double precision",
            "amount float8, currency text",
        ] {
            assert!(fires(columns), "{columns}");
        }
        assert!(
            said("alter table a add shipping_cost float4;")
                .iter()
                .any(|(id, _)| *id == "floating-point-money")
        );
    }

    #[test]
    fn figures_and_exact_types_are_silent() {
        for columns in [
            "price numeric(10,2)",
            "price_change_percent float",
            "amount float",
            "tax_rate real, currency text",
            "latitude double precision",
            "priceless float",
            "total float",
        ] {
            assert!(!fires(columns), "{columns}");
        }
    }
}
