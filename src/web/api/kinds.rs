//! Every kind of problem that the API answers with, each with a word that never changes.
//!
//! A client acts on `type`; `title` and `detail` are for people. The list is served at `/api/problems` and stands in
//! `docs/api.md`; a test holds the three together.

use axum::http::StatusCode;

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident $word:literal $status:ident $title:literal;)*) => {
        /// A kind of problem.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])* $name,)* }

        impl Kind {
            /// Every one of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The word in `type`.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The status that it comes with.
            #[must_use]
            pub fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The same for every problem of the kind, in Japanese.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// What `type` says, relative to the server.
            #[must_use]
            pub fn uri(self) -> String {
                format!("/api/problems#{}", self.word())
            }
        }
    };
}

kinds! {
    /// No token, or none that is good.
    Unauthorised "unauthorised" UNAUTHORIZED "トークンが必要です";
    /// The token or its member doesn't hold the role.
    Forbidden "forbidden" FORBIDDEN "この操作をする権限がありません";
    /// There is no such thing.
    NotFound "not-found" NOT_FOUND "見つかりません";
    /// The address takes another method.
    MethodNotAllowed "method-not-allowed" METHOD_NOT_ALLOWED "この方法では使えません";
    /// The request can't be read.
    Malformed "malformed" BAD_REQUEST "要求を読み取れません";
    /// The request can be read, and says something that can't be.
    Invalid "invalid" UNPROCESSABLE_ENTITY "内容に直すところがあります";
    /// The body is too large.
    TooLarge "too-large" PAYLOAD_TOO_LARGE "要求が大きすぎます";
    /// The body is not JSON.
    NotJson "not-json" UNSUPPORTED_MEDIA_TYPE "本文はJSONで送ってください";
    /// The client must say which version it saw.
    VersionRequired "version-required" PRECONDITION_REQUIRED "If-Matchが必要です";
    /// Somebody else has changed it.
    Changed "changed" PRECONDITION_FAILED "ほかの人が変更しました";
    /// Too many requests.
    TooMany "too-many-requests" TOO_MANY_REQUESTS "要求が多すぎます";
    /// The idempotency key belongs to another request.
    KeyReused "idempotency-key-reused" UNPROCESSABLE_ENTITY "Idempotency-Keyが別の要求に使われています";
    /// The same request is being carried out.
    UnderWay "under-way" CONFLICT "同じ要求を処理しています";
    /// Its state does not allow it.
    WrongState "wrong-state" CONFLICT "いまの状態ではできません";
    /// Nobody has added such a series.
    UnknownSeries "unknown-series" UNPROCESSABLE_ENTITY "シリーズがありません";
    /// The topic is not in the catalogue.
    UnknownTopic "unknown-topic" UNPROCESSABLE_ENTITY "分野がありません";
    /// The rule is not there or has errors.
    UnknownSegment "unknown-segment" UNPROCESSABLE_ENTITY "対象者の条件がありません";
    /// The rule can't be used any more.
    RuleUnusable "rule-unusable" CONFLICT "対象者の条件を使えません";
    /// The content has to be mended.
    ContentInvalid "content-invalid" UNPROCESSABLE_ENTITY "本文に直すところがあります";
    /// The content says that it is a test or a drill.
    MarkedAsTest "marked-as-test" UNPROCESSABLE_ENTITY "本文にテストや訓練と書かれています";
    /// A time has passed, or they don't fit together.
    TimeInvalid "time-invalid" UNPROCESSABLE_ENTITY "日時に直すところがあります";
    /// This content was not sent as a test.
    NotTested "not-tested" CONFLICT "テスト送信がまだです";
    /// The member has no LINE account for tests.
    NoLineAccount "no-line-account" CONFLICT "テスト送信先のLINEがありません";
    /// There are cautions that were not said to have been seen.
    CautionsUnseen "cautions-unseen" CONFLICT "確かめる注意があります";
    /// Nobody is selected.
    NobodySelected "nobody-selected" CONFLICT "対象者が0人です";
    /// Author and last editor can't approve.
    OwnText "own-text" FORBIDDEN "自分が書いた配信は承認できません";
    /// What was seen is not what is stored.
    StaleHash "stale-hash" CONFLICT "見た内容から変わっています";
    /// The number typed is another one.
    WrongCount "wrong-count" UNPROCESSABLE_ENTITY "入力した人数が違います";
    /// The audience has moved too far.
    AudienceMoved "audience-moved" CONFLICT "対象者の人数が大きく変わりました";
    /// A picture of the content is not there.
    NoSuchPicture "no-such-picture" UNPROCESSABLE_ENTITY "画像がありません";
    /// A file can't be taken for a picture.
    PictureRefused "picture-refused" UNPROCESSABLE_ENTITY "画像を受け取れません";
    /// The audience can't be split so.
    TrialInvalid "trial-invalid" UNPROCESSABLE_ENTITY "対象者をそのようには分けられません";
    /// There is something in the text that somebody still has to fill.
    Unfilled "unfilled" UNPROCESSABLE_ENTITY "本文に書き終えていないところがあります";
    /// The approver has not opened every part.
    NotOpened "not-opened" CONFLICT "まだ開いていないところがあります";
    /// The content has no such part.
    NoSuchPart "no-such-part" UNPROCESSABLE_ENTITY "そのような内容はありません";
    /// Nobody has got anything that could be corrected.
    NobodyReached "nobody-reached" CONFLICT "まだだれにも送られていません";
    /// Everybody has got it, or must not.
    NobodyMissed "nobody-missed" CONFLICT "送り直す相手がいません";
    /// Those who were not reached are known when it is over.
    NotOver "not-over" CONFLICT "まだ終わっていません";
    /// What was missed is no longer true.
    EarlierExpired "earlier-expired" CONFLICT "もとの配信は有効期限を過ぎています";
    /// No run of the repeat was sent with this text.
    NoExample "no-example" CONFLICT "まだこの文章で送られた回がありません";
    /// A reason is missing.
    NoReason "no-reason" UNPROCESSABLE_ENTITY "理由が必要です";
    /// It is held for something that going on would not put right.
    NotResumable "not-resumable" CONFLICT "再開できません";
    /// It has to be approved again.
    NeedsApproval "needs-approval" CONFLICT "もう一度承認が必要です";
    /// A backup is too old.
    TooLateAfterRestore "too-late-after-restore" CONFLICT "バックアップから時間がたちすぎました";
    /// LINE did not take the test.
    LineRefused "line-refused" BAD_GATEWAY "LINEが受け付けませんでした";
    /// The database is away or busy.
    Away "away" SERVICE_UNAVAILABLE "いま、データベースにつながりません";
    /// A mistake of ours.
    Broken "broken" INTERNAL_SERVER_ERROR "処理の途中で問題が起きました";
}
