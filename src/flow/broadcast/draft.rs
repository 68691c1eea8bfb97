//! Writing a broadcast: begun, edited, looked at. A draft may still be wrong; only submitting asks for all of it.

use serde_json::json;

use super::series::demand_known;
use super::{BroadcastError, Refusal, Result, demand, demand_done, load, record, usable};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::{Class, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::message::{Content, Problem};
use crate::domain::segment::library::Library;
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::Audience;
use crate::population::Count;
use crate::store::broadcast_versions;
use crate::store::broadcasts::{self, Broadcast, Text};
use crate::store::images;

/// What a member of staff fills in.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What staff call it.
    pub title: String,
    /// What it is for.
    pub class: Class,
    /// The series (配信シリーズ).
    pub series: String,
    /// The topic (分野).
    pub topic: String,
    /// The rule file, such as `kenshin/tokutei`.
    pub segment_path: String,
    /// What is said.
    pub content: Content,
    /// When it is to go out; `None` for as soon as it is approved.
    pub scheduled_at: Option<Timestamp>,
    /// When it is no longer true.
    pub expires_at: Option<Timestamp>,
}

const NAME: std::ops::RangeInclusive<usize> = 1..=60;

impl Draft {
    /// `fixed` is the broadcast whose audience is no saved rule and stays as it is.
    fn check(
        self,
        app: &App,
        library: &Library,
        fixed: Option<&Broadcast>,
    ) -> std::result::Result<Text, Refusal> {
        let (title, series) = (self.title.trim().to_owned(), self.series.trim().to_owned());
        if !NAME.contains(&title.chars().count()) {
            return Err(Refusal::Title);
        }
        if !NAME.contains(&series.chars().count()) {
            return Err(Refusal::Series);
        }
        app.catalogue.topic(&self.topic).ok_or(Refusal::UnknownTopic)?;
        let (segment_path, rule_text) = match fixed {
            Some(stored) => (stored.segment_path.clone(), stored.rule_text.clone()),
            None => {
                let segment = usable(library, &self.segment_path)?;
                let rule_text = text::print(segment, &app.catalogue);
                (self.segment_path, rule_text)
            }
        };
        Ok(Text {
            title,
            class: self.class,
            series,
            topic: self.topic,
            rule_text,
            segment_path,
            content: self.content,
            scheduled_at: self.scheduled_at,
            expires_at: self.expires_at,
        })
    }
}

/// Begins a broadcast; the staff member becomes its author.
///
/// # Errors
/// Refused without the right to draft, without title, topic or a usable rule, and with a series that nobody has added.
pub async fn create(app: &App, staff: &StaffMember, draft: Draft) -> Result<BroadcastId> {
    let key = new_key(app);
    create_once(app, staff, key, draft).await
}

/// The key of an empty form, see [`create_once`].
#[must_use]
pub fn new_key(app: &App) -> BroadcastId {
    BroadcastId(app.chance.uuid_v7(app.clock.now()))
}

/// As [`create`], however often the same form arrives: its key becomes the broadcast's id. Another text under a key
/// that is taken becomes a broadcast of its own, so that nothing anybody wrote is lost.
///
/// # Errors
/// As [`create`].
pub async fn create_once(
    app: &App,
    staff: &StaffMember,
    key: BroadcastId,
    draft: Draft,
) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let text = draft.check(app, &*app.library().await?, None)?;
    let key = if is_of_the_past(app, key) { key } else { new_key(app) };
    match begin(app, staff, key, &text).await {
        // The twin was a moment faster: now it is there to be found.
        Err(BroadcastError::Db(db::Error::Conflict)) => begin(app, staff, key, &text).await,
        done => done,
    }
}

/// Ids are in the order of time, and lists rely on it: a key from elsewhere may not stand before its time.
fn is_of_the_past(app: &App, key: BroadcastId) -> bool {
    let millis = key.0.get_timestamp().filter(|_| key.0.get_version_num() == 7).map(|at| {
        let (seconds, nanos) = at.to_unix();
        seconds.saturating_mul(1_000).saturating_add(u64::from(nanos / 1_000_000))
    });
    let now = u64::try_from(app.clock.now().millis()).unwrap_or(0);
    millis.is_some_and(|millis| millis <= now)
}

