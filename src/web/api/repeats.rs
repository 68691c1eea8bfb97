//! Broadcasts that come again: the list, begun, changed, ended, and their standing approval.
//!
//! Two people stay two people: who asks, who agrees first and who agrees last are told apart by their tokens' members.
//! `If-Match` is honoured wherever it is sent; a change and asking for a standing approval want it.

use axum::Extension;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use jiff::civil::{Date, Time};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::broadcasts::made_now;
use super::door::Caller;
use super::input::{self, Body};
use super::kinds::Kind;
use super::once::MadeId;
use super::problem::{Problem, cautions_json};
use super::shapes;
use super::trials;
use crate::app::App;
use crate::db::Tx;
use crate::domain::broadcast::lasting::{LONGEST_DAYS, Lasting};
use crate::domain::broadcast::rhythm::{Rhythm, Shift};
use crate::domain::broadcast::standing::{Terms, seen};
use crate::domain::broadcast::trial::Trial;
use crate::domain::ids::BroadcastId;
use crate::domain::timestamp::Timestamp;
use crate::flow::broadcast::{self, Again, Refusal, Seen};
use crate::store::repeats::{self, Repeat, Run};
use crate::store::standings::{self, Standing};

/// So many occasions ahead, and so many behind, are told.
const AROUND: usize = 12;

/// How something comes again, as a client writes it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    /// The broadcast that serves as the model; where a repeat is changed, none keeps text and rule.
    #[serde(default)]
    broadcast: Option<String>,
    /// The stored form of a rhythm.
    rhythm: String,
    /// `stay`, `before` or `after`.
    shift: String,
    /// `HH:MM`.
    time: String,
    lead_days: i64,
    /// So many days after the day of sending a run expires; never where it is left out.
    #[serde(default)]
    expires_days: Option<i64>,
    /// So many days after it lies the day that `{期限}` names; the model's day stays where it is left out.
    #[serde(default)]
    deadline_days: Option<i64>,
}

