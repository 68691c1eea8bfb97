//! The occasions of what comes again: each makes a draft of its own, once, some days before.
//!
//! Nothing piles up: an occasion whose time has passed (the program stood still, say) is noted as missed and asks. Where a
//! draft can't be made (the rule is past its review date, say), those behind the repeat are told at once, and it is tried
//! again until its time has come. A draft's id follows from the repeat and the occasion, so that another life of the database, restored from a backup,
//! arrives at the same one, and LINE knows what it has sent under it.

use std::time::Duration;

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

use super::decide::decide_runs;
use super::saying::{Saying, day_of};
use super::whose_day::of_the_day;
use super::{BroadcastError, Refusal, Result, demand, usable};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::rhythm::Rhythm;
use crate::domain::broadcast::{Class, LATEST_START, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::flow::Audience;
use crate::store::alarms::{self, News, Subject};
use crate::store::broadcasts::{self, Text};
use crate::store::repeats::{self, Repeat, Run};
use crate::store::{audit, broadcast_versions, staff, standings};

/// How often a draft that can't be made is tried again before its time.
pub const TRY_EVERY: Duration = Duration::from_secs(10 * 60);
/// What staff read where nothing stood in the way of a draft.
const STOOD_STILL: &str = "その時刻に、このシステムが動いていませんでした。";
/// What administrators read of a repeat that can't be read.
const UNREADABLE: &str =
    "保存された内容を読み取れません。同じ内容の繰り返しを新しく作り、これは終わりにしてください。";

/// Makes the draft of an occasion that was missed, because a person says so; without a schedule where its time is over.
///
/// # Errors
/// Refused without the right to draft, and where it was not missed.
pub async fn make_missed(app: &App, staff: &StaffMember, id: Uuid, occasion: Date) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let repeat = repeats::find(&mut app.db.read().await?, id).await?.ok_or(Refusal::NotFound)?;
    // Whoever asks for it also has it approved.
    let run = Making { repeat: &repeat, occasion, at: time_of(&repeat, occasion), may_stand: false };
    make(app, &run).await?.ok_or_else(|| Refusal::Changed.into())
}

/// Makes the drafts whose occasions are near enough, notes those that were missed, and decides about what was made under
/// a standing approval; answers how much was done.
///
/// # Errors
/// As [`db::Error`] says; what is wrong with one repeat or run holds up no other.
pub async fn make_due(app: &App) -> db::Result<usize> {
    let open = repeats::list_open(&mut app.db.read().await?).await?;
    let (mut made, mut wrong) = (0, Ok(()));
    for id in open {
        match make_due_by_id(app, id).await {
            Ok(count) => made += count,
            Err(error) => wrong = Err(error),
        }
    }
    let decided = decide_runs(app).await;
    wrong.and(decided).map(|decided| made + decided)
}

async fn make_due_by_id(app: &App, id: Uuid) -> db::Result<usize> {
    let found = repeats::find(&mut app.db.read().await?, id).await;
    match found {
        Ok(Some(repeat)) if repeat.ended_at.is_none() => make_due_of(app, &repeat).await,
        Ok(_) => Ok(0),
        Err(db::Error::Corrupt(why)) => {
            tracing::error!(repeat.id = %id, why, "a repeat can't be read; nothing is made of it");
            tell_unreadable(app, id).await.map(|()| 0)
        }
        Err(error) => Err(error),
    }
}

/// Tells the administrators, once: who stands behind it can't be read either.
async fn tell_unreadable(app: &App, id: Uuid) -> db::Result<()> {
    let mut tx = app.db.write().await?;
    let admins = staff::list_admins(&mut tx).await?;
    let news =
        News {
            subject: Subject::Repeat(id), what: "missed", about: "これからのすべて", said: UNREADABLE
        };
    alarms::insert_for(&mut tx, news, &admins, app.clock.now()).await?;
    tx.commit().await
}

