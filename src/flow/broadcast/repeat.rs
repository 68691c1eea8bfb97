//! Broadcasts that come again: each occasion makes a draft of its own, some days before, and every draft is tested,
//! submitted and approved as any other.
//!
//! Nothing piles up: an occasion whose time has passed (the program stood still, say) is noted as missed and asks.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Time};
use serde_json::json;
use uuid::Uuid;

use super::{BroadcastError, Refusal, Result, demand, new_key, read, usable};
use crate::app::App;
use crate::db::{self, Day};
use crate::domain::attribute::{AttributeId, ValueType};
use crate::domain::broadcast::rhythm::{Rhythm, Shift};
use crate::domain::broadcast::{Class, LATEST_START, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::library::Library;
use crate::domain::segment::rule::{
    AttributeCondition, DateRange, Group, HowMany, Mode, Node, Relatives, Rule, Target, Test, Unit,
};
use crate::domain::segment::{Segment, text};
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::store::broadcasts::{self, Text};
use crate::store::repeats::{self, Repeat};
use crate::store::{audit, broadcast_versions};

/// How it comes again.
#[derive(Clone, Debug)]
pub struct Again {
    /// On which days.
    pub rhythm: Rhythm,
    /// What happens to a closed day.
    pub shift: Shift,
    /// At which time of the day.
    pub at: Time,
    /// So many days before it the draft is made, 1–60.
    pub lead_days: i64,
}

/// Lets a broadcast come again; its text and its rule are the model of each draft.
///
/// # Errors
/// Refused without the right to draft, for a broadcast that goes to no saved rule, and for a rhythm that can't be.
pub async fn repeat(app: &App, staff: &StaffMember, id: BroadcastId, again: &Again) -> Result<Uuid> {
    demand(staff, Right::Draft)?;
    let model = read(app, id).await?;
    if model.whom() != Some(Whom::Rule) || model.class != Class::Ordinary {
        return Err(Refusal::NotRepeatable.into());
    }
    check(app, again)?;
    let library = app.library().await?;
    let segment = usable(&library, &model.segment_path)?;
    // Whatever would not become a rule on the first day never would.
    let today = app.clock.today();
    of_the_day(app, segment, &again.rhythm, today, &model.segment_path)?;
    let now = app.clock.now();
    let repeat = Repeat {
        id: app.chance.uuid_v7(now),
        title: model.title,
        series: model.series,
        topic: model.topic,
        segment_path: model.segment_path,
        content: model.content,
        rhythm: again.rhythm.to_text(),
        shift: again.shift.id().to_owned(),
        minute: i64::from(again.at.hour()) * 60 + i64::from(again.at.minute()),
        lead_days: again.lead_days,
        begins: Day(today.saturating_add(1.day())),
        staff_id: staff.id,
        created_at: now,
        ended_at: None,
    };
    let mut tx = app.db.write().await?;
    repeats::insert(&mut tx, &repeat).await?;
    let detail = json!({ "from": id.to_string(), "rhythm": repeat.rhythm, "content": repeat.content.hash() });
    audit::record(
        &mut tx,
        app.entry(Some(staff.id), "repeat.begin", ("repeat", &repeat.id.to_string()), detail),
    )
    .await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(repeat.id)
}

fn check(app: &App, again: &Again) -> std::result::Result<(), Refusal> {
    let dates = match &again.rhythm {
        Rhythm::Anniversary { attribute, .. } => {
            app.catalogue.attribute(attribute).is_some_and(|known| known.value_type == ValueType::Date)
        }
        _ => true,
    };
    let comes = !again.rhythm.occasions(app.clock.today(), 1).is_empty();
    if dates && comes && (1..=60).contains(&again.lead_days) { Ok(()) } else { Err(Refusal::Rhythm) }
}

/// Lets it come no more; drafts that were made stay.
///
/// # Errors
/// Refused without the right to draft.
pub async fn end_repeat(app: &App, staff: &StaffMember, id: Uuid) -> Result<()> {
    demand(staff, Right::Draft)?;
    let mut tx = app.db.write().await?;
    if repeats::end(&mut tx, id, app.clock.now()).await? {
        let subject = id.to_string();
        let entry = app.entry(Some(staff.id), "repeat.end", ("repeat", &subject), json!({}));
        audit::record(&mut tx, entry).await?;
    }
    Ok(tx.commit().await?)
}

/// Makes the draft of an occasion that was missed, because a person says so; without a schedule.
///
/// # Errors
/// Refused without the right to draft, and where it was not missed.
pub async fn make_missed(app: &App, staff: &StaffMember, id: Uuid, occasion: Date) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let all = repeats::list(&mut app.db.read().await?).await?;
    let repeat = all.iter().find(|repeat| repeat.id == id).ok_or(Refusal::NotFound)?;
    make(app, repeat, occasion, None).await?.ok_or_else(|| Refusal::Changed.into())
}

