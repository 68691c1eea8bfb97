//! A resident with a phone.

use musubi::domain::ids::LineUserId;
use musubi::simulator::Shown;

use super::app::TestApp;

/// Somebody with LINE on their phone.
pub struct Friend<'a> {
    app: &'a TestApp,
    /// Who it is to LINE.
    pub id: LineUserId,
}

impl TestApp {
    /// Somebody adds the account; the greeting has come when this returns.
    pub async fn friend(&self, name: &str) -> Friend<'_> {
        let friend = Friend { app: self, id: self.line().add_friend(name).await };
        self.step().await;
        friend
    }
}

impl Friend<'_> {
    /// Types a text into the talk; the answer has come when this returns.
    pub async fn says(&self, text: &str) {
        self.app.line().says(&self.id, text).await.unwrap();
        self.app.step().await;
    }

    /// Taps the newest button with this label.
    pub async fn taps(&self, label: &str) {
        let shown = self.shown();
        let button = shown.iter().rev().find_map(|message| message.button(label));
        let button = button.unwrap_or_else(|| panic!("no button {label:?} in {:?}", self.texts()));
        self.app.line().taps(&self.id, button).await;
        self.app.step().await;
    }

    /// Blocks the account.
    pub async fn blocks(&self) {
        self.app.line().block(&self.id).await.unwrap();
        self.app.step().await;
    }

    /// Takes the account back.
    pub async fn unblocks(&self) {
        self.app.line().unblock(&self.id).await.unwrap();
        self.app.step().await;
    }

    /// What the account said, the oldest first.
    pub fn shown(&self) -> Vec<Shown> {
        self.app.line().said_to(&self.id)
    }

    /// The texts of what the account said.
    pub fn texts(&self) -> Vec<String> {
        self.shown().into_iter().map(|message| message.text).collect()
    }
}
