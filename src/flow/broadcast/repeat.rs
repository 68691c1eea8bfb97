//! Broadcasts that come again: set up, changed, ended. What each occasion makes stands in `occasion`.
//!
//! Text and rule are those of a broadcast that serves as the model. Every draft is tested, submitted and approved as any
//! other, unless two people have agreed to all of them (`standing`); a change ends what they agreed to. Whoever changes one
//! names the version that they saw; over another one nothing is written.

use jiff::ToSpan;
use jiff::civil::Time;
use serde_json::json;
use uuid::Uuid;

use super::standing::end_of_repeat;
use super::whose_day::of_the_day;
use super::{Refusal, Result, demand, read, usable};
use crate::app::App;
use crate::db::{Day, Tx};
use crate::domain::attribute::ValueType;
use crate::domain::broadcast::lasting::Lasting;
use crate::domain::broadcast::rhythm::{Rhythm, Shift};
use crate::domain::broadcast::trial::Trial;
use crate::domain::broadcast::{Class, Whom};
use crate::domain::ids::BroadcastId;
use crate::domain::staff::{Right, StaffMember};
use crate::store::audit;
use crate::store::broadcasts::Broadcast;
use crate::store::repeats::{self, Repeat};
use crate::store::standings;

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
    /// How long each run is true.
    pub lasting: Lasting,
}

/// Lets a broadcast come again; its text and its rule are the model of each draft.
///
/// # Errors
/// Refused without the right to draft, for a broadcast that goes to no saved rule, and for a rhythm that can't be.
pub async fn repeat(app: &App, staff: &StaffMember, id: BroadcastId, again: &Again) -> Result<Uuid> {
    let key = app.chance.uuid_v7(app.clock.now());
    repeat_once(app, staff, key, (id, again)).await
}

/// As [`repeat`], however often the same request arrives: its key becomes the id of the repeat.
///
/// # Errors
/// As [`repeat`].
pub async fn repeat_once(
    app: &App,
    staff: &StaffMember,
    key: Uuid,
    (id, again): (BroadcastId, &Again),
) -> Result<Uuid> {
    demand(staff, Right::Draft)?;
    let model = read(app, id).await?;
    check(app, &model, again).await?;
    let now = app.clock.now();
    let mut repeat = Repeat {
        id: key,
        title: model.title.clone(),
        series: model.series.clone(),
        topic: model.topic.clone(),
        segment_path: model.segment_path.clone(),
        content: model.content.clone(),
        trial: model.trial.clone(),
        rhythm: String::new(),
        shift: String::new(),
        minute: 0,
        lead_days: 0,
        begins: Day(app.clock.today()),
        handled: None,
        staff_id: staff.id,
        created_at: now,
        ended_at: None,
        editor_id: None,
        expires_days: None,
        deadline_days: None,
    };
    set_times(app, &mut repeat, again);
    check_lasting(&repeat)?;
    let mut tx = app.db.write().await?;
    if repeats::find(&mut tx, key).await?.is_some() {
        return Ok(key);
    }
    repeats::insert(&mut tx, &repeat).await?;
    note(app, &mut tx, (staff, "repeat.begin"), &repeat, Some(id)).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(repeat.id)
}

/// Changes when a repeat comes and, where a model is named, what it says and to whom; `version` is the one the editor saw
/// ([`Repeat::version`]). What two people had agreed to ends; drafts that people have not approved stay as they are.
///
/// # Errors
/// As [`repeat`]; also where it has ended, and where somebody else changed it or its standing approval meanwhile.
pub async fn change_repeat(
    app: &App,
    staff: &StaffMember,
    (id, version): (Uuid, &str),
    (model, again): (Option<BroadcastId>, &Again),
) -> Result<()> {
    demand(staff, Right::Draft)?;
    let mut repeat = as_seen(&mut app.db.read().await?, (id, version)).await?;
    match model {
        Some(model) => {
            let model = read(app, model).await?;
            check(app, &model, again).await?;
            take_text(app, &mut repeat, model).await?;
        }
        None => check_times(app, &repeat.segment_path, again).await?,
    }
    set_times(app, &mut repeat, again);
    check_lasting(&repeat)?;
    repeat.editor_id = Some(staff.id);
    let mut tx = app.db.write().await?;
    repeats::lock(&mut tx, id).await?;
    as_seen(&mut tx, (id, version)).await?;
    if !repeats::update(&mut tx, &repeat).await? {
        return Err(Refusal::RepeatOver.into());
    }
    end_of_repeat(app, &mut tx, id, staff.id, "繰り返しが変更されました。").await?;
    note(app, &mut tx, (staff, "repeat.change"), &repeat, model).await?;
    tx.commit().await?;
    app.wake.notify_one();
    Ok(())
}

