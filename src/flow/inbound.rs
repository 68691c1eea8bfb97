//! What an event from LINE does: greet, note that somebody left, do what a word or a button asks, answer everything
//! else with the way to the form.
//!
//! May run twice for one event: a state is only changed by something newer, by the time of LINE's event, and a reply
//! token works once. A word that was overtaken is answered with what holds now. What was
//! typed is compared with a few fixed words, and with the codes of staff, and then forgotten; it is never stored and never logged. We speak only
//! when spoken to, with the event's own reply token; nothing here costs a push.

mod staff_line;

use std::collections::BTreeSet;
use std::time::Duration;

use super::replies::{self, Basis, RESUME, Replies, STOP};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::TopicId;
use crate::domain::command::Command;
use crate::domain::ids::{AccountId, LineUserId};
use crate::domain::line_code::LineCode;
use crate::domain::texts::Tongue;
use crate::line;
use crate::line::client::Outgoing;
use crate::line::event::{Event, EventKind, MessageEvent, PostbackEvent, Source};
use crate::line::message::Message;
use crate::store::accounts::{self, Account, By, FollowState};
use crate::store::choices::{self, Choice};
use crate::store::consents;

/// How long after an event its reply token is taken to work; LINE says "about a minute".
const TOKEN_LIFE: Duration = Duration::from_secs(60);
/// The same for an event that LINE delivered again: a minute from then, at most this long after the event itself.
const TOKEN_LIFE_REDELIVERED: Duration = Duration::from_secs(20 * 60);

