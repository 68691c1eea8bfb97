//! The frame around every page of the console: who is signed in, where one is, what was just done.
//!
//! A page takes a [`Shell`] as an argument of its handler, gives it a title and hands it to its template. What was
//! just done comes in a cookie that holds a code from a closed list, so nobody can put words into the page by a link.

use std::convert::Infallible;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{Html, IntoResponse, Redirect, Response};

use crate::app::App;
use crate::db;
use crate::domain::staff::Role;
use crate::store::api_tokens;
use crate::store::broadcasts::{self, Waiting};
use crate::store::switches::{self, SENDING, Shown};
use crate::web::assets;
use crate::web::error::WebError;
use crate::web::session::SignedIn;

const SAID: &str = "musubi_said";

/// The areas of the console, as the menu shows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Area {
    /// 配信
    Broadcasts,
    /// 条件
    Segments,
    /// 結果
    Statistics,
    /// 友だち
    Friends,
    /// 操作記録
    Audit,
    /// APIのトークン
    Tokens,
}

/// The frame of one page.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The heading, also the window's title.
    pub title: String,
    /// Whether the page says that something has to be mended, which its window's title says first.
    pub is_wrong: bool,
    /// The city's name.
    pub city: String,
    /// Whether this is the demo.
    pub demo: bool,
    /// Whether nothing here reaches LINE itself, and it is no demo.
    pub training: bool,
    /// Who is signed in.
    pub staff: Option<SignedIn>,
    /// What was just done.
    pub said: Option<Said>,
    /// Where one is in the menu.
    pub area: Option<Area>,
    /// The pages above this one: address and name.
    pub crumbs: Vec<(String, String)>,
    /// What is said on every page while all sending is off.
    pub sending_off: Option<Shown>,
    /// The emergency messages that wait for whoever is signed in.
    pub emergencies: Vec<Waiting>,
    /// Whether tokens of the API concern whoever is signed in.
    pub tokens: bool,
    /// The address of the style sheet.
    pub css: String,
    /// The style sheet of messages and of the phone beside them.
    pub message_css: String,
    /// The address of the script that keeps figures fresh.
    pub live: String,
}

impl Shell {
    /// A frame without a title yet.
    #[must_use]
    pub fn new(app: &App, staff: Option<SignedIn>) -> Self {
        Self {
            title: String::new(),
            is_wrong: false,
            city: app.config.city.name.clone(),
            demo: app.config.server.demo,
            training: !app.config.server.demo && !app.config.line.is_live(),
            staff,
            said: None,
            area: None,
            crumbs: Vec::new(),
            sending_off: None,
            emergencies: Vec::new(),
            tokens: false,
            css: assets::url("musubi.css"),
            message_css: assets::url("message.css"),
            live: assets::url("live.js"),
        }
    }

    /// With what staff have to know before anything else. A page can be shown without it.
    pub async fn warned(mut self, app: &App) -> Self {
        if let Some(staff) = &self.staff {
            self.sending_off = sending_off(app).await.unwrap_or_default();
            self.emergencies = emergencies(app, staff).await.unwrap_or_default();
            self.tokens = staff.roles.has(Role::Admin) || has_tokens(app, staff).await.unwrap_or_default();
        }
        self
    }

    /// Whether whoever is signed in may switch all sending on again.
    #[must_use]
    pub fn may_switch_on(&self) -> bool {
        self.staff.as_ref().is_some_and(|staff| staff.roles.has_any(&SWITCHERS))
    }

    /// Whether whoever is signed in may switch all sending off.
    #[must_use]
    pub fn may_switch_off(&self) -> bool {
        self.staff.as_ref().is_some_and(|staff| staff.roles.has_any(&HALTERS))
    }

    /// With this heading.
    #[must_use]
    pub fn titled(mut self, title: &str) -> Self {
        title.clone_into(&mut self.title);
        self
    }

    /// Says in the window's title, which a screen reader reads first, that something has to be mended.
    #[must_use]
    pub fn wrong(mut self, is_wrong: bool) -> Self {
        self.is_wrong = is_wrong;
        self
    }

    /// In this area.
    #[must_use]
    pub fn within(mut self, area: Area) -> Self {
        self.area = Some(area);
        self
    }

    /// Below this page.
    #[must_use]
    pub fn below(mut self, href: &str, name: &str) -> Self {
        self.crumbs.push((href.to_owned(), name.to_owned()));
        self
    }

    /// Whether the audit log is open to whoever is signed in.
    #[must_use]
    pub fn may_read_audit(&self) -> bool {
        self.staff.as_ref().is_some_and(|staff| staff.roles.has_any(&AUDIT_READERS))
    }

