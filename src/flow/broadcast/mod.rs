//! A broadcast in the hands of staff: written, tested, submitted, approved by a second person, held, ended.
//!
//! Each deed is one transaction with its entry in the audit log. What is refused is refused with a sentence for the
//! person who asked; nothing is half done. Sending itself happens elsewhere (`plan`, `deliver`): nothing here calls
//! LINE, except the test to the staff member's own account.

mod approve;
mod decide;
mod draft;
mod emergency;
mod follow_up;
mod forecast;
mod halt;
mod occasion;
mod opened;
mod repeat;
mod saying;
mod series;
mod standing;
mod submit;
mod test_send;
mod trial;
mod whose_day;

use jiff::civil::Date;
use serde_json::Value;

pub use approve::{Seen, approve, return_to_draft};
pub use draft::{Draft, Preview, create, create_once, edit, has_fixed_text, new_key, preview};
pub use emergency::{begin_emergency, drawer};
pub use follow_up::{copy, correct, send_to_missed};
pub use forecast::unfillable;
pub use halt::{go_on_now, pause, pause_all, pause_all_here, resume, resume_all, resume_all_here, stop};
pub use occasion::{TRY_EVERY, make_due, make_missed, occasions_from, tried_until};
pub use opened::{open_part, still_to_open};
pub use repeat::{Again, change_repeat, end_repeat, repeat, repeat_once};
pub use saying::Saying;
pub use series::add_series;
pub use standing::{agree_to_standing, ask_standing, example_of, revoke_standing};
pub use submit::{cautions, submit, why_two};
pub use test_send::send_test;
pub use trial::{Wish, split};
pub use whose_day::never_fits;

use super::{AudienceError, ReadersError};
use crate::app::App;
use crate::db::{self, Tx};
use crate::domain::broadcast::check_ups::Unusable;
use crate::domain::broadcast::rhythm::NoSuchDay;
use crate::domain::broadcast::standing::WhyNot;
use crate::domain::broadcast::trial::TrialFault;
use crate::domain::broadcast::{Caution, CheckUpRules, Hold, State, TimeFault};
use crate::domain::emergency::FillFault;
use crate::domain::ids::BroadcastId;
use crate::domain::message::Problem;
use crate::domain::segment::Segment;
use crate::domain::segment::library::Library;
use crate::domain::staff::{Right, StaffMember};
use crate::line;
use crate::store::audit;
use crate::store::broadcasts::{self, Broadcast};

