//! Tells staff at once, by their own LINE accounts, that an emergency message waits for them or goes out, and that a run
//! of a repeat was not approved by itself.
//!
//! Each is one push under a key that can be worked out again, so a repetition after a crash is refused by LINE. The
//! switch that holds broadcasts does not hold these: they go to staff alone.

use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::line::client::Outgoing;
use crate::line::message::Message;
use crate::store::alarms::{self, Alarm};

/// After so many attempts it is given up: whoever has not heard by then hears it from colleagues.
const ATTEMPTS: i64 = 10;
const WAIT: Duration = Duration::from_secs(15);

/// Sends what is due; answers how many calls that were.
///
/// # Errors
/// As [`db::Error`] says; what LINE does not take is tried again.
pub async fn send_due(app: &App) -> db::Result<usize> {
    let due = alarms::due(&mut app.db.read().await?, app.clock.now()).await?;
    for alarm in &due {
        let messages = [Message::text(words(app, alarm))];
        let sent = app.line.push(key(alarm), &alarm.line_user_id, Outgoing::new(&messages)).await;
        let mut tx = app.db.write().await?;
        let now = app.clock.now();
        match sent {
            Ok(_) => alarms::settle(&mut tx, alarm, now).await?,
            Err(error) => {
                tracing::warn!(broadcast.id = %alarm.broadcast_id, staff.id = %alarm.staff_id, %error, "staff could not be told");
                if ATTEMPTS <= alarm.attempts + 1 {
                    alarms::settle(&mut tx, alarm, now).await?;
                } else {
                    alarms::postpone(&mut tx, alarm, now.plus(WAIT)).await?;
                }
            }
        }
        tx.commit().await?;
    }
    Ok(due.len())
}

fn words(app: &App, alarm: &Alarm) -> String {
    let title = &alarm.title;
    let said = match alarm.what.as_str() {
        "approved" => format!("緊急配信「{title}」が承認され、送信を始めます。"),
        "declined" => {
            let why = alarm.reason.as_deref().unwrap_or("自動では承認されませんでした。");
            format!("繰り返しの配信「{title}」は、下書きのまま職員の確認を待っています。{why}")
        }
        _ => format!("緊急配信「{title}」が承認を待っています。承認者は、すぐに内容を確かめてください。"),
    };
    let at = format!("{}/console/broadcasts/{}", app.config.server.public_url, alarm.broadcast_id);
    format!("【職員への連絡】{said}\n{at}")
}

fn key(alarm: &Alarm) -> Uuid {
    Uuid::new_v5(&alarm.broadcast_id.0, format!("alarm {} {}", alarm.what, alarm.staff_id).as_bytes())
}
