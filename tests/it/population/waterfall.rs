//! The waterfall says of each line what the rule made of that line alone would say, and ends where the count ends.

use musubi::domain::segment::Segment;
use musubi::domain::segment::rule::{Group, Mode, Rule, Target};
use musubi::domain::segment::text::parse;
use musubi::population::Waterfall;
use proptest::prelude::*;

use super::*;
use crate::segments::generated::segment;
use crate::support::chance::cases;

fn rule(body: &str) -> Segment {
    let head = "名前: 試し\n目的: 試験\n所管: 広報課\n根拠: 要綱\n想定人数: 1〜10\n見直し期限: 2027-03-31\n";
    parse(&format!("{head}{body}"), &Catalogue::builtin()).unwrap_or_else(|error| panic!("{error:?}"))
}

fn waterfall(segment: &Segment) -> Waterfall {
    in_columns(&town(7, 400)).waterfall(segment, TODAY, Some("kenshin"), 1)
}

#[test]
fn what_is_left_falls_line_by_line_down_to_the_targets() {
    let segment = rule(
        "\n対象: すべて\n  - 年度末年齢 40〜74\n  - いずれか\n    - 保険 国保\n    - 家族のだれか\n      - 年齢 6以下\n\n除外:\n  - 居住地 平田\n",
    );
    let way = waterfall(&segment);
    let paths: Vec<_> = way.steps.iter().map(|step| step.path.clone()).collect();
    assert_eq!(paths, [vec![0], vec![0, 0], vec![0, 1], vec![0, 1, 0], vec![0, 1, 1], vec![0, 1, 1, 0]]);
    let [whole, age, either, insured, family, child] = &way.steps[..] else { panic!("{way:?}") };
    assert_eq!(age.removed, way.start - age.left);
    assert_eq!(either.removed, age.left - either.left);
    assert_eq!((insured.removed, insured.added), (0, insured.left));
    assert_eq!(family.left, insured.left + family.added);
    assert_eq!((whole.left, either.left), (either.left, family.left));
    // The line under 家族 is about the relatives, and with no other line beside it comes to the same accounts.
    assert!(0 < child.left && 0 < child.alone.target, "{child:?}");
    assert_eq!(child.alone.target, family.alone.target);
    assert_eq!(way.exclusions[0].left, way.count.accounts.target);
    assert_eq!(way.exclusions[0].removed, whole.left - way.count.accounts.target);
    assert_eq!(way.samples.target.len(), 10);
    assert_eq!(way.samples, waterfall(&segment).samples);
}

#[test]
fn a_line_under_the_family_is_about_the_relatives_whomever_the_rule_is_about() {
    for unit in ["本人", "家族をふくむ一人ひとり", "子ども", "世帯"] {
        let way =
            waterfall(&rule(&format!("単位: {unit}\n\n対象: すべて\n  - 子のだれか\n    - 年齢 6以下\n")));
        let [_, family, child] = &way.steps[..] else { panic!("{way:?}") };
        assert!(0 < family.left, "{unit}");
        assert_eq!((child.left, child.alone.target), (family.left, family.alone.target), "{unit}");
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn each_line_alone_is_the_rule_made_of_that_line(segment in segment()) {
        let snapshot = in_columns(&town(3, 120));
        let way = snapshot.waterfall(&segment, TODAY, None, 1);
        prop_assert_eq!(&way.count, &snapshot.count(&segment, TODAY, None));
        let last = way.exclusions.iter().rfind(|step| step.path.len() == 2).unwrap_or(&way.steps[0]);
        prop_assert_eq!(last.left, way.count.accounts.target);
        for step in &way.steps {
            prop_assert_eq!(step.alone.all(), way.accounts);
        }
        if let Target::Group(Group { members, .. }) = &segment.target {
            for (at, node) in members.iter().enumerate() {
                let alone = Group { mode: Mode::All, members: vec![Rule::clone(&node.rule).into()] };
                let alone = Segment { target: Target::Group(alone), exclusions: Vec::new(), ..segment.clone() };
                let count = snapshot.count(&alone, TODAY, None).accounts;
                let step = way.steps.iter().find(|step| step.path == [0, at]).unwrap();
                prop_assert_eq!((step.alone.target, step.alone.unknown), (count.target, count.unknown));
            }
        }
    }
}
