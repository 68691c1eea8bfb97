//! The words for what the audit log holds in codes: deeds, their subjects, and the figures that were noted.

use serde_json::Value;

use crate::domain::broadcast::{Caution, Hold, LedgerState, Reason, State, caution};
use crate::domain::staff::Role;
use crate::domain::timestamp::Timestamp;

/// The words for a code; `None` where there are none yet.
#[must_use]
pub fn words(action: &str) -> Option<&'static str> {
    Some(match action {
        "residents.import_begun" => "住民の情報の取り込みを開始",
        "residents.imported" => "住民の情報の取り込み",
        "staff.login" => "ログイン",
        "staff.login_failed" => "ログインに失敗",
        "staff.logout" => "ログアウト",
        "staff.last_attempt" => "ログインの失敗が続いた",
        "staff.add" => "職員を追加",
        "staff.password" => "パスワードを変更",
        "staff.line" => "連絡とテスト送信のLINEを登録",
        "staff.line_remove" => "連絡とテスト送信のLINEを外す",
        "staff.disable" => "職員を無効化",
        "token.allow" => "APIのトークンを許可",
        "token.collect" => "APIのトークンを受け取り",
        "token.revoke" => "APIのトークンを取り消し",
        "ledger.export" => "配信台帳を書き出し",
        "segment.explain" => "一人について条件の答えを確認",
        "broadcast.create" => "配信を起案",
        "broadcast.edit" => "配信を編集",
        "image.add" => "画像を追加",
        "image.remove" => "使われていない画像を削除",
        "broadcast.split" => "比較を設定",
        "broadcast.test" => "自分のLINEにテストを送信",
        "broadcast.submit" => "承認を依頼",
        "broadcast.return" => "起案者に差し戻し",
        "broadcast.approve" => "承認",
        "broadcast.approve_first" => "1人目の承認",
        "broadcast.open_part" => "承認の前に内容を開いた",
        "broadcast.wrong_count" => "承認の人数をまちがえて入力",
        "broadcast.plan" => "送る相手を確定",
        "broadcast.hold" => "送信を保留",
        "broadcast.copies" => "職員に見本を送信",
        "broadcast.go_on" => "残りの人への送信をすぐに開始",
        "installation.claim" => "データベースの用途を登録",
        "limits.set" => "送信の上限を変更",
        "broadcast.pause" => "送信を一時停止",
        "broadcast.resume" => "送信を再開",
        "broadcast.stop" => "配信を中止",
        "broadcast.expire" => "期限切れで終了",
        "broadcast.finish" => "送信を完了",
        "broadcast.mismatch" => "配信台帳の数が合わない",
        "broadcast.unknown" => "結果の分からない送信",
        "insight.give_up" => "LINEの集計を取得できず、問い合わせを終了",
        "follows.compare" => "友だちの状態をLINEと照合",
        "follows.ask" => "友だちの状態の照合が確認待ち",
        "follows.confirm" => "友だちの状態の照合を確認",
        "follows.failed" => "友だちの状態の照合に失敗",
        "rule.save" => "条件を保存",
        "rule.archive" => "条件を使わないことにした",
        "clock.back" => "進んでいた時計が戻された",
        "database.restore" => "バックアップから戻した",
        "repeat.begin" => "繰り返しを開始",
        "repeat.change" => "繰り返しを変更",
        "standing.ask" => "継続の承認を依頼",
        "standing.approve_first" => "1人目の継続の承認",
        "standing.approve" => "継続の承認(2人目)",
        "standing.end" => "継続の承認を終了",
        "broadcast.approve_standing" => "継続の承認により承認",
        "broadcast.decline_standing" => "継続の承認では承認せず、職員に確認を依頼",
        "repeat.end" => "繰り返しを終了",
        "repeat.miss" => "繰り返しの回を作れなかった",
        "series.add" => "シリーズを追加",
        "sending.off" => "すべての送信を停止",
        "sending.on" => "すべての送信を再開",
        _ => return None,
    })
}

pub(super) fn kind(subject: &str, id: &str) -> &'static str {
    match subject {
        "switch" if id == "limits" => "送信の上限",
        "switch" if id == "installation" => "データベースの用途",
        "broadcast" => "配信",
        "staff" => "職員",
        "segment" | "rule" => "条件",
        "image" => "画像",
        "switch" => "全体の停止",
        "series" => "シリーズ",
        "repeat" => "繰り返し",
        "import" => "取り込み",
        "clock" => "時計",
        "database" => "データベース",
        "follows" => "友だちの照合",
        _ => "その他",
    }
}

/// Figures and ids as `名前 値`, without brackets and quotes.
pub(super) fn details(detail: &Value) -> String {
    let Some(fields) = detail.as_object() else { return String::new() };
    let known = fields.iter().filter(|(_, value)| !value.is_null());
    let parts = known.map(|(name, value)| match (name.as_str(), value) {
        ("held", Value::Number(count)) => format!("保留にした配信 {count}"),
        ("cautions", Value::String(ids)) => format!("{} {}", label(name), cautions(ids)),
        ("audience", Value::String(id)) => format!("{} {}", label(name), audience(id)),
        _ => format!("{} {}", label(name), said(value)),
    });
    parts.collect::<Vec<_>>().join("、")
}

fn said(value: &Value) -> String {
    match value {
        Value::String(word) => word_of(word),
        Value::Array(words) => words.iter().map(said).collect::<Vec<_>>().join("・"),
        // The limits of sending: figures that say nothing without their names.
        Value::Object(fields) if fields.contains_key("week") => {
            let named = fields.iter().map(|(name, value)| format!("{}{}", limit(name), said(value)));
            named.collect::<Vec<_>>().join("・")
        }
        Value::Object(fields) => {
            let known = fields.values().rev().filter(|value| !value.is_null());
            known.map(said).collect::<Vec<_>>().join(" ")
        }
        Value::Bool(true) => "はい".to_owned(),
        Value::Bool(false) => "いいえ".to_owned(),
        other => other.to_string(),
    }
}

