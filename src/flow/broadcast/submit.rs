//! Submitting: the text, the rule, the series and the schedule are frozen for the second person.
//!
//! Everything that can be checked without a person is checked here, and the number of recipients is noted: it is the
//! number that the approver will have to type.

use jiff::civil::Date;
use serde_json::json;

use super::emergency::{alarm, check_drill};
use super::{Refusal, Result, demand, demand_done, forecast, frozen_check_ups, load, read, record, usable};
use crate::app::App;
use crate::domain::broadcast::forecast::Forecast;
use crate::domain::broadcast::tier::WhyTwo;
use crate::domain::broadcast::unfilled::unfilled;
use crate::domain::broadcast::{Caution, Class, State, TimeFault, Whom, caution, time_faults};
use crate::domain::ids::BroadcastId;
use crate::domain::message::{Blank, Content};
use crate::domain::segment::library::Library;
use crate::domain::segment::{Segment, text};
use crate::domain::staff::{Right, StaffMember};
use crate::domain::timestamp::Timestamp;
use crate::failpoint;
use crate::flow::{Audience, Tier};
use crate::store::broadcasts::{self, Broadcast, Submission};
use crate::store::{approvals, broadcast_versions, links};

/// What the author of a draft must have seen before submitting it, as of today; of what was submitted, what they had
/// seen then.
///
/// # Errors
/// Refused where the rule of a draft can't be used.
pub async fn cautions(app: &App, broadcast: &Broadcast) -> Result<Vec<Caution>> {
    if broadcast.state != State::Draft {
        return Ok(broadcast.cautions());
    }
    if broadcast.whom() != Some(Whom::Rule) {
        let audience = Audience::of_broadcast(app, broadcast, app.clock.today()).await?;
        return Ok(with_words(broadcast, audience.cautions));
    }
    let library = app.library().await?;
    let segment = usable(&library, &broadcast.segment_path)?;
    let audience = Audience::of(app, segment, &broadcast.topic, app.clock.today()).await?;
    Ok(with_words(broadcast, audience.cautions))
}

/// The cautions about an audience, and the one about the words of the text where there is reason for it.
pub(super) fn with_words(broadcast: &Broadcast, mut cautions: Vec<Caution>) -> Vec<Caution> {
    if !broadcast.sensitive_words().is_empty() {
        cautions.push(Caution::SensitiveWords);
    }
    cautions
}

/// Why two people have to approve a broadcast, as of today; empty where one is enough.
///
/// # Errors
/// Refused where its audience can't be named.
pub async fn why_two(app: &App, broadcast: &Broadcast) -> Result<Vec<WhyTwo>> {
    if broadcast.state != State::Draft {
        let audience = Audience::of_broadcast(app, broadcast, app.clock.today()).await?;
        return Ok(Tier::why_two(app, broadcast, audience.size()).await?);
    }
    // A draft follows the saved rules until it is submitted.
    let mut draft = broadcast.clone();
    draft.check_up_rules = check_up_rules(app, &draft).await?;
    let audience = if draft.whom() == Some(Whom::Rule) {
        let library = app.library().await?;
        let segment = frozen(app, usable(&library, &draft.segment_path)?, &draft)?;
        draft.rule_text = text::print(&segment, &app.catalogue);
        Audience::of(app, &segment, &draft.topic, app.clock.today()).await?
    } else {
        Audience::of_broadcast(app, &draft, app.clock.today()).await?
    };
    Ok(Tier::why_two(app, &draft, audience.size()).await?)
}

/// Submits a draft; `version` is the one the page showed, `seen` the cautions that the author says to have seen on it.
/// Doing it twice does it once.
///
/// # Errors
/// Refused where something must be mended first, where there are other cautions than those seen, and where somebody
/// else was faster.
pub async fn submit(
    app: &App,
    staff: &StaffMember,
    (id, version): (BroadcastId, i64),
    seen: &[Caution],
) -> Result<()> {
    demand(staff, Right::Draft)?;
    let mut draft = read(app, id).await?;
    if draft.state == State::Submitted && draft.version == version + 1 {
        return Ok(());
    }
    if draft.state != State::Draft {
        return Err(Refusal::WrongState(draft.state).into());
    }
    let audience = audience_of(app, &mut draft).await?;
    if audience.size() == 0 {
        return Err(Refusal::NobodySelected.into());
    }
    let size = audience.size();
    let given = with_words(&draft, audience.cautions);
    let cautions = caution::to_text(&given);
    if caution::to_text(seen) != cautions {
        return Err(Refusal::Cautions(given).into());
    }
    draft.submitted_cautions = Some(cautions);
    let forecast = forecast::forecast(app, &draft, &audience.recipients).await?;
    freeze(app, staff, (&draft, version), (size, forecast)).await
}

/// Whom it goes to; a saved rule is frozen into the draft first. Everything that needs no person is checked.
pub(super) async fn audience_of(app: &App, draft: &mut Broadcast) -> Result<Audience> {
    draft.check_up_rules = check_up_rules(app, draft).await?;
    if draft.whom() != Some(Whom::Rule) {
        check(app, draft)?;
        // A rule that can't be asked at the last look would hold it for good.
        if matches!(draft.whom(), Some(Whom::Missed(_))) {
            Audience::still_meant(app, draft, going_out(app, draft)).await?;
        }
        return Ok(Audience::of_broadcast(app, draft, app.clock.today()).await?);
    }
    let library = app.library().await?;
    let segment = frozen(app, usable(&library, &draft.segment_path)?, draft)?;
    draft.rule_text = text::print(&segment, &app.catalogue);
    check_rule(app, draft)?;
    check(app, draft)?;
    Ok(Audience::of(app, &segment, &draft.topic, app.clock.today()).await?)
}

