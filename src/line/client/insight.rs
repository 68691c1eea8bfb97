//! Asking what LINE counted of messages sent under a name (unit-based statistics), and how many names are used.

use jiff::civil::Date;
use serde::Deserialize;

use super::call::{Answer, Call};
use super::{Client, UNIT_INSIGHT, UNIT_USAGE};
use crate::line::error::Error;

/// What LINE counted under a name. A figure below 20, and one that is not ready, is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitInsight {
    /// People who displayed at least one bubble.
    pub impressions: Option<u64>,
    /// People who opened any address.
    pub clicks: Option<u64>,
}

impl Client {
    /// What was counted under a name from one day to another (at most 30 later), both in Asia/Tokyo.
    ///
    /// # Errors
    /// [`Error`]; LINE takes 60 of these an hour.
    pub async fn unit_insight(
        &self,
        name: &str,
        (from, to): (Date, Date),
    ) -> Result<Answer<UnitInsight>, Error> {
        let day = |day: Date| day.strftime("%Y%m%d").to_string();
        let query = vec![("customAggregationUnit", name.to_owned()), ("from", day(from)), ("to", day(to))];
        let answer: Answer<WireInsight> = self.ask(Call { query, ..Call::new(&UNIT_INSIGHT) }).await?;
        let WireOverview { unique_impression, unique_click } = answer.body.overview;
        let body = UnitInsight { impressions: unique_impression, clicks: unique_click };
        Ok(Answer { body, request_id: answer.request_id })
    }

    /// How many names of this month are used, by whatever program of the account.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn units_used(&self) -> Result<Answer<u64>, Error> {
        let answer: Answer<WireUsage> = self.ask(Call::new(&UNIT_USAGE)).await?;
        Ok(Answer { body: answer.body.num_of_custom_aggregation_units, request_id: answer.request_id })
    }
}

#[derive(Deserialize)]
struct WireInsight {
    overview: WireOverview,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireOverview {
    unique_impression: Option<u64>,
    unique_click: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireUsage {
    num_of_custom_aggregation_units: u64,
}
