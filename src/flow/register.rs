//! The resident's own story: come in, register, change, stop, take consent back, erase.
//!
//! Who somebody is was settled by LINE's check of the ID token before anything here runs; no id comes from a page.
//! A form writes only what a resident may enter: what the city imported stays. The same form sent twice is one
//! registration.

mod noting;

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::attribute::{Facts, Subject, TopicId, Value, core};
use crate::domain::digest::sha256_hex;
use crate::domain::ids::{AccountId, LineUserId, PersonId};
use crate::domain::texts::Tongue;
use crate::domain::timestamp::Timestamp;
use crate::store::accounts::{self, Account, By};
use crate::store::batches;
use crate::store::choices::{self, Choice};
use crate::store::consents::{self, Consent};
use crate::store::persons::{self, Person};
use crate::store::resident_sessions::{self, ResidentSession};
use crate::store::{broadcasts, ledger, links, strangers};

/// The version of the consent text in `src/texts`; a new one asks everybody again at their next change.
pub const CONSENT_VERSION: &str = "2026-11";
/// How many members of the household can be registered beside the friend.
pub const MEMBERS: usize = 12;
/// What the change log calls the declined topics.
const DECLINED: &str = "declined_topics";
/// How long a session on the form lasts.
pub const SESSION: Duration = Duration::from_secs(60 * 60);

/// What a resident registers.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// The version of the account that the form showed; 1 where there was none.
    pub seen: i64,
    /// Facts of the account.
    pub account: Facts,
    /// Topics that must not be sent.
    pub declined: BTreeSet<TopicId>,
    /// The friend first, then the family.
    pub persons: Vec<Registered>,
    /// The language in which the current consent text was agreed to, if it was on this form.
    pub consent: Option<Tongue>,
}

/// One person of a registration.
#[derive(Clone, Debug, Default)]
pub struct Registered {
    /// Which stored person this is; `None` for a new one.
    pub id: Option<PersonId>,
    /// What the form says.
    pub facts: Facts,
}

/// What is stored about a friend, for the pages.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The account.
    pub account: Account,
    /// The friend and the family.
    pub persons: Vec<Person>,
    /// The newest consent.
    pub consent: Option<Consent>,
}

impl Stored {
    /// Whether the current text has been agreed to, and not taken back.
    #[must_use]
    pub fn has_consent(&self) -> bool {
        is_current(self.consent.as_ref())
    }
}

/// Why a registration was not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Somebody saved something else meanwhile; the form has to be looked at again.
    #[error("the registration was changed meanwhile")]
    ChangedElsewhere,
    /// The current consent text was not agreed to.
    #[error("consent is missing")]
    ConsentMissing,
    /// Nothing was changed.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Begins a session; answers the token for the cookie, of which only the hash is kept.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn begin_session(app: &App, user: LineUserId, tongue: Tongue) -> db::Result<String> {
    let token = URL_SAFE_NO_PAD.encode(app.chance.bytes::<32>());
    let now = app.clock.now();
    let session = ResidentSession {
        line_user_id: user,
        language: tongue.tag().to_owned(),
        expires_at: now.plus(SESSION),
    };
    let mut tx = app.db.write().await?;
    resident_sessions::delete_expired(&mut tx, now).await?;
    resident_sessions::insert(&mut tx, &sha256_hex(token.as_bytes()), &session, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// The session behind a cookie's token.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn session(app: &App, token: &str) -> db::Result<Option<ResidentSession>> {
    let hash = sha256_hex(token.as_bytes());
    resident_sessions::find(&mut app.db.read().await?, &hash, app.clock.now()).await
}

/// Changes the language of a session's pages.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn speak(app: &App, token: &str, tongue: Tongue) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    resident_sessions::set_language(&mut tx, &sha256_hex(token.as_bytes()), tongue.tag()).await?;
    tx.commit().await
}

/// Everything stored about a friend.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn stored(app: &App, user: &LineUserId) -> db::Result<Option<Stored>> {
    let mut tx = app.db.read().await?;
    match accounts::find_by_line_user(&mut tx, user).await? {
        Some(account) => Ok(Some(read(&mut tx, account).await?)),
        None => Ok(None),
    }
}

async fn read(tx: &mut Tx, account: Account) -> db::Result<Stored> {
    let persons = persons::list(tx, account.id).await?;
    let consent = consents::find_latest(tx, account.id).await?;
    Ok(Stored { account, persons, consent })
}

fn is_current(consent: Option<&Consent>) -> bool {
    consent.is_some_and(|given| given.version == CONSENT_VERSION && given.withdrawn_at.is_none())
}

