//! What a test or the demo says to the platform: people do things, webhooks misbehave, requests fail.
//!
//! Everything a person does goes the way it goes in LINE: the talk shows it and a signed webhook tells the server.
//! The async methods return when the webhook was answered.

use serde_json::{Value, json};

use super::Simulator;
use super::fault::Fault;
use super::limits::Endpoint;
use super::people::{Key, Person, Standing, id_of as user_id, key_of};
use super::platform::RequestLine;
use super::talk::{Entry, Said, Shown, ShownAction, ShownButton};
use super::webhook::{Outcome, id_of};
use crate::domain::ids::LineUserId;
use crate::domain::timestamp::Timestamp;

/// What people do.
impl Simulator {
    /// A person with a phone who has not added the account.
    pub fn add_person(&self, name: &str) -> LineUserId {
        let key: Key = self.0.chance.bytes();
        self.platform().people.add(key, Standing::Stranger, Some(name));
        self.touch();
        user_id(key)
    }

    /// A new person who adds the account at once.
    pub async fn add_friend(&self, name: &str) -> LineUserId {
        let person = self.add_person(name);
        self.follow(&person).await;
        person
    }

    /// The person adds the account (追加), or unblocks it: a `follow` webhook. Nothing happens for a friend.
    pub async fn follow(&self, person: &LineUserId) -> Option<Outcome> {
        let before = self.stand(person, Standing::Friend)?;
        let unblocked = before == Standing::Blocked;
        let follow = json!({ "follow": { "isUnblocked": unblocked } });
        if unblocked {
            self.note(person, "ブロックを解除しました");
        }
        let event = self.event(person, "follow", follow);
        self.sends(vec![event]).await
    }

    /// The person blocks the account: an `unfollow` webhook.
    pub async fn block(&self, person: &LineUserId) -> Option<Outcome> {
        self.stand(person, Standing::Blocked)?;
        self.note(person, "このアカウントをブロックしました");
        let event = self.event(person, "unfollow", json!({}));
        self.sends(vec![event]).await
    }

    /// The person unblocks the account: a `follow` webhook with `isUnblocked`.
    pub async fn unblock(&self, person: &LineUserId) -> Option<Outcome> {
        self.follow(person).await
    }

    /// The person types a text. Only a friend can.
    pub async fn says(&self, person: &LineUserId, text: &str) -> Option<Outcome> {
        if !self.is_friend(person) {
            return None;
        }
        self.enter(person, Said::Person(text.to_owned()));
        let event = self.text_event(person, text);
        self.sends(vec![event]).await
    }

    /// The person taps a postback button; `display_text` appears as their words.
    pub async fn taps_postback(
        &self,
        person: &LineUserId,
        data: &str,
        display_text: Option<&str>,
    ) -> Option<Outcome> {
        self.postback(person, json!({ "data": data }), display_text).await
    }

    /// The person taps a button that a message shows. Opening an address sends nothing, as in LINE.
    pub async fn taps(&self, person: &LineUserId, button: &ShownButton) -> Option<Outcome> {
        match &button.action {
            ShownAction::Message(text) => self.says(person, text).await,
            ShownAction::Postback { data, display_text } => {
                self.taps_postback(person, data, display_text.as_deref()).await
            }
            ShownAction::Uri(_) | ShownAction::Other(_) => None,
        }
    }

    pub(super) async fn postback(
        &self,
        person: &LineUserId,
        postback: Value,
        display_text: Option<&str>,
    ) -> Option<Outcome> {
        if !self.is_friend(person) {
            return None;
        }
        if let Some(text) = display_text {
            self.enter(person, Said::Person(text.to_owned()));
        }
        let event = self.event(person, "postback", json!({ "postback": postback }));
        self.sends(vec![event]).await
    }

    fn is_friend(&self, person: &LineUserId) -> bool {
        key_of(person.as_str()).is_some_and(|key| self.platform().people.reachable(&key))
    }

    /// Changes how a person stands; the standing before, or `None` where nothing changes.
    fn stand(&self, person: &LineUserId, standing: Standing) -> Option<Standing> {
        let before = {
            let mut platform = self.platform();
            let person = platform.people.find_mut(&key_of(person.as_str())?)?;
            std::mem::replace(&mut person.standing, standing)
        };
        self.touch();
        (before != standing).then_some(before)
    }

    fn note(&self, person: &LineUserId, text: &'static str) {
        self.enter(person, Said::Note(text));
    }

    pub(super) fn enter(&self, person: &LineUserId, said: Said) {
        let entry = Entry { at: self.0.clock.now(), said };
        if let Some(key) = key_of(person.as_str())
            && let Some(phone) =
                self.platform().people.find_mut(&key).and_then(|person| person.phone.as_mut())
        {
            phone.talk.push(entry);
        }
        self.touch();
    }
}