/// Why a deed was not done: a person can mend it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The role doesn't grant it.
    #[error("この操作をする権限がありません。")]
    NotAllowed(Right),
    /// There is no such broadcast.
    #[error("この配信は見つかりません。")]
    NotFound,
    /// Somebody else changed it meanwhile.
    #[error("ほかの職員がこの配信を変更しました。新しい内容を確かめてから、もう一度操作してください。")]
    Changed,
    /// Its state does not allow it.
    #[error("この配信は「{}」のため、この操作はできません。", .0.word())]
    WrongState(State),
    /// Its audience is split in a way that can't be.
    #[error(transparent)]
    Trial(#[from] TrialFault),
    /// What is wrong with the text of another arm.
    #[error("{0}案: {1}")]
    OfArm(String, Box<Refusal>),
    /// No title.
    #[error("件名を60文字以内で入力してください。")]
    Title,
    /// No series, or one that is too long.
    #[error("シリーズを60文字以内で入力してください。")]
    Series,
    /// A series of this name is there.
    #[error("同じ名前のシリーズがすでにあります。上の表から選ぶか、別の名前にしてください。")]
    SeriesThere,
    /// A series that nobody has added: most likely a slip of the hand.
    #[error(
        "シリーズ「{0}」はありません。一覧から選ぶか、「シリーズ」の画面で加えてから、もう一度保存してください。"
    )]
    UnknownSeries(String),
    /// A blank whose value follows from a rule, where no rule says who is meant.
    #[error("{{{0}}} は、条件で選んだ人に送る配信だけで使えます。本文から除いてください。")]
    BlankWithoutRule(&'static str),
    /// Nobody of the audience has the values that the blanks need.
    #[error(
        "本文に差し込む値が登録されている人がいません。差し込みを除くか、{{家族の呼び名|ご家族}} のように代わりの言葉を書いてください。"
    )]
    NobodyHasValues,
    /// Rules that say who may take a check-up can't be used, and a list of check-ups would not be complete.
    #[error("{{対象の健診名}} を差し込めません。次の健(検)診の条件に誤りがあるか、見直し期限を過ぎています: {}", .0.join("、"))]
    CheckUpRules(Vec<String>),
    /// A picture of the content is not there.
    #[error("画像が見つかりません。選び直してください。")]
    NoSuchPicture,
    /// The catalogue has no such topic.
    #[error("分野を選んでください。")]
    UnknownTopic,
    /// No rule file of this name can be used.
    #[error("対象者の条件を選んでください。選んだ条件が見つからないか、誤りがあります。")]
    UnknownSegment,
    /// The content has to be mended.
    #[error("本文に直すところがあります。")]
    Content(Vec<Problem>),
    /// The content says of itself that it is a test or a drill.
    #[error(
        "本文、見出し、ボタンなどのどこかに「テスト」や「訓練」などと書かれています。住民に届く配信では、どの言語からも、その言葉を消してください。"
    )]
    MarkedAsTest,
    /// Its time has passed, or it would expire before it goes out, or has.
    #[error(transparent)]
    Time(#[from] TimeFault),
    /// This very content was not sent to staff as a test.
    #[error("今の本文のテスト送信がまだです。自分のLINEに送って、見え方を確かめてください。")]
    NotTested,
    /// The staff member has no LINE account for tests.
    #[error("テスト送信先のLINEが登録されていません。コンソールの上にある「自分のLINE」で登録してください。")]
    NoLineAccount,
    /// There are cautions that the author has not said to have seen, exactly these.
    #[error(
        "対象者について確かめることがあります。表示している注意を読み、確かめた印を付けてから、もう一度依頼してください。"
    )]
    Cautions(Vec<Caution>),
    /// The rule selects nobody.
    #[error("対象者が0人です。条件を確かめてください。")]
    NobodySelected,
    /// The stored rule can't be read any more, or its review date has passed.
    #[error("対象者の条件を使えません(誤りがあるか、見直し期限を過ぎています)。条件を選び直してください。")]
    RuleUnreadable,
    /// The author or the last editor can't approve.
    #[error("自分が書いた、または最後に直した配信は承認できません。ほかの承認者に頼んでください。")]
    OwnText,
    /// What was seen is not what is stored.
    #[error("表示していた内容から変わっています。ページを開き直し、内容を確かめてから承認してください。")]
    StaleHash,
    /// The number typed is not the number of recipients.
    #[error(
        "入力した人数({typed}人)が対象者の人数と違います。画面の人数を確かめて、もう一度入力してください。"
    )]
    WrongCount {
        /// What was typed.
        typed: i64,
    },
    /// The number typed is not the most that a run may reach.
    #[error(
        "入力した人数({typed}人)が、1回あたりの上限と違います。画面の人数を確かめて、もう一度入力してください。"
    )]
    WrongMost {
        /// What was typed.
        typed: i64,
    },
    /// The audience has moved too far since submission.
    #[error("承認を依頼したときは{then}人でしたが、今は{now}人です。差し戻して、条件を確かめてください。")]
    AudienceMoved {
        /// Recipients at submission.
        then: i64,
        /// Recipients now.
        now: i64,
    },
    /// There is something in the text that somebody still has to fill.
    #[error("本文に書き終えていないところがあります: {}", .0.join("、"))]
    Unfilled(Vec<String>),
    /// The drawer has no such template, or can't be read.
    #[error("このひな型は使えません。緊急配信の画面を開き直してください。")]
    NoTemplate,
    /// A place of the template is not filled as it should be.
    #[error("ひな型に書き入れる内容に、直すところがあります。")]
    Filled(Vec<FillFault>),
    /// It goes to no saved rule, or its rule can't be narrowed to those whose day it is.
    #[error(
        "この配信は繰り返せません。保存された条件に送る配信を選び、「その日にあたる人へ」のときは条件の単位を確かめてください。"
    )]
    NotRepeatable,
    /// The rhythm can't be read, or comes never.
    #[error(
        "繰り返しの日を読み取れません。月・日・何日前などを、数字で入力してください(下書きを作る日は1〜60日前)。"
    )]
    Rhythm,
    /// Every year on a day that no year has.
    #[error(transparent)]
    NoSuchDay(#[from] NoSuchDay),
    /// Runs of a repeat can't last for so many days.
    #[error("有効期限と本文の期限の日数は、1から365の数字にしてください。付けないときは、空のままにします。")]
    Lasting,
    /// A day is counted that no text names.
    #[error(
        "本文に {{期限}} がないため、本文の期限の日数は使えません。空にするか、{{期限}} のある本文にしてください。"
    )]
    NothingNamesDeadline,
    /// A standing approval can't have these terms.
    #[error("継続の承認は、明日から12か月以内の期限と、1人以上の人数を指定してください。")]
    StandingTerms,
    /// No run with this text was sent yet.
    #[error(
        "継続の承認は、いまの文章で一度、いつものように承認して送ったあとに依頼できます(その回の人数と、次の回の人数をくらべるためです)。"
    )]
    NoExample,
    /// Another standing approval of the repeat is open.
    #[error(
        "この繰り返しには、すでに継続の承認か、その依頼があります。変えるときは、先に取り消してください。"
    )]
    StandingOpen,
    /// The standing approval has ended.
    #[error("この継続の承認は終わっています。もう一度依頼してください。")]
    StandingOver,
    /// Somebody else changed the repeat or its standing approval meanwhile.
    #[error(
        "ほかの職員が、この繰り返しか継続の承認を変更しました。あなたの操作は行っていません。新しい内容を確かめてから、もう一度操作してください。"
    )]
    RepeatChanged,
    /// The repeat has ended.
    #[error("この繰り返しは終わっています。")]
    RepeatOver,
    /// A run is not within what was agreed to.
    #[error(transparent)]
    Declined(#[from] WhyNot),
    /// An emergency's text is its template's.
    #[error(
        "緊急配信の文章は変えられません。書き入れる内容を変えるときは、中止して、ひな型から作り直してください。"
    )]
    FixedText,
    /// Nobody has got anything that could be corrected.
    #[error("この配信はまだだれにも送られていません。送らないときは「中止」を押してください。")]
    NobodyReached,
    /// Everybody has got it, or must not.
    #[error("この配信で、送り直す相手はいません。")]
    NobodyMissed,
    /// What it says is no longer true.
    #[error(
        "もとの配信は有効期限を過ぎたため、同じ内容は送り直せません。まだ知らせることがあれば、新しい配信を作ってください。"
    )]
    EarlierExpired,
    /// Its split is that of the broadcast that it repeats.
    #[error(
        "届かなかった人への配信では、比較の設定を変えられません。もとの配信で決まった案の文章を、それぞれの人に送ります(シリーズも、もとの配信と同じにしてください)。"
    )]
    SplitOfEarlier,
    /// Those who were not reached are known when it is over.
    #[error("この配信はまだ終わっていません。終わってから、届かなかった人に送れます。")]
    NotOver,
    /// The approver has not opened every part of it.
    #[error("まだ開いていないところが{0}か所あります。すべて開いて確かめてから承認してください。")]
    NotOpened(usize),
    /// There is no such part.
    #[error("この配信に、そのような内容はありません。ページを開き直してください。")]
    NoSuchPart,
    /// A return needs a reason.
    #[error("差し戻す理由を入力してください(500文字以内)。")]
    NoReason,
    /// A backup is in use that is too old for LINE to recognise what was sent after it.
    #[error(
        "バックアップから23時間以上たったため、続きを送ると二度届くおそれがあります。再開できません。中止してください。"
    )]
    TooLateAfterRestore,
    /// It is held for something that going on would not put right.
    #[error("この配信は再開できません。{}", .0.word())]
    NotResumable(Hold),
    /// It was held before it was planned, and needs the number typed anew.
    #[error("人数を確かめて、もう一度承認してください。")]
    NeedsApproval,
}