async fn make_due_of(app: &App, repeat: &Repeat) -> db::Result<usize> {
    let (now, today) = (app.clock.now(), app.clock.today());
    // Whatever is up to then was met; what was not, however long ago, is met now.
    let from =
        repeat.handled.map_or(repeat.begins.0, |last| repeat.begins.0.max(last.0.saturating_add(1.day())));
    let met = repeats::runs_from(&mut app.db.read().await?, repeat.id, from).await?;
    let (mut noted, mut handled, mut missed) = (0, None, Vec::new());
    for (occasion, at) in occasions_until(repeat, from, today.saturating_add(repeat.lead_days.days())) {
        let is_late = LATEST_START < now.since(at);
        let run = met.iter().find(|run| run.occasion.0 == occasion);
        if is_late && occasion < today {
            handled = Some(occasion);
        }
        if run.is_some_and(|run| is_late || !is_asked_again(run, at, now)) {
            continue;
        }
        match meet(app, repeat, occasion, (at, is_late)).await? {
            Met::Now => noted += 1,
            Met::Before => {}
            Met::Missed(why) => {
                let is_new = run.is_none_or(|run| run.nobody);
                missed.push(Missed { occasion, why, is_new });
            }
        }
    }
    noted += note_missed(app, repeat, &missed).await?;
    if let Some(last) = handled {
        let mut tx = app.db.write().await?;
        repeats::set_handled(&mut tx, repeat.id, last).await?;
        tx.commit().await?;
    }
    Ok(noted)
}

/// Whether an occasion that is there is looked at once more: what was nobody's day when its draft was due, and what could
/// not be made, now that its time has come; the latter before, too, from time to time.
fn is_asked_again(run: &Run, at: Timestamp, now: Timestamp) -> bool {
    let (has_come, is_blocked) = (at <= now, run.broadcast_id.is_none() && run.reason.is_some());
    let again =
        (run.nobody && has_come) || (is_blocked && (has_come || TRY_EVERY <= now.since(run.noted_at)));
    again && run.noted_at < at
}

/// Until when it is tried again to make the draft of a run, where that is so.
#[must_use]
pub fn tried_until(repeat: &Repeat, run: &Run, now: Timestamp) -> Option<Timestamp> {
    let occasion = run.occasion.0;
    let comes = repeat.ended_at.is_none()
        && repeat.begins.0 <= occasion
        && Rhythm::parse(&repeat.rhythm).is_some_and(|rhythm| rhythm.falls_on(occasion));
    let is_blocked = comes && run.broadcast_id.is_none() && run.reason.is_some();
    Some(time_of(repeat, occasion)).filter(|at| is_blocked && now < *at)
}

/// What became of an occasion.
enum Met {
    Now,
    Before,
    /// There is no draft, for a reason that can be mended where there is one.
    Missed(Option<String>),
}

/// Makes the draft of an occasion, or says why there is none.
async fn meet(
    app: &App,
    repeat: &Repeat,
    occasion: Date,
    (at, is_late): (Timestamp, bool),
) -> db::Result<Met> {
    if is_late {
        return Ok(Met::Missed(None));
    }
    let run = Making { repeat, occasion, at, may_stand: true };
    let outcome = match is_nobodys(app, &run).await {
        Ok(true) => {
            return note_nobody(app, repeat, occasion)
                .await
                .map(|noted| if noted { Met::Now } else { Met::Before });
        }
        Ok(false) => make(app, &run).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(Some(_)) => Ok(Met::Now),
        Ok(None) => Ok(Met::Before),
        Err(BroadcastError::Db(error)) => Err(error),
        Err(why) => Ok(Met::Missed(Some(why.to_string()))),
    }
}