/// Makes the drafts whose occasions are near enough, and notes those that were missed; answers how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn make_due(app: &App) -> db::Result<usize> {
    let all = repeats::list(&mut app.db.read().await?).await?;
    let mut made = 0;
    for repeat in all.iter().filter(|repeat| repeat.ended_at.is_none()) {
        made += make_due_of(app, repeat).await?;
    }
    Ok(made)
}

async fn make_due_of(app: &App, repeat: &Repeat) -> db::Result<usize> {
    let met = repeats::runs(&mut app.db.read().await?, repeat.id, 400).await?;
    let now = app.clock.now();
    let (mut noted, horizon) = (0, app.clock.today().saturating_add(repeat.lead_days.days()));
    for (occasion, at) in upcoming(repeat, 400) {
        if horizon < at.tokyo_date() {
            break;
        }
        if met.iter().any(|run| run.occasion.0 == occasion) {
            continue;
        }
        let is_late = LATEST_START < now.since(at);
        let outcome = if is_late { Ok(None) } else { make(app, repeat, occasion, Some(at)).await };
        match outcome {
            Ok(Some(_)) => noted += 1,
            Ok(None) | Err(BroadcastError::Refused(_) | BroadcastError::Line(_)) => {
                noted += usize::from(miss(app, repeat, occasion).await?);
            }
            Err(BroadcastError::Db(error)) => return Err(error),
        }
    }
    Ok(noted)
}

/// The occasions of a repeat from its first day on, each with the instant at which its message goes out.
#[must_use]
pub fn upcoming(repeat: &Repeat, count: usize) -> Vec<(Date, Timestamp)> {
    occasions_from(repeat, repeat.begins.0, count)
}

/// The same from another day on.
#[must_use]
pub fn occasions_from(repeat: &Repeat, from: Date, count: usize) -> Vec<(Date, Timestamp)> {
    let (Some(rhythm), Some(shift)) = (Rhythm::parse(&repeat.rhythm), Shift::parse(&repeat.shift)) else {
        return Vec::new();
    };
    let minute = i8::try_from(repeat.minute % 60).unwrap_or(0);
    let hour = i8::try_from(repeat.minute / 60).unwrap_or(0);
    let at = |occasion: Date| Timestamp::from_tokyo(shift.day(occasion).at(hour, minute, 0, 0));
    rhythm.occasions(from, count).into_iter().map(|occasion| (occasion, at(occasion))).collect()
}

async fn miss(app: &App, repeat: &Repeat, occasion: Date) -> db::Result<bool> {
    let mut tx = app.db.write().await?;
    let noted = repeats::note(&mut tx, (repeat.id, occasion), None, app.clock.now()).await?;
    if noted {
        let detail = json!({ "occasion": occasion.to_string() });
        let subject = repeat.id.to_string();
        let entry = app.entry(None, "repeat.miss", ("repeat", &subject), detail);
        audit::record(&mut tx, entry).await?;
        tracing::warn!(repeat.id = %repeat.id, %occasion, "an occasion was missed and asks");
    }
    tx.commit().await?;
    Ok(noted)
}