    /// The menu: address, name, and whether one is there.
    #[must_use]
    pub fn menu(&self) -> Vec<(&'static str, &'static str, bool)> {
        if self.staff.is_none() {
            return Vec::new();
        }
        let mut menu = vec![
            (Area::Broadcasts, "/console/broadcasts", "配信"),
            (Area::Segments, "/console/segments", "条件"),
            (Area::Statistics, "/console/statistics", "結果"),
            (Area::Friends, "/console/friends", "友だち"),
        ];
        if self.may_read_audit() {
            menu.push((Area::Audit, "/console/audit", "操作記録"));
        }
        if self.tokens {
            menu.push((Area::Tokens, "/console/tokens", "APIのトークン"));
        }
        menu.into_iter().map(|(area, href, name)| (href, name, self.area == Some(area))).collect()
    }
}

async fn has_tokens(app: &App, staff: &SignedIn) -> db::Result<bool> {
    api_tokens::has_any(&mut app.db.read().await?, staff.id).await
}

/// Those whom whoever is signed in may approve.
async fn emergencies(app: &App, staff: &SignedIn) -> db::Result<Vec<Waiting>> {
    if !staff.roles.has(Role::Approver) {
        return Ok(Vec::new());
    }
    broadcasts::emergencies_for(&mut app.db.read().await?, staff.id).await
}

async fn sending_off(app: &App) -> db::Result<Option<Shown>> {
    switches::show(&mut app.db.read().await?, SENDING).await
}

/// Who may stop what is being sent.
pub const HALTERS: [Role; 3] = [Role::Editor, Role::Approver, Role::Admin];

/// Who may switch all sending on again.
pub const SWITCHERS: [Role; 2] = [Role::Approver, Role::Admin];

/// Who may read the audit log.
pub const AUDIT_READERS: [Role; 3] = [Role::Approver, Role::Admin, Role::Auditor];

impl FromRequestParts<App> for Shell {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let mut shell = Self::new(app, parts.extensions.get::<SignedIn>().cloned());
        shell.said = cookie(&parts.headers, SAID).and_then(|code| Said::parse(&code));
        Ok(shell.warned(app).await)
    }
}

/// The value of a cookie that the browser sent.
#[must_use]
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = all.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// Renders a page; one that shows what was just done forgets it with that.
///
/// # Errors
/// `Broken` where the template fails.
pub fn page(shell: &Shell, template: &impl Template) -> Result<Response, WebError> {
    let text = template.render().map_err(|error| WebError::broken(&error))?;
    let mut response = Html(text).into_response();
    if shell.said.is_some() {
        let forget = "musubi_said=; Path=/console; Max-Age=0; HttpOnly; SameSite=Lax";
        response.headers_mut().append(SET_COOKIE, HeaderValue::from_static(forget));
    }
    Ok(response)
}

/// Sends the browser on to `path`, where what was done is said.
#[must_use]
pub fn go_and_say(path: &str, said: Said) -> Response {
    let mut response = Redirect::to(path).into_response();
    let cookie = format!("{SAID}={}; Path=/console; Max-Age=60; HttpOnly; SameSite=Lax", said.code());
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    response
}

