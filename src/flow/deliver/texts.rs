//! What the members of a batch get: the text of their arm and variant, with what is filled in for them.
//!
//! A text is made once for all batches that have nothing of their own. The others are made from what was stored with
//! the batch when it was planned, and from nothing else, so that no value comes from anywhere but its own batch.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::reading::read_fill;
use crate::domain::message::{Content, Fill};
use crate::line::message::{Addresses, Message, compose};
use crate::store::batches::Pending;
use crate::store::broadcasts::Broadcast;
use crate::store::links;

/// The texts of one broadcast.
pub(super) struct Texts {
    /// By arm.
    arms: BTreeMap<String, (Content, Addresses)>,
    /// By arm and variant, for readers with nothing of their own. One that can't do without is not among them: its
    /// batches are held, and a brace never goes out.
    made: BTreeMap<(String, String), Vec<Message>>,
}

impl Texts {
    /// The texts of the arms, whose counted links have the codes that they were planned with.
    pub(super) async fn find(
        app: &App,
        broadcast: &Broadcast,
        arms: Vec<(String, Content)>,
    ) -> db::Result<Self> {
        let counts = arms.iter().any(|(_, content)| content.counts_taps());
        let links =
            if counts { links::list(&mut app.db.read().await?, broadcast.id).await? } else { Vec::new() };
        let mut texts = Self { arms: BTreeMap::new(), made: BTreeMap::new() };
        for (arm, content) in arms {
            let own = links.iter().filter(|link| link.arm == arm);
            let codes = own.map(|link| (link.address.clone(), link.code.clone())).collect();
            let addresses = Addresses { codes, ..app.addresses(&broadcast.topic) };
            for (language, _) in content.variants() {
                if let Ok(body) = content.filled(language.as_str(), &Fill::default()) {
                    let key = (arm.clone(), language.as_str().to_owned());
                    texts.made.insert(key, compose(&body, &addresses));
                }
            }
            texts.arms.insert(arm, (content, addresses));
        }
        Ok(texts)
    }

    /// What the members of a batch get; `None` where that can't be made, and then nothing may be sent.
    pub(super) fn messages(&self, pending: &Pending) -> Option<Cow<'_, [Message]>> {
        if pending.fill.is_none() && pending.reader.is_none() {
            let key = (pending.arm.clone(), pending.language.clone());
            return self.made.get(&key).map(|made| Cow::Borrowed(made.as_slice()));
        }
        let fill = read_fill(pending.fill.as_deref())?;
        let (content, addresses) = self.arms.get(&pending.arm)?;
        let body = content.filled(&pending.language, &fill).ok()?;
        let addresses = Addresses { reader: pending.reader.clone(), ..addresses.clone() };
        Some(Cow::Owned(compose(&body, &addresses)))
    }
}
