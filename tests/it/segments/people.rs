//! What a rule says about people: targets, reasons, and what can't be told.

use musubi::domain::attribute::Subject;
use musubi::domain::history::{Coverage, Event, EventKind, History, Since, When};
use musubi::domain::household::{Consent, Household, Lot, Person, PersonStanding};
use musubi::domain::ids::{AccountId, PersonId};
use musubi::domain::segment::person::{AccountVerdict, evaluate};
use musubi::domain::segment::text::parse;
use serde_json::{Value, json};

use super::*;

const AS_OF: Date = date(2026, 7, 1);

fn person(number: u128, facts: Value) -> Person {
    let id = Some(PersonId(uuid::Uuid::from_u128(number)));
    Person { id, facts: Catalogue::builtin().read_facts(Subject::Person, &facts), ..Person::default() }
}

fn household(account: Value, persons: Vec<Person>) -> Household {
    let account = Catalogue::builtin().read_facts(Subject::Account, &account);
    Household { account, persons, ..Household::default() }
}

fn family() -> Household {
    let persons = vec![
        person(
            1,
            json!({"relation": "self", "birth_date": "1986-04-01", "sex": "female", "insurance": "kokuho"}),
        ),
        person(2, json!({"relation": "child", "birth_date": "2024-05-01"})),
        person(3, json!({"relation": "child"})),
        person(4, json!({"relation": "grandparent", "birth_date": "1950-01-01"})),
    ];
    household(json!({"district": "nadabun", "topics": ["kenshin"]}), persons)
}

fn ask(body: &str, household: &Household) -> AccountVerdict {
    let catalogue = Catalogue::builtin();
    let segment = parse(&rule(body), &catalogue).unwrap_or_else(|faults| panic!("{body}: {faults:?}"));
    evaluate(&segment, &catalogue, household, AS_OF, Some("kenshin"))
}

fn said(body: &str, household: &Household) -> String {
    ask(body, household).verdict.words(&Catalogue::builtin())
}

/// The answer to one condition under すべて.
fn one(condition: &str, household: &Household) -> String {
    said(&format!("対象: すべて\n  - {condition}\n"), household)
}

#[test]
fn an_area_takes_in_its_districts_and_a_district_of_its_name_is_one() {
    assert_eq!(one("居住地 平田", &family()), "対象");
    assert_eq!(one("居住地 灘分地区", &family()), "対象");
    assert_eq!(one("居住地 平田地区", &family()), "対象外(「居住地 平田地区」に当てはまらない)");
}

#[test]
fn a_negative_condition_on_a_missing_value_is_unknown() {
    let unknown = household(json!({}), vec![person(1, json!({"relation": "self"}))]);
    assert_eq!(said("対象: いずれでもない\n  - 性別 男性\n", &unknown), "不明(性別が分かりません)");
    assert_eq!(one("関心分野 なし ごみ・環境", &unknown), "不明(関心分野が分かりません)");
    assert_eq!(one("性別 不明", &unknown), "対象");
    assert_eq!(said("対象: いずれか\n  - 性別 男性\n  - 性別 不明\n", &unknown), "対象");
}

#[test]
fn sets_are_asked_for_any_all_and_none() {
    assert_eq!(one("関心分野 健診, ごみ・環境", &family()), "対象");
    assert!(one("関心分野 すべて 健診, ごみ・環境", &family()).starts_with("対象外"));
    assert_eq!(one("関心分野 なし ごみ・環境, 子育て", &family()), "対象");
}

#[test]
fn the_unit_says_whom_a_rule_looks_at() {
    let of = |unit: &str, ages: &str| {
        let verdict = ask(&format!("単位: {unit}\n対象: すべて\n  - 年齢 {ages}\n"), &family());
        let matched: Vec<_> = verdict.matched().iter().map(|id| id.0.as_u128()).collect();
        (verdict.verdict.kind().word(), matched)
    };
    assert_eq!(of("本人", "40"), ("対象", vec![1]));
    assert_eq!(of("本人", "75以上"), ("対象外", vec![]));
    assert_eq!(of("家族をふくむ一人ひとり", "75以上"), ("対象", vec![4]));
    assert_eq!(of("子ども", "2以下"), ("対象", vec![2]));
    assert_eq!(of("子ども", "10以上"), ("不明", vec![]));
}