/// Saves a registration; answers whether anything changed.
///
/// # Errors
/// [`SaveError`]; then nothing was changed.
pub async fn save(app: &App, user: &LineUserId, form: &Registration) -> Result<bool, SaveError> {
    match try_save(app, user, form).await {
        // Two copies of one form at the same instant: the loser sees what the winner wrote, and agrees with it.
        Err(SaveError::ChangedElsewhere) => try_save(app, user, form).await,
        other => other,
    }
}

async fn try_save(app: &App, user: &LineUserId, form: &Registration) -> Result<bool, SaveError> {
    let by = by(app);
    let mut tx = app.db.write().await?;
    let new = AccountId(app.chance.uuid_v7(by.at));
    let account = accounts::find_or_create(&mut tx, user, new, by).await?;
    let stored = read(&mut tx, account).await?;
    if !stored.has_consent() && form.consent.is_none() {
        return Err(SaveError::ConsentMissing);
    }
    let planned = Planned::new(app, &stored, form, by.at);
    let agrees = !stored.has_consent();
    if planned.fields.is_empty() && stored.account.registered_at.is_some() && !agrees {
        return Ok(false);
    }
    if stored.account.version != form.seen && !planned.fields.is_empty() {
        return Err(SaveError::ChangedElsewhere);
    }
    write(&mut tx, &stored, planned, by).await?;
    if let Some(tongue) = form.consent.filter(|_| agrees) {
        consents::insert(&mut tx, stored.account.id, CONSENT_VERSION, tongue.tag(), by.at).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn write(tx: &mut Tx, stored: &Stored, planned: Planned, by: By<'_>) -> Result<(), SaveError> {
    let fields: Vec<&str> = planned.fields.iter().map(String::as_str).collect();
    let kind = if stored.account.registered_at.is_some() { "changed" } else { "registered" };
    let facts = accounts::Facts {
        attributes: planned.attributes,
        declined: &planned.declined,
        kind,
        fields: &fields,
        registers: true,
    };
    let id = stored.account.id;
    if !accounts::update_facts(tx, id, stored.account.version, facts, by).await? {
        return Err(SaveError::ChangedElsewhere);
    }
    if planned.fields.contains(DECLINED) {
        choices::of_topics(tx, id, Choice::on_form(by.at)).await?;
    }
    persons::replace(tx, id, &planned.persons).await?;
    if planned.fields.contains(core::LINK_CONSENT) && !planned.agrees_to_links {
        noting::forget_taps(tx, id).await?;
    }
    Ok(())
}

/// What would be written, and which fields that changes.
struct Planned {
    attributes: serde_json::Value,
    declined: BTreeSet<TopicId>,
    persons: Vec<persons::Entry>,
    fields: BTreeSet<String>,
    /// Whether it may be noted when links are opened.
    agrees_to_links: bool,
}

impl Planned {
    fn new(app: &App, stored: &Stored, form: &Registration, at: Timestamp) -> Self {
        let catalogue = &app.catalogue;
        let old = catalogue.read_facts(Subject::Account, &stored.account.attributes);
        let account = merged(app, Subject::Account, &old, &form.account);
        let mut fields = differing(&old, &account);
        if stored.account.declined() != form.declined {
            fields.insert(DECLINED.to_owned());
        }
        let persons = plan_persons(app, &stored.persons, &form.persons, at, &mut fields);
        Self {
            agrees_to_links: account.get(core::LINK_CONSENT) == Some(&Value::YesNo(true)),
            attributes: catalogue.write_facts(&account),
            declined: form.declined.clone(),
            persons,
            fields,
        }
    }
}

fn plan_persons(
    app: &App,
    stored: &[Person],
    form: &[Registered],
    at: Timestamp,
    fields: &mut BTreeSet<String>,
) -> Vec<persons::Entry> {
    let mut planned: Vec<(usize, persons::Entry)> = Vec::new();
    let mut taken = BTreeSet::new();
    for (place, person) in form.iter().enumerate() {
        let known = known_place(stored, place, person).filter(|known| taken.insert(*known));
        let old = known.map(|at| app.catalogue.read_facts(Subject::Person, &stored[at].attributes));
        let mut facts =
            merged(app, Subject::Person, old.as_ref().unwrap_or(&Facts::default()), &person.facts);
        if place == 0 {
            facts.set(core::RELATION, Value::Choice(core::SELF.into()));
        }
        fields.extend(differing(old.as_ref().unwrap_or(&Facts::default()), &facts));
        let id = known.map_or_else(|| PersonId(app.chance.uuid_v7(at)), |at| stored[at].id);
        let attributes = app.catalogue.write_facts(&facts);
        planned.push((known.unwrap_or(usize::MAX), persons::Entry { id, attributes }));
    }
    if planned.len() != stored.len() || taken.len() != stored.len() {
        fields.insert("persons".to_owned());
    }
    // Stored persons keep their order, new ones follow: a stable sort by the stored place.
    planned.sort_by_key(|(place, _)| *place);
    planned.into_iter().map(|(_, entry)| entry).collect()
}

/// Which stored person a person of the form is: the one with its id, or for the friend the one who is the friend. A
/// member without an id is the stored one at the same place with the same facts, so that a form sent twice adds
/// nobody twice.
fn known_place(stored: &[Person], place: usize, person: &Registered) -> Option<usize> {
    let relation = |at: usize| stored.get(at)?.attributes.get(core::RELATION)?.as_str();
    if place == 0 {
        return (relation(0) == Some(core::SELF)).then_some(0);
    }
    match person.id {
        Some(id) => {
            stored.iter().position(|known| known.id == id).filter(|at| relation(*at) != Some(core::SELF))
        }
        None => stored.get(place).filter(|known| says(known, &person.facts)).map(|_| place),
    }
}

fn says(known: &Person, facts: &Facts) -> bool {
    facts.iter().all(|(id, value)| known.attributes.get(id.as_str()) == Some(&value.write()))
}

/// The old facts with everything a resident may enter replaced by what the form says.
fn merged(app: &App, subject: Subject, old: &Facts, form: &Facts) -> Facts {
    let mut facts = old.clone();
    for attribute in app.catalogue.of(subject).filter(|attribute| attribute.entered_by.resident()) {
        facts.remove(attribute.id.as_str());
        if let Some(value) = form.get(attribute.id.as_str()) {
            facts.set(attribute.id.clone(), value.clone());
        }
    }
    facts
}

fn differing(old: &Facts, new: &Facts) -> BTreeSet<String> {
    let ids = old.iter().chain(new.iter()).map(|(id, _)| id);
    ids.filter(|id| old.get(id.as_str()) != new.get(id.as_str())).map(ToString::to_string).collect()
}

/// What a resident can do with one press.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// No messages any more.
    Stop,
    /// Messages again.
    Resume,
    /// The agreement is taken back; the registration stays.
    Withdraw,
    /// Opened links are noted no more, and what was noted is forgotten.
    StopNoting,
}

/// Does what a resident wishes; answers whether it changed anything.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn wish(app: &App, user: &LineUserId, wish: Wish) -> db::Result<bool> {
    let by = by(app);
    let mut tx = app.db.write().await?;
    let Some(account) = accounts::find_by_line_user(&mut tx, user).await? else { return Ok(false) };
    let changed = match wish {
        Wish::Stop => {
            choices::of_delivery(&mut tx, account.id, Choice::on_form(by.at)).await?;
            accounts::stop(&mut tx, account.id, by).await?
        }
        Wish::Resume => {
            choices::of_delivery(&mut tx, account.id, Choice::on_form(by.at)).await?;
            accounts::resume(&mut tx, account.id, by).await?
        }
        Wish::Withdraw => {
            let changed = consents::withdraw(&mut tx, account.id, by.at).await?;
            if changed {
                noting::forget_taps(&mut tx, account.id).await?;
                accounts::touch(&mut tx, account.id, "consent_withdrawn", by).await?;
            }
            changed
        }
        Wish::StopNoting => noting::stop_noting(app, &mut tx, &account, by).await?,
    };
    tx.commit().await?;
    Ok(changed)
}

