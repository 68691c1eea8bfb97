//! Writing a broadcast: begun, edited, looked at. A draft may still be wrong; only submitting asks for all of it.

use serde_json::json;

use super::{Refusal, Result, demand, demand_done, load, record};
use crate::app::App;
use crate::domain::ids::BroadcastId;
use crate::domain::message::{Content, Problem};
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::flow::Audience;
use crate::population::Count;
use crate::store::broadcasts::{self, Text};

/// What a member of staff fills in.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What staff call it.
    pub title: String,
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
    fn check(self, app: &App) -> std::result::Result<Text, Refusal> {
        let (title, series) = (self.title.trim().to_owned(), self.series.trim().to_owned());
        if !NAME.contains(&title.chars().count()) {
            return Err(Refusal::Title);
        }
        if !NAME.contains(&series.chars().count()) {
            return Err(Refusal::Series);
        }
        app.catalogue.topic(&self.topic).ok_or(Refusal::UnknownTopic)?;
        let segment = app.library.get(&self.segment_path).ok_or(Refusal::UnknownSegment)?;
        Ok(Text {
            title,
            series,
            topic: self.topic,
            rule_text: text::print(segment, &app.catalogue),
            segment_path: self.segment_path,
            content: self.content,
            scheduled_at: self.scheduled_at,
            expires_at: self.expires_at,
        })
    }
}

/// Begins a broadcast; the staff member becomes its author.
///
/// # Errors
/// Refused without the right to draft, without title, series, topic or a usable rule.
pub async fn create(app: &App, staff: &StaffMember, draft: Draft) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let text = draft.check(app)?;
    let now = app.clock.now();
    let id = BroadcastId(app.chance.uuid_v7(now));
    let mut tx = app.db.write().await?;
    broadcasts::insert(&mut tx, id, &text, staff.id, now).await?;
    let detail = json!({ "segment": text.segment_path, "content": text.content.hash() });
    record(app, &mut tx, (staff, "broadcast.create"), id, detail).await?;
    tx.commit().await?;
    Ok(id)
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
    let text = draft.check(app)?;
    let mut tx = app.db.write().await?;
    let before = load(&mut tx, id).await?;
    if !before.state.is_editable() {
        return Err(Refusal::WrongState(before.state).into());
    }
    let done = broadcasts::update_text(&mut tx, (id, version), &text, staff.id, app.clock.now()).await?;
    demand_done(done)?;
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
    let segment = app.library.get(segment_path).ok_or(Refusal::UnknownSegment)?;
    let audience = Audience::of(app, segment, topic, app.clock.today()).await?;
    Ok(Preview { count: audience.count, is_everyone: audience.is_everyone, problems: content.problems() })
}
