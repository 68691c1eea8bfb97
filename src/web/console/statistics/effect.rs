//! The effect (効果): how many of each arm, and of those held out, did what the broadcast is for.
//!
//! Everybody who was drawn counts, whatever became of sending: so the arms differ by the draw alone. Figures that are
//! too small are not shown, and nothing is concluded before the days are over.

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::State;
use crate::domain::broadcast::trial::Trial;
use crate::domain::effect::finding::Sides;
use crate::domain::effect::interval::Z_95;
use crate::domain::effect::{Rate, Shown, compare};
use crate::domain::history::EventKind;
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::Broadcast;
use crate::store::outcomes::{self, ArmOutcome, Span};

use super::super::figures::grouped;
use super::read::said;

/// The stored word of a tap.
const TAPPED: &str = "tapped";

/// What is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Wanted {
    /// The stored word of the kind.
    pub kind: &'static str,
    /// The programme's id, or the series.
    pub subject: String,
    /// What people read.
    pub word: String,
}

impl Wanted {
    /// As the address names it.
    pub(in crate::web) fn id(&self) -> String {
        format!("{}:{}", self.kind, self.subject)
    }

    /// Everything that can be looked at for a broadcast.
    pub(in crate::web) fn all(app: &App, stored: &Broadcast) -> Vec<Self> {
        let of = |kind: EventKind, id: &'static str| {
            app.catalogue.programmes().iter().map(move |programme| Self {
                kind: id,
                subject: programme.id.as_str().to_owned(),
                word: format!("{}を{}した人", programme.word, kind.word()),
            })
        };
        let tapped = Self {
            kind: TAPPED,
            subject: stored.series.clone(),
            word: "記録に同意していてリンクを開いた人".to_owned(),
        };
        let counts =
            stored.texts().is_ok_and(|texts| texts.iter().any(|said| !said.content.links().is_empty()));
        let tapped = counts.then_some(tapped);
        of(EventKind::Booked, "booked").chain(of(EventKind::Attended, "attended")).chain(tapped).collect()
    }
}

/// The effect as the page shows it.
pub(in crate::web) struct Effect {
    pub arms: Vec<ArmLine>,
    pub findings: Vec<FindingLine>,
    /// Why nothing can be concluded whatever the figures say.
    pub caution: Option<&'static str>,
}

/// One arm.
pub(in crate::web) struct ArmLine {
    pub name: String,
    pub accounts: i64,
    pub with: String,
    pub rate: String,
    pub interval: String,
}

impl ArmLine {
    pub(in crate::web) fn drawn(&self) -> String {
        grouped(self.accounts)
    }
}

/// One comparison.
pub(in crate::web) struct FindingLine {
    pub sentence: String,
    pub difference: String,
}

impl Effect {
    pub(in crate::web) async fn find(
        tx: &mut Tx,
        stored: &Broadcast,
        trial: &Trial,
        (wanted, span): (&Wanted, Span),
        now: Timestamp,
    ) -> db::Result<Self> {
        let found = outcomes::by_arm(tx, stored.id, (wanted.kind, &wanted.subject), span).await?;
        let mut places = places(trial);
        if wanted.kind == TAPPED {
            // Who got nothing had nothing to open.
            places.retain(|(arm, _)| !arm.is_empty());
        }
        let of = |arm: &str| {
            let none = || ArmOutcome { arm: arm.to_owned(), accounts: 0, with_outcome: 0 };
            found.iter().find(|one| one.arm == arm).cloned().unwrap_or_else(none)
        };
        let arms = places.iter().map(|(arm, name)| line(name, &of(arm))).collect();
        let pairs = pairs(&places);
        let is_over = span.until <= now;
        let finding = |((one, one_name), (other, other_name)): &(&(String, String), &(String, String))| {
            let (a, b) = (of(one), of(other));
            let rates = (Rate::new(a.with_outcome, a.accounts)?, Rate::new(b.with_outcome, b.accounts)?);
            let names = (one_name.as_str(), other_name.as_str());
            let sides = Sides { names, rates, outcome: &wanted.word, comparisons: pairs.len(), is_over };
            let found = compare(sides);
            let difference = found.difference.map_or_else(String::new, |(points, within)| {
                let signed = |share: f64| format!("{:+.1}", share * 100.0).replace('-', "−");
                format!(
                    "差 {}ポイント(95%信頼区間 {}〜{})",
                    signed(points),
                    signed(within.low),
                    signed(within.high)
                )
            });
            Some(FindingLine { sentence: found.sentence, difference })
        };
        Ok(Self { arms, findings: pairs.iter().filter_map(finding).collect(), caution: caution(stored) })
    }
}

fn caution(stored: &Broadcast) -> Option<&'static str> {
    match stored.state {
        State::Done => None,
        State::Stopped | State::Expired => Some("途中で終わった配信のため、効果は正しく比べられません。"),
        _ => Some("まだ送り終えていないため、効果は比べられません。"),
    }
}

/// The arms with their names, and those held out.
fn places(trial: &Trial) -> Vec<(String, String)> {
    let arms = trial.arms.iter().map(|arm| {
        let name = if trial.arms.len() == 1 { "送った人".to_owned() } else { format!("{}案", arm.id) };
        (arm.id.clone(), name)
    });
    let held_out = (0 < trial.held_out).then(|| (String::new(), "送らなかった人".to_owned()));
    arms.chain(held_out).collect()
}

type Place = (String, String);

/// Each arm against those held out, and each later arm against the first.
fn pairs(places: &[Place]) -> Vec<(&Place, &Place)> {
    let held_out = places.iter().find(|(arm, _)| arm.is_empty());
    let arms: Vec<_> = places.iter().filter(|(arm, _)| !arm.is_empty()).collect();
    let against_none = held_out.into_iter().flat_map(|other| arms.iter().map(move |arm| (*arm, other)));
    let first = arms.first().copied();
    let against_first = first.into_iter().flat_map(|first| arms.iter().skip(1).map(move |arm| (*arm, first)));
    against_none.chain(against_first).collect()
}

fn line(name: &str, found: &ArmOutcome) -> ArmLine {
    let shown = Shown::of(found.with_outcome, found.accounts);
    let rate = shown.count().and_then(|count| Rate::new(count, found.accounts));
    let percent = |share: f64| format!("{:.1}", share * 100.0);
    ArmLine {
        name: name.to_owned(),
        accounts: found.accounts,
        with: said(shown),
        rate: rate.map_or_else(|| "―".to_owned(), |rate| format!("{}%", percent(rate.share()))),
        interval: rate.map_or_else(
            || "―".to_owned(),
            |rate| {
                let within = rate.wilson(Z_95);
                format!("{}〜{}%", percent(within.low), percent(within.high))
            },
        ),
    }
}
