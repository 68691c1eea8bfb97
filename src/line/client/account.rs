//! Asking about the account and its friends: profile, quota, bot, followers, and the loading indicator.

use serde::{Deserialize, Serialize};

use super::call::{Answer, Call};
use super::{BOT_INFO, CONSUMPTION, Client, FOLLOWERS, LOADING, PROFILE, QUOTA};
use crate::domain::ids::LineUserId;
use crate::line::error::Error;
use crate::line::limits;
use crate::line::private::Private;

/// What a friend shows of themselves. The name is chosen freely and changes: never an identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The name shown in LINE.
    pub display_name: Private,
    /// The phone's language (BCP 47), where LINE may tell.
    pub language: Option<String>,
}

/// The month's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// No limit, or one LINE doesn't name: sending is never refused for that.
    Unlimited,
    /// So many a calendar month.
    Limited(u64),
}

/// Whose token this is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BotInfo {
    /// The bot's own user id: the `destination` of its webhooks.
    pub user_id: LineUserId,
    /// The account's id with `@`.
    pub basic_id: String,
    /// The account's public name.
    pub display_name: String,
}

/// A page of the friends' ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerPage {
    /// Friends who have not blocked the account; malformed ids are left out.
    pub users: Vec<LineUserId>,
    /// How many ids were malformed.
    pub unreadable: usize,
    /// Where the next page starts (good for 24 hours); `None` on the last.
    pub next: Option<String>,
}

impl Client {
    /// The profile of an account.
    ///
    /// # Errors
    /// [`Error`]; `NotFound` where it blocked us, is gone, or never agreed to be known.
    pub async fn profile(&self, user: &LineUserId) -> Result<Answer<Profile>, Error> {
        let call = Call { user: Some(user.as_str()), ..Call::new(&PROFILE) };
        let answer: Answer<WireProfile> = self.ask(call).await?;
        Ok(answer
            .map(|wire| Profile { display_name: Private::new(wire.display_name), language: wire.language }))
    }

    /// How many messages this month may have.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn quota(&self) -> Result<Answer<Quota>, Error> {
        let answer: Answer<WireQuota> = self.ask(Call::new(&QUOTA)).await?;
        Ok(answer.map(|wire| wire.value.map_or(Quota::Unlimited, Quota::Limited)))
    }

    /// How many messages this month has had; approximate and late.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn consumption(&self) -> Result<Answer<u64>, Error> {
        let answer: Answer<WireConsumption> = self.ask(Call::new(&CONSUMPTION)).await?;
        Ok(answer.map(|wire| wire.total_usage))
    }

    /// Shows that an answer is on its way, for `seconds` (brought to LINE's steps of five from 5 to 60).
    ///
    /// # Errors
    /// [`Error`]; it is a courtesy, so callers log and go on.
    pub async fn start_loading(&self, user: &LineUserId, seconds: u8) -> Result<Answer<()>, Error> {
        let loading_seconds = seconds.clamp(5, limits::LOADING_SECONDS).div_ceil(5) * 5;
        let wire = WireLoading { chat_id: user.as_str(), loading_seconds };
        let body = serde_json::to_vec(&wire).expect("a text and a number");
        let reply = self.call(Call::with_body(&LOADING, body.into())).await?;
        Ok(Answer { body: (), request_id: reply.request_id })
    }

    /// Whose token this is, to be compared with the webhook's `destination` at start.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn bot_info(&self) -> Result<Answer<BotInfo>, Error> {
        self.ask(Call::new(&BOT_INFO)).await
    }

    /// A page of up to 1,000 friends, from the start or from [`FollowerPage::next`].
    ///
    /// # Errors
    /// [`Error`]; `Forbidden` unless the account is verified.
    pub async fn followers(&self, from: Option<&str>) -> Result<Answer<FollowerPage>, Error> {
        let mut query = vec![("limit", limits::FOLLOWERS_PAGE.to_string())];
        query.extend(from.map(|start| ("start", start.to_owned())));
        let answer: Answer<WireFollowers> = self.ask(Call { query, ..Call::new(&FOLLOWERS) }).await?;
        Ok(answer.map(|wire| {
            let users: Vec<_> = wire.user_ids.iter().filter_map(|id| LineUserId::parse(id)).collect();
            FollowerPage { unreadable: wire.user_ids.len() - users.len(), users, next: wire.next }
        }))
    }
}

impl<T> Answer<T> {
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        Answer { body: change(self.body), request_id: self.request_id }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProfile {
    display_name: String,
    language: Option<String>,
}

#[derive(Deserialize)]
struct WireQuota {
    value: Option<u64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireConsumption {
    total_usage: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WireLoading<'a> {
    chat_id: &'a str,
    loading_seconds: u8,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFollowers {
    user_ids: Vec<String>,
    next: Option<String>,
}
