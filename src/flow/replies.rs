//! Everything the account says in the talk, a function each, in four languages.
//!
//! Answers only: what is sent to many is a broadcast. No answer repeats what somebody wrote or registered, because
//! whatever is said here stays with LINE.

use crate::app::App;
use crate::domain::texts::Tongue;
use crate::line::message::{Action, Card, Message};

/// What a button of ours sends back: stop everything.
pub const STOP: &str = "v1:stop";
/// What a button of ours sends back: start again.
pub const RESUME: &str = "v1:resume";

/// Whether there is anything to choose a friend's messages by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Never registered.
    Missing,
    /// Registered, but the consent was taken back.
    Withdrawn,
    /// Registered, with consent.
    Agreed,
}

/// To a member of staff, in their language alone: this account is theirs now.
#[must_use]
pub fn staff_linked() -> Message {
    Message::text(
        "【職員への連絡】このLINEを、職員の連絡先に登録しました。テスト送信と緊急配信の連絡が、ここに届きます。心当たりがないときは、情報政策課に知らせてください。"
            .to_owned(),
    )
}

/// To whoever sends a code that does not work.
#[must_use]
pub fn staff_code_gone() -> Message {
    Message::text(
        "【職員への連絡】この番号は使えません。期限が切れたか、書きまちがいです。コンソールの「自分のLINE」で番号を作り直して、送ってください。"
            .to_owned(),
    )
}

/// Speaks in one language.
pub struct Replies<'a> {
    app: &'a App,
    tongue: Tongue,
}

impl<'a> Replies<'a> {
    /// In this language.
    #[must_use]
    pub fn new(app: &'a App, tongue: Tongue) -> Self {
        Self { app, tongue }
    }

    /// To a new friend: who we are, what registering is good for, who keeps what.
    #[must_use]
    pub fn greeting(&self) -> Message {
        let (title, text) = self.texts("greeting-title", "greeting-text");
        let say = |tongue: Tongue| Action::message(tongue.name(), tongue.name());
        let others = Tongue::ALL.into_iter().filter(|tongue| *tongue != self.tongue);
        self.card(title, text, vec![]).with_quick_replies(others.map(say).collect())
    }

    /// To a registered friend who had blocked us and is back.
    #[must_use]
    pub fn greeting_again(&self, basis: Basis, is_stopped: bool) -> Message {
        let (text, others) = match basis {
            Basis::Withdrawn => ("withdrawn-text", vec![]),
            _ if is_stopped => ("stopped-already-text", vec![self.button("resume-button", RESUME)]),
            _ => ("greeting-again-text", vec![]),
        };
        let (title, text) = self.texts("greeting-again-title", text);
        self.card(title, text, others)
    }

    /// To whoever asks for the form.
    #[must_use]
    pub fn register(&self) -> Message {
        let (title, text) = self.texts("register-title", "register-text");
        self.card(title, text, vec![])
    }

    /// To anything that is no command: nobody reads this, and nothing personal belongs here.
    #[must_use]
    pub fn not_read(&self) -> Message {
        let (title, text) = self.texts("not-read-title", "not-read-text");
        self.card(title, text, vec![])
    }

    /// Messages are stopped now, or were already.
    #[must_use]
    pub fn stopped(&self, now: bool, basis: Basis) -> Message {
        let title = if now { "stopped-title" } else { "stopped-already-title" };
        let (title, text) = match basis {
            Basis::Missing => self.texts(title, "stopped-unregistered-text"),
            Basis::Withdrawn => self.texts(title, "stopped-withdrawn-text"),
            Basis::Agreed if now => self.texts(title, "stopped-text"),
            Basis::Agreed => self.texts(title, "stopped-already-text"),
        };
        self.card(title, text, vec![self.button("resume-button", RESUME)])
    }

    /// Messages go again now, or had not been stopped.
    #[must_use]
    pub fn resumed(&self, now: bool, basis: Basis) -> Message {
        let (title, text) = match basis {
            Basis::Missing => self.texts("unregistered-title", "unregistered-text"),
            Basis::Withdrawn => self.texts("withdrawn-title", "withdrawn-text"),
            Basis::Agreed if now => self.texts("resumed-title", "resumed-text"),
            Basis::Agreed => self.texts("resumed-already-title", "resumed-already-text"),
        };
        let others = if basis == Basis::Agreed { vec![self.button("stop-button", STOP)] } else { vec![] };
        self.card(title, text, others)
    }

    /// To whoever wants to leave: where everything is erased, and how to stop only the messages.
    #[must_use]
    pub fn leave(&self, basis: Basis) -> Message {
        let (title, text) = match basis {
            Basis::Missing => self.texts("unregistered-title", "leave-unregistered-text"),
            _ => self.texts("leave-title", "leave-text"),
        };
        self.card(title, text, vec![self.button("stop-button", STOP)])
    }

    /// A topic is declined.
    #[must_use]
    pub fn topic_declined(&self, topic: &str) -> Message {
        let text = self.tongue.say_with("topic-declined-text", &[("topic", topic)]);
        self.card(self.tongue.say("topic-declined-title"), text, vec![])
    }

    /// A topic is accepted again.
    #[must_use]
    pub fn topic_accepted(&self, topic: &str) -> Message {
        let text = self.tongue.say_with("topic-accepted-text", &[("topic", topic)]);
        self.card(self.tongue.say("topic-accepted-title"), text, vec![])
    }

    /// A button was pressed that means nothing any more.
    #[must_use]
    pub fn button_gone(&self) -> Message {
        let (title, text) = self.texts("button-gone-title", "button-gone-text");
        self.card(title, text, vec![])
    }

    fn texts(&self, title: &str, text: &str) -> (String, String) {
        let config = &self.app.config.city;
        let city = self.tongue.city(&config.name, &config.name_latin);
        let blanks = [("city", city.as_str()), ("contact", config.contact.as_str())];
        (self.tongue.say_with(title, &blanks), self.tongue.say_with(text, &blanks))
    }

    fn button(&self, label: &str, data: &str) -> Action {
        let label = self.tongue.say(label);
        Action::postback_saying(label.clone(), data, label)
    }

    /// Each answer carries the way to the form.
    fn card(&self, title: String, text: String, others: Vec<Action>) -> Message {
        let form = Action::uri(self.tongue.say("register-button"), self.app.config.liff.link(""));
        let buttons = std::iter::once(form).chain(others).collect();
        Message::card(format!("{title}\n{text}"), Card { title, text, buttons, ..Card::default() })
    }
}