#[test]
fn relatives_are_counted_between_what_is_sure_and_what_may_be() {
    let ask = |head: &str, inner: &str| one(&format!("{head}\n    - {inner}"), &family());
    assert_eq!(ask("子のだれか", "年齢 2以下"), "対象");
    assert_eq!(ask("子に2人以上", "年齢 2以下"), "不明(生年月日が分かりません)");
    assert!(ask("子に3人以上", "年齢 2以下").starts_with("対象外"));
    assert_eq!(ask("子の全員", "年齢 2以下"), "不明(生年月日が分かりません)");
    assert!(ask("子の全員", "年齢 3以上").starts_with("対象外"));
    assert!(ask("子に0人", "年齢 2以下").starts_with("対象外"));
    assert_eq!(ask("配偶者に0人", "年齢 20以上"), "対象");
    assert!(ask("配偶者の全員", "年齢 20以上").starts_with("対象外"), "nobody is not everybody");
    assert_eq!(ask("祖父母のだれか", "年齢 75以上"), "対象");
    assert_eq!(ask("子に1人以下", "年齢 3以上"), "対象");
}

#[test]
fn somebody_who_moved_away_or_died_is_no_relative_and_no_target() {
    let mut family = family();
    family.persons[3].standing = PersonStanding::Moved;
    family.persons[2].standing = PersonStanding::Moved;
    assert!(one("家族のだれか\n    - 年齢 75以上", &family).starts_with("対象外"));
    let verdict = ask("単位: 一人ひとり\n対象: すべて\n  - 年齢 75以上\n", &family);
    assert!(verdict.matched().is_empty());
    family.persons[0].standing = PersonStanding::Deceased;
    assert_eq!(said("対象: 友だち全員\n", &family), "除外(亡くなられています)");
}

#[test]
fn no_rule_reaches_whoever_must_not_be_sent_to() {
    let spoil: [fn(&mut Household); 5] = [
        |home| home.standing.following = false,
        |home| home.standing.consent = Consent::Withdrawn,
        |home| home.standing.sending_stopped = true,
        |home| home.standing.erased = true,
        |home| _ = home.declined.insert("kenshin".into()),
    ];
    assert_eq!(said("対象: 友だち全員\n", &family()), "対象");
    for spoil in spoil {
        let mut home = family();
        spoil(&mut home);
        assert!(said("対象: 友だち全員\n", &home).starts_with("除外("));
    }
}

#[test]
fn an_exclusion_gives_the_reason_that_staff_wrote() {
    let body = "対象: すべて\n  - 居住地 平田\n\n除外:\n  - 保険 国保  # 別の通知で案内済み\n";
    assert_eq!(said(body, &family()), "除外(別の通知で案内済み)");
    let mut unknown = family();
    unknown.persons[0].facts.remove("insurance");
    assert_eq!(said(body, &unknown), "不明(保険が分かりません)");
}

fn attended(subject: &str, on: When) -> Event {
    Event { kind: EventKind::Attended, subject: subject.to_owned(), on }
}

#[test]
fn events_count_in_their_windows_and_are_unknown_without_a_history() {
    let asked = "受診 特定健診 今年度 0回";
    let mut home = family();
    assert_eq!(one(asked, &home), "不明(特定健診の受診の記録が分かりません)");
    let event = attended("tokutei", When::Day(date(2026, 3, 31)));
    home.persons[0].history = History::complete(vec![event]);
    assert_eq!(one(asked, &home), "対象");
    assert_eq!(one("受診 特定健診 前年度 1回以上", &home), "対象");
    assert_eq!(one("受診 特定健診 前年度 1回", &home), "対象");
    assert!(one("受診 特定健診 前年度 2回", &home).starts_with("対象外"));
    assert!(one("受診 特定健診 過去2年度 0回", &home).starts_with("対象外"));
    assert_eq!(one("受診 特定健診 92日以内 1回以上", &home), "対象");
    assert!(one("受診 特定健診 91日以内 1回以上", &home).starts_with("対象外"));
    assert_eq!(one("受診 肝炎検診 これまで 0回", &home), "対象");
}

#[test]
fn a_record_is_enough_for_once_and_nothing_on_record_is_enough_for_never_only_where_records_are_complete() {
    let mut home = family();
    let event = attended("tokutei", When::FiscalYear(2025));
    let mut coverage = Coverage::default();
    coverage.set(EventKind::Attended, "daicho", Since::FiscalYear(2025));
    home.persons[0].history = History { events: vec![event], coverage: coverage.into() };
    assert_eq!(one("受診 特定健診 前年度 1回以上", &home), "対象");
    assert!(one("受診 特定健診 前年度 0回", &home).starts_with("対象外"));
    assert!(one("受診 特定健診 前年度 1回", &home).starts_with("不明"));
    assert!(one("受診 特定健診 200日以内 1回以上", &home).starts_with("不明"));
    assert_eq!(one("受診 大腸がん検診 今年度 0回", &home), "対象");
    assert_eq!(one("受診 大腸がん検診 過去2年度 0回", &home), "対象");
    assert!(one("受診 大腸がん検診 過去3年度 0回", &home).starts_with("不明"));
    assert!(one("受診 大腸がん検診 これまで 0回", &home).starts_with("不明"));
}

