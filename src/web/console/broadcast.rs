//! One broadcast: who, how many, when, what it says on every phone, and what can be done with it now.
//!
//! The same page serves author and approver, so that both look at the same thing. Before sending it shows the rule as
//! it was frozen, not as its file says today.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::approval_view::ApprovalView;
use super::audience::Audience;
use super::broadcasts::{goes_out, minute, state_class};
use super::figures::grouped;
use super::follow_up::{self, Descendant, FollowUps};
use super::history;
use super::night;
use super::phone::{Phones, missing_parts};
use super::progress::ProgressView;
use super::rule_view::RuleInWords;
use super::split::{self, SplitView};
use super::texts_view::TextsView;
use super::when;
use super::whom_view::WhomView;
use crate::app::App;
use crate::domain::broadcast::{Caution, Hold, State as Stage, caution, trial};
use crate::domain::ids::BroadcastId;
use crate::domain::segment::rule::Target;
use crate::domain::segment::{Segment, text};
use crate::domain::staff::{Right, StaffMember};
use crate::flow::broadcast::{self, BroadcastError};
use crate::store::broadcasts::{self, Broadcast};
use crate::store::staff;
use crate::web::error::WebError;
use crate::web::form::FieldErrors;
use crate::web::layout::{self, Area, Shell};
use crate::web::session::SignedIn;

#[derive(Template)]
#[template(path = "web/console/broadcast.html")]
struct BroadcastPage {
    shell: Shell,
    stored: Broadcast,
    said: Said,
    names: Names,
    topic: String,
    rule: Option<Rule>,
    phones: Phones,
    notes: Vec<String>,
    problems: Vec<String>,
    is_tested: bool,
    can: Can,
    progress: Option<ProgressView>,
    split: Option<SplitView>,
    /// Into how many texts it falls, once it was submitted.
    texts: Option<TextsView>,
    number_to_type: i64,
    /// How many are held out of today's number, and of the number to type.
    not_sent_today: Option<String>,
    not_sent: Option<String>,
    /// Whom it goes to, where that is no rule.
    whom: Option<WhomView>,
    approval: ApprovalView,
    /// What is worth a second look about its time.
    hints: Vec<String>,
    /// What the series last said, for whoever approves.
    last: Option<history::Last>,
    follow_ups: FollowUps,
    descendants: Vec<Descendant>,
    /// What an approval now brings about.
    begins: String,
    cautions: Vec<Caution>,
}

impl BroadcastPage {
    fn at(&self) -> String {
        format!("/console/broadcasts/{}", self.stored.id)
    }

    fn when(&self) -> (String, String) {
        goes_out(self.stored.scheduled_at, self.stored.planned_at, self.stored.state)
    }

    /// When it is no longer sent: its expiry, or the end of the day that its text names as 期限.
    fn until(&self) -> String {
        let is_by_text = self.stored.true_until() != self.stored.expires_at;
        match (self.stored.last_day().filter(|_| is_by_text), self.stored.expires_at) {
            (Some(last), _) => format!("{last} 23:59(本文の期限)"),
            (None, Some(at)) => minute(at),
            (None, None) => "なし".to_owned(),
        }
    }

    /// What has to be seen, with the words that are meant.
    fn caution_lines(&self) -> Vec<String> {
        let line = |caution: &Caution| match caution {
            Caution::SensitiveWords => {
                format!(
                    "{}見つかった言葉: 「{}」",
                    caution.word(),
                    self.stored.sensitive_words().join("」「")
                )
            }
            caution => caution.word().to_owned(),
        };
        self.cautions.iter().map(line).collect()
    }

    /// What the tick says to have seen.
    fn caution_ids(&self) -> String {
        caution::to_text(&self.cautions)
    }

    fn hash(&self) -> &str {
        self.stored.submitted_hash.as_deref().unwrap_or_default()
    }
}

/// What was refused or typed, to be shown again.
#[derive(Default)]
pub(super) struct Said {
    /// Refused as a whole.
    pub(super) refused: Option<String>,
    /// What the approver typed.
    pub(super) count: String,
    /// The reason for a return, as typed.
    pub(super) reason: String,
    /// What was wrong with either.
    pub(super) errors: FieldErrors,
}

