//! The controls of one condition: what can be chosen comes from the catalogue.
//!
//! A control that a choice makes meaningless is carried unseen rather than dropped, so that choosing back and forth
//! loses nothing.

use super::node::{Kind, Node};
use crate::domain::attribute::{Attribute, Catalogue, ValueType, core};

/// Longer lists of values are folded.
const LONG: usize = 12;

/// One control.
pub enum Control {
    Text {
        name: String,
        id: String,
        label: &'static str,
        value: String,
        size: &'static str,
        hint: &'static str,
    },
    Choose {
        name: String,
        id: String,
        label: &'static str,
        options: Vec<Choice>,
        redraws: bool,
    },
    Ticks {
        name: String,
        id: String,
        legend: String,
        groups: Vec<TickGroup>,
        is_long: bool,
        is_open: bool,
        chosen: String,
    },
    Hidden {
        name: String,
        value: String,
    },
}

/// One choice of a list or one box to tick.
pub struct Choice {
    pub value: String,
    pub label: String,
    pub is_chosen: bool,
}

/// Boxes that belong together: an area with its districts, or all of them.
pub struct TickGroup {
    pub whole: Option<Choice>,
    pub ticks: Vec<Choice>,
}

/// The kinds of conditions that can be added: heading, then id and name.
pub fn kinds(catalogue: &Catalogue) -> Vec<(&'static str, Vec<(String, String)>)> {
    let of = |subject| {
        let usable = catalogue.of(subject).filter(|known| known.usable_for_sending);
        usable.map(|known| (format!("attribute:{}", known.id), known.word.clone())).collect::<Vec<_>>()
    };
    let fixed = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(id, name)| ((*id).to_owned(), (*name).to_owned())).collect::<Vec<_>>()
    };
    vec![
        (
            "年齢・日付",
            fixed(&[
                ("age", "年齢・学年"),
                ("birth_year", "生年の偶数・奇数"),
                ("elapsed", "日付からの期間"),
            ]),
        ),
        ("本人や家族の登録", of(crate::domain::attribute::Subject::Person)),
        ("アカウントの登録", of(crate::domain::attribute::Subject::Account)),
        ("できごと", fixed(&[("event", "受診・予約・配信・タップ")])),
        (
            "まとめる",
            fixed(&[
                ("group", "グループ(すべて・いずれか)"),
                ("relatives", "家族の条件"),
                ("shared", "共通の条件"),
                ("bucket", "抽選"),
                ("words", "条件のことばで書く"),
            ]),
        ),
    ]
}

/// What a condition is called.
pub fn title(kind: &Kind, catalogue: &Catalogue) -> String {
    match kind {
        Kind::Group => "グループ".to_owned(),
        Kind::Relatives => "家族".to_owned(),
        Kind::Age => "年齢".to_owned(),
        Kind::BirthYear => "生年".to_owned(),
        Kind::Attribute(id) => catalogue.attribute(id).map_or_else(|| id.clone(), |known| known.word.clone()),
        Kind::Elapsed => "期間".to_owned(),
        Kind::Event => "できごと".to_owned(),
        Kind::Bucket => "抽選".to_owned(),
        Kind::Shared => "共通の条件".to_owned(),
        Kind::Words => "条件のことば".to_owned(),
    }
}

/// The controls of a condition at a way; `shared` are the paths of the shared conditions.
pub fn of(node: &Node, path: &str, catalogue: &Catalogue, shared: &[String]) -> Vec<Control> {
    let desk = Desk { node, path, catalogue };
    match &node.kind {
        Kind::Group => vec![desk.choose("mode", "まとめ方", MODES, false)],
        Kind::Relatives => desk.relatives(),
        Kind::Age => desk.age(),
        Kind::BirthYear => vec![
            desk.choose("calendar", "数え方", &[("western", "西暦"), ("japanese", "和暦")], false),
            desk.choose("parity", "年", &[("even", "偶数"), ("odd", "奇数")], false),
        ],
        Kind::Attribute(id) => catalogue.attribute(id).map(|known| desk.attribute(known)).unwrap_or_default(),
        Kind::Elapsed => desk.elapsed(),
        Kind::Event => desk.event(),
        Kind::Bucket => vec![
            desk.text("from", "番号から", "tiny", "0〜9999"),
            desk.text("to", "番号まで", "tiny", ""),
            desk.text("salt", "塩(くじの名前)", "medium", "同じ塩なら、いつも同じ番号になります。"),
        ],
        Kind::Shared => vec![
            desk.listed("path", "ファイル", shared.iter().map(|path| (path.clone(), path.clone())).collect()),
            desk.text("edition", "版", "short", "書いておくと、中身が変わったときにエラーになります。"),
        ],
        Kind::Words => vec![desk.text("words", "条件", "wide", "例 年度末年齢 40〜74")],
    }
}