impl Written {
    fn again(&self) -> Result<Again, Problem> {
        let wrong = |field: &'static str, said: &str| {
            Problem::new(Kind::Invalid, said.to_owned()).with("field", field.into())
        };
        let lasting = Lasting { expires_days: self.expires_days, deadline_days: self.deadline_days };
        if !lasting.is_sound() {
            let only = Lasting { expires_days: self.expires_days, ..Lasting::default() };
            let field = if only.is_sound() { "deadline_days" } else { "expires_days" };
            return Err(wrong(
                field,
                &format!("{field}は、1から{LONGEST_DAYS}の整数か、nullにしてください。"),
            ));
        }
        let clock = self
            .time
            .split_once(':')
            .and_then(|(hour, minute)| Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok());
        Ok(Again {
            rhythm: Rhythm::parse(&self.rhythm)
                .ok_or_else(|| wrong("rhythm", "rhythmの書き方は docs/api.md にあります。"))?,
            shift: Shift::parse(&self.shift)
                .ok_or_else(|| wrong("shift", "shiftは stay、before、after のどれかにしてください。"))?,
            at: clock.ok_or_else(|| wrong("time", "timeは 10:00 の形で書いてください。"))?,
            lead_days: self.lead_days,
            lasting,
        })
    }

    fn model(&self) -> Result<Option<BroadcastId>, Problem> {
        self.broadcast.as_deref().map(input::id).transpose()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Making {
    occasion: Date,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asking {
    until: Date,
    most: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Agreeing {
    /// The hash of what was read.
    hash: String,
    /// The most recipients of a run, typed by a person.
    count: i64,
}

pub(super) async fn list(State(app): State<App>, _: Caller) -> Result<Json<Value>, Problem> {
    let mut tx = app.db.read().await?;
    let mut items = Vec::new();
    for repeat in repeats::list(&mut tx).await? {
        items.push(shape(&app, &mut tx, &repeat).await?);
    }
    Ok(shapes::part(items, None))
}

pub(super) async fn show(
    State(app): State<App>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    answer(&app, parse(&id)?).await
}

pub(super) async fn begin(
    caller: Caller,
    made: Option<Extension<MadeId>>,
    Body(written): Body<Written>,
) -> Result<Response, Problem> {
    let (app, again) = (&caller.app, written.again()?);
    let missing = || {
        let said = "繰り返す配信のidを、broadcastに書いてください。";
        Problem::new(Kind::Invalid, said).with("field", "broadcast".into())
    };
    let model = written.model()?.ok_or_else(missing)?;
    let key = made.map_or_else(|| broadcast::new_key(app).0, |Extension(made)| made.0);
    let id = broadcast::repeat_once(app, &caller.staff, key, (model, &again)).await?;
    let mut response = answer(app, id).await?;
    *response.status_mut() = StatusCode::CREATED;
    if let Ok(place) = HeaderValue::from_str(&format!("/api/v1/repeats/{id}")) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    Ok(response)
}

pub(super) async fn change(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(written): Body<Written>,
) -> Result<Response, Problem> {
    let (id, version) = (parse(&id)?, input::version::<String>(&headers)?);
    let (again, model) = (written.again()?, written.model()?);
    broadcast::change_repeat(&caller.app, &caller.staff, (id, &version), (model, &again)).await?;
    answer(&caller.app, id).await
}

pub(super) async fn end(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = as_seen(&caller.app, &id, &headers).await?;
    broadcast::end_repeat(&caller.app, &caller.staff, id).await?;
    answer(&caller.app, id).await
}

/// The draft of an occasion that was missed.
pub(super) async fn make(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(making): Body<Making>,
) -> Result<Response, Problem> {
    let id = as_seen(&caller.app, &id, &headers).await?;
    let draft = broadcast::make_missed(&caller.app, &caller.staff, id, making.occasion).await?;
    made_now(&caller.app, draft).await
}

pub(super) async fn ask(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(asking): Body<Asking>,
) -> Result<Response, Problem> {
    let (id, version) = (parse(&id)?, input::version::<String>(&headers)?);
    let terms = Terms { ends: asking.until, most: asking.most };
    broadcast::ask_standing(&caller.app, &caller.staff, (id, &version), terms).await?;
    answer(&caller.app, id).await
}

pub(super) async fn agree(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Body(agreeing): Body<Agreeing>,
) -> Result<Response, Problem> {
    let id = as_seen(&caller.app, &id, &headers).await?;
    let seen = Seen { hash: agreeing.hash, typed_count: agreeing.count };
    let open = open(&caller.app, id).await?;
    broadcast::agree_to_standing(&caller.app, &caller.staff, open.id, &seen).await?;
    answer(&caller.app, id).await
}

pub(super) async fn revoke(
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = as_seen(&caller.app, &id, &headers).await?;
    let open = open(&caller.app, id).await?;
    broadcast::revoke_standing(&caller.app, &caller.staff, open.id).await?;
    answer(&caller.app, id).await
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    Uuid::try_parse(id).map_err(|_| Problem::not_found())
}

/// The id in the address, whose repeat is still the one that was seen, where the client says which.
async fn as_seen(app: &App, id: &str, headers: &HeaderMap) -> Result<Uuid, Problem> {
    let id = parse(id)?;
    let (wanted, mut tx) = (input::if_match::<String>(headers)?, app.db.read().await?);
    let repeat = repeats::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    if let Some(version) = wanted
        && version_of(&mut tx, &repeat).await? != version
    {
        return Err(broadcast::BroadcastError::from(Refusal::RepeatChanged).into());
    }
    Ok(id)
}

async fn version_of(tx: &mut Tx, repeat: &Repeat) -> Result<String, Problem> {
    let open = standings::open_of(tx, repeat.id).await?;
    Ok(repeat.version(open.as_ref()))
}

async fn open(app: &App, id: Uuid) -> Result<Standing, Problem> {
    let open = standings::open_of(&mut app.db.read().await?, id).await?;
    open.ok_or_else(|| broadcast::BroadcastError::from(Refusal::StandingOver).into())
}

/// The repeat as it is now, with its entity tag.
async fn answer(app: &App, id: Uuid) -> Result<Response, Problem> {
    let mut tx = app.db.read().await?;
    let repeat = repeats::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?;
    let version = version_of(&mut tx, &repeat).await?;
    Ok(shapes::tagged(shape(app, &mut tx, &repeat).await?, &version))
}

async fn shape(app: &App, tx: &mut Tx, repeat: &Repeat) -> Result<Value, Problem> {
    let from = repeat.begins.0.max(app.clock.today());
    let ahead = match repeat.ended_at {
        None => broadcast::occasions_from(repeat, from, AROUND),
        Some(_) => Vec::new(),
    };
    let ahead = ahead.into_iter().map(|(day, at)| next(repeat, day, at));
    let runs = repeats::runs(tx, repeat.id, 12).await?;
    let author = shapes::person(tx, repeat.staff_id).await?;
    let editor = match repeat.editor_id {
        Some(id) => shapes::person(tx, id).await?,
        None => Value::Null,
    };
    let standing = match standings::newest_of(tx, repeat.id).await? {
        Some(newest) => standing(tx, &newest).await?,
        None => Value::Null,
    };
    Ok(json!({
        "id": repeat.id.to_string(), "version": version_of(tx, repeat).await?, "title": repeat.title, "series": repeat.series, "topic": repeat.topic,
        "segment": repeat.segment_path, "content": repeat.content.to_value(),
        "trial": repeat.trial.as_ref().and_then(|stored| Trial::read(stored).ok()).as_ref().map_or(Value::Null, trials::shape),
        "rhythm": repeat.rhythm, "shift": repeat.shift,
        "time": format!("{:02}:{:02}", repeat.minute / 60, repeat.minute % 60), "lead_days": repeat.lead_days,
        "expires_days": repeat.expires_days, "deadline_days": repeat.deadline_days,
        "author": author, "last_editor": editor,
        "created_at": shapes::instant(repeat.created_at), "ended_at": repeat.ended_at.map(shapes::instant),
        "ahead": ahead.collect::<Vec<_>>(), "runs": runs.iter().map(|one| run(app, repeat, one)).collect::<Vec<_>>(), "standing": standing,
    }))
}

/// An occasion that is to come, with the days that its run will have.
fn next(repeat: &Repeat, occasion: Date, at: Timestamp) -> Value {
    let (lasting, day) = (repeat.lasting(), at.tokyo_date());
    json!({
        "occasion": occasion.to_string(), "at": shapes::instant(at),
        "expires_at": lasting.expires_at(day).map(shapes::instant),
        "deadline": lasting.deadline(day).map(|last| last.to_string()),
    })
}

fn run(app: &App, repeat: &Repeat, run: &Run) -> Value {
    let tried_until = broadcast::tried_until(repeat, run, app.clock.now());
    let state = if run.nobody { "nobody" } else { run.state.as_str() };
    json!({
        "occasion": run.occasion.0.to_string(), "state": state, "verdict": run.verdict,
        "broadcast": run.broadcast_id.map(|id| id.to_string()),
        "reason": run.reason, "tried_until": tried_until.map(shapes::instant),
    })
}

async fn standing(tx: &mut Tx, newest: &Standing) -> Result<Value, Problem> {
    let given = standings::agreed(tx, newest.id).await?.into_iter().map(|one| {
        json!({ "id": one.staff_id.to_string(), "name": one.name, "at": shapes::instant(one.approved_at) })
    });
    let state = match (newest.ended_at, newest.in_force_at) {
        (Some(_), _) => "ended",
        (None, Some(_)) => "in_force",
        (None, None) => "asked",
    };
    Ok(json!({
        "state": state, "hash": newest.hash, "until": newest.ends.0.to_string(), "most": newest.most,
        "example": newest.example_id.to_string(), "cautions": cautions_json(&seen(&newest.cautions)),
        "asked_by": shapes::person(tx, newest.asked_by).await?, "asked_at": shapes::instant(newest.asked_at),
        "given": given.collect::<Vec<_>>(), "in_force_at": newest.in_force_at.map(shapes::instant),
        "ended_at": newest.ended_at.map(shapes::instant), "end_reason": newest.end_reason,
    }))
}