struct Names {
    author: String,
    last_editor: String,
    approver: Option<String>,
}

struct Rule {
    name: String,
    owner: String,
    words: RuleInWords,
    audience: Option<Audience>,
    is_everyone: bool,
}

/// What the person at the browser can do with it now; the flow decides again.
#[derive(Clone, Copy, Default)]
struct Can {
    edit: bool,
    test: bool,
    submit: bool,
    /// The state asks for an approval.
    awaits_approval: bool,
    approve: bool,
    /// May approve others' texts, yet wrote this one.
    own_text: bool,
    give_back: bool,
    pause: bool,
    resume: bool,
    /// The rest waits for its first recipients.
    go_on: bool,
    stop: bool,
}

impl Can {
    fn of(stored: &Broadcast, staff: &SignedIn) -> Self {
        let person = super::deeds::member(staff);
        let own = [stored.author_id, stored.last_editor_id].contains(&staff.id);
        let may = |right| StaffMember::may(&person, right);
        let unplanned = stored.planned_at.is_none();
        let held = stored.state == Stage::Paused;
        let goes_on = stored
            .hold()
            .is_some_and(|hold| if unplanned { hold.may_wait_again() } else { hold.may_go_on() });
        let awaits = stored.state == Stage::Submitted || (held && unplanned && !goes_on);
        Self {
            edit: may(Right::Draft) && stored.state.is_editable() && !broadcast::has_fixed_text(stored),
            test: (may(Right::Draft) || may(Right::Approve)) && stored.state.is_editable(),
            submit: may(Right::Draft) && stored.state == Stage::Draft,
            awaits_approval: awaits,
            approve: awaits && may(Right::Approve) && !own,
            own_text: awaits && may(Right::Approve) && own,
            give_back: may(Right::Approve)
                && unplanned
                && matches!(stored.state, Stage::Submitted | Stage::Approved | Stage::Paused),
            pause: may(Right::Halt) && stored.state.may_become(Stage::Paused),
            resume: may(Right::Approve) && held && goes_on && (!unplanned || !own),
            go_on: may(Right::Approve)
                && stored.state == Stage::Sending
                && stored.hold() == Some(Hold::Pilot),
            stop: may(Right::Halt) && stored.state.may_become(Stage::Stopped),
        }
    }
}

pub(super) async fn show(
    State(app): State<App>,
    shell: Shell,
    Path(id): Path<String>,
) -> Result<Response, WebError> {
    let id = BroadcastId::parse(&id).ok_or(WebError::NotFound)?;
    render(&app, shell, id, Said::default()).await
}

/// The broadcast with this id.
pub(super) async fn load(app: &App, id: &str) -> Result<Broadcast, WebError> {
    let id = BroadcastId::parse(id).ok_or(WebError::NotFound)?;
    broadcasts::find(&mut app.db.read().await?, id).await?.ok_or(WebError::NotFound)
}

