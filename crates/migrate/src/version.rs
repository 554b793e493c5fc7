//! Comparing versions by the rules of the tools: numbers of any length, and dotted numbers.

use std::cmp::Ordering;

/// Compares two runs of decimal digits as numbers, whatever their length; leading zeros do not count.
pub(crate) fn compare_digits(a: &str, b: &str) -> Ordering {
    let a = a.trim_start_matches('0');
    let b = b.trim_start_matches('0');
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// The number that a run of digits stands for, written without leading zeros.
pub(crate) fn without_zeros(digits: &str) -> &str {
    let trimmed = digits.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}

/// Splits a name after the decimal digits at its beginning; `None` when there are none.
pub(crate) fn leading_digits(name: &str) -> Option<(&str, &str)> {
    let end = name.bytes().take_while(u8::is_ascii_digit).count();
    if end == 0 { None } else { name.split_at_checked(end) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn digits_compare_like_the_numbers_that_they_are(a: u64, b: u64, zeros in 0usize..5) {
            let padded = format!("{}{a}", "0".repeat(zeros));
            prop_assert_eq!(compare_digits(&padded, &b.to_string()), a.cmp(&b));
            prop_assert_eq!(without_zeros(&padded), a.to_string());
        }
    }
}