/// Under a standing approval nobody looks at a day that is nobody's; without one a person sees the draft.
async fn is_nobodys(app: &App, run: &Making<'_>) -> Result<bool> {
    let rhythm = Rhythm::parse(&run.repeat.rhythm).ok_or(Refusal::Rhythm)?;
    if !matches!(rhythm, Rhythm::Anniversary { .. }) {
        return Ok(false);
    }
    if standing_of(&mut app.db.read().await?, run).await?.is_none() {
        return Ok(false);
    }
    let library = app.library().await?;
    let segment = usable(&library, &run.repeat.segment_path)?;
    let of_day = of_the_day(app, segment, &rhythm, run.occasion, &run.repeat.segment_path)?;
    Ok(Audience::of(app, &of_day, &run.repeat.topic, app.clock.today()).await?.size() == 0)
}

async fn note_nobody(app: &App, repeat: &Repeat, occasion: Date) -> db::Result<bool> {
    let mut tx = app.db.write().await?;
    let noted = repeats::note_nobody(&mut tx, (repeat.id, occasion), app.clock.now()).await?;
    tx.commit().await?;
    Ok(noted)
}

/// The standing approval that a run is made under.
async fn standing_of(tx: &mut Tx, run: &Making<'_>) -> db::Result<Option<Uuid>> {
    if !run.may_stand {
        return Ok(None);
    }
    let open = standings::open_of(tx, run.repeat.id).await?;
    Ok(open.filter(|standing| standing.in_force_at.is_some()).map(|standing| standing.id))
}

/// The occasions of a repeat from a day on, at most `count`, each with the instant at which its message goes out.
#[must_use]
pub fn occasions_from(repeat: &Repeat, from: Date, count: usize) -> Vec<(Date, Timestamp)> {
    let Some(rhythm) = Rhythm::parse(&repeat.rhythm) else { return Vec::new() };
    rhythm.occasions(from).take(count).map(|occasion| (occasion, time_of(repeat, occasion))).collect()
}

/// The same, of those whose message goes out by the last day.
fn occasions_until(repeat: &Repeat, from: Date, last: Date) -> Vec<(Date, Timestamp)> {
    let Some(rhythm) = Rhythm::parse(&repeat.rhythm) else { return Vec::new() };
    let timed = rhythm.occasions(from).map(|occasion| (occasion, time_of(repeat, occasion)));
    timed.take_while(|(_, at)| at.tokyo_date() <= last).collect()
}

/// When the message of an occasion goes out.
fn time_of(repeat: &Repeat, occasion: Date) -> Timestamp {
    Timestamp::from_tokyo(day_of(repeat, occasion).to_datetime(repeat.time()))
}

/// An occasion without a draft.
struct Missed {
    occasion: Date,
    why: Option<String>,
    /// Whether nobody was told yet.
    is_new: bool,
}

/// Notes the occasions without a draft, and that those behind the repeat are to be told of all the new ones at once.
async fn note_missed(app: &App, repeat: &Repeat, missed: &[Missed]) -> db::Result<usize> {
    if missed.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.write().await?;
    let mut new = Vec::new();
    for one in missed {
        let why = one.why.as_deref();
        let key = (repeat.id, one.occasion);
        if !repeats::note_missed(&mut tx, key, why, app.clock.now()).await? || !one.is_new {
            continue;
        }
        let detail = json!({ "occasion": one.occasion.to_string(), "reason": why });
        let subject = repeat.id.to_string();
        audit::record(&mut tx, app.entry(None, "repeat.miss", ("repeat", &subject), detail)).await?;
        tracing::warn!(repeat.id = %repeat.id, occasion = %one.occasion, "an occasion has no draft and asks");
        new.push(one);
    }
    tell_missed(app, &mut tx, repeat, &new).await?;
    tx.commit().await?;
    Ok(new.len())
}

