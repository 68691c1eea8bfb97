//! The ten rules that are measured: as text, as SQL on tables made for them and on the application's own, and by name.

use anyhow::{Result, anyhow};
use musubi::domain::attribute::Catalogue;
use musubi::domain::segment::Segment;
use musubi::domain::segment::text::parse;

/// One question in its forms; the fused scan knows it by its place.
pub struct Question {
    /// A short name for the table.
    pub name: &'static str,
    body: &'static str,
    /// `{from}`-like parts are filled by [`super::rival`].
    pub sql: &'static str,
    /// The same on the application's own tables, filled by [`super::own`].
    pub own: &'static str,
}

impl Question {
    /// The rule.
    pub fn segment(&self, catalogue: &Catalogue) -> Result<Segment> {
        let head = "名前: 計測\n目的: 計測\n所管: 広報課\n根拠: 計測\n想定人数: 1〜10000000\n見直し期限: 2099-03-31\n\n";
        parse(&format!("{head}対象: すべて\n{}", self.body), catalogue)
            .map_err(|wrong| anyhow!("{}: {wrong:?}", self.name))
    }
}

/// The SQL counts targets only; ours finds the unknown, too.
pub const TEN: [Question; 10] = [
    Question {
        name: "one district",
        body: "  - 居住地 今市\n",
        sql: "SELECT COUNT(*) FROM front WHERE district = {imaichi} AND may",
        own: "SELECT COUNT(*) FROM account a WHERE {district} = 'imaichi' AND {may}",
    },
    Question {
        name: "three districts, female",
        body: "  - 居住地 今市, 大津, 塩冶\n  - 性別 女性\n",
        sql: "SELECT COUNT(*) FROM front WHERE district IN ({imaichi}, {otsu}, {enya}) AND sex = {female} AND may",
        own: "SELECT COUNT(*) FROM {friends} WHERE {district} IN ('imaichi', 'otsu', 'enya') AND {sex} = 'female' AND {may}",
    },
    Question {
        name: "year-end age 40-74",
        body: "  - 年度末年齢 40〜74\n",
        sql: "SELECT COUNT(*) FROM front WHERE birth BETWEEN {b74} AND {b40} AND may",
        own: "SELECT COUNT(*) FROM {friends} WHERE {birth} BETWEEN {b74} AND {b40} AND {may}",
    },
    Question {
        name: "… and 国保",
        body: "  - 年度末年齢 40〜74\n  - 保険 国保\n",
        sql: "SELECT COUNT(*) FROM front WHERE insurance = {kokuho} AND birth BETWEEN {b74} AND {b40} AND may",
        own: "SELECT COUNT(*) FROM {friends} WHERE {insurance} = 'kokuho' AND {birth} BETWEEN {b74} AND {b40} AND {may}",
    },
    Question {
        name: "… not screened this year",
        body: "  - 年度末年齢 40〜74\n  - 保険 国保\n  - 受診 特定健診 今年度 0回\n",
        sql: "SELECT COUNT(*) FROM front f WHERE insurance = {kokuho} AND birth BETWEEN {b74} AND {b40} AND may
              AND NOT EXISTS (SELECT 1 FROM event e WHERE e.programme = 1 AND e.account = f.id AND e.year = {year})",
        own: "SELECT COUNT(*) FROM {friends} WHERE {insurance} = 'kokuho' AND {birth} BETWEEN {b74} AND {b40} AND {may}
              AND NOT EXISTS ({been} = 'tokutei' AND e.fiscal_year = {year})",
    },
    Question {
        name: "female, even age, not in 2 years",
        body: "  - 性別 女性\n  - 年度末年齢 40以上 偶数\n  - 受診 乳がん検診 過去2年度 0回\n",
        sql: "SELECT COUNT(*) FROM front f WHERE sex = {female} AND birth <= {b40} AND age % 2 = 0 AND may
              AND NOT EXISTS (SELECT 1 FROM event e WHERE e.programme = 2 AND e.account = f.id AND e.year >= {year} - 1)",
        own: "SELECT COUNT(*) FROM {friends} WHERE {sex} = 'female' AND {birth} <= {b40}
              AND ({year} + 1 - CAST(substr({birth}, 1, 4) AS INTEGER) - (substr({birth}, 6) > '03-31')) % 2 = 0
              AND {may} AND NOT EXISTS ({been} = 'nyu' AND e.fiscal_year >= {year} - 1)",
    },
    Question {
        name: "child 0-2 at home, a topic",
        body: "  - 家族のだれか\n    - 年齢 0〜2\n  - 関心分野 子育て\n",
        sql: "SELECT COUNT(*) FROM front f WHERE topics & {kosodate} AND may
              AND id IN (SELECT account FROM member WHERE birth BETWEEN {d2} AND {d0})",
        own: "SELECT COUNT(*) FROM account a WHERE {has topic} = 'kosodate') AND {may} AND a.id IN ({at home} BETWEEN {d2} AND {d0})",
    },
    Question {
        name: "(2 districts or topic), 75+ at home",
        body: "  - いずれか\n    - 居住地 今市, 大津\n    - 関心分野 防災\n  - 家族のだれか\n    - 年齢 75以上\n",
        sql: "SELECT COUNT(*) FROM front f WHERE (district IN ({imaichi}, {otsu}) OR topics & {bosai}) AND may
              AND id IN (SELECT account FROM member WHERE birth <= {d75})",
        own: "SELECT COUNT(*) FROM account a WHERE ({district} IN ('imaichi', 'otsu') OR {has topic} = 'bosai')) AND {may}
              AND a.id IN ({at home} <= {d75})",
    },
    Question {
        name: "nested or/and/none/household",
        body: "  - いずれか\n    - 居住地 今市, 大津\n    - すべて\n      - 保険 国保\n      - 年齢 65以上\n  - いずれでもない\n    - 性別 男性\n    - 関心分野 文化・スポーツ\n  - 家族のだれか\n    - 年齢 6以下\n",
        sql: "SELECT COUNT(*) FROM front f
              WHERE (district IN ({imaichi}, {otsu}) OR (insurance = {kokuho} AND birth <= {d65}))
              AND sex <> {male} AND topics & {bunka} = 0 AND may
              AND id IN (SELECT account FROM member WHERE birth BETWEEN {d6} AND {d0})",
        own: "SELECT COUNT(*) FROM {friends}
              WHERE ({district} IN ('imaichi', 'otsu') OR ({insurance} = 'kokuho' AND {birth} <= {d65}))
              AND {sex} <> 'male' AND json_extract(a.attributes, '$.topics') IS NOT NULL
              AND NOT {has topic} = 'bunka') AND {may} AND a.id IN ({at home} BETWEEN {d6} AND {d0})",
    },
    Question {
        name: "deep: 2 households, 3 histories",
        body: "  - いずれか\n    - 家族のだれか\n      - 年齢 6以下\n    - 家族のだれか\n      - 年齢 75以上\n  - 受診 特定健診 今年度 0回\n  - 受診 大腸がん検診 過去2年度 0回\n  - 受診 乳がん検診 過去2年度 0回\n",
        sql: "SELECT COUNT(*) FROM front f WHERE may AND friend
              AND (id IN (SELECT account FROM member WHERE birth BETWEEN {d6} AND {d0})
                OR id IN (SELECT account FROM member WHERE birth <= {d75}))
              AND NOT EXISTS (SELECT 1 FROM event e WHERE e.programme = 1 AND e.account = f.id AND e.year = {year})
              AND NOT EXISTS (SELECT 1 FROM event e WHERE e.programme = 3 AND e.account = f.id AND e.year >= {year} - 1)
              AND NOT EXISTS (SELECT 1 FROM event e WHERE e.programme = 2 AND e.account = f.id AND e.year >= {year} - 1)",
        own: "SELECT COUNT(*) FROM {friends} WHERE {may}
              AND (a.id IN ({at home} BETWEEN {d6} AND {d0}) OR a.id IN ({at home} <= {d75}))
              AND NOT EXISTS ({been} = 'tokutei' AND e.fiscal_year = {year})
              AND NOT EXISTS ({been} = 'daicho' AND e.fiscal_year >= {year} - 1)
              AND NOT EXISTS ({been} = 'nyu' AND e.fiscal_year >= {year} - 1)",
    },
];

/// The programmes that the SQL calls 1, 2 and 3.
pub const PROGRAMMES: [&str; 3] = ["tokutei", "nyu", "daicho"];