macro_rules! said {
    ($($(#[$doc:meta])* $name:ident $code:literal $kind:literal $text:literal;)*) => {
        /// What was just done.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Said {
            $($(#[$doc])* $name,)*
        }

        impl Said {
            fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
            fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }
            /// The sentence that the page shows.
            #[must_use]
            pub fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// How it looks: `good`, `care` or `info`.
            #[must_use]
            pub fn kind(self) -> &'static str {
                match self { $(Self::$name => $kind,)* }
            }
        }
    };
}

said! {
    /// Logged out.
    LoggedOut "out" "info" "ログアウトしました。";
    /// A draft was kept.
    Saved "saved" "good" "下書きを保存しました。";
    /// A test went to the author's own LINE.
    Tested "tested" "good" "あなたのLINEにテストを送りました。届いた内容を確かめてください。";
    /// A draft waits for approval.
    Submitted "submitted" "good" "承認を依頼しました。承認者が内容を確かめます。";
    /// A submission was taken back.
    Withdrawn "withdrawn" "info" "承認の依頼を取り下げ、下書きに戻しました。";
    /// A submission went back to its author.
    Returned "returned" "info" "理由をつけて、起案者に差し戻しました。";
    /// One of two has approved.
    ApprovedFirst "approved-first" "good" "1人目の承認を記録しました。もう1人の承認者が承認すると送られます。";
    /// A correction was begun.
    CorrectionBegun "correction-begun" "care" "訂正の下書きを作りました。〔 〕のところを書いて保存してください。まだ送られていません。";
    /// An emergency message was filled in.
    EmergencyBegun "emergency-begun" "care" "緊急配信を作りました。まだ送られていません。テストを送り、承認を依頼してください。";
    /// A broadcast comes again.
    RepeatBegun "repeat-begun" "good" "繰り返しを始めました。回ごとに下書きが作られます。";
    /// A repeat was changed.
    RepeatChanged "repeat-changed" "good" "繰り返しを変更しました。あすからの回に効きます。";
    /// A broadcast comes no more.
    RepeatEnded "repeat-ended" "info" "繰り返しを終えました。";
    /// A standing approval is asked for.
    StandingAsked "standing-asked" "good" "継続の承認を依頼しました。承認者2人の確認を待っています。";
    /// The first of two agrees to it.
    StandingApprovedFirst "standing-first" "good" "承認を記録しました。もう1人の承認者の確認を待っています。";
    /// It is in force.
    StandingApproved "standing-approved" "good" "継続の承認が有効になりました。条件に合う回は、自動で承認されます。";
    /// It is taken back.
    StandingRevoked "standing-revoked" "info" "継続の承認を取り消しました。これからの回は、下書きとして作られます。";
    /// A series was added.
    SeriesAdded "series-added" "good" "シリーズを加えました。配信を作るときに選べます。";
    /// A draft was made from another broadcast.
    Copied "copied" "good" "下書きを作りました。内容を確かめてください。";
    /// A broadcast was approved while all sending is off.
    ApprovedWhileOff "approved-while-off" "info" "承認しました。すべての送信が止まっているため、再開されるまで始まりません。";
    /// A broadcast was approved that begins at once.
    ApprovedNow "approved-now" "good" "承認しました。まもなく送信が始まります。";
    /// A broadcast was approved by night.
    ApprovedByNight "approved-by-night" "good" "承認しました。いまは夜間のため、朝になってから送信が始まります。";
    /// A broadcast was approved whose time is still to come.
    Approved "approved" "good" "承認しました。予定の時刻に送信が始まります。";
    /// Sending waits.
    Paused "paused" "care" "送信を一時停止しました。";
    /// The rest follows its first recipients.
    WentOn "went-on" "good" "残りの人への送信を始めます。";
    /// Sending goes on.
    Resumed "resumed" "good" "送信を再開しました。";
    /// A broadcast of which nothing was sent waits for its time again.
    ResumedUnsent "resumed-unsent" "good" "再開しました。送信が始まる日時を、この画面で確かめてください。";
    /// Sending is over for good, while calls to LINE are still open.
    StoppedUnderway "stopped-underway" "care" "中止しました。送信中の人には届くことがあります。ほかの人には送られません。";
    /// Sending is over for good.
    Stopped "stopped" "care" "中止しました。まだ送っていない人には送られません。";
    /// A version of a rule was saved.
    RuleSaved "rule-saved" "good" "条件を保存しました。新しい配信から、この内容が使われます。";
    /// An old version holds again.
    RuleRestored "rule-restored" "good" "前の版の内容を、新しい版にしました。";
    /// A rule is out of use.
    RuleArchived "rule-archived" "info" "条件を使わないことにしました。版の一覧から戻せます。";
    /// An audience is split, or no more.
    SplitSaved "split-saved" "good" "比較の設定を保存しました。もう一度、自分のLINEにテストを送ってください。";
    /// A comparison of the friends with LINE goes on.
    FollowsConfirmed "follows-confirmed" "info" "確認を受け付けました。まもなく、もう一度LINEと照合します。";
    /// Somebody's LINE account gets no alarms and tests any more.
    LineRemoved "line-removed" "info" "LINEの登録を外しました。テスト送信と緊急配信の連絡は、もう届きません。";
    /// All sending is off; the banner says the rest.
    SendingOff "sending-off" "info" "すべての送信を止める操作を受け付けました。";
    /// It was off before; nothing has changed.
    SendingWasOff "sending-was-off" "info" "すべての送信は、すでに止まっています。書かれている理由はそのままです。";
    /// Leave was given for a token.
    TokenAllowed "token-allowed" "good" "トークンを許可しました。その職員がログインして受け取ります。";
    /// A token was taken back.
    TokenRevoked "token-revoked" "info" "トークンを取り消しました。もう使えません。";
    /// All sending is on again.
    SendingOn "sending-on" "good" "すべての送信を再開しました。止まっていた配信は、続きから送られます。";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_codes_of_the_list_are_said() {
        assert_eq!(Said::parse("saved").map(Said::text), Some("下書きを保存しました。"));
        assert_eq!(Said::parse("<script>"), None);
    }

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_static("a=1; musubi_said=out; b=2"));
        assert_eq!(cookie(&headers, SAID).as_deref(), Some("out"));
        assert_eq!(cookie(&headers, "said"), None);
    }
}
