//! 「もしかして」: the known word that was probably meant.

/// The nearest of `known` by edit distance, if it is near enough to be worth saying.
#[must_use]
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let typed: Vec<char> = word.chars().take(24).collect();
    let allowed = match typed.len() {
        0 => return None,
        1..=3 => 1,
        4..=6 => 2,
        _ => 3,
    };
    let scored = known.into_iter().map(|candidate| (score(&typed, candidate), candidate));
    let best = scored.min_by_key(|(score, _)| *score)?;
    (best.0 <= allowed).then(|| best.1.to_owned())
}

/// A word that holds the typed one, or is held by it, counts as one slip.
fn score(typed: &[char], candidate: &str) -> usize {
    let known: Vec<char> = candidate.chars().collect();
    let held = 2 <= typed.len() && 2 <= known.len();
    let inside = |long: &[char], short: &[char]| long.windows(short.len()).any(|part| part == short);
    if held && (inside(typed, &known) || inside(&known, typed)) {
        return 1;
    }
    distance(typed, &known)
}

fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, from) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], at + 1);
        for (other, to) in right.iter().enumerate() {
            let changed = diagonal + usize::from(from != to);
            diagonal = row[other + 1];
            row[other + 1] = changed.min(diagonal + 1).min(row[other] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["居住地", "生年月日", "年度末年齢", "保険"];
        assert_eq!(nearest("居住値", known).as_deref(), Some("居住地"));
        assert_eq!(nearest("年度末年令", known).as_deref(), Some("年度末年齢"));
        assert_eq!(nearest("保険区分", known).as_deref(), Some("保険"));
        assert_eq!(nearest("血液型", known), None);
    }
}
