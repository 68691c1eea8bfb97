//! Figures as people read them: thousands apart, shares in per cent.

use std::borrow::Borrow;

/// `12,345`. Templates hand in references, so either is taken.
#[must_use]
pub fn grouped(number: impl Borrow<i64>) -> String {
    let number = *number.borrow();
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 { format!("-{out}") } else { out }
}

/// The share of `part` in `whole`, in per cent with one decimal; 0 of nothing.
#[must_use]
pub fn percent(part: i64, whole: i64) -> f64 {
    if whole <= 0 {
        return 0.0;
    }
    #[allow(clippy::cast_precision_loss)] // counts of people are far below 2^53
    let share = part as f64 / whole as f64;
    (share * 1000.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        let all = [0, 7, 999, 1_000, 12_345, 1_234_567, -1_500].map(grouped);
        assert_eq!(all, ["0", "7", "999", "1,000", "12,345", "1,234,567", "-1,500"]);
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!([percent(1, 3), percent(3, 3), percent(5, 0)], [33.3, 100.0, 0.0]);
    }
}
