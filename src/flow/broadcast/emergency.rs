//! Emergency messages from their drawer: filled, tested, submitted, approved by one other person; nothing waits.
//!
//! The text is the template's and can't be edited; whoever has made a mistake in filling begins anew. All staff with a
//! LINE account are told at once when one waits for its approval and when it goes out.

use std::time::Duration;

use serde_json::json;

use super::{Refusal, Result, demand, demand_done, new_key, record};
use crate::app::App;
use crate::db::Tx;
use crate::domain::broadcast::{Class, Whom};
use crate::domain::emergency::{DRILL, Drawer, DrawerError, Filled};
use crate::domain::ids::BroadcastId;
use crate::domain::message::Content;
use crate::domain::segment::text;
use crate::domain::staff::{Right, StaffMember};
use crate::store::broadcasts::{self, Broadcast, Text};
use crate::store::{alarms, broadcast_versions};

/// The series of every emergency message.
const SERIES: &str = "緊急配信";
/// Where the template's id stands in the place of a rule's path.
const PATH: &str = "緊急/";

/// The drawer: the folder's file, or the one of the program where the folder has none.
///
/// # Errors
/// What is wrong with the file; then there is no template.
pub fn drawer(app: &App) -> std::result::Result<Drawer, DrawerError> {
    let path = app.config.segments_dir.join("emergency.toml");
    match std::fs::read_to_string(path) {
        Ok(text) => Drawer::parse(&text, &app.catalogue),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Drawer::parse(Drawer::builtin(), &app.catalogue)
        }
        Err(error) => Err(DrawerError(error.to_string())),
    }
}

/// Begins an emergency message: a draft that can only be sent as it is, or stopped.
///
/// # Errors
/// Refused without the right to draft, without the template, and where a place is not filled as it should be.
pub async fn begin_emergency(
    app: &App,
    staff: &StaffMember,
    template: &str,
    filled: &Filled,
) -> Result<BroadcastId> {
    demand(staff, Right::Draft)?;
    let drawer = drawer(app).map_err(|_| Refusal::NoTemplate)?;
    let template = drawer.get(template).ok_or(Refusal::NoTemplate)?;
    let content = template.fill(filled, &app.catalogue).map_err(Refusal::Filled)?;
    let rule = template.rule(filled, &app.catalogue);
    let segment = text::parse(&rule, &app.catalogue).map_err(|_| Refusal::RuleUnreadable)?;
    let (id, now) = (new_key(app), app.clock.now());
    let said = Text {
        title: template.name.clone(),
        class: Class::Emergency,
        series: SERIES.to_owned(),
        topic: template.topic.clone(),
        segment_path: format!("{PATH}{}", template.id),
        rule_text: text::print(&segment, &app.catalogue),
        content,
        scheduled_at: None,
        expires_at: Some(now.plus(Duration::from_secs(u64::from(template.hours) * 3600))),
    };
    let mut tx = app.db.write().await?;
    broadcasts::insert(&mut tx, id, &said, staff.id, now).await?;
    demand_done(broadcasts::set_origin(&mut tx, id, Whom::Districts, None).await?)?;
    broadcast_versions::keep(&mut tx, id, staff.id, now).await?;
    let detail = json!({ "template": template.id, "content": said.content.hash(), "audience": "districts" });
    record(app, &mut tx, (staff, "broadcast.create"), id, detail).await?;
    tx.commit().await?;
    Ok(id)
}

/// Whether a text of a draft that says of itself that it is a drill or a test may be submitted: only from a drill's
/// template, and then it must say so in every language.
pub(super) fn check_drill(
    app: &App,
    draft: &Broadcast,
    content: &Content,
) -> std::result::Result<(), Refusal> {
    let is_drill = draft.whom() == Some(Whom::Districts)
        && draft.segment_path.strip_prefix(PATH).is_some_and(|id| {
            drawer(app).is_ok_and(|drawer| drawer.get(id).is_some_and(|template| template.drill))
        });
    if is_drill {
        let says_so = |body| serde_json::to_string(body).is_ok_and(|text| text.contains(DRILL));
        let all = content.variants().all(|(_, body)| says_so(body));
        return if all { Ok(()) } else { Err(Refusal::MarkedAsTest) };
    }
    let is_marked = match draft.class {
        Class::Correction => content.begins_as_test(),
        Class::Ordinary | Class::Emergency => content.is_marked_as_test(),
    };
    if is_marked && !app.config.server.demo {
        return Err(Refusal::MarkedAsTest);
    }
    Ok(())
}

/// Notes that all staff are to be told of an emergency message; of any other, nothing.
pub(super) async fn alarm(app: &App, tx: &mut Tx, broadcast: &Broadcast, what: &'static str) -> Result<()> {
    if broadcast.class == Class::Emergency {
        alarms::insert_for_all(tx, broadcast.id, what, app.clock.now()).await?;
    }
    Ok(())
}