/// Who is there without anybody doing anything.
impl Simulator {
    /// A friend from before, with a phone and this id; no webhook is sent.
    pub fn know_friend(&self, person: &LineUserId, name: &str) {
        if let Some(key) = key_of(person.as_str()) {
            self.platform().people.add(key, Standing::Friend, Some(name));
        }
        self.touch();
    }

    /// Friends from before, without a phone to look at; no webhook is sent.
    pub fn know_friends<'a>(&self, people: impl IntoIterator<Item = &'a LineUserId>) {
        let mut platform = self.platform();
        for key in people.into_iter().filter_map(|person| key_of(person.as_str())) {
            platform.people.add(key, Standing::Friend, None);
        }
    }

    /// `count` new friends without phones; no webhook is sent. Meant for a million.
    pub fn add_friends_silently(&self, count: usize) -> Vec<LineUserId> {
        let mut platform = self.platform();
        platform.people.reserve(count);
        let mut add = || {
            let key: Key = self.0.chance.bytes();
            platform.people.add(key, Standing::Friend, None);
            user_id(key)
        };
        (0..count).map(|_| add()).collect()
    }

    /// The person blocks without a webhook, as when LINE lost it.
    pub fn blocks_silently(&self, person: &LineUserId) {
        let _ = self.stand(person, Standing::Blocked);
    }

    /// The person unblocks without a webhook, as when LINE lost it.
    pub fn unblocks_silently(&self, person: &LineUserId) {
        let _ = self.stand(person, Standing::Friend);
    }
}

/// What became of it.
impl Simulator {
    /// Everything the person's talk shows, the oldest first; empty for people without a phone.
    #[must_use]
    pub fn talk(&self, person: &LineUserId) -> Vec<Shown> {
        self.with_person(person, |person| {
            person.phone.as_ref().map(|phone| phone.talk.iter().map(Shown::of).collect())
        })
        .flatten()
        .unwrap_or_default()
    }

    /// What the account said to the person, the oldest first.
    #[must_use]
    pub fn said_to(&self, person: &LineUserId) -> Vec<Shown> {
        let mut talk = self.talk(person);
        talk.retain(|shown| shown.from == super::Speaker::Account);
        talk
    }

    /// How many message objects LINE accepted for this person and could deliver.
    #[must_use]
    pub fn accepted_count(&self, person: &LineUserId) -> u32 {
        self.with_person(person, |person| person.accepted).unwrap_or(0)
    }

    /// How many people were sent exactly so many message objects: `(messages, people)`, fewest messages first.
    #[must_use]
    pub fn accepted_spread(&self) -> Vec<(u32, usize)> {
        let mut spread = std::collections::BTreeMap::new();
        for person in self.platform().people.iter() {
            *spread.entry(person.accepted).or_insert(0) += 1;
        }
        spread.into_iter().collect()
    }

    /// How the person stands to the account; `None` for a person LINE does not know.
    #[must_use]
    pub fn standing(&self, person: &LineUserId) -> Option<Standing> {
        self.with_person(person, |person| person.standing)
    }

    /// Messages billed this month, in Tokyo.
    #[must_use]
    pub fn used_quota(&self) -> u64 {
        self.platform().used(self.0.clock.now())
    }

    /// Every API request since the start or the last [`Simulator::forget_requests`].
    #[must_use]
    pub fn requests(&self) -> Vec<RequestLine> {
        self.platform().requests.clone()
    }

    /// Empties the list of requests.
    pub fn forget_requests(&self) {
        self.platform().requests.clear();
    }

    fn with_person<T>(&self, person: &LineUserId, read: impl FnOnce(&Person) -> T) -> Option<T> {
        self.platform().people.find(&key_of(person.as_str())?).map(read)
    }
}

/// What LINE counts under the names that messages carry.
impl Simulator {
    /// These people look at what they were sent.
    pub fn look<'a>(&self, people: impl IntoIterator<Item = &'a LineUserId>) {
        let now = self.0.clock.now();
        for key in people.into_iter().filter_map(|person| key_of(person.as_str())) {
            self.platform().units.look(key, now);
        }
    }

    /// These people open an address in everything they were sent; that goes unseen by the server, as in LINE.
    pub fn open<'a>(&self, people: impl IntoIterator<Item = &'a LineUserId>, address: &str) {
        let now = self.0.clock.now();
        for key in people.into_iter().filter_map(|person| key_of(person.as_str())) {
            let names = self.platform().units.of(&key);
            names.iter().for_each(|name| self.platform().units.open(name, key, address, now));
        }
    }

    /// Every name under which something was sent.
    #[must_use]
    pub fn unit_names(&self) -> Vec<String> {
        self.platform().units.names()
    }
}

/// ID tokens, as a LIFF page gets them.
impl Simulator {
    /// A good token of this person for the LIFF channel, issued now.
    #[must_use]
    pub fn id_token(&self, person: &LineUserId) -> String {
        let channel = self.platform().config.login_channel_id.clone();
        self.id_token_at(person, &channel, self.0.clock.now())
    }

