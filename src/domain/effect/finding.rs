//! What can be said of the difference between two arms, in plain Japanese, and never more than the figures carry.
//!
//! Nothing is said before the days are over, where a group or an outcome is small, or where the interval of the
//! difference holds 0. With several comparisons each has to pass a narrower gate (Bonferroni), so that a difference
//! found among many is not chance.

use super::interval::{Interval, Rate, Z_95};
use super::shown::Shown;

/// The normal quantile of a two-sided interval for one of `comparisons` at 95 % together; more than three count as six.
fn gate(comparisons: usize) -> f64 {
    match comparisons {
        0 | 1 => Z_95,
        2 => 2.241_402_727_604_947,
        3 => 2.393_979_799_818_51,
        _ => 2.638_257_273_476_751,
    }
}

/// A comparison of an arm with the one it is held against.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The difference in points, with its interval of 95 %; `None` where figures are too small to be shown.
    pub difference: Option<(f64, Interval)>,
    /// What can be said.
    pub sentence: String,
}

/// What is compared.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The names of the arm and of the one it is held against.
    pub names: (&'a str, &'a str),
    /// How many of each had the outcome.
    pub rates: (Rate, Rate),
    /// What the outcome is: `予約した人`.
    pub outcome: &'a str,
    /// How many comparisons are made in all.
    pub comparisons: usize,
    /// Whether the days are over.
    pub is_over: bool,
}

/// Compares two arms.
#[must_use]
pub fn compare(sides: Sides<'_>) -> Finding {
    let Sides { names: (one, other), rates: (a, b), outcome, .. } = sides;
    let can_be_shown = |rate: Rate| Shown::of(rate.with, rate.of).count().is_some();
    if !can_be_shown(a) || !can_be_shown(b) {
        let sentence = format!("{outcome}か対象の人数が少ないため、{one}と{other}は比べられません。");
        return Finding { difference: None, sentence };
    }
    let difference = a.share() - b.share();
    let strict = a.less(b, gate(sides.comparisons));
    let sentence = if !sides.is_over {
        format!("まだ期間の途中です。期間が終わるまで、{one}と{other}のどちらがよいかは言えません。")
    } else if strict.holds(0.0) {
        format!(
            "{one}と{other}で、{outcome}の割合に差があるとは言えません。差がないという意味ではありません。"
        )
    } else {
        let word = if 0.0 < difference { "高い" } else { "低い" };
        format!("{one}は{other}より、{outcome}の割合が{word}と言えます。")
    };
    Finding { difference: Some((difference, a.less(b, Z_95))), sentence }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(a: (i64, i64), b: (i64, i64), comparisons: usize, is_over: bool) -> Finding {
        let rates = (Rate::new(a.0, a.1).unwrap(), Rate::new(b.0, b.1).unwrap());
        compare(Sides { names: ("A案", "B案"), rates, outcome: "予約した人", comparisons, is_over })
    }

    #[test]
    fn a_clear_difference_is_said_with_its_direction() {
        assert!(found((300, 1_000), (200, 1_000), 1, true).sentence.contains("割合が高いと言えます"));
        assert!(found((200, 1_000), (300, 1_000), 1, true).sentence.contains("割合が低いと言えます"));
    }

    #[test]
    fn no_difference_is_never_called_equality() {
        let found = found((205, 1_000), (200, 1_000), 1, true);
        assert!(
            found.sentence.contains("差があるとは言えません")
                && found.sentence.contains("差がないという意味では")
        );
        assert!(found.difference.is_some());
    }

    #[test]
    fn nothing_is_said_too_early_or_of_a_few() {
        assert!(found((300, 1_000), (200, 1_000), 1, false).sentence.contains("途中"));
        for few in [found((9, 1_000), (200, 1_000), 1, true), found((12, 15), (200, 1_000), 1, true)] {
            assert_eq!(few.difference, None);
            assert!(few.sentence.contains("比べられません"));
        }
    }

    #[test]
    fn of_several_comparisons_each_has_to_be_clearer() {
        let (a, b) = ((240, 1_000), (201, 1_000));
        assert!(found(a, b, 1, true).sentence.contains("高い"));
        assert!(found(a, b, 3, true).sentence.contains("言えません"));
    }
}
