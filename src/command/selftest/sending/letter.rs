//! What a run sends, and to whom: one text to every friend, several languages, words of each recipient's own, two texts
//! with some who get nothing, links that are counted.

use std::time::Duration;

use anyhow::{Context, Result};
use musubi::app::App;
use musubi::domain::broadcast::State;
use musubi::domain::ids::BroadcastId;
use musubi::domain::message::{Body, Button, Card, Content, Target};
use musubi::flow::broadcast::{self as desk, Draft, Wish};

use crate::command::office;

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Letter {
    /// One text to every friend.
    Plain,
    /// Every friend reads their own language.
    Languages,
    /// Every home reads of its own family, by a call of its own.
    Families,
    /// Every friend reads one of two texts, or nothing.
    Arms,
    /// Every friend gets a link; who agreed that it is noted gets one of their own.
    Counted,
}

impl Letter {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Plain, Self::Languages, Self::Families, Self::Arms, Self::Counted];

    /// Its word on the command line.
    pub(super) fn word(self) -> &'static str {
        ["plain", "languages", "families", "arms", "counted"][self as usize]
    }

    /// Whether it goes to the homes alone.
    pub(super) fn is_for_homes(self) -> bool {
        self == Self::Families
    }

    fn draft(self, app: &App, true_for: Option<Duration>) -> Draft {
        let text = |words: &str| Body::text(words);
        let draft = match self {
            Self::Plain | Self::Arms => office::to_everyone(),
            Self::Families => office::to_families(),
            Self::Languages => {
                let variants = [("ja", "健診の予約"), ("en", "Check-ups"), ("pt-BR", "Exames")];
                let content = Content::new(variants.map(|(language, words)| (language.into(), text(words))));
                Draft { content, ..office::to_everyone() }
            }
            Self::Counted => {
                let target = Target::Uri("https://www.city.example/kenshin".to_owned());
                let buttons = vec![Button { label: "くわしく見る".to_owned(), target }];
                let card =
                    Card {
                        title: "健診".to_owned(), text: "予約".to_owned(), buttons, ..Card::default()
                    };
                let content = Content::new([("ja".into(), Body::card(card))]).counting_taps(true);
                Draft { content, ..office::to_everyone() }
            }
        };
        Draft { expires_at: true_for.map(|long| app.clock.now().plus(long)), ..draft }
    }

    /// Leads the one broadcast to its approval, from wherever it stands.
    ///
    /// # Errors
    /// Where a step is refused.
    pub(super) async fn approve(self, app: &App, true_for: Option<Duration>) -> Result<BroadcastId> {
        let author = office::clerk(app, office::AUTHOR).await?;
        if office::broadcast(app).await?.is_none() {
            desk::create(app, &author, self.draft(app, true_for)).await?;
        }
        let stored = office::broadcast(app).await?.context("it was written")?;
        if self == Self::Arms && stored.state == State::Draft && stored.trial.is_none() {
            let others = vec![office::other_text(app, &author).await?];
            let wish = Wish { held_out_percent: 10, others };
            desk::split(app, &author, (stored.id, stored.version), wish).await?;
        }
        office::approve(app, || self.draft(app, true_for)).await
    }
}
