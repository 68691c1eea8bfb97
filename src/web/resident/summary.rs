//! What is stored, as a plain list, with everything that can be done about it.
//!
//! Shows all of it and nothing else: what stands here is what the city has.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::session::Resident;
use super::{Shell, failed, page};
use crate::app::App;
use crate::domain::attribute::{Attribute, Catalogue, Facts, Subject, Value, core};
use crate::domain::calendar::wareki;
use crate::domain::texts::Tongue;
use crate::flow::register::{self, Stored, Wish};

#[derive(Template)]
#[template(path = "web/resident/summary.html")]
struct Summary<'a> {
    shell: Shell<'a>,
    notice: Option<String>,
    delivery: Delivery,
    parts: Vec<Part>,
    agreed: String,
    /// Whether opened links are noted, which can be stopped here.
    is_noted: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Delivery {
    On,
    Off,
    Withdrawn,
}

/// The account, or one person.
struct Part {
    heading: String,
    facts: Vec<(String, String)>,
}

impl Summary<'_> {
    fn delivery_words(&self) -> String {
        self.shell.t(match self.delivery {
            Delivery::On => "delivery-on",
            Delivery::Off => "delivery-off",
            Delivery::Withdrawn => "delivery-withdrawn",
        })
    }

    fn is_on(&self) -> bool {
        self.delivery == Delivery::On
    }

    fn is_off(&self) -> bool {
        self.delivery == Delivery::Off
    }
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /liff/summary`
pub(super) async fn show(State(app): State<App>, resident: Resident, Query(done): Query<Done>) -> Response {
    let stored = match register::stored(&app, &resident.user).await {
        Ok(Some(stored)) if stored.account.registered_at.is_some() => stored,
        Ok(_) => return Redirect::to("/liff/profile").into_response(),
        Err(error) => return failed(&error),
    };
    let tongue = resident.tongue;
    let notice = match done.done.as_str() {
        "saved" => Some(tongue.say("saved")),
        "stopped" => Some(tongue.say("stopped-notice")),
        "resumed" => Some(tongue.say("resumed-notice")),
        "withdrawn" => Some(tongue.say("withdrawn-notice")),
        "not-noted" => Some(tongue.say("not-noted-notice")),
        _ => None,
    };
    let summary = Summary {
        shell: Shell::new(&app, tongue),
        notice,
        delivery: delivery(&stored),
        is_noted: stored.account.attributes.get(core::LINK_CONSENT) == Some(&true.into()),
        parts: parts(&app.catalogue, tongue, &stored),
        agreed: stored
            .consent
            .as_ref()
            .map_or_else(String::new, |consent| day(tongue, consent.given_at.tokyo_date())),
    };
    page(StatusCode::OK, &summary)
}

fn delivery(stored: &Stored) -> Delivery {
    if stored.consent.as_ref().is_none_or(|consent| consent.withdrawn_at.is_some()) {
        Delivery::Withdrawn
    } else if stored.account.stopped_at.is_some() {
        Delivery::Off
    } else {
        Delivery::On
    }
}

fn parts(catalogue: &Catalogue, tongue: Tongue, stored: &Stored) -> Vec<Part> {
    let read = catalogue.read_facts(Subject::Account, &stored.account.attributes);
    let is_wish = |id: &str| matches!(id, core::TOPICS | core::LANGUAGE);
    let home = list(catalogue, Subject::Account, tongue, &read, |id| !is_wish(id));
    let mut wishes = list(catalogue, Subject::Account, tongue, &read, is_wish);
    let declined = stored.account.declined();
    let declined = catalogue.topics().iter().filter(|topic| declined.contains(&topic.id));
    let declined: Vec<_> = declined.map(|topic| tongue.label(&topic.label)).collect();
    if !declined.is_empty() {
        wishes.push((tongue.say("declined-label"), declined.join(SEPARATOR)));
    }
    let mut parts = vec![Part { heading: tongue.say("section-account"), facts: home }];
    for (place, person) in stored.persons.iter().enumerate() {
        let read = catalogue.read_facts(Subject::Person, &person.attributes);
        let heading = match place {
            0 => tongue.say("summary-self"),
            _ => tongue.say_with("member-heading", &[("number", &place.to_string())]),
        };
        parts.push(Part { heading, facts: list(catalogue, Subject::Person, tongue, &read, |_| true) });
    }
    parts.push(Part { heading: tongue.say("section-wishes"), facts: wishes });
    parts
}

const SEPARATOR: &str = " / ";

fn list(
    catalogue: &Catalogue,
    subject: Subject,
    tongue: Tongue,
    facts: &Facts,
    keep: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    // What nobody entered is not listed, unless the form would have asked for it.
    let shown = catalogue.of(subject).filter(|attribute| keep(attribute.id.as_str())).filter(|attribute| {
        let is_self =
            facts.choice(core::RELATION) == Some(core::SELF) && attribute.id.as_str() == core::RELATION;
        !is_self && (attribute.entered_by.resident() || facts.get(attribute.id.as_str()).is_some())
    });
    let words = |attribute: &Attribute| {
        let value = facts.get(attribute.id.as_str());
        let words = value.map_or_else(|| tongue.say("not-set"), |value| words(attribute, tongue, value));
        (tongue.label(&attribute.label).to_owned(), words)
    };
    shown.map(words).collect()
}

fn words(attribute: &Attribute, tongue: Tongue, value: &Value) -> String {
    let label = |id: &str| match attribute.value(id) {
        Some(value) => tongue.label(&value.label).to_owned(),
        None => id.to_owned(),
    };
    match value {
        Value::YesNo(true) => tongue.say("yes"),
        Value::YesNo(false) => tongue.say("no"),
        Value::Number(number) => number.to_string(),
        Value::Choice(id) => label(id.as_str()),
        Value::Choices(ids) => ids.iter().map(|id| label(id.as_str())).collect::<Vec<_>>().join(SEPARATOR),
        Value::Date(date) => day(tongue, *date),
    }
}

/// A day as the reader counts: with the era and the western year in Japanese, so that a slip is seen; without the
/// era in やさしい日本語.
fn day(tongue: Tongue, date: jiff::civil::Date) -> String {
    match tongue {
        Tongue::Ja => format!("{}({}年)", wareki(date), date.year()),
        Tongue::JaEasy => format!("{}年{}月{}日", date.year(), date.month(), date.day()),
        Tongue::En => date.to_string(),
        Tongue::PtBr => format!("{:02}/{:02}/{}", date.day(), date.month(), date.year()),
    }
}

#[derive(Deserialize)]
pub(super) struct Act {
    wish: String,
}

/// `POST /liff/summary`
pub(super) async fn act(State(app): State<App>, resident: Resident, Form(act): Form<Act>) -> Response {
    let (wish, done) = match act.wish.as_str() {
        "stop" => (Wish::Stop, "stopped"),
        "resume" => (Wish::Resume, "resumed"),
        "withdraw" => (Wish::Withdraw, "withdrawn"),
        "stop-noting" => (Wish::StopNoting, "not-noted"),
        _ => return Redirect::to("/liff/summary").into_response(),
    };
    match register::wish(&app, &resident.user, wish).await {
        Ok(_) => Redirect::to(&format!("/liff/summary?done={done}")).into_response(),
        Err(error) => failed(&error),
    }
}

#[derive(Deserialize)]
pub(super) struct Speak {
    lang: String,
    #[serde(default)]
    back: String,
}

/// `POST /liff/language`
pub(super) async fn speak(State(app): State<App>, resident: Resident, Form(speak): Form<Speak>) -> Response {
    let back = if speak.back == "/liff/erase" { "/liff/erase" } else { "/liff/summary" };
    let Some(tongue) = Tongue::parse(&speak.lang) else { return Redirect::to(back).into_response() };
    match register::speak(&app, &resident.token, tongue).await {
        Ok(()) => Redirect::to(back).into_response(),
        Err(error) => failed(&error),
    }
}
