//! Lines that ask no attribute: the draw (抽選) and shared conditions (共通/…).

use super::Reader;
use super::line::Text;
use super::range::{range, whole};
use super::vocabulary::{EDITION, SALT};
use crate::domain::segment::Code;
use crate::domain::segment::bucket::BUCKETS;
use crate::domain::segment::rule::{BucketCondition, SharedRef};

/// Longer salts and paths help nobody.
const LONGEST: usize = 60;

impl Reader<'_> {
    /// 「抽選 0〜4999 塩 "2026-大腸"」.
    pub(super) fn bucket(&mut self, text: Text<'_>, rest: Text<'_>) -> Option<BucketCondition> {
        let mend =
            "「抽選 0〜4999 塩 \"2026-大腸\"」のように、0〜9999の範囲と塩(くじの名前)を書いてください。";
        let (numbers, rest) = rest.first_word();
        let (word, salt) = rest.first_word();
        let salt = salt.trim().to_string();
        let salt = salt.trim_matches(|c| matches!(c, '"' | '“' | '”' | '「' | '」')).to_owned();
        let sound = word.to_string() == SALT
            && !salt.is_empty()
            && salt.chars().count() <= LONGEST
            && !salt.contains(['"', '“', '”', '「', '」']);
        let read = range(&numbers.compact(), whole).ok().and_then(|range| {
            let to = range.to.unwrap_or(i64::from(BUCKETS) - 1);
            Some((u16::try_from(range.from.unwrap_or(0)).ok()?, u16::try_from(to).ok()?))
        });
        match read.filter(|(_, to)| sound && *to < BUCKETS) {
            Some((from, to)) => Some(BucketCondition { from, to, salt }),
            None => self.refuse(Code::BadBucket, text, "抽選の条件を読み取れません。", mend),
        }
    }

    /// 「共通/国保40から74」, 「共通/国保40から74 版 3fa2c1d0」.
    pub(super) fn shared(&mut self, head: Text<'_>, rest: Text<'_>) -> Option<SharedRef> {
        let path = head.to_string();
        let odd = path.split('/').any(|part| matches!(part, "" | "." | ".."));
        if odd || LONGEST < path.chars().count() {
            let mend = "「共通/国保40から74」のように、ファイルの名前を書いてください。";
            return self.refuse(Code::UnknownShared, head, "共通の条件の名前を読み取れません。", mend);
        }
        if rest.is_empty() {
            return Some(SharedRef { path, hash: None });
        }
        let (word, hash) = rest.first_word();
        let hash = hash.to_string().to_ascii_lowercase();
        let is_hash = (8..=64).contains(&hash.len()) && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        if word.to_string() == EDITION && is_hash {
            return Some(SharedRef { path, hash: Some(hash) });
        }
        let mend = "「版」のあとに、musubi segment explain が示す8けたの英数字を書いてください。";
        self.refuse(Code::SharedChanged, rest, "共通の条件の版を読み取れません。", mend)
    }
}
