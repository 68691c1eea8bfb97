//! Reads what is known of one broadcast after it went out, and says it in words that claim no more than is known.

use std::time::Duration;

use jiff::Span as Days;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::LedgerState;
use crate::domain::effect::Shown;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::store::ledger::{self, Count};
use crate::store::links::{self, Taps};
use crate::store::outcomes::{self, Outcome, Span};
use crate::store::units::{self, Insight};

use super::super::broadcasts::minute;
use super::super::figures::grouped;
use super::taps::TapsView;

/// The days after a broadcast that can be chosen.
pub(super) const DAYS: [i64; 4] = [7, 30, 60, 90];

/// The time after acceptance in which a block is put down to a message.
const BLOCK_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// What is known of a broadcast.
pub(in crate::web) struct Known {
    pub counts: Vec<Count>,
    pub insights: Vec<Insight>,
    pub is_without_name: bool,
    pub blocks: i64,
    pub outcomes: Vec<Outcome>,
    taps: Vec<Taps>,
}

impl Known {
    pub(in crate::web) async fn find(tx: &mut Tx, id: BroadcastId, span: Span) -> db::Result<Self> {
        Ok(Self {
            counts: ledger::count(tx, id).await?,
            insights: units::insights(tx, id).await?,
            is_without_name: units::is_without(tx, id).await?,
            blocks: outcomes::blocks_within(tx, id, BLOCK_WITHIN).await?,
            outcomes: outcomes::of_reached(tx, id, span).await?,
            taps: links::taps(tx, id).await?,
        })
    }

    /// How often the links were opened, where they were counted.
    pub(super) fn taps(&self) -> TapsView {
        TapsView::new(&self.taps, self.accepted())
    }

    /// How many recipients are in a state.
    pub(in crate::web) fn recipients(&self, state: LedgerState) -> i64 {
        self.counts.iter().filter(|count| count.state == state).map(|count| count.recipients).sum()
    }

    pub(in crate::web) fn accepted(&self) -> i64 {
        self.recipients(LedgerState::Accepted)
    }

    /// How many of those reached blocked soon after.
    pub(in crate::web) fn blocks(&self) -> String {
        said(Shown::of(self.blocks, self.accepted()))
    }

    /// Who saw the message, or opened an address in it, as LINE counts.
    pub(in crate::web) fn counted(&self, figure: fn(&Insight) -> Option<i64>) -> String {
        let told: Vec<_> = self.insights.iter().filter(|insight| insight.has_figures).collect();
        if told.is_empty() {
            return if self.is_given_up() {
                "取得できませんでした"
            } else if self.is_without_name && self.insights.is_empty() {
                "集計なし"
            } else {
                "まだ分からない"
            }
            .to_owned();
        }
        let figures: Option<Vec<i64>> = told.iter().map(|insight| figure(insight)).collect();
        figures.map_or_else(|| "20人未満".to_owned(), |all| format!("{}人", grouped(all.iter().sum::<i64>())))
    }

    pub(in crate::web) fn impressions(&self) -> String {
        self.counted(|insight| insight.impressions)
    }

    pub(in crate::web) fn clicks(&self) -> String {
        self.counted(|insight| insight.clicks)
    }

    fn is_given_up(&self) -> bool {
        self.insights.iter().any(|insight| insight.is_given_up)
    }

    /// Until when LINE's figures count, or why there are none.
    pub(in crate::web) fn counted_until(&self) -> String {
        let newest = self
            .insights
            .iter()
            .filter(|insight| insight.has_figures)
            .map(|insight| insight.fetched_at)
            .max();
        match newest {
            Some(at) if self.is_given_up() => {
                format!("{} に受け取った途中の人数です。その後はLINEから取得できませんでした。これ以上変わりません。", minute(at))
            }
            None if self.is_given_up() => {
                "LINEから取得できませんでした。15日目を過ぎても答えがないため、問い合わせを終えました。".to_owned()
            }
            Some(_) if self.insights.iter().all(|insight| insight.is_final) => {
                "送信から15日目に確定した人数です。これ以上変わりません。".to_owned()
            }
            Some(at) => format!("{} に受け取った途中の人数です。送信から14日目まで毎日変わり、15日目に確定します。", minute(at)),
            None if self.is_without_name => {
                "LINEが1か月に集計できる配信は1,000件までです。今月はそれを使い切ったため、この配信の人数は分かりません。".to_owned()
            }
            None => "送信の翌日の午前9時から表示します。".to_owned(),
        }
    }

    /// How many accounts had an outcome, as it may be shown.
    pub(in crate::web) fn outcome(&self, kind: &str, subject: &str) -> String {
        let found = self.outcomes.iter().find(|one| one.kind == kind && one.subject == subject);
        said(Shown::of(found.map_or(0, |one| one.accounts), self.accepted()))
    }

    /// How many accounts had an outcome of a kind, whatever the programme: an account with two counts twice, so that it
    /// is only said where there is one.
    pub(in crate::web) fn programmes(&self, app: &App) -> Vec<(String, String, String)> {
        let mut ids: Vec<&str> = self.outcomes.iter().map(|one| one.subject.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        let word =
            |id: &str| app.catalogue.programme(id).map_or_else(|| id.to_owned(), |known| known.word.clone());
        ids.into_iter()
            .map(|id| (word(id), self.outcome("booked", id), self.outcome("attended", id)))
            .collect()
    }
}

/// A count, or what is said in its place.
pub(in crate::web) fn said(shown: Shown) -> String {
    shown.count().map_or_else(|| shown.word().to_owned(), |count| format!("{}人", grouped(count)))
}

/// The days from when the recipients were frozen on.
pub(in crate::web) fn span(planned_at: Timestamp, days: i64) -> Span {
    let first = planned_at.tokyo_date();
    let last = first.saturating_add(Days::new().days(days));
    let midnight = last.tomorrow().unwrap_or(last).at(0, 0, 0, 0);
    Span { first, last, from: planned_at, until: Timestamp::from_tokyo(midnight) }
}

/// The number of days asked for, if it is one of those offered; else 30.
pub(in crate::web) fn days(asked: Option<i64>) -> i64 {
    asked.filter(|days| DAYS.contains(days)).unwrap_or(30)
}