const MODES: &[(&str, &str)] =
    &[("all", "すべてに当てはまる"), ("any", "いずれかに当てはまる"), ("none", "いずれにも当てはまらない")];

struct Desk<'a> {
    node: &'a Node,
    path: &'a str,
    catalogue: &'a Catalogue,
}

impl Desk<'_> {
    fn names(&self, field: &str) -> (String, String) {
        (format!("n.{}.{field}", self.path), format!("n-{}-{field}", self.path.replace('.', "-")))
    }

    fn text(&self, field: &str, label: &'static str, size: &'static str, hint: &'static str) -> Control {
        let (name, id) = self.names(field);
        Control::Text { name, id, label, value: self.node.get(field).to_owned(), size, hint }
    }

    fn hidden(&self, field: &str) -> Control {
        Control::Hidden { name: self.names(field).0, value: self.node.get(field).to_owned() }
    }

    /// Seen where it means something.
    fn text_if(&self, is_seen: bool, text: Control, field: &str) -> Control {
        if is_seen { text } else { self.hidden(field) }
    }

    fn choose(&self, field: &str, label: &'static str, options: &[(&str, &str)], redraws: bool) -> Control {
        let (name, id) = self.names(field);
        let chosen = self.node.get(field);
        let options = options.iter().map(|(value, label)| Choice {
            is_chosen: *value == chosen,
            value: (*value).to_owned(),
            label: (*label).to_owned(),
        });
        Control::Choose { name, id, label, options: options.collect(), redraws }
    }

    /// A list that also keeps a value that it doesn't have.
    fn listed(&self, field: &str, label: &'static str, known: Vec<(String, String)>) -> Control {
        let (name, id) = self.names(field);
        let chosen = self.node.get(field);
        let is_known = known.iter().any(|(value, _)| value == chosen);
        let odd = (!is_known).then(|| {
            let label = if chosen.is_empty() { "選んでください" } else { chosen };
            (chosen.to_owned(), label.to_owned())
        });
        let options = odd.into_iter().chain(known).map(|(value, label)| Choice {
            is_chosen: value == chosen,
            value,
            label,
        });
        Control::Choose { name, id, label, options: options.collect(), redraws: false }
    }

    fn parameter(&self) -> Option<Control> {
        let all = self.catalogue.parameters();
        if all.is_empty() {
            return None;
        }
        let mut known = vec![(String::new(), "使わない(下の数)".to_owned())];
        known.extend(all.iter().map(|one| (one.id.0.clone(), one.word.clone())));
        let Control::Choose { name, id, label, options, .. } =
            self.listed("parameter", "年ごとに決まる値", known)
        else {
            return None;
        };
        Some(Control::Choose { name, id, label, options, redraws: true })
    }

    /// From, to, and further ranges behind them; unseen where a parameter says them.
    fn ranges(&self, from: &'static str, to: &'static str) -> Vec<Control> {
        let is_seen = self.node.get("parameter").is_empty();
        vec![
            self.text_if(is_seen, self.text("from", from, "tiny", ""), "from"),
            self.text_if(is_seen, self.text("to", to, "tiny", ""), "to"),
            self.text_if(is_seen, self.text("more", "ほかの範囲", "short", "例 45, 50以上"), "more"),
        ]
    }

    fn age(&self) -> Vec<Control> {
        let kinds = [
            ("on_day", "年齢(基準日)"),
            ("year_end", "年度末年齢(3月31日)"),
            ("year_reached", "年度到達年齢(次の4月1日)"),
            ("year_start", "年度初年齢(4月1日)"),
            ("on_date", "指定日年齢"),
            ("months", "月齢"),
            ("school_year", "学年"),
        ];
        let mut controls = vec![self.choose("age", "数え方", &kinds, true)];
        let is_dated = self.node.get("age") == "on_date";
        let date = self.text("date", "数える日", "short", "例 2027-04-01、令和9年4月1日");
        controls.push(self.text_if(is_dated, date, "date"));
        controls.extend(self.parameter());
        let (from, to) = match self.node.get("age") {
            "months" => ("か月から", "か月まで"),
            "school_year" => ("学年から", "学年まで"),
            _ => ("歳から", "歳まで"),
        };
        controls.extend(self.ranges(from, to));
        controls.push(self.choose(
            "parity",
            "偶数・奇数",
            &[("", "どちらも"), ("even", "偶数だけ"), ("odd", "奇数だけ")],
            false,
        ));
        controls
    }

    fn relatives(&self) -> Vec<Control> {
        let counts = [
            ("someone", "だれか"),
            ("everyone", "全員"),
            ("nobody", "0人(いない)"),
            ("at_least", "○人以上"),
            ("at_most", "○人以下"),
        ];
        let numbered = matches!(self.node.get("count"), "at_least" | "at_most");
        let mut controls = Vec::new();
        if let Some(relation) = self.catalogue.attribute(core::RELATION) {
            let legend = "続柄(選ばなければ家族のみんな)".to_owned();
            controls.push(self.ticks(
                "relations",
                legend,
                plain_ticks(relation, self.node.all("relations"), ""),
            ));
        }
        controls.push(self.choose("count", "何人が", &counts, true));
        controls.push(self.text_if(numbered, self.text("number", "人数", "tiny", ""), "number"));
        controls.push(self.choose("mode", "次の条件の", MODES, false));
        controls
    }

    fn attribute(&self, attribute: &Attribute) -> Vec<Control> {
        let tests: &[(&str, &str)] = match attribute.value_type {
            ValueType::YesNo => &[("yes", "はい"), ("no", "いいえ"), ("missing", "不明である")],
            ValueType::Choice => &[("any", "次のどれか"), ("missing", "不明である")],
            ValueType::Choices => &[
                ("any", "次のいずれか"),
                ("all", "次のすべて"),
                ("none", "次のどれもない"),
                ("missing", "不明である"),
            ],
            ValueType::Number | ValueType::Date => &[("any", "次の範囲"), ("missing", "不明である")],
        };
        let mut controls = vec![self.choose("test", "値", tests, true)];
        let is_seen = self.node.get("test") != "missing";
        match attribute.value_type {
            ValueType::Choice | ValueType::Choices => {
                if is_seen {
                    controls.push(self.ticks(
                        "values",
                        attribute.word.clone(),
                        grouped_ticks(attribute, self.node.all("values")),
                    ));
                } else {
                    let name = self.names("values").0;
                    let kept = self.node.all("values").iter();
                    controls.extend(
                        kept.map(|value| Control::Hidden { name: name.clone(), value: value.clone() }),
                    );
                }
                controls.push(self.hidden("order"));
            }
            ValueType::Number if is_seen => controls.extend(self.ranges("から", "まで")),
            ValueType::Date if is_seen => {
                controls.push(self.text("from", "この日から", "short", "例 1986-04-01、昭和61年4月1日"));
                controls.push(self.text("to", "この日まで", "short", ""));
            }
            ValueType::Number | ValueType::Date => {
                controls.extend(["from", "to", "more"].map(|field| self.hidden(field)));
            }
            ValueType::YesNo => {}
        }
        controls
    }

    fn ticks(&self, field: &str, legend: String, groups: Vec<TickGroup>) -> Control {
        let (name, id) = self.names(field);
        let all = || groups.iter().flat_map(|group| group.whole.iter().chain(&group.ticks));
        let chosen: Vec<_> = all().filter(|tick| tick.is_chosen).map(|tick| tick.label.clone()).collect();
        let is_long = LONG < all().count();
        let is_open = chosen.is_empty();
        let chosen =
            if chosen.is_empty() { "まだ選ばれていません".to_owned() } else { chosen.join("、") };
        Control::Ticks { name, id, legend, groups, is_long, is_open, chosen }
    }

    fn elapsed(&self) -> Vec<Control> {
        let dates = self.catalogue.attributes().iter().filter(|known| known.value_type == ValueType::Date);
        let dates = dates.map(|known| (known.id.0.clone(), known.word.clone())).collect();
        let units = [("days", "日"), ("weeks", "週"), ("months", "か月"), ("years", "年")];
        let mut controls = vec![
            self.listed("attribute", "日付", dates),
            self.choose("direction", "向き", &[("since", "から(過ぎた)"), ("until", "まで(あと)")], false),
            self.choose("unit", "単位", &units, false),
        ];
        controls.extend(self.parameter());
        controls.extend(self.ranges("以上", "以下"));
        controls
    }

    fn event(&self) -> Vec<Control> {
        let kinds = [("attended", "受診"), ("booked", "予約"), ("sent", "配信"), ("tapped", "タップ")];
        let windows = [
            ("this_year", "今年度"),
            ("last_year", "前年度"),
            ("past_years", "過去○年度(今年度をふくむ)"),
            ("within_days", "○日以内"),
            ("ever", "これまで"),
        ];
        let times = [("at_least", "○回以上"), ("at_most", "○回以下"), ("exactly", "○回"), ("never", "0回")];
        let window = self.node.get("window");
        let (spanned, counted) =
            (matches!(window, "past_years" | "within_days"), self.node.get("times") != "never");
        let span = self.text("span", if window == "past_years" { "年度数" } else { "日数" }, "tiny", "");
        vec![
            self.choose("event", "種類", &kinds, true),
            self.subject(),
            self.choose("window", "期間", &windows, true),
            self.text_if(spanned, span, "span"),
            self.choose("times", "回数", &times, true),
            self.text_if(counted, self.text("number", "回", "tiny", ""), "number"),
        ]
    }

    fn subject(&self) -> Control {
        if matches!(self.node.get("event"), "sent" | "tapped") {
            return self.text("subject", "シリーズ", "medium", "配信を作るときに付けた名前");
        }
        let known = self.catalogue.programmes().iter().map(|one| (one.id.0.clone(), one.word.clone()));
        self.listed("subject", "健(検)診など", known.collect())
    }
}