impl Refusal {
    /// With the arm whose text it is about; the broadcast's own text has none.
    fn of_arm(self, arm: Option<&str>) -> Self {
        match arm {
            Some(arm) => Self::OfArm(arm.to_owned(), Box::new(self)),
            None => self,
        }
    }
}

/// Why a deed was not done.
#[derive(Debug, thiserror::Error)]
pub enum BroadcastError {
    /// A person can mend it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// LINE did not take the test.
    #[error("LINEにテスト送信を受け付けてもらえませんでした。しばらくしてからもう一度お試しください。")]
    Line(#[from] line::Error),
    /// The database.
    #[error("データベースの操作に失敗しました: {0}")]
    Db(#[from] db::Error),
}

impl From<AudienceError> for BroadcastError {
    fn from(error: AudienceError) -> Self {
        match error {
            AudienceError::Unreadable | AudienceError::Outdated => Self::Refused(Refusal::RuleUnreadable),
            AudienceError::Db(error) => Self::Db(error),
        }
    }
}

impl From<ReadersError> for BroadcastError {
    fn from(error: ReadersError) -> Self {
        match error {
            ReadersError::Unreadable => Self::Refused(Refusal::RuleUnreadable),
            ReadersError::CheckUps(names) => Self::Refused(Refusal::CheckUpRules(names)),
            ReadersError::Db(error) => Self::Db(error),
        }
    }
}

type Result<T> = std::result::Result<T, BroadcastError>;

fn demand(staff: &StaffMember, right: Right) -> std::result::Result<(), Refusal> {
    if staff.may(right) { Ok(()) } else { Err(Refusal::NotAllowed(right)) }
}

/// A deed that lost a race or came too late.
fn demand_done(done: bool) -> std::result::Result<(), Refusal> {
    if done { Ok(()) } else { Err(Refusal::Changed) }
}

/// The rule at a path; one that is there and can't be used (its review date has passed, say) is told from none.
fn usable<'a>(library: &'a Library, path: &str) -> std::result::Result<&'a Segment, Refusal> {
    let is_there = || library.files().iter().any(|file| file.path == path);
    library
        .get(path)
        .ok_or_else(|| if is_there() { Refusal::RuleUnreadable } else { Refusal::UnknownSegment })
}

/// The rules behind 対象の健診名 as of a day, as they are stored and bound.
async fn frozen_check_ups(app: &App, day: Date) -> Result<String> {
    let library = app.library().await?;
    let rules = CheckUpRules::of(&library, &app.catalogue, day);
    Ok(rules.map_err(|Unusable(names)| Refusal::CheckUpRules(names))?.to_text(&app.catalogue))
}

async fn load(tx: &mut Tx, id: BroadcastId) -> Result<Broadcast> {
    Ok(broadcasts::find(tx, id).await?.ok_or(Refusal::NotFound)?)
}

async fn read(app: &App, id: BroadcastId) -> Result<Broadcast> {
    load(&mut app.db.read().await?, id).await
}

async fn record(
    app: &App,
    tx: &mut Tx,
    (staff, action): (&StaffMember, &'static str),
    id: BroadcastId,
    detail: Value,
) -> db::Result<()> {
    audit::record(tx, app.entry(Some(staff.id), action, ("broadcast", &id.to_string()), detail)).await
}