async fn tell_missed(app: &App, tx: &mut Tx, repeat: &Repeat, new: &[&Missed]) -> db::Result<()> {
    let (Some(first), Some(last)) = (new.first(), new.last()) else { return Ok(()) };
    let about = match new.len() {
        1 => last.occasion.to_string(),
        _ => format!("{}から{}まで", first.occasion, last.occasion),
    };
    let said = last.why.as_deref().unwrap_or(STOOD_STILL);
    let mut told = repeats::approvers(tx, repeat.id).await?;
    told.extend([repeat.staff_id].into_iter().chain(repeat.editor_id));
    let news = News { subject: Subject::Repeat(repeat.id), what: "missed", about: &about, said };
    alarms::insert_for(tx, news, &told, app.clock.now()).await
}

/// One draft that is to be made.
struct Making<'a> {
    repeat: &'a Repeat,
    occasion: Date,
    /// When it is to go out; it has no schedule where a person makes it afterwards.
    at: Timestamp,
    /// Whether a standing approval may approve it.
    may_stand: bool,
}

/// The draft of one occasion; `None` where the occasion was met already.
async fn make(app: &App, run: &Making<'_>) -> Result<Option<BroadcastId>> {
    let Making { repeat, occasion, at, .. } = *run;
    let rhythm = Rhythm::parse(&repeat.rhythm).ok_or(Refusal::Rhythm)?;
    let library = app.library().await?;
    let segment = usable(&library, &repeat.segment_path)?;
    let segment = of_the_day(app, segment, &rhythm, occasion, &repeat.segment_path)?;
    let now = app.clock.now();
    let id = id_of(repeat, occasion);
    let Saying { content, trial, expires_at } = Saying::of(repeat, occasion)?;
    let kept: String = repeat.title.chars().take(48).collect();
    let said = Text {
        title: format!("{kept}({occasion})"),
        class: Class::Ordinary,
        series: repeat.series.clone(),
        topic: repeat.topic.clone(),
        segment_path: repeat.segment_path.clone(),
        rule_text: text::print(&segment, &app.catalogue),
        content,
        scheduled_at: Some(at).filter(|at| now < *at),
        expires_at,
    };
    let whom = if matches!(rhythm, Rhythm::Anniversary { .. }) { Whom::Day } else { Whom::Rule };
    let mut tx = app.db.write().await?;
    if broadcasts::find(&mut tx, id).await?.is_some() {
        return Ok(None);
    }
    broadcasts::insert(&mut tx, id, &said, repeat.staff_id, now).await?;
    broadcasts::set_origin(&mut tx, id, whom, None).await?;
    if let Some(trial) = &trial {
        broadcasts::set_trial(&mut tx, id, trial).await?;
    }
    if let Some(editor) = repeat.editor_id {
        broadcasts::set_last_editor(&mut tx, id, editor).await?;
    }
    let standing = standing_of(&mut tx, run).await?;
    if !repeats::note_made(&mut tx, (repeat.id, occasion), (id, standing), now).await? {
        return Ok(None);
    }
    broadcast_versions::keep(&mut tx, id, repeat.editor_id.unwrap_or(repeat.staff_id), now).await?;
    let detail = json!({ "from": repeat.id.to_string(), "occasion": occasion.to_string() });
    let subject = id.to_string();
    let entry = app.entry(None, "broadcast.create", ("broadcast", &subject), detail);
    audit::record(&mut tx, entry).await?;
    tx.commit().await?;
    tracing::info!(repeat.id = %repeat.id, broadcast.id = %id, %occasion, "a repeat has made a draft");
    Ok(Some(id))
}

/// The id of an occasion's draft: the same in every life of the database, and in the order of time.
fn id_of(repeat: &Repeat, occasion: Date) -> BroadcastId {
    let begins = Timestamp::from_tokyo(
        day_of(repeat, occasion).saturating_sub(repeat.lead_days.days()).at(0, 0, 0, 0),
    );
    let millis = u64::try_from(begins.max(repeat.created_at).millis()).unwrap_or(0);
    let drawn = Uuid::new_v5(&repeat.id, occasion.to_string().as_bytes());
    let mut bytes = [0; 10];
    bytes.copy_from_slice(&drawn.as_bytes()[..10]);
    BroadcastId(uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}
