//! The words of sending that are stored: states of a broadcast, of a batch and of a ledger row, and reasons.
//!
//! Each word is written once, beside what people read for it. A word that isn't here is an error when it is read,
//! never a default.

/// A stored word that no list knows.
#[derive(Debug, thiserror::Error)]
#[error("an unknown word is stored")]
pub struct UnknownWord;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$item_doc:meta])* $item:ident = $id:literal $text:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$item_doc])* $item,)* }

        impl $name {
            /// Every one of them, in the order of their story.
            pub const ALL: [Self; [$($id),*].len()] = [$(Self::$item),*];

            /// The word as stored.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$item => $id,)* }
            }

            /// What people read.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$item => $text,)* }
            }
        }

        impl TryFrom<String> for $name {
            type Error = UnknownWord;

            fn try_from(text: String) -> Result<Self, UnknownWord> {
                Self::ALL.into_iter().find(|word| word.id() == text).ok_or(UnknownWord)
            }
        }
    )*};
}

words! {
    /// The state of a broadcast.
    State {
        /// Being written.
        Draft = "draft" "下書き",
        /// Frozen, waiting for the second person.
        Submitted = "submitted" "承認待ち",
        /// Approved, waiting for its time.
        Approved = "approved" "承認済み",
        /// Recipients are frozen in the ledger.
        Planned = "planned" "配信準備完了",
        /// On its way, batch by batch.
        Sending = "sending" "配信中",
        /// Held until a person says how it goes on.
        Paused = "paused" "一時停止",
        /// Nothing is left to send.
        Done = "done" "配信完了",
        /// Ended by a person; what was not sent stays unsent.
        Stopped = "stopped" "中止",
        /// Ended because its content is no longer true.
        Expired = "expired" "期限切れ",
    }

    /// What a broadcast is for: it decides which guards hold.
    Class {
        /// Every guard holds.
        Ordinary = "ordinary" "通常",
        /// Puts right what was sent: not held after its first recipients, and not capped.
        Correction = "correction" "訂正",
        /// Lives are at stake: by night, too, at once and not capped by day or week.
        Emergency = "emergency" "緊急",
    }

    /// Why a broadcast waits.
    Hold {
        /// It is night; goes on by itself.
        QuietHours = "quiet_hours" "夜間のため待っています。朝になると自動で再開します。",
        /// The first recipients have it; the rest follows by itself.
        Pilot = "pilot" "はじめの一部の人に送りました。職員に届いた内容を確かめてください。問題がなければ、まもなく残りの人にも送ります。",
        /// So many were sent to in this hour that the rest waits; goes on by itself.
        HourlyLimit = "hourly_limit" "1時間に送れる人数の上限に達したため待っています。次の時間になると自動で再開します。",
        /// LINE does not say what is left of the month; goes on by itself.
        QuotaUnknown = "quota_unknown" "LINEの今月の残り通数を確かめられないため待っています。確かめられしだい自動で始めます。",
        /// A member of staff paused it.
        Staff = "staff" "職員が一時停止しました。再開するか、中止してください。",
        /// The audience is no longer the one that was approved.
        AudienceMoved = "audience_moved" "承認のときから対象者の人数が大きく変わりました。人数を確かめて、もう一度承認するか、中止してください。",
        /// The audience gives a caution that nobody who approved it has seen.
        NewCaution = "new_caution" "承認のときにはなかった注意があります。注意を読んで、このまま送ってよいか確かめ、もう一度承認するか、差し戻すか、中止してください。",
        /// By now two people have to approve it, and one has.
        NeedsSecond = "needs_second" "承認のときから対象者や友だちの数が変わり、承認する人が二人いる配信になりました。もう一度、二人で承認するか、差し戻すか、中止してください。",
        /// Its time is long past.
        Late = "late" "予定の時刻を60分以上過ぎました。今から送ってよいか確かめて、再開するか、中止してください。",
        /// LINE's messages of this month are used up.
        MonthlyLimit = "monthly_limit" "LINEの今月の送信数の上限に達しました。上限を確かめてから再開してください。",
        /// Fewer messages are left of this month than there are recipients.
        QuotaShort = "quota_short" "今月LINEで送れる残りの通数が、予定の人数より少ないため、1人にも送らずに止めました。上限を増やすか、来月まで待って再開してください。",
        /// Batches failed one after the other.
        Failures = "failures" "送信が3回続けて失敗したため止めました。下の内訳とLINEの状況を確かめて、再開するか、中止してください。",
        /// More than one in a hundred was refused.
        Rejections = "rejections" "LINEが受け付けない宛先が1%を超えたため止めました。対象者を確かめて、再開するか、中止してください。",
        /// What is stored is not what was approved.
        NotApproved = "not_approved" "保存されている内容が、承認された内容と違います。送らずに止めました。管理者に連絡してください。",
        /// Nobody of the audience has the values that the blanks of the text need.
        NobodyHasValues = "nobody_has_values" "文章に差し込む値が登録されている人がいません。差し戻して、本文を直すか、代わりの言葉を書くか、中止してください。",
        /// LINE does not take the content.
        ContentRefused = "content_refused" "LINEが本文を受け付けませんでした。中止して、本文を直したものを新しく作ってください。",
        /// The figures of the ledger do not add up.
        Mismatch = "mismatch" "配信台帳の数が合いません。再開せず、管理者に連絡してください。",
        /// The rule can't be read any more.
        RuleUnreadable = "rule_unreadable" "対象者の条件を読み取れなくなりました。条件に使う属性が元に戻ったら再開(送る前なら承認し直し)するか、中止して新しく作ってください。",
        /// A backup is in use; what was sent after it is not known.
        Restored = "restored" "バックアップから戻したため、止めています。バックアップの後に、すでに送られているかもしれません。LINE Official Account Managerの配信数などで確かめてから、再開(または承認し直し)するか、中止してください。",
        /// A backup is in use that is too old for LINE to recognise what was sent after it.
        RestoredLate = "restored_late" "バックアップから23時間以上たちました。続きを送ると、同じ人に二度届くおそれがあります。再開せず、中止してください。",
        /// LINE has taken it from a life of the database that is lost.
        SentBefore = "sent_before" "この配信は、このデータベースに記録がないまま、すでに送り始められています。続きを送ると二度届く人がいるため、1人にも送らずに止めました。再開せずに中止し、届いていない人がいないか、LINE Official Account Managerの配信数などで確かめてください。",
        /// The rule's review date has passed since it was approved.
        RuleOutdated = "rule_outdated" "対象者の条件の見直し期限を過ぎました。条件を見直してから、差し戻して依頼し直すか、中止してください。",
    }

    /// What the author of a broadcast must have seen before it is submitted.
    Caution {
        /// The rule says 友だち全員.
        Everyone = "everyone" "友だち全員に送ります。条件で絞り込めないか、もう一度確かめてください。",
        /// The number of recipients is not the one that the rule expects.
        OutsideExpected = "outside_expected" "届く人数が、条件に書かれた想定人数から外れています。",
        /// For more than 5 % of the accounts data are missing.
        ManyUnknown = "many_unknown" "登録が足りず判断できない人が5%を超えています。この人たちには届きません。",
        /// Fewer than 10 recipients.
        Few = "few" "届く人が10人未満です。特定の人への通知になっていないか、確かめてください。",
        /// Among those to be sent to again are some of whom it is not known whether they have it.
        MayRepeat = "may_repeat" "前回、届いたかどうか分からない人が含まれます。この人たちには同じ内容が2回届くことがあります。",
        /// The text holds words that don't belong on a lock screen, or speaks to one person.
        SensitiveWords = "sensitive_words" "本文に、結果や病気、滞納などを思わせる言葉か、特定の人への呼びかけがあります。ほかの人の目に触れてよい内容か、大勢に送ってよい内容か、確かめてください。",
    }

    /// The state of a batch: one call to LINE.
    BatchState {
        /// Not tried yet.
        Pending = "pending" "送信前",
        /// Tried, outcome open; only the same key and body may follow.
        Attempting = "attempting" "送信中",
        /// LINE accepted it, now or earlier.
        Accepted = "accepted" "受付済み",
        /// LINE refused its only member.
        Rejected = "rejected" "受付不可",
        /// Tried for 23 hours without an answer; never sent again by itself.
        Unknown = "unknown" "結果不明",
        /// Not tried before the broadcast was ended.
        Stopped = "stopped" "中止",
        /// Refused as a whole; its members went on in smaller batches.
        Split = "split" "分割済み",
        /// Every member was skipped.
        Empty = "empty" "対象なし",
    }

    /// What became of one planned recipient.
    LedgerState {
        /// Not tried yet.
        Planned = "planned" "送信前",
        /// In a batch whose outcome is open.
        Attempting = "attempting" "送信中",
        /// Accepted by LINE; whether it was read is not known.
        Accepted = "accepted" "受付済み",
        /// Left out before sending, with a reason.
        Skipped = "skipped" "除外",
        /// Refused by LINE.
        Rejected = "rejected" "受付不可",
        /// Not tried before the broadcast was ended.
        Stopped = "stopped" "中止",
        /// It can't be told.
        Unknown = "unknown" "結果不明",
    }

    /// Why a recipient was skipped, rejected or stopped.
    Reason {
        /// Skipped: blocked or left.
        NotFollowing = "not_following" "ブロックまたは友だち解除",
        /// Skipped: the data were erased.
        Erased = "erased" "登録を削除",
        /// Skipped: sending to this account was stopped.
        SendingStopped = "sending_stopped" "配信停止を希望",
        /// Skipped: this topic declined.
        TopicDeclined = "topic_declined" "この分野を希望しない",
        /// Skipped: consent withdrawn.
        ConsentWithdrawn = "consent_withdrawn" "同意を取り消し",
        /// Skipped: the rule no longer selects them (booked meanwhile, changed their data).
        NoLongerTarget = "no_longer_target" "条件に合わなくなった",
        /// Skipped: so many messages came today, this week or in this hour that this one does not.
        FrequencyCap = "frequency_cap" "受け取る回数の上限(1日・1週間・1時間)に達した",
        /// Skipped: drawn to get nothing, so that the effect can be seen.
        HeldOut = "held_out" "効果をくらべるため送らない",
        /// Skipped: had the message of this repeat for this day of theirs already.
        AlreadyMet = "already_met" "この節目の配信を、すでに受け取っている",
        /// Skipped: a blank of the text has no value for them, and no words stand in its place.
        NoValue = "no_value" "文章に差し込む値が登録されていない",
        /// Rejected: LINE does not take this recipient.
        RefusedByLine = "refused_by_line" "LINEが受け付けない宛先",
        /// Rejected: LINE's limits on messages are not kept.
        NotSendable = "not_sendable" "LINEの制限を超える本文",
        /// Stopped by a person.
        Halted = "halted" "職員が中止",
        /// Stopped because the content expired.
        Expired = "expired" "期限切れ",
        /// Unknown: no answer for 23 hours.
        NoAnswer = "no_answer" "LINEから応答なし",
        /// Unknown: the broadcast was ended while LINE's answer was missing, and it was not asked again.
        EndedUnanswered = "ended_unanswered" "LINEの応答がないまま、配信を中止または期限切れ",
        /// Unknown: it may have been sent after the backup that is now in use, and was not sent again.
        Restored = "restored" "バックアップの後に送られたかもしれない(送り直していない)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_read_as_it_was_written_and_a_strange_one_is_refused() {
        for state in State::ALL {
            assert_eq!(State::try_from(state.id().to_owned()).unwrap(), state);
        }
        assert!(State::try_from("published".to_owned()).is_err());
        assert!(LedgerState::try_from(String::new()).is_err());
    }
}