fn cautions(ids: &str) -> String {
    let words = caution::from_text(ids).into_iter().map(|caution| match caution {
        Caution::Everyone => "全員が対象",
        Caution::OutsideExpected => "想定人数の外",
        Caution::ManyUnknown => "不明が多い",
        Caution::Few => "人数が少ない",
        Caution::MayRepeat => "同じ人に重なるおそれ",
        Caution::SensitiveWords => "取り扱いに注意がいる言葉",
    });
    words.collect::<Vec<_>>().join("・")
}

fn audience(id: &str) -> &str {
    match id {
        "rule" => "条件に当てはまる人",
        "day" => "その日の人",
        "districts" => "選んだ地区の人",
        "reached" => "前の配信を受け取った人",
        "missed" => "前の配信が届かなかった人",
        other => other,
    }
}

fn limit(name: &str) -> &str {
    match name {
        "day" => "1人1日の通数",
        "week" => "1人1週の通数",
        "hour" => "1人1時間の通数",
        "recipients" => "1時間の人数",
        other => other,
    }
}

/// A stored word as people read it; a hash by its first digits, which are enough to compare two.
fn word_of(word: &str) -> String {
    if let Some(role) = Role::parse(word) {
        return role.label().to_owned();
    }
    if let Ok(state) = State::try_from(word.to_owned()) {
        return state.word().to_owned();
    }
    if let Ok(hold) = Hold::try_from(word.to_owned()) {
        return hold.word().to_owned();
    }
    if let Ok(state) = LedgerState::try_from(word.to_owned()) {
        return state.word().to_owned();
    }
    if let Ok(reason) = Reason::try_from(word.to_owned()) {
        return reason.word().to_owned();
    }
    match word {
        "console" => return "コンソール".to_owned(),
        "import" => return "ファイルの取り込み".to_owned(),
        "api" => return "API".to_owned(),
        "list" => return "友だちの一覧".to_owned(),
        "profile" => return "プロフィール".to_owned(),
        _ => {}
    }
    if let Ok(at) = word.parse::<jiff::Timestamp>() {
        return Timestamp::from(at).tokyo().strftime("%Y-%m-%d %H:%M").to_string();
    }
    let is_hash = word.len() == 64 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash { format!("{}…", &word[..8]) } else { word.to_owned() }
}

fn label(name: &str) -> &str {
    match name {
        "count" | "recipients" => "人数",
        "batches" => "送信のまとまり",
        "content" => "本文の照合値",
        "content_before" => "前の本文の照合値",
        "hash" => "照合値",
        "version" => "版",
        "origin" => "書いた所",
        "held" => "保留の理由",
        "next" => "後の状態",
        "segment" => "条件",
        "was" => "前の状態",
        "before" => "前",
        "now" => "今",
        "as_of" => "基準日",
        "backup_at" => "バックアップの日時",
        "doubted" => "送られたか分からない人数",
        "returned" => "差し戻した配信",
        "approvals" => "承認の数",
        "audience" => "送る相手",
        "from" => "もとの配信",
        "part" => "開いた内容",
        "name" => "名前",
        "template" => "ひな型",
        "rhythm" => "周期",
        "expires_days" => "有効期限(配信日の何日後)",
        "deadline_days" => "本文の期限(配信日の何日後)",
        "occasion" => "回",
        "rule" => "条件の照合値",
        "ledger" => "台帳",
        "planned" => "予定",
        "reason" => "理由",
        "roles" => "役割",
        "typed" => "入力した人数",
        "why" => "原因",
        "via" => "経路",
        "token" => "トークン",
        "until" => "期限",
        "most" => "1回あたりの上限(人)",
        "by" => "承認した職員",
        "standing" => "継続の承認の照合値",
        "cautions" => "注意",
        "met_before" => "すでに受け取っている人数",
        "sessions" => "終了したセッション",
        "way" => "方法",
        "held_out" => "送らない人の割合(1万分率)",
        "arms" => "案の数",
        "kept_out" => "比較のため送らない人数",
        "following" => "友だち(照合の前)",
        "seen" => "LINEで確かめた人数",
        "left" => "友だちでなくなった人数",
        "back" => "友だちに戻った人数",
        "accepted" => "LINEが受け付けた数",
        "account" => "アカウント",
        "approved" => "承認したときの人数",
        "arm" => "案",
        "asks" => "確認が必要",
        "batch" => "送信のまとまりの番号",
        "broadcasts" => "配信の数",
        "bytes" => "バイト数",
        "changed" => "変わった人数",
        "complete" => "記録がそろっている",
        "dated" => "日付のある記録",
        "encoding" => "文字コード",
        "failed" => "失敗",
        "first" => "先に送る人数",
        "gained" => "増えた友だち",
        "height" => "高さ",
        "id" => "番号",
        "kind" => "記録の種類",
        "minutes" => "分",
        "new" => "新しい人数",
        "programme" => "健診",
        "purpose" => "用途",
        "reserved" => "ほかの配信の予定",
        "rows" => "行数",
        "seq" => "名簿の時点(変更の通し番号)",
        "since" => "いつから",
        "split" => "比較のために分けた",
        "state" => "状態",
        "strangers" => "登録のない友だち",
        "two" => "2人の承認が必要",
        "unchanged" => "変わらない人数",
        "unregistered" => "登録のない人数",
        "width" => "幅",
        "without" => "差し込む値がない人数",
        "wrong" => "誤りのある行",
        other => limit(other),
    }
}
