//! 「もしかして」: the known word that was probably meant.

/// What people type for a known word: its reading, where they forget to convert it, and everyday names.
const READINGS: [(&str, &str); 49] = [
    ("なまえ", "名前"),
    ("もくてき", "目的"),
    ("しょかん", "所管"),
    ("担当課", "所管"),
    ("こんきょ", "根拠"),
    ("そうていにんずう", "想定人数"),
    ("みなおしきげん", "見直し期限"),
    ("たんい", "単位"),
    ("たいしょう", "対象"),
    ("じょがい", "除外"),
    ("れい", "例"),
    ("全て", "すべて"),
    ("かつ", "すべて"),
    ("または", "いずれか"),
    ("もしくは", "いずれか"),
    ("どれか", "いずれか"),
    ("何れか", "いずれか"),
    ("以外", "いずれでもない"),
    ("ねんれい", "年齢"),
    ("年令", "年齢"),
    ("げつれい", "月齢"),
    ("がくねん", "学年"),
    ("じゅしん", "受診"),
    ("よやく", "予約"),
    ("はいしん", "配信"),
    ("ちゅうせん", "抽選"),
    ("きょじゅうち", "居住地"),
    ("住所", "居住地"),
    ("せいねんがっぴ", "生年月日"),
    ("誕生日", "生年月日"),
    ("誕生日から", "生年月日から"),
    ("せいべつ", "性別"),
    ("ほけん", "保険"),
    ("つづきがら", "続柄"),
    ("げんご", "言語"),
    ("きじゅんび", "基準日"),
    ("かぞく", "家族"),
    ("ほんにん", "本人"),
    ("せたい", "世帯"),
    ("こども", "子ども"),
    ("子供", "子ども"),
    ("こくほ", "国保"),
    ("国民健康保険", "国保"),
    ("女", "女性"),
    ("男", "男性"),
    ("本年度", "今年度"),
    ("昨年度", "前年度"),
    ("去年度", "前年度"),
    ("全期間", "これまで"),
];

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

/// As [`nearest`], but a reading or an everyday name of a known word comes first.
pub(super) fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let known: Vec<_> = known.into_iter().collect();
    let read = READINGS.iter().filter(|(reading, _)| *reading == word).map(|(_, meant)| *meant);
    let read = read.into_iter().find(|meant| known.contains(meant));
    read.map(str::to_owned).or_else(|| nearest(word, known))
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