    /// A token that died an hour ago.
    #[must_use]
    pub fn expired_id_token(&self, person: &LineUserId) -> String {
        let channel = self.platform().config.login_channel_id.clone();
        self.id_token_at(person, &channel, self.0.clock.now().minus(std::time::Duration::from_secs(7_200)))
    }

    /// A good token of this person for another channel.
    #[must_use]
    pub fn foreign_id_token(&self, person: &LineUserId) -> String {
        self.id_token_at(person, "9999999999", self.0.clock.now())
    }

    /// A token that looks good and was not signed by LINE.
    #[must_use]
    pub fn forged_id_token(&self, person: &LineUserId) -> String {
        let channel = self.platform().config.login_channel_id.clone();
        super::login::IdTokens::new([0; 32]).issue(person, &channel, self.0.clock.now())
    }

    fn id_token_at(&self, person: &LineUserId, channel: &str, at: Timestamp) -> String {
        self.platform().id_tokens.issue(person, channel, at)
    }
}

/// How requests and webhooks misbehave.
impl Simulator {
    /// The next `times` requests to `endpoint` fail like this, after the faults that were scripted before.
    pub fn fault(&self, endpoint: Endpoint, fault: Fault, times: u32) {
        self.platform().faults.script(endpoint, fault, times);
    }

    /// Forgets every fault that was not played yet.
    pub fn forget_faults(&self) {
        self.platform().faults.clear();
    }

    /// Kills every channel access token that is in use.
    pub fn revoke_tokens(&self) {
        self.platform().tokens.clear();
    }

    /// Whether the account is a verified one from now on.
    pub fn set_verified(&self, verified: bool) {
        self.platform().config.verified = verified;
    }

    /// Messages a month from now on; `None` for no cap.
    pub fn set_quota(&self, quota: Option<u64>) {
        self.platform().config.quota = quota;
    }

    /// Where webhooks go from now on.
    pub fn set_webhook_url(&self, url: &str) {
        self.platform().config.webhook_url = Some(url.to_owned());
    }

    /// Where the LIFF app's pages are from now on.
    pub fn set_liff_endpoint_url(&self, url: &str) {
        url.clone_into(&mut self.platform().config.liff_endpoint_url);
    }

    /// From now on events wait for one of the `deliver_pending_…` methods.
    pub fn hold_webhooks(&self) {
        self.platform().outbox.held = true;
    }

    /// How many events wait.
    #[must_use]
    pub fn pending_webhooks(&self) -> usize {
        self.platform().outbox.pending.len()
    }

    /// Sends what waits, one event a body, in the order in which it happened; later events go at once again.
    pub async fn deliver_pending_webhooks(&self) -> Vec<Outcome> {
        let events = self.release();
        self.post_each(events).await
    }

    /// Sends what waits, one event a body, the newest first; later events go at once again.
    pub async fn deliver_pending_webhooks_reversed(&self) -> Vec<Outcome> {
        let mut events = self.release();
        events.reverse();
        self.post_each(events).await
    }

    /// Sends what waits in one body; later events go at once again.
    pub async fn deliver_pending_webhooks_together(&self) -> Option<Outcome> {
        let events = self.release();
        self.post(events).await
    }

    /// Whether every webhook is sent twice, without the mark of a redelivery.
    pub fn double_webhooks(&self, doubled: bool) {
        self.platform().outbox.doubled = doubled;
    }

    /// Sends the events of the last webhook once more, byte for byte.
    pub async fn repeat_last_webhook(&self) -> Option<Outcome> {
        let events = self.platform().outbox.last_events.clone();
        self.post(events).await
    }

    /// Sends every event that got no 2xx again with `isRedelivery`, one body each.
    pub async fn redeliver(&self) -> Vec<Outcome> {
        let mut events = std::mem::take(&mut self.platform().outbox.missed);
        for event in &mut events {
            event["deliveryContext"]["isRedelivery"] = json!(true);
            if let Some(token) = event["replyToken"].as_str() {
                self.platform().replies.revive(token, self.0.clock.now());
            }
        }
        self.post_each(events).await
    }

    /// What became of the last webhook.
    #[must_use]
    pub fn last_webhook(&self) -> Option<Outcome> {
        self.platform().outbox.last.clone()
    }

    /// The `webhookEventId` of each event that waits for a redelivery.
    #[must_use]
    pub fn missed_webhooks(&self) -> Vec<String> {
        self.platform().outbox.missed.iter().map(id_of).collect()
    }

    fn release(&self) -> Vec<Value> {
        let outbox = &mut self.platform().outbox;
        outbox.held = false;
        std::mem::take(&mut outbox.pending).into()
    }

    async fn post_each(&self, events: Vec<Value>) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(events.len());
        for event in events {
            outcomes.extend(self.post(vec![event]).await);
        }
        outcomes
    }
}