async fn begin(app: &App, staff: &StaffMember, key: BroadcastId, text: &Text) -> Result<BroadcastId> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let id = match broadcasts::find(&mut tx, key).await? {
        None => key,
        Some(twin) if twin.author_id == staff.id && says(&twin, text) => return Ok(key),
        Some(_) => new_key(app),
    };
    demand_known(app, &mut tx, &text.series).await?;
    check_pictures(&mut tx, &text.content).await?;
    broadcasts::insert(&mut tx, id, text, staff.id, now).await?;
    broadcast_versions::keep(&mut tx, id, staff.id, now).await?;
    let detail = json!({ "segment": text.segment_path, "content": text.content.hash() });
    record(app, &mut tx, (staff, "broadcast.create"), id, detail).await?;
    failpoint::reach("draft.written");
    tx.commit().await?;
    failpoint::reach("draft.committed");
    Ok(id)
}

/// A form can name any picture; one that is not there would come as a gap.
async fn check_pictures(tx: &mut Tx, content: &Content) -> Result<()> {
    let named = content.variants().flat_map(|(_, body)| body.pictures()).filter(|one| !one.id.is_empty());
    for picture in named {
        let stored = images::size(tx, &picture.id).await?;
        if stored != Some((i64::from(picture.width), i64::from(picture.height))) {
            return Err(Refusal::NoSuchPicture.into());
        }
    }
    Ok(())
}

fn says(twin: &Broadcast, text: &Text) -> bool {
    (&twin.title, &twin.series) == (&text.title, &text.series)
        && (&twin.topic, &twin.segment_path) == (&text.topic, &text.segment_path)
        && (twin.class, &twin.content) == (text.class, &text.content)
        && (twin.scheduled_at, twin.expires_at) == (text.scheduled_at, text.expires_at)
}

/// Whether nobody edits its text: what follows an emergency says what the emergency said; a correction has words of its
/// own.
#[must_use]
pub fn has_fixed_text(broadcast: &Broadcast) -> bool {
    broadcast.is_emergency() && !matches!(broadcast.whom(), Some(Whom::Reached(_)))
}

/// Replaces the text of a broadcast that was not planned yet; `version` is the one the editor saw. Whatever was
/// submitted or approved is void, and the staff member becomes its last editor.
///
/// # Errors
/// As [`create`]; also where somebody else changed it meanwhile, or where it can no longer be edited.
pub async fn edit(
    app: &App,
    staff: &StaffMember,
    (id, version): (BroadcastId, i64),
    draft: Draft,
) -> Result<()> {
    demand(staff, Right::Draft)?;
    let library = app.library().await?;
    let mut tx = app.db.write().await?;
    let before = load(&mut tx, id).await?;
    let fixed = (before.whom() != Some(Whom::Rule)).then_some(&before);
    if has_fixed_text(&before) {
        return Err(Refusal::FixedText.into());
    }
    let mut text = draft.check(app, &library, fixed)?;
    // What it is for was decided when it was begun.
    text.class = before.class;
    if !before.state.is_editable() {
        return Err(Refusal::WrongState(before.state).into());
    }
    demand_known(app, &mut tx, &text.series).await?;
    check_pictures(&mut tx, &text.content).await?;
    let done = broadcasts::update_text(&mut tx, (id, version), &text, staff.id, app.clock.now()).await?;
    demand_done(done)?;
    broadcast_versions::keep(&mut tx, id, staff.id, app.clock.now()).await?;
    let detail = json!({
        "was": before.state.id(), "segment": text.segment_path,
        "content_before": before.content.hash(), "content": text.content.hash(),
    });
    record(app, &mut tx, (staff, "broadcast.edit"), id, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// What the page shows beside a text before it is submitted.
#[derive(Clone, Debug)]
pub struct Preview {
    /// Accounts and persons by answer, today; missing data by name.
    pub count: Count,
    /// Whether the rule says 友だち全員, the most dangerous of all.
    pub is_everyone: bool,
    /// What must be mended in the content.
    pub problems: Vec<Problem>,
}

/// Counts the audience of a rule file for a topic, as of today in Asia/Tokyo, and checks a content.
///
/// # Errors
/// Refused where the rule can't be used.
pub async fn preview(app: &App, segment_path: &str, topic: &str, content: &Content) -> Result<Preview> {
    let library = app.library().await?;
    let segment = usable(&library, segment_path)?;
    let audience = Audience::of(app, segment, topic, app.clock.today()).await?;
    Ok(Preview { count: audience.count, is_everyone: audience.is_everyone, problems: content.problems() })
}
