//! Compares the columns with the evaluator of one person on generated rules and people, block by block.
//!
//! A block is a town with some rules, found again from (seed, number) alone. It looks at what a broadcast rests on: the
//! answer for each account and each person, the numbers, the list of recipients, and that the rule survives its text
//! and its JSON. The catalogue is [`generate::every_kind`], not the city's, so that every kind of column is looked at.
//! It reads no clock; whoever calls it measures and prints.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;

use super::{Count, Snapshot, Tally};
use crate::domain::attribute::{Catalogue, TopicId};
use crate::domain::ids::AccountId;
use crate::domain::segment::generate::{self, Case, Town};
use crate::domain::segment::json::{from_json, to_json};
use crate::domain::segment::person::{AccountVerdict, evaluate};
use crate::domain::segment::rule::Expect;
use crate::domain::segment::text::{parse, print};

/// Accounts of a town; with their families more than twice as many persons.
const ACCOUNTS: usize = 150;
/// Rules that a town is asked.
const RULES: u64 = 20;

/// What a block looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Tried {
    /// (rule, person, date) triples: persons at whom a rule looked.
    pub triples: u64,
    /// Rules.
    pub rules: u64,
    /// How the triples were answered.
    pub answers: Tally,
}

impl Tried {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let (one, two) = (self.answers, other.answers);
        Self {
            triples: self.triples + other.triples,
            rules: self.rules + other.rules,
            answers: Tally {
                target: one.target + two.target,
                not_target: one.not_target + two.not_target,
                excluded: one.excluded + two.excluded,
                unknown: one.unknown + two.unknown,
            },
        }
    }

    fn answered(&mut self, answer: Expect) {
        self.triples += 1;
        *match answer {
            Expect::Target => &mut self.answers.target,
            Expect::NotTarget => &mut self.answers.not_target,
            Expect::Excluded => &mut self.answers.excluded,
            Expect::Unknown => &mut self.answers.unknown,
        } += 1;
    }
}

/// Where columns and evaluator part, with all that is needed to see it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The seed and the block that find it again.
    pub seed: u64,
    /// See [`Difference::seed`].
    pub block: u64,
    /// Which rule of the block.
    pub rule: u64,
    /// The as-of date.
    pub as_of: Date,
    /// The topic of the broadcast.
    pub topic: Option<TopicId>,
    /// What each of the two says.
    pub what: String,
    /// The rule's text, with the people as a row under 例 where it is about an account.
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let topic = self.topic.as_ref().map_or("-", TopicId::as_str);
        writeln!(
            out,
            "違いがあります: --seed {} --from {} (条件 {}、基準日 {}、分野 {topic})",
            self.seed, self.block, self.rule, self.as_of
        )?;
        write!(out, "{}\n\n{}", self.what, self.text)
    }
}

/// Tries one block.
///
/// # Errors
/// The first difference.
pub fn block(seed: u64, number: u64, catalogue: &Arc<Catalogue>) -> Result<Tried, Box<Difference>> {
    let town = generate::town(seed, number, ACCOUNTS, catalogue);
    let mut snapshot = Snapshot::empty(Arc::clone(catalogue), 0);
    snapshot.set_coverage(Arc::clone(&town.coverage));
    town.people.iter().for_each(|(id, household)| snapshot.put(*id, household));
    let mut tried = Tried::default();
    for rule in 0..RULES {
        let case = generate::case(seed, number * RULES + rule, town.day, catalogue);
        let one = Comparison { catalogue, snapshot: &snapshot, town: &town, case: &case };
        tried = tried.and(one.run().map_err(|fault| {
            let Fault { what, at } = *fault;
            let text = one.text(at);
            let Case { as_of, topic, .. } = case.clone();
            Box::new(Difference { seed, block: number, rule, as_of, topic, what, text })
        })?);
    }
    Ok(tried)
}

/// One rule asked of one town in both ways.
struct Comparison<'a> {
    catalogue: &'a Catalogue,
    snapshot: &'a Snapshot,
    town: &'a Town,
    case: &'a Case,
}

/// What is wrong, and with which account of the town.
struct Fault {
    what: String,
    at: Option<(usize, Expect)>,
}

