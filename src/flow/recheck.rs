//! What is asked once more before the recipients are frozen: the number, the data checks, and whether enough people agreed.
//!
//! An approval is good for the audience that was seen. Where the audience of today is another one, gives a caution that
//! nobody has seen, or asks for more people than have approved, the broadcast is held and everybody approves anew. Who
//! approves then sees what came up. It reads, and changes nothing but to hold.

use serde_json::json;

use super::{Audience, Held, Tier};
use crate::app::App;
use crate::db;
use crate::domain::broadcast::tier::WhyTwo;
use crate::domain::broadcast::{Caution, Hold, caution, has_moved};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::standings;

/// What has come up since a broadcast was approved.
pub(super) struct Recheck {
    recipients: i64,
    moved: bool,
    cautions: Vec<Caution>,
    lacks: Vec<WhyTwo>,
}

impl Recheck {
    /// Compares an approved broadcast with its audience of today.
    pub(super) async fn of(app: &App, broadcast: &Broadcast, audience: &Audience) -> db::Result<Self> {
        let (then, recipients) = (broadcast.approved_count.unwrap_or(0), audience.size());
        let why = Tier::why_two(app, broadcast, recipients).await?;
        Ok(Self {
            recipients,
            moved: recipients == 0 || has_moved(then, recipients),
            cautions: unseen(app, broadcast, audience).await?,
            lacks: if broadcast.approvals_needed < 2 { why } else { Vec::new() },
        })
    }

    /// Why it has to be held; the first reason is the one that is told.
    pub(super) fn reason(&self) -> Option<Hold> {
        if self.moved {
            Some(Hold::AudienceMoved)
        } else if !self.lacks.is_empty() {
            Some(Hold::NeedsSecond)
        } else {
            (!self.cautions.is_empty()).then_some(Hold::NewCaution)
        }
    }

    /// Holds it until people say how it goes on; `false` where somebody was faster.
    pub(super) async fn hold(&self, app: &App, broadcast: &Broadcast, reason: Hold) -> db::Result<bool> {
        let mut tx = app.db.write().await?;
        let why: Vec<_> = self.lacks.iter().map(|why| why.word()).collect();
        let detail = json!({
            "recipients": self.recipients, "approved": broadcast.approved_count,
            "cautions": caution::to_text(&self.cautions), "two": why,
        });
        let step = (broadcast.id, broadcast.state);
        if !Held::with_figures(app, &mut tx, step, (reason, detail)).await? {
            return Ok(false);
        }
        let more = broadcast.more_cautions.as_deref().map(caution::from_text).unwrap_or_default();
        let more: Vec<_> = more.into_iter().chain(self.cautions.iter().copied()).collect();
        broadcasts::note_cautions(&mut tx, broadcast.id, &caution::to_text(&more)).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// The cautions about an audience that nobody has seen who approved it, once or by a standing approval.
async fn unseen(app: &App, broadcast: &Broadcast, audience: &Audience) -> db::Result<Vec<Caution>> {
    // An emergency waits for no figure that moved by a hair; that it goes to nobody, or to many others, still holds it.
    if broadcast.is_emergency() || audience.cautions.is_empty() {
        return Ok(Vec::new());
    }
    let mut seen = broadcast.cautions();
    let standing = standings::cautions_of_run(&mut app.db.read().await?, broadcast.id).await?;
    seen.extend(standing.as_deref().map(caution::from_text).unwrap_or_default());
    Ok(audience.cautions.iter().copied().filter(|one| !seen.contains(one)).collect())
}