fn plain_ticks(attribute: &Attribute, chosen: &[String], prefix: &str) -> Vec<TickGroup> {
    let ticks =
        attribute.values.iter().map(|value| tick(format!("{prefix}{}", value.id), &value.word, chosen));
    vec![TickGroup { whole: None, ticks: ticks.collect() }]
}

/// Areas with their values; values outside any area stand last.
fn grouped_ticks(attribute: &Attribute, chosen: &[String]) -> Vec<TickGroup> {
    if attribute.areas.is_empty() {
        return plain_ticks(attribute, chosen, "v:");
    }
    let mut groups: Vec<_> = attribute
        .areas
        .iter()
        .map(|area| TickGroup {
            whole: Some(tick(format!("a:{}", area.id), &format!("{}(全域)", area.word), chosen)),
            ticks: attribute
                .values_in(&area.id)
                .map(|value| tick(format!("v:{}", value.id), &value.word, chosen))
                .collect(),
        })
        .collect();
    let outside = attribute.values.iter().filter(|value| value.area.is_none());
    let ticks: Vec<_> = outside.map(|value| tick(format!("v:{}", value.id), &value.word, chosen)).collect();
    if !ticks.is_empty() {
        groups.push(TickGroup { whole: None, ticks });
    }
    groups
}

fn tick(value: String, label: &str, chosen: &[String]) -> Choice {
    Choice { is_chosen: chosen.contains(&value), label: label.to_owned(), value }
}