#[test]
fn an_example_may_say_that_a_record_is_missing_and_what_a_relative_went_to() {
    let body = "対象: すべて\n  - 受診 特定健診 今年度 0回\n  - 家族のだれか\n    - 受診 3歳児健診 今年度 1回以上\n\n\
        例:\n  対象 | 基準日 2026-07-01 | 家族 続柄 子, 受診 3歳児健診 2026年度\n  \
        対象外 | 基準日 2026-07-01 | 家族 続柄 子 | 受診 特定健診 2026-06-01\n  \
        不明 | 基準日 2026-07-01 | 家族 続柄 子, 受診 3歳児健診 不明\n  \
        不明 | 基準日 2026-07-01 | 家族 続柄 子, 受診 3歳児健診 2026年度 | 受診 特定健診 不明\n";
    let text = rule(body);
    assert_eq!(found(&text).iter().filter(|one| one.is_error()).count(), 0, "{:?}", found(&text));
    let catalogue = Catalogue::builtin();
    assert_eq!(musubi::domain::segment::text::print(&parse(&text, &catalogue).unwrap(), &catalogue), text);
}

#[test]
fn time_since_and_until_a_date_is_counted_in_whole_units() {
    let born =
        |birth: &str| household(json!({}), vec![person(1, json!({"relation": "self", "birth_date": birth}))]);
    assert_eq!(one("生年月日から 3〜6か月", &born("2026-04-01")), "対象");
    assert!(one("生年月日から 3〜6か月", &born("2026-04-02")).starts_with("対象外"));
    assert_eq!(one("生年月日から 90日以内", &born("2026-04-02")), "対象");
    assert!(one("生年月日から 90日以内", &born("2026-04-01")).starts_with("対象外"));
    assert!(one("生年月日から 90日以内", &born("2026-07-02")).starts_with("対象外"));
    assert_eq!(one("生年月日まで 8週以下", &born("2026-09-01")), "対象");
    assert_eq!(one("生年月日から 90日以内", &household(json!({}), vec![])), "不明(生年月日が分かりません)");
}

#[test]
fn a_draw_is_known_for_an_account_and_unknown_for_somebody_made_up() {
    let mut home = family();
    let asked = "抽選 0〜4999 塩 \"2026-大腸\"";
    assert_eq!(one(asked, &home), "不明(抽選の番号が分かりません)");
    home.lot = Lot::Drawn(4999);
    assert_eq!(one(asked, &home), "対象");
    home.lot = Lot::Of(AccountId(uuid::Uuid::from_u128(7)));
    let in_first_half = one(asked, &home) == "対象";
    let in_second_half = one("抽選 5000〜9999 塩 \"2026-大腸\"", &home) == "対象";
    assert!(in_first_half != in_second_half);
}

#[test]
fn a_parameter_has_the_value_of_the_as_of_date() {
    let catalogue = Catalogue::builtin();
    let segment =
        parse(&rule("対象: すべて\n  - 年度到達年齢 {歯周病検診の節目年齢}\n"), &catalogue).unwrap();
    let home = household(json!({}), vec![person(1, json!({"relation": "self", "birth_date": "2004-07-01"}))]);
    let on = |day| evaluate(&segment, &catalogue, &home, day, None).verdict.words(&catalogue);
    assert_eq!(on(date(2024, 7, 1)), "対象");
    let before =
        household(json!({}), vec![person(1, json!({"relation": "self", "birth_date": "2003-07-01"}))]);
    let said = |day| evaluate(&segment, &catalogue, &before, day, None).verdict.words(&catalogue);
    assert!(said(date(2023, 7, 1)).starts_with("対象外"));
    assert_eq!(said(date(2007, 7, 1)), "不明(歯周病検診の節目年齢が分かりません)");
}

#[test]
fn a_friend_who_registered_nobody_is_found_by_the_account_alone() {
    let home = household(json!({"district": "imaichi"}), Vec::new());
    assert_eq!(one("居住地 今市", &home), "対象");
    assert_eq!(one("年齢 40以上", &home), "不明(生年月日が分かりません)");
    assert!(
        said("単位: 子ども\n対象: すべて\n  - 居住地 今市\n", &home).contains("子どもの登録がありません")
    );
}

#[test]
fn birth_years_have_a_parity_in_each_calendar() {
    let home =
        |birth: &str| household(json!({}), vec![person(1, json!({"relation": "self", "birth_date": birth}))]);
    assert_eq!(one("生年 西暦 偶数", &home("1986-04-01")), "対象");
    assert_eq!(one("生年 和暦 奇数", &home("1986-04-01")), "対象");
    assert_eq!(one("生年 和暦 偶数", &home("1990-04-01")), "対象");
}