/// The draft of one occasion; `None` where the occasion was met already.
async fn make(
    app: &App,
    repeat: &Repeat,
    occasion: Date,
    at: Option<Timestamp>,
) -> Result<Option<BroadcastId>> {
    let rhythm = Rhythm::parse(&repeat.rhythm).ok_or(Refusal::Rhythm)?;
    let library = app.library().await?;
    let segment = usable(&library, &repeat.segment_path)?;
    let segment = of_the_day(app, segment, &rhythm, occasion, &repeat.segment_path)?;
    let (id, now) = (new_key(app), app.clock.now());
    let kept: String = repeat.title.chars().take(48).collect();
    let said = Text {
        title: format!("{kept}({occasion})"),
        class: Class::Ordinary,
        series: repeat.series.clone(),
        topic: repeat.topic.clone(),
        segment_path: repeat.segment_path.clone(),
        rule_text: text::print(&segment, &app.catalogue),
        content: repeat.content.clone(),
        scheduled_at: at.filter(|at| now < *at),
        expires_at: None,
    };
    let whom = if matches!(rhythm, Rhythm::Anniversary { .. }) { Whom::Day } else { Whom::Rule };
    let mut tx = app.db.write().await?;
    broadcasts::insert(&mut tx, id, &said, repeat.staff_id, now).await?;
    broadcasts::set_origin(&mut tx, id, whom, None).await?;
    if !repeats::note(&mut tx, (repeat.id, occasion), Some(id), now).await? {
        return Ok(None);
    }
    broadcast_versions::keep(&mut tx, id, repeat.staff_id, now).await?;
    let detail = json!({ "from": repeat.id.to_string(), "occasion": occasion.to_string() });
    let subject = id.to_string();
    let entry = app.entry(None, "broadcast.create", ("broadcast", &subject), detail);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    tracing::info!(repeat.id = %repeat.id, broadcast.id = %id, %occasion, "a repeat has made a draft");
    Ok(Some(id))
}

/// The rule for an occasion: as it is, or for those alone whose day it is, with that day's values of its parameters.
fn of_the_day(
    app: &App,
    segment: &Segment,
    rhythm: &Rhythm,
    occasion: Date,
    path: &str,
) -> std::result::Result<Segment, Refusal> {
    let Rhythm::Anniversary { attribute, .. } = rhythm else { return Ok(segment.clone()) };
    let (from, to) = rhythm.dates_of(occasion).ok_or(Refusal::Rhythm)?;
    let mut of_day = segment.frozen(&app.catalogue, occasion).map_err(|_| Refusal::RuleUnreadable)?;
    let whose_day = Node::from(Rule::Attribute(AttributeCondition {
        attribute: AttributeId::from(attribute.as_str()),
        test: Test::Date(DateRange { from: Some(from), to: Some(to) }),
    }));
    // A household has no date of its own: it is the day of somebody in it.
    let whose_day = match of_day.header.unit {
        Unit::Household => Node::from(Rule::Relatives(Relatives {
            relations: BTreeSet::new(),
            count: HowMany::Someone,
            group: Group { mode: Mode::All, members: vec![whose_day] },
        })),
        _ => whose_day,
    };
    let members = match of_day.target {
        Target::Everyone => vec![whose_day],
        Target::Group(Group { mode: Mode::All, mut members }) => {
            members.push(whose_day);
            members
        }
        Target::Group(group) => vec![Node::from(Rule::Group(group)), whose_day],
    };
    of_day.target = Target::Group(Group { mode: Mode::All, members });
    of_day.examples.clear();
    of_day.header.expected = None;
    // Checked as any other rule, so that one about households is not asked about a person's date.
    let sources = vec![(path.to_owned(), text::print(&of_day, &app.catalogue))];
    let library = Library::from_sources(sources, &app.catalogue, app.clock.today());
    library.get(path).cloned().ok_or(Refusal::NotRepeatable)
}