/// The repeat that still comes, as it was seen.
pub(super) async fn as_seen(tx: &mut Tx, (id, version): (Uuid, &str)) -> Result<Repeat> {
    let repeat = repeats::find(tx, id).await?.ok_or(Refusal::NotFound)?;
    if repeat.ended_at.is_some() {
        return Err(Refusal::RepeatOver.into());
    }
    let open = standings::open_of(tx, id).await?;
    if repeat.version(open.as_ref()) != version {
        return Err(Refusal::RepeatChanged.into());
    }
    Ok(repeat)
}

async fn take_text(app: &App, repeat: &mut Repeat, model: Broadcast) -> Result<()> {
    let run = repeats::run_of(&mut app.db.read().await?, model.id).await?;
    // The title of one of its own runs names an occasion.
    if run.is_none_or(|(of, _)| of.id != repeat.id) {
        repeat.title = model.title;
    }
    repeat.series = model.series;
    repeat.topic = model.topic;
    repeat.segment_path = model.segment_path;
    repeat.content = model.content;
    repeat.trial = model.trial;
    Ok(())
}

fn set_times(app: &App, repeat: &mut Repeat, again: &Again) {
    repeat.rhythm = again.rhythm.to_text();
    again.shift.id().clone_into(&mut repeat.shift);
    repeat.minute = i64::from(again.at.hour()) * 60 + i64::from(again.at.minute());
    repeat.lead_days = again.lead_days;
    repeat.expires_days = again.lasting.expires_days;
    repeat.deadline_days = again.lasting.deadline_days;
    repeat.begins = Day(app.clock.today().saturating_add(1.day()));
}

async fn check(app: &App, model: &Broadcast, again: &Again) -> Result<()> {
    if model.whom() != Some(Whom::Rule) || model.class != Class::Ordinary {
        return Err(Refusal::NotRepeatable.into());
    }
    // A run that can't be split as its model would go to those who are held out.
    if let Some(trial) = model.trial().map_err(Refusal::from)? {
        trial.check(model.class).map_err(Refusal::from)?;
        trial.check_series(&model.series).map_err(Refusal::from)?;
    }
    check_times(app, &model.segment_path, again).await
}

async fn check_times(app: &App, path: &str, again: &Again) -> Result<()> {
    let dates = match &again.rhythm {
        Rhythm::Anniversary { attribute, .. } => {
            app.catalogue.attribute(attribute).is_some_and(|known| known.value_type == ValueType::Date)
        }
        _ => true,
    };
    again.rhythm.check_day().map_err(Refusal::from)?;
    let today = app.clock.today();
    let never = again.rhythm.occasions(today).next().is_none();
    if !dates || never || !(1..=60).contains(&again.lead_days) {
        return Err(Refusal::Rhythm.into());
    }
    let library = app.library().await?;
    // Whatever would not become a rule on the first day never would.
    of_the_day(app, usable(&library, path)?, &again.rhythm, today, path)?;
    Ok(())
}

/// A day that is counted and named nowhere is a mistake: somebody believes that residents read it.
fn check_lasting(repeat: &Repeat) -> std::result::Result<(), Refusal> {
    let lasting = repeat.lasting();
    if !lasting.is_sound() {
        return Err(Refusal::Lasting);
    }
    if lasting.deadline_days.is_none() {
        return Ok(());
    }
    let texts = Trial::texts(&repeat.content, repeat.trial.as_ref())?;
    let fits = lasting.fits(texts.iter().map(|said| &said.content));
    if fits { Ok(()) } else { Err(Refusal::NothingNamesDeadline) }
}

/// Lets it come no more; drafts that people have not approved stay.
///
/// # Errors
/// Refused without the right to draft.
pub async fn end_repeat(app: &App, staff: &StaffMember, id: Uuid) -> Result<()> {
    demand(staff, Right::Draft)?;
    let mut tx = app.db.write().await?;
    if repeats::end(&mut tx, id, app.clock.now()).await? {
        end_of_repeat(app, &mut tx, id, staff.id, "繰り返しが終了しました。").await?;
        let subject = id.to_string();
        let entry = app.entry(Some(staff.id), "repeat.end", ("repeat", &subject), json!({}));
        audit::record(&mut tx, entry).await?;
    }
    Ok(tx.commit().await?)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    (staff, action): (&StaffMember, &'static str),
    repeat: &Repeat,
    model: Option<BroadcastId>,
) -> Result<()> {
    let detail = json!({
        "from": model.map(|id| id.to_string()), "rhythm": repeat.rhythm, "content": repeat.content.hash(),
        "split": repeat.trial.is_some(), "expires_days": repeat.expires_days, "deadline_days": repeat.deadline_days,
    });
    let subject = repeat.id.to_string();
    audit::record(tx, app.entry(Some(staff.id), action, ("repeat", &subject), detail)).await?;
    Ok(())
}