/// The page, with what was refused on it.
pub(super) async fn render(
    app: &App,
    shell: Shell,
    id: BroadcastId,
    said: Said,
) -> Result<Response, WebError> {
    let staff = shell.staff.clone().ok_or(WebError::SignInAgain)?;
    let mut tx = app.db.read().await?;
    let stored = broadcasts::find(&mut tx, id).await?.ok_or(WebError::NotFound)?;
    let names = Names {
        author: name(&mut tx, stored.author_id).await?,
        last_editor: name(&mut tx, stored.last_editor_id).await?,
        approver: match stored.approver_id {
            Some(id) => Some(name(&mut tx, id).await?),
            None => None,
        },
    };
    let progress = match stored.approved_at {
        Some(_) => Some(ProgressView::find(app, &mut tx, &stored).await?),
        None => None,
    };
    let texts = TextsView::find(app, &mut tx, &stored).await?;
    drop(tx);
    let rule = rule(app, &stored).await?;
    let whom = WhomView::find(app, &stored).await?;
    let approval = ApprovalView::find(app, &stored, staff.id).await?;
    let mut can = Can::of(&stored, &staff);
    let last = match can.awaits_approval {
        true => history::last(app, &mut app.db.read().await?, &stored).await?,
        false => None,
    };
    can.approve &= !approval.is_own;
    // A rule that can't be used any more is said where the rule stands.
    let cautions = match broadcast::cautions(app, &stored).await {
        Err(BroadcastError::Db(error)) => return Err(error.into()),
        found => found.unwrap_or_default(),
    };
    let topic = app.catalogue.topic(&stored.topic);
    let quiet = night::quiet(app, stored.is_emergency());
    let wrong = said.refused.is_some() || !said.errors.is_empty();
    let today = recipients_today(rule.as_ref(), whom.as_ref());
    let page = BroadcastPage {
        shell: shell
            .titled(&stored.title)
            .wrong(wrong)
            .within(Area::Broadcasts)
            .below("/console/broadcasts", "配信"),
        topic: topic.map_or_else(|| stored.topic.clone(), |topic| topic.label.ja().to_owned()),
        notes: missing_parts(&stored.content, &app.catalogue),
        phones: Phones::new(&stored.content, &app.catalogue, &app.config.city.name),
        problems: problems(&stored),
        is_tested: stored.is_tested(),
        can,
        not_sent_today: split::not_sent(&stored, today),
        not_sent: split::not_sent(&stored, number_to_type(&stored, today)),
        number_to_type: number_to_type(&stored, today),
        follow_ups: FollowUps::of(&stored, &super::deeds::member(&staff)),
        descendants: follow_up::descendants(app, stored.id).await?,
        hints: hints(app, &stored),
        last,
        whom,
        approval,
        split: SplitView::of(app, &stored),
        texts,
        begins: night::begins(&quiet, stored.scheduled_at, app.clock.now()),
        cautions,
        stored,
        said,
        names,
        rule,
        progress,
    };
    layout::page(&page.shell, &page)
}

/// What has to be mended in any of its texts.
fn problems(stored: &Broadcast) -> Vec<String> {
    let texts = match stored.texts() {
        Ok(texts) => texts,
        Err(fault) => return vec![fault.to_string()],
    };
    let of_text = |said: &trial::Said| {
        let arm = said.arm.as_ref().map(|arm| format!("{arm}案: ")).unwrap_or_default();
        let problems = said.content.problems();
        problems.iter().map(|problem| format!("{arm}{}", problem.fault)).collect::<Vec<_>>()
    };
    texts.iter().flat_map(of_text).collect()
}

/// A time that lies behind gives nothing to think about.
fn hints(app: &App, stored: &Broadcast) -> Vec<String> {
    let ahead = stored.scheduled_at.filter(|_| stored.planned_at.is_none() && !stored.state.is_final());
    ahead.map_or_else(Vec::new, |at| when::lines(&night::quiet(app, stored.is_emergency()), at))
}

fn recipients_today(rule: Option<&Rule>, whom: Option<&WhomView>) -> i64 {
    let of_rule = || rule.and_then(|rule| rule.audience.as_ref()).map_or(0, Audience::recipients);
    whom.map_or_else(of_rule, |whom| whom.recipients)
}

/// The number noted at submission; today's where it waits for a second approval.
fn number_to_type(stored: &Broadcast, today: i64) -> i64 {
    if stored.state == Stage::Paused { today } else { stored.submitted_count.unwrap_or(today) }
}

async fn rule(app: &App, stored: &Broadcast) -> Result<Option<Rule>, WebError> {
    let Ok(segment) = text::parse(&stored.rule_text, &app.catalogue) else { return Ok(None) };
    let as_of = stored.as_of.map_or_else(|| app.clock.today(), jiff::civil::Date::from);
    let audience = match stored.planned_at {
        Some(_) => None,
        None => Some(Audience::ask(app, &segment, as_of, Some(&stored.topic)).await?),
    };
    Ok(Some(Rule {
        name: segment.header.name.clone(),
        owner: segment.header.owner.clone(),
        words: RuleInWords::new(&segment, &app.catalogue, as_of),
        is_everyone: is_everyone(&segment),
        audience,
    }))
}

fn is_everyone(segment: &Segment) -> bool {
    segment.target == Target::Everyone
}

pub(super) async fn name(
    tx: &mut crate::db::Tx,
    id: crate::domain::ids::StaffId,
) -> Result<String, WebError> {
    let found = staff::find(tx, id).await?;
    Ok(found.map_or_else(|| "(不明)".to_owned(), |staff| staff.name))
}