impl Comparison<'_> {
    fn run(&self) -> Result<Tried, Box<Fault>> {
        self.faces()?;
        let Case { segment, as_of, topic } = self.case;
        let topic = topic.as_ref().map(TopicId::as_str);
        let scan = self.snapshot.scan(segment, *as_of, topic);
        let mut tried = Tried { rules: 1, ..Tried::default() };
        let mut answers = Vec::with_capacity(self.town.people.len());
        for (at, (id, household)) in self.town.people.iter().enumerate() {
            let told = evaluate(segment, self.catalogue, household, *as_of, topic);
            let mut scanned = (self.snapshot.answer(&scan, *id), self.snapshot.answers(&scan, *id));
            let (wanted, persons) = kinds(&told);
            // The evaluator stops where nothing may be sent; the columns say 除外 of each person there.
            if household.always_excluded(topic).is_some() {
                scanned.1.retain(|answer| *answer != Expect::Excluded);
            }
            persons.iter().for_each(|answer| tried.answered(*answer));
            if scanned != (Some(wanted), persons.clone()) {
                let what = format!(
                    "一人ずつ: {} {}\n列の走査: {} {}",
                    wanted.word(),
                    words(&persons),
                    scanned.0.map_or("-", Expect::word),
                    words(&scanned.1)
                );
                return Err(Box::new(Fault { what, at: Some((at, wanted)) }));
            }
            answers.push((*id, wanted));
        }
        self.sums(&answers, topic)?;
        Ok(tried)
    }

    /// Text and JSON read back as the same rule.
    fn faces(&self) -> Result<(), Box<Fault>> {
        let segment = &self.case.segment;
        let fault = |what: &str, said: String| Box::new(Fault { what: format!("{what}: {said}"), at: None });
        let text = print(segment, self.catalogue);
        match parse(&text, self.catalogue) {
            Ok(read) if read == *segment => {}
            Ok(read) => return Err(fault("文章が別の条件になります", print(&read, self.catalogue))),
            Err(faults) => return Err(fault("文章を読めません", format!("{faults:?}"))),
        }
        match from_json(&to_json(segment).to_string(), self.catalogue) {
            Ok(read) if read == *segment => Ok(()),
            Ok(_) => Err(fault("JSONが別の条件になります", String::new())),
            Err(faults) => Err(fault("JSONを読めません", format!("{faults:?}"))),
        }
    }

    /// The numbers and the list are what the answers come to.
    fn sums(&self, answers: &[(AccountId, Expect)], topic: Option<&str>) -> Result<(), Box<Fault>> {
        let Case { segment, as_of, .. } = self.case;
        let (count, recipients) = self.snapshot.audience(segment, *as_of, topic);
        let mut many = BTreeMap::new();
        answers.iter().for_each(|(_, answer)| *many.entry(*answer).or_insert(0) += 1);
        let of = |answer| many.get(&answer).copied().unwrap_or_default();
        let tally = Tally {
            target: of(Expect::Target),
            not_target: of(Expect::NotTarget),
            excluded: of(Expect::Excluded),
            unknown: of(Expect::Unknown),
        };
        let targets = answers.iter().filter(|(_, answer)| *answer == Expect::Target);
        let listed = targets.map(|(id, _)| *id).eq(recipients);
        let Count { accounts, unknown_by, .. } = &count;
        let explained: u64 = unknown_by.iter().map(|(_, accounts)| accounts).sum();
        if *accounts == tally && listed && tally.unknown <= explained {
            return Ok(());
        }
        let what =
            format!("一人ずつ: {tally:?}\n列の走査: {count:?}(一覧は{})", if listed { "同じ" } else { "別" });
        Err(Box::new(Fault { what, at: None }))
    }

    /// The rule as a file that can be tried again, with the account as its only example.
    fn text(&self, at: Option<(usize, Expect)>) -> String {
        let mut segment = self.case.segment.clone();
        segment.examples.clear();
        let found = at.and_then(|(at, expect)| Some((self.town.people.get(at)?, expect)));
        let Some(((_, household), expect)) = found else { return print(&segment, self.catalogue) };
        segment.examples.push(generate::as_example(&segment, household, self.case.as_of, expect));
        let standings: Vec<_> = household.persons.iter().map(|person| person.standing).collect();
        format!(
            "{}\n# {:?}\n# {standings:?}\n# 記録: {:?}\n",
            print(&segment, self.catalogue),
            household.standing,
            self.town.coverage
        )
    }
}

fn kinds(told: &AccountVerdict) -> (Expect, Vec<Expect>) {
    (told.verdict.kind(), told.persons.iter().map(|one| one.verdict.kind()).collect())
}

fn words(answers: &[Expect]) -> String {
    answers.iter().map(|answer| answer.word()).collect::<Vec<_>>().join("・")
}
