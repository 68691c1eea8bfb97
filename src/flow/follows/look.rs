//! What LINE says of our friends: the whole list where it may be had, else some profiles.
//!
//! Nothing is changed here. What can't be trusted is broken, and then nothing else is said: an answer of another
//! account, an empty list although we know of friends, an id that can't be read, a list without an end.

use futures_util::StreamExt;
use futures_util::stream;
use std::time::Duration;

use super::count;
use crate::app::App;
use crate::db;
use crate::domain::follows::Friends;
use crate::domain::ids::{AccountId, LineUserId};
use crate::domain::timestamp::Timestamp;
use crate::line::{Error, NeverReason};
use crate::store::accounts::FollowState;
use crate::store::follows::{self, Known};
use crate::store::strangers;

/// Profiles asked for in one night, where the account may not list its friends.
const PROFILES: i64 = 1_000;
/// Profiles asked for at the same time.
const AT_ONCE: usize = 4;
/// Nobody is doubted who was heard of in so long a time, or whose profile was asked for.
const DOUBT_AFTER: Duration = Duration::from_secs(30 * 24 * 3600);
/// Pages of a thousand friends; more than Japan has people.
const PAGES: usize = 200_000;

/// What came of looking.
pub(super) enum Looked {
    Seen(Seen),
    /// Which way was tried, and why nothing can be said.
    Broken(Option<&'static str>, String),
}

/// What LINE says.
#[derive(Default)]
pub(super) struct Seen {
    pub way: &'static str,
    pub following: i64,
    pub seen: i64,
    pub strangers: i64,
    /// Those of them who may be taken in.
    pub unknown: Vec<LineUserId>,
    pub leaving: Vec<AccountId>,
    pub returning: Vec<AccountId>,
    /// Whose profile was asked for.
    pub asked: Vec<AccountId>,
}

enum Listed {
    All(Friends),
    NotAllowed,
}

/// Asks LINE, and compares with the accounts that were there at `as_of`.
pub(super) async fn at_line(app: &App, as_of: Timestamp) -> db::Result<Looked> {
    let is_certain = match is_ours(app).await {
        Ok(is_certain) => is_certain,
        Err(why) => return Ok(Looked::Broken(None, why)),
    };
    match list(app).await {
        Err(why) => Ok(Looked::Broken(Some("list"), why)),
        Ok(Listed::All(friends)) => against_list(app, &friends, is_certain, as_of).await,
        Ok(Listed::NotAllowed) => against_profiles(app, as_of).await,
    }
}

/// The list of another account would look like everybody leaving, and as many coming. `false` where we don't know which
/// account is ours: then nobody is taken in.
async fn is_ours(app: &App) -> Result<bool, String> {
    let Some(ours) = &app.config.line.bot_user_id else { return Ok(false) };
    let info = app.line.bot_info().await.map_err(|error| error.to_string())?;
    if info.body.user_id == *ours { Ok(true) } else { Err("LINE answers for another account".to_owned()) }
}

async fn list(app: &App) -> Result<Listed, String> {
    let (mut numbers, mut next) = (Vec::new(), None::<String>);
    for _ in 0..PAGES {
        let page = match app.line.followers(next.as_deref()).await {
            Ok(answer) => answer.body,
            Err(Error::Never(NeverReason::Forbidden)) if next.is_none() => return Ok(Listed::NotAllowed),
            Err(error) => return Err(error.to_string()),
        };
        if 0 < page.unreadable {
            return Err("LINE's list has ids that can't be read".to_owned());
        }
        numbers.extend(page.users.iter().map(LineUserId::number));
        match page.next {
            None => return Ok(Listed::All(Friends::new(numbers))),
            Some(same) if next.as_deref() == Some(same.as_str()) => break,
            Some(other) => next = Some(other),
        }
    }
    Err("LINE's list has no end".to_owned())
}

async fn against_list(
    app: &App,
    friends: &Friends,
    is_certain: bool,
    as_of: Timestamp,
) -> db::Result<Looked> {
    let mut seen = Seen { way: "list", ..Seen::default() };
    let mut known = vec![false; friends.len()];
    let mut tx = app.db.read().await?;
    follows::each(&mut tx, |account| {
        let place = friends.place(&account.line_user_id);
        if let Some(place) = place {
            known[place] = true;
        }
        seen.following += i64::from(account.follow_state == FollowState::Following);
        seen.compare(&account, place.is_some(), as_of);
    })
    .await?;
    seen.seen = count(friends.len());
    if friends.is_empty() && 0 < seen.following {
        return Ok(Looked::Broken(Some("list"), "LINE's list is empty".to_owned()));
    }
    seen.strangers = count(known.iter().filter(|known| !**known).count());
    if is_certain && 0 < seen.strangers {
        let erased = strangers::marks(&mut tx).await?;
        seen.unknown = friends.others(&known).filter(|user| !erased.contains(&user.mark())).collect();
    }
    Ok(Looked::Seen(seen))
}

async fn against_profiles(app: &App, as_of: Timestamp) -> db::Result<Looked> {
    let since = as_of.minus(DOUBT_AFTER);
    let mut tx = app.db.read().await?;
    let doubtful = follows::list_doubtful(&mut tx, as_of, (since, since), PROFILES).await?;
    let mut seen = Seen { way: "profile", ..Seen::default() };
    seen.following = follows::count(&mut tx).await?.following;
    drop(tx);
    let ask =
        |account: Known| async move { (app.line.profile(&account.line_user_id).await.map(drop), account) };
    let mut answers = stream::iter(doubtful).map(ask).buffer_unordered(AT_ONCE);
    while let Some((answer, account)) = answers.next().await {
        let is_friend = match answer {
            Ok(()) => true,
            Err(Error::Never(NeverReason::NotFound)) => false,
            Err(error) => return Ok(Looked::Broken(Some("profile"), error.to_string())),
        };
        seen.seen += 1;
        seen.asked.push(account.id);
        seen.compare(&account, is_friend, as_of);
    }
    Ok(Looked::Seen(seen))
}

impl Seen {
    /// What an event has told of a later moment is newer than what LINE says of `as_of`, and so is whom we heard of since.
    fn compare(&mut self, account: &Known, is_friend: bool, as_of: Timestamp) {
        if as_of <= account.follow_changed_at.max(account.created_at) {
            return;
        }
        match (account.follow_state, is_friend) {
            (FollowState::Following, false) => self.leaving.push(account.id),
            (FollowState::Blocked, true) => self.returning.push(account.id),
            _ => {}
        }
    }
}
