//! What a rule comes to today: how many each line leaves, the dates behind it, what it would change since the last run.
//!
//! The population is brought up to date before it is asked. Samples are accounts by the first digits of their id, with
//! the decade of an age and an area, nothing else; the full id, a name or a date never leaves this file.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::super::figures::{grouped, percent};
use super::text::Sound;
use crate::app::App;
use crate::domain::attribute::{Catalogue, core};
use crate::domain::household::Household;
use crate::domain::ids::AccountId;
use crate::domain::segment::Segment;
use crate::domain::segment::person::{Missing, evaluate};
use crate::domain::segment::rule::Target;
use crate::domain::segment::text::Path;
use crate::domain::segment::window::windows;
use crate::domain::segment::words::{Words, words};
use crate::population::{Tally, Waterfall};
use crate::store::{broadcasts, households, ledger};
use crate::web::error::WebError;

/// The figures of a form.
pub struct Figures {
    pub as_of: Date,
    pub waterfall: Waterfall,
    /// The dates behind each condition, in words, by way.
    pub dates: BTreeMap<Path, Vec<String>>,
    pub missing: Vec<(String, String)>,
    pub cautions: Vec<String>,
    /// Whether each line is counted as if it were the whole rule, because the rule itself can't be counted.
    pub apart: bool,
}

/// One line's figures in words.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// What is counted: 「残り」, or 「この条件だけなら」.
    pub what: &'static str,
    pub left: String,
    pub change: String,
    pub unknown: String,
    /// Left, of those that the rule began with, in 24ths: the width of the bar.
    pub share: u64,
}

impl Figures {
    /// Asks the population about a rule on a day.
    pub async fn ask(app: &App, segment: &Segment, as_of: Date) -> Result<Self, WebError> {
        app.population.refresh(&app.db).await?;
        let waterfall = app.population.waterfall(segment, as_of, None, SEED);
        let mut dates = BTreeMap::new();
        let said = words(segment, &app.catalogue, as_of);
        std::iter::once(&said.target).chain(&said.exclusions).for_each(|line| note(line, &mut dates));
        for window in windows(segment, &app.catalogue, as_of) {
            let births = window.births.iter();
            let births = births.map(|days| format!("{}生まれ({})", days.in_wareki(), days.in_iso()));
            dates.insert(window.path, births.collect());
        }
        let missing = |(what, number): &(Missing, u64)| (what.words(&app.catalogue), people(*number));
        Ok(Self {
            as_of,
            missing: waterfall.count.unknown_by.iter().map(missing).collect(),
            cautions: cautions(segment, &waterfall),
            apart: false,
            dates,
            waterfall,
        })
    }

    /// Asks about the sound conditions of a rule that has faulty ones, each apart from the others: what a faulty one
    /// would leave is not known, so that no line can be counted from the ones above it.
    pub async fn ask_apart(app: &App, sound: &Sound, as_of: Date) -> Result<Self, WebError> {
        let mut figures = Self { apart: true, ..Self::ask(app, &sound.segment, as_of).await? };
        let Waterfall { steps, exclusions, .. } = &mut figures.waterfall;
        for steps in [steps, exclusions] {
            steps.retain(|step| 1 < step.path.len() && sound.has(&step.path));
        }
        figures.dates.retain(|path, _| sound.has(path));
        Ok(figures)
    }

    /// The figures of the line at a way.
    pub fn line(&self, path: &[usize]) -> Option<Line> {
        let steps = self.waterfall.steps.iter().chain(&self.waterfall.exclusions);
        let step = steps.into_iter().find(|step| step.path == path)?;
        let start = self.waterfall.start.max(1);
        let share = |people: u64| (people.min(start) * 24).div_ceil(start);
        let unknown = |unknown| if unknown == 0 { String::new() } else { people(unknown) };
        if self.apart {
            let Tally { target, unknown: uncertain, .. } = step.alone;
            return Some(Line {
                what: "この条件だけなら",
                left: people(target),
                change: String::new(),
                unknown: unknown(uncertain),
                share: share(target),
            });
        }
        let change = match (step.removed, step.added) {
            (0, 0) => "増減なし".to_owned(),
            (removed, 0) => format!("−{}人", people(removed)),
            (_, added) => format!("+{}人", people(added)),
        };
        Some(Line {
            what: "残り",
            left: people(step.left),
            change,
            unknown: unknown(step.unknown),
            share: share(step.left),
        })
    }
}

/// Samples stay the same while a rule is being written.
const SEED: u64 = 7;

fn note(line: &Words, dates: &mut BTreeMap<Path, Vec<String>>) {
    if !line.dates.is_empty() {
        dates.insert(line.path.clone(), line.dates.clone());
    }
    line.members.iter().for_each(|member| note(member, dates));
}

pub fn people(number: impl std::borrow::Borrow<u64>) -> String {
    grouped(i64::try_from(*number.borrow()).unwrap_or(i64::MAX))
}