/// What an erasure had to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Erased {
    /// Nothing that leads to the friend.
    Everything,
    /// A message to the friend is being handed to LINE at this moment: the LINE user id stands in the bytes of that
    /// call until LINE's answer is known, for 23 hours at most.
    AllButOpenCalls,
}

/// Erases everything we know of a friend, and takes them out of every broadcast that has not reached them.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn erase(app: &App, user: &LineUserId) -> db::Result<Erased> {
    let by = by(app);
    let mut tx = app.db.write().await?;
    let Some(account) = accounts::find_by_line_user(&mut tx, user).await? else {
        // A friend without an account was promised the same: no list may take them in.
        strangers::mark(&mut tx, user).await?;
        tx.commit().await?;
        return Ok(Erased::Everything);
    };
    // Before anything else, so that a claim which has looked at them comes wholly before this or after it.
    for broadcast in ledger::open_of(&mut tx, account.id).await? {
        broadcasts::lock(&mut tx, broadcast).await?;
    }
    accounts::erase(&mut tx, &account, by).await?;
    links::forget_reader(&mut tx, account.id).await?;
    ledger::skip_erased(&mut tx, account.id).await?;
    batches::wipe_own_of_left(&mut tx, account.id).await?;
    let is_called = ledger::is_attempting(&mut tx, account.id).await?;
    tx.commit().await?;
    Ok(if is_called { Erased::AllButOpenCalls } else { Erased::Everything })
}

fn by(app: &App) -> By<'static> {
    By { actor: "resident", at: app.clock.now() }
}
