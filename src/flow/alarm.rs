//! Tells staff at once, by their own LINE accounts: that an emergency message waits for them or goes out, that a run of a
//! repeat was not made or not approved by itself, and that sending has stopped and asks.
//!
//! Each is one push under a key that can be worked out again, so a repetition after a crash is refused by LINE. The
//! switch that holds broadcasts does not hold these: they go to staff alone. Where LINE takes nothing at all (the month is
//! used up, or it refuses us), nobody is told before it takes something again; the console shows it meanwhile.

use std::time::Duration;

use uuid::Uuid;

use crate::app::App;
use crate::db;
use crate::domain::broadcast::Hold;
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
                tracing::warn!(alarm.what = alarm.what, alarm.subject = %alarm.subject_id, staff.id = %alarm.staff_id, %error, "staff could not be told");
                if ATTEMPTS <= alarm.attempts + 1 {
                    alarms::settle(&mut tx, alarm, now).await?;
                } else {
                    alarms::postpone(&mut tx, alarm, now.plus(wait(alarm))).await?;
                }
            }
        }
        tx.commit().await?;
    }
    Ok(due.len())
}

/// An emergency is over in minutes. What has stopped waits for a person as long as LINE takes nothing: its attempts reach
/// over hours.
fn wait(alarm: &Alarm) -> Duration {
    match alarm.what.as_str() {
        "submitted" | "approved" => WAIT,
        _ => WAIT * 2_u32.saturating_pow(u32::try_from(alarm.attempts).unwrap_or(0)),
    }
}

fn words(app: &App, alarm: &Alarm) -> String {
    let (title, since) = (&alarm.title, alarm.created_at.tokyo().strftime("%-m月%-d日 %H:%M"));
    let said = match alarm.what.as_str() {
        "approved" => format!("緊急配信「{title}」が承認され、送信を始めます。"),
        "declined" => {
            let why = alarm.reason.as_deref().unwrap_or("自動では承認されませんでした。");
            format!("繰り返しの配信「{title}」は、下書きのまま職員の確認を待っています。{why}")
        }
        "held" if alarm.about == alarms::EXPIRED => format!(
            "配信「{title}」は、内容の期限が来たため、全員に送る前に終わりました({since})。送らなかった人数を、画面で確かめてください。"
        ),
        "held" if alarm.about == alarms::REFUSED => format!(
            "配信「{title}」は終わりましたが、LINEが受け付けなかった人が多くいます({since})。画面で人数と理由を確かめてください。"
        ),
        "held" => {
            let why = Hold::try_from(alarm.about.clone()).map_or("画面で確かめてください。", Hold::word);
            format!("配信「{title}」が止まっています({since})。{why}")
        }
        "unknown" => format!(
            "配信「{title}」で、LINEの応答がなく、送れたかどうか分からない人がいます({since})。自動では送り直しません。画面で人数を確かめてください。"
        ),
        "off" => format!(
            "LINEが受け付けないため、すべての配信を止めました({since}、配信「{title}」の送信中)。チャネルの設定を確かめてから、配信の画面で再開してください。"
        ),
        "missed" => format!(
            "繰り返し「{title}」の回({})の下書きが作られていません。{}「繰り返し」の画面で確かめてください。",
            alarm.about, alarm.said
        ),
        _ => format!("緊急配信「{title}」が承認を待っています。承認者は、すぐに内容を確かめてください。"),
    };
    let path = match alarm.broadcast_id {
        Some(id) => format!("broadcasts/{id}"),
        None => "repeats".to_owned(),
    };
    format!("【職員への連絡】{said}\n{}/console/{path}", app.config.server.public_url)
}

fn key(alarm: &Alarm) -> Uuid {
    let what = match alarm.what.as_str() {
        what @ ("submitted" | "approved" | "declined") => format!("alarm {what} {}", alarm.staff_id),
        // The same may happen again after a person let it go on.
        what => {
            format!("alarm {what} {} {} {}", alarm.about, alarm.created_at.to_text(), alarm.staff_id)
        }
    };
    Uuid::new_v5(&alarm.subject_id, what.as_bytes())
}