/// What gives reason to look again.
fn cautions(segment: &Segment, waterfall: &Waterfall) -> Vec<String> {
    let accounts = waterfall.count.accounts;
    let mut said = Vec::new();
    if segment.target == Target::Everyone {
        said.push("友だち全員が対象です。条件をつけられないかを、先に考えてください。".to_owned());
    }
    if accounts.target == 0 {
        said.push("届く人がいません。".to_owned());
    } else if accounts.target < 10 {
        said.push(format!(
            "届く人が{}人だけです。だれのことか分かってしまうおそれがあります。",
            accounts.target
        ));
    }
    if let Some(range) = segment.header.expected
        && !(u64::from(range.from)..=u64::from(range.to)).contains(&accounts.target)
    {
        let (from, to) = (people(u64::from(range.from)), people(u64::from(range.to)));
        said.push(format!("想定人数({from}〜{to}人)から外れています。"));
    }
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let share = percent(signed(accounts.unknown), signed(accounts.all()));
    if 5.0 < share {
        said.push(format!("登録が足りず判断できない人が{share}%います。この人たちには届きません。"));
    }
    said.extend(odd_lines(waterfall));
    said
}

/// Lines that remove nobody or nearly everybody. Under いずれか a line adds, and adding nobody is as odd.
fn odd_lines(waterfall: &Waterfall) -> Vec<String> {
    let mut said = Vec::new();
    let lines = waterfall.steps.iter().filter(|step| step.path.len() == 2).chain(&waterfall.exclusions);
    for (at, step) in lines.enumerate() {
        let before = step.left + step.removed;
        let place = if step.path.first() == Some(&0) { "対象" } else { "除外" };
        let number = step.path.get(1).map_or(at + 1, |index| index + 1);
        if step.path.len() != 2 || waterfall.start == 0 {
            continue;
        }
        if step.removed == 0 && step.added == 0 {
            said.push(format!("{place}の{number}番目の条件は、だれも減らしていません。"));
        } else if 20 <= before && step.left * 50 < before {
            said.push(format!("{place}の{number}番目の条件で、ほとんどの人がいなくなります。"));
        }
    }
    said
}

/// What is different from the recipients of the last broadcast that this rule planned.
pub struct Difference {
    pub planned: String,
    pub title: String,
    pub added: String,
    pub removed: String,
    pub same: String,
}

impl Difference {
    /// `None` where no broadcast of this rule was ever planned.
    pub async fn since_last_run(
        app: &App,
        path: &str,
        segment: &Segment,
        as_of: Date,
    ) -> Result<Option<Self>, WebError> {
        let mut tx = app.db.read().await?;
        let Some(last) = broadcasts::last_planned(&mut tx, path).await? else { return Ok(None) };
        let before = ledger::accounts(&mut tx, last.id).await?;
        drop(tx);
        let (now, _) = app.population.recipients(segment, as_of, Some(&last.topic));
        let kept = now.iter().filter(|id| before.binary_search(id).is_ok()).count();
        let number = |many: usize| people(many as u64);
        Ok(Some(Self {
            planned: last.planned_at.map_or_else(String::new, super::super::broadcasts::minute),
            title: last.title,
            added: number(now.len() - kept),
            removed: number(before.len() - kept),
            same: number(kept),
        }))
    }
}

/// Some accounts with one answer.
pub struct Samples {
    pub word: &'static str,
    pub lines: Vec<Sample>,
}

/// One account, masked.
pub struct Sample {
    pub id: String,
    pub age: String,
    pub area: String,
    pub reason: String,
}

impl Samples {
    /// At most ten accounts for each answer with the reason.
    pub async fn of(app: &App, segment: &Segment, figures: &Figures) -> Result<Vec<Self>, WebError> {
        let samples = &figures.waterfall.samples;
        let all = [
            ("対象", &samples.target),
            ("対象外", &samples.not_target),
            ("除外", &samples.excluded),
            ("不明", &samples.unknown),
        ];
        let mut tx = app.db.read().await?;
        let mut found = Vec::new();
        for (word, ids) in all {
            let mut lines = Vec::new();
            for id in ids {
                if let Some(stored) = households::find(&mut tx, &app.catalogue, *id).await? {
                    lines.push(sample(app, segment, figures.as_of, *id, &stored.household));
                }
            }
            found.push(Self { word, lines });
        }
        Ok(found)
    }
}

fn sample(app: &App, segment: &Segment, as_of: Date, id: AccountId, household: &Household) -> Sample {
    let reason = evaluate(segment, &app.catalogue, household, as_of, None).verdict.words(&app.catalogue);
    let birth = household.friend().and_then(|friend| friend.facts.date(core::BIRTH_DATE));
    let age = birth.map(|birth| crate::domain::calendar::AgeKind::OnDay.count(birth, as_of));
    let text = id.to_string();
    Sample {
        // The first digits of an id of ours are a time; the last ones are not.
        id: format!("…{}", text.get(text.len().saturating_sub(6)..).unwrap_or_default()),
        age: age.map_or_else(
            || "—".to_owned(),
            |age| if age < 10 { "10歳未満".to_owned() } else { format!("{}代", age / 10 * 10) },
        ),
        area: area(household, &app.catalogue),
        reason,
    }
}

fn area(household: &Household, catalogue: &Catalogue) -> String {
    let district = catalogue.attribute(core::DISTRICT);
    let value = household.account.choice(core::DISTRICT).and_then(|id| district?.value(id));
    let area = value.and_then(|value| district?.area(value.area.as_ref()?.as_str()));
    area.map_or_else(|| "—".to_owned(), |area| area.label.ja().to_owned())
}