/// The rules behind 対象の健診名, where a text asks for them.
async fn check_up_rules(app: &App, draft: &Broadcast) -> Result<Option<String>> {
    let texts = draft.texts().map_err(Refusal::from)?;
    let asks = texts.iter().any(|said| said.content.personal_blanks().contains(&Blank::CheckUps));
    if !asks { Ok(None) } else { frozen_check_ups(app, going_out(app, draft)).await.map(Some) }
}

/// The rule with the values that its parameters have on the day it is to go out.
fn frozen(app: &App, segment: &Segment, draft: &Broadcast) -> std::result::Result<Segment, Refusal> {
    segment.frozen(&app.catalogue, going_out(app, draft)).map_err(|_| Refusal::RuleUnreadable)
}

/// The day on which it is to go out.
pub(super) fn going_out(app: &App, draft: &Broadcast) -> Date {
    draft.scheduled_at.map_or_else(|| app.clock.today(), Timestamp::tokyo_date)
}

/// The rule as it would be frozen, checked as of today: one whose review date has passed since the start is refused.
fn check_rule(app: &App, draft: &Broadcast) -> std::result::Result<(), Refusal> {
    let sources = vec![(draft.segment_path.clone(), draft.rule_text.clone())];
    let library = Library::from_sources(sources, &app.catalogue, app.clock.today());
    library.get(&draft.segment_path).map(|_| ()).ok_or(Refusal::RuleUnreadable)
}

fn check(app: &App, draft: &Broadcast) -> std::result::Result<(), Refusal> {
    let now = app.clock.now();
    for said in draft.texts()? {
        check_text(app, draft, &said.content).map_err(|refusal| refusal.of_arm(said.arm.as_deref()))?;
    }
    if let Some(trial) = draft.trial()? {
        trial.check(draft.class)?;
        trial.check_series(&draft.series)?;
    }
    app.catalogue.topic(&draft.topic).ok_or(Refusal::UnknownTopic)?;
    if let Some(fault) = time_faults(draft.scheduled_at, draft.expires_at, now).first() {
        return Err((*fault).into());
    }
    if draft.is_tested() { Ok(()) } else { Err(Refusal::NotTested) }
}

/// What is asked of each text of a draft, whichever arm says it.
fn check_text(app: &App, draft: &Broadcast, content: &Content) -> std::result::Result<(), Refusal> {
    let problems = content.problems();
    if !problems.is_empty() {
        return Err(Refusal::Content(problems));
    }
    forecast::check_blanks(draft, content)?;
    let places = unfilled(content);
    if !places.is_empty() {
        return Err(Refusal::Unfilled(places));
    }
    // A correction may have to speak of a day that has passed.
    let day = going_out(app, draft);
    let names_past = content.last_day().is_some_and(|last| last < day);
    if draft.class == Class::Ordinary && names_past {
        return Err(TimeFault::DeadlinePast.into());
    }
    check_drill(app, draft, content)
}

async fn freeze(
    app: &App,
    staff: &StaffMember,
    (draft, version): (&Broadcast, i64),
    (count, forecast): (i64, Option<Forecast>),
) -> Result<()> {
    let hash = draft.proposal().hash();
    let why = Tier::why_two(app, draft, count).await?;
    let needed = if why.is_empty() { 1 } else { 2 };
    let mut tx = app.db.write().await?;
    let stored = load(&mut tx, draft.id).await?;
    if stored.state == State::Submitted && stored.submitted_hash.as_deref() == Some(hash.as_str()) {
        return Ok(());
    }
    let cautions = draft.submitted_cautions.as_deref().unwrap_or_default();
    let submission = Submission {
        rule_text: &draft.rule_text,
        hash: &hash,
        count,
        cautions,
        check_up_rules: draft.check_up_rules.as_deref(),
    };
    approvals::set_needed(&mut tx, draft.id, needed).await?;
    let done = broadcasts::submit(&mut tx, (draft.id, version), submission, app.clock.now()).await?;
    demand_done(done)?;
    broadcasts::set_forecast(&mut tx, draft.id, forecast.as_ref()).await?;
    if draft.texts().map_err(Refusal::from)?.iter().any(|said| !said.content.links().is_empty()) {
        links::set_seed(&mut tx, draft.id, &app.fresh_secret()).await?;
    }
    broadcast_versions::keep(&mut tx, draft.id, staff.id, app.clock.now()).await?;
    let detail = json!({ "hash": hash, "recipients": count, "cautions": cautions, "approvals": needed });
    record(app, &mut tx, (staff, "broadcast.submit"), draft.id, detail).await?;
    alarm(app, &mut tx, draft, "submitted").await?;
    failpoint::reach("submit.written");
    tx.commit().await?;
    failpoint::reach("submit.committed");
    app.wake.notify_one();
    Ok(())
}