/// Why an event has to be tried again.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// Nothing was changed.
    #[error(transparent)]
    Db(#[from] db::Error),
    /// What had to be changed is changed; only the answer is missing.
    #[error(transparent)]
    Line(#[from] line::Error),
}

/// Does what an event asks for, and answers it.
///
/// # Errors
/// [`InboundError`]: the event should be tried again later.
pub async fn handle(app: &App, event: &Event) -> Result<(), InboundError> {
    let Some(user) = event.user.as_ref().filter(|_| event.source == Source::User) else {
        return Ok(());
    };
    let answer = match &event.kind {
        EventKind::Follow { .. } => follow(app, event, user).await?,
        EventKind::Unfollow => unfollow(app, event, user).await?,
        EventKind::Message(MessageEvent::Text { text, .. }) => match LineCode::read(text.expose()) {
            Some(code) if staff_line::link(app, user, &code).await? => Some(replies::staff_linked()),
            Some(_) => Some(replies::staff_code_gone()),
            None => Some(said(app, event, user, Command::read(text.expose())).await?),
        },
        EventKind::Message(MessageEvent::Other { .. }) => Some(said(app, event, user, None).await?),
        EventKind::Postback(postback) => pressed(app, event, user, postback).await?,
        // Messages are never kept, so there is nothing to take back; the other types don't concern us.
        EventKind::Unsend { .. }
        | EventKind::AccountLink { .. }
        | EventKind::Join
        | EventKind::Leave
        | EventKind::Unknown(_) => None,
    };
    match answer {
        Some(answer) => reply(app, event, answer).await,
        None => Ok(()),
    }
}

async fn follow(app: &App, event: &Event, user: &LineUserId) -> db::Result<Option<Message>> {
    let mut tx = app.db.write().await?;
    let account = find_or_create(app, &mut tx, user).await?;
    let state = FollowState::Following;
    let applied = accounts::set_follow(&mut tx, account.id, state, event.timestamp, by(app)).await?;
    let basis = basis(&mut tx, Some(&account)).await?;
    tx.commit().await?;
    // The second run after a failed reply finds its own doing; a follow that a later unfollow overtook is silent.
    let own = account.follow_state == state && account.follow_changed_at == event.timestamp;
    let replies = Replies::new(app, tongue(app, Some(&account)));
    let is_stopped = account.stopped_at.is_some();
    Ok((applied || own).then(|| match basis {
        Basis::Missing => replies.greeting(),
        basis => replies.greeting_again(basis, is_stopped),
    }))
}

async fn unfollow(app: &App, event: &Event, user: &LineUserId) -> db::Result<Option<Message>> {
    let mut tx = app.db.write().await?;
    // Made where it is missing, because the follow may still come, and is older.
    let account = find_or_create(app, &mut tx, user).await?;
    accounts::set_follow(&mut tx, account.id, FollowState::Blocked, event.timestamp, by(app)).await?;
    tx.commit().await?;
    Ok(None)
}

async fn said(
    app: &App,
    event: &Event,
    user: &LineUserId,
    command: Option<(Command, Tongue)>,
) -> db::Result<Message> {
    let Some((command, spoken)) = command else {
        let account = find(app, user).await?;
        return Ok(Replies::new(app, tongue(app, account.as_ref())).not_read());
    };
    match command {
        Command::Stop => stop(app, event, user, spoken).await,
        Command::Resume => resume(app, event, user, spoken).await,
        Command::Register => {
            let account = find(app, user).await?;
            Ok(Replies::new(app, chosen(app, account.as_ref(), spoken)).register())
        }
        Command::Leave => {
            let mut tx = app.db.read().await?;
            let account = accounts::find_by_line_user(&mut tx, user).await?;
            let basis = basis(&mut tx, account.as_ref()).await?;
            Ok(Replies::new(app, chosen(app, account.as_ref(), spoken)).leave(basis))
        }
        Command::Speak => Ok(Replies::new(app, spoken).greeting()),
    }
}

async fn pressed(
    app: &App,
    event: &Event,
    user: &LineUserId,
    postback: &PostbackEvent,
) -> db::Result<Option<Message>> {
    let account = find(app, user).await?;
    let spoken = tongue(app, account.as_ref());
    let data = postback.data.expose();
    let answer = match (data, data.split(':').collect::<Vec<_>>().as_slice()) {
        (STOP, _) => stop(app, event, user, spoken).await?,
        (RESUME, _) => resume(app, event, user, spoken).await?,
        (_, ["v1", "decline", topic]) => decline(app, event, user, (spoken, topic)).await?,
        (_, ["v1", "accept", topic]) => accept(app, event, user, (spoken, topic)).await?,
        // A rich menu reports its own switching as a postback; nobody asked for anything.
        _ if postback
            .params
            .as_ref()
            .is_some_and(|params| params.expose().contains("newRichMenuAliasId")) =>
        {
            return Ok(None);
        }
        _ => Replies::new(app, spoken).button_gone(),
    };
    Ok(Some(answer))
}

async fn stop(app: &App, event: &Event, user: &LineUserId, spoken: Tongue) -> db::Result<Message> {
    let mut tx = app.db.write().await?;
    // Somebody we don't know yet may refuse too, and has to stay refused after registering.
    let account = find_or_create(app, &mut tx, user).await?;
    let replies = Replies::new(app, chosen(app, Some(&account), spoken));
    let basis = basis(&mut tx, Some(&account)).await?;
    if !choices::of_delivery(&mut tx, account.id, Choice::for_less(event.timestamp)).await? {
        return Ok(delivery_as_it_is(&replies, &account, basis));
    }
    let now = accounts::stop(&mut tx, account.id, By { actor: "resident", ..by(app) }).await?;
    tx.commit().await?;
    Ok(replies.stopped(now, basis))
}

async fn resume(app: &App, event: &Event, user: &LineUserId, spoken: Tongue) -> db::Result<Message> {
    let mut tx = app.db.write().await?;
    let account = find_or_create(app, &mut tx, user).await?;
    let replies = Replies::new(app, chosen(app, Some(&account), spoken));
    let basis = basis(&mut tx, Some(&account)).await?;
    if !choices::of_delivery(&mut tx, account.id, Choice::for_more(event.timestamp)).await? {
        return Ok(delivery_as_it_is(&replies, &account, basis));
    }
    let now = accounts::resume(&mut tx, account.id, By { actor: "resident", ..by(app) }).await?;
    tx.commit().await?;
    Ok(replies.resumed(now, basis))
}

/// The answer to a word that something newer has overtaken.
fn delivery_as_it_is(replies: &Replies<'_>, account: &Account, basis: Basis) -> Message {
    if account.stopped_at.is_some() { replies.stopped(false, basis) } else { replies.resumed(false, basis) }
}

/// What there is to send by, so that no answer promises what will not come.
async fn basis(tx: &mut Tx, account: Option<&Account>) -> db::Result<Basis> {
    let Some(account) = account.filter(|account| account.registered_at.is_some()) else {
        return Ok(Basis::Missing);
    };
    let consent = consents::find_latest(tx, account.id).await?;
    let is_given = consent.is_some_and(|consent| consent.withdrawn_at.is_none());
    Ok(if is_given { Basis::Agreed } else { Basis::Withdrawn })
}

async fn decline(
    app: &App,
    event: &Event,
    user: &LineUserId,
    (spoken, topic): (Tongue, &str),
) -> db::Result<Message> {
    let choice = Choice::for_less(event.timestamp);
    choose_topic(app, user, choice, (spoken, topic), |declined, topic| declined.insert(topic)).await
}

async fn accept(
    app: &App,
    event: &Event,
    user: &LineUserId,
    (spoken, topic): (Tongue, &str),
) -> db::Result<Message> {
    let choice = Choice::for_more(event.timestamp);
    choose_topic(app, user, choice, (spoken, topic), |declined, topic| declined.remove(&topic)).await
}

async fn choose_topic(
    app: &App,
    user: &LineUserId,
    choice: Choice,
    (spoken, topic): (Tongue, &str),
    change: impl FnOnce(&mut BTreeSet<TopicId>, TopicId) -> bool,
) -> db::Result<Message> {
    let replies = Replies::new(app, spoken);
    let Some(topic) = app.catalogue.topic(topic) else { return Ok(replies.button_gone()) };
    let mut tx = app.db.write().await?;
    let account = find_or_create(app, &mut tx, user).await?;
    let mut declined = account.declined();
    if choices::of_topics(&mut tx, account.id, choice).await? {
        change(&mut declined, topic.id.clone());
        accounts::set_declined(&mut tx, &account, &declined, By { actor: "resident", ..by(app) }).await?;
        tx.commit().await?;
    }
    let label = spoken.label(&topic.label);
    let is_declined = declined.contains(&topic.id);
    Ok(if is_declined { replies.topic_declined(label) } else { replies.topic_accepted(label) })
}

async fn reply(app: &App, event: &Event, answer: Message) -> Result<(), InboundError> {
    let Some(token) = event.reply_token.as_ref().filter(|_| event.may_be_answered() && is_fresh(app, event))
    else {
        return Ok(());
    };
    match app.line.reply(token, Outgoing::new(&[answer])).await {
        Ok(_) => Ok(()),
        Err(error @ line::Error::Later { .. }) => Err(error.into()),
        Err(error) => {
            tracing::warn!(%error, event.id = %event.id, "an answer was not taken");
            Ok(())
        }
    }
}

fn is_fresh(app: &App, event: &Event) -> bool {
    let life = if event.is_redelivery { TOKEN_LIFE_REDELIVERED } else { TOKEN_LIFE };
    app.clock.now().since(event.timestamp) <= life
}

async fn find(app: &App, user: &LineUserId) -> db::Result<Option<Account>> {
    accounts::find_by_line_user(&mut app.db.read().await?, user).await
}

async fn find_or_create(app: &App, tx: &mut Tx, user: &LineUserId) -> db::Result<Account> {
    let new = AccountId(app.chance.uuid_v7(app.clock.now()));
    accounts::find_or_create(tx, user, new, by(app)).await
}

fn by(app: &App) -> By<'static> {
    By { actor: "line", at: app.clock.now() }
}

fn tongue(app: &App, account: Option<&Account>) -> Tongue {
    Tongue::nearest(&app.catalogue, account.and_then(Account::language))
}

/// The language of the account where one was registered, else the one that was just used.
fn chosen(app: &App, account: Option<&Account>, spoken: Tongue) -> Tongue {
    match account.and_then(Account::language) {
        Some(language) => Tongue::nearest(&app.catalogue, Some(language)),
        None => spoken,
    }
}
