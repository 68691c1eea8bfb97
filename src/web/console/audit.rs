//! The audit log (操作記録): who did what to what, and when, newest first.
//!
//! Read only. Every code that a flow writes has its Japanese words (`words`); a code without words is shown as it is rather
//! than hidden.

mod words;

use askama::Template;
use axum::extract::{Query, State as Shared};
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::app::App;
use crate::domain::ids::{BroadcastId, StaffId};
use crate::domain::timestamp::Timestamp;
use crate::store::audit::{self, Filter, Listed, Who};
use crate::store::broadcasts;
use crate::store::staff::{self, Staff};
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

pub use words::words;
use words::{details, kind};

const PAGE: usize = 50;

/// What is asked for, as it stands in the address; an empty word asks for nothing.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// `broadcast:ID`, to see one thing only.
    #[serde(default)]
    subject: String,
    /// The id of a member of staff, or [`NOBODY`].
    #[serde(default)]
    who: String,
    /// The first day in Japan.
    #[serde(default)]
    from: String,
    /// The last day in Japan.
    #[serde(default)]
    until: String,
    /// The last entry of the page before.
    before: Option<Uuid>,
}

/// In the address: what no member of staff did.
const NOBODY: &str = "auto";

impl Wanted {
    fn filter(&self) -> Filter {
        let who = match self.who.as_str() {
            NOBODY => Some(Who::Nobody),
            id => StaffId::parse(id).map(Who::Staff),
        };
        let begins = |day: Date| Timestamp::from_tokyo(day.at(0, 0, 0, 0));
        let subject = self.subject.split_once(':').map(|(kind, id)| (kind.to_owned(), id.to_owned()));
        let until = day(&self.until).map(|last| begins(last.saturating_add(1.day())));
        Filter { subject, who, from: day(&self.from).map(begins), until }
    }

    /// What has to stand in the address of the next page, too.
    fn asked(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("subject", &*self.subject),
            ("who", &*self.who),
            ("from", &*self.from),
            ("until", &*self.until),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    }

    fn is_narrowed(&self) -> bool {
        [&self.who, &self.from, &self.until].into_iter().any(|asked| !asked.is_empty())
    }

    /// Whether a day can't be read, so that the list is longer than was asked for.
    fn has_wrong_day(&self) -> bool {
        [&self.from, &self.until].into_iter().any(|asked| !asked.is_empty() && day(asked).is_none())
    }
}

fn day(asked: &str) -> Option<Date> {
    asked.trim().parse().ok()
}

#[derive(Template)]
#[template(path = "web/console/audit.html")]
struct AuditPage {
    shell: Shell,
    lines: Vec<Line>,
    staff: Vec<Staff>,
    wanted: Wanted,
    older: Option<Uuid>,
}

struct Line {
    at: String,
    who: String,
    what: String,
    detail: String,
    subject: String,
    kind: &'static str,
    /// The title of the broadcast or the login of the member of staff.
    name: String,
}

pub(super) async fn list(
    Shared(app): Shared<App>,
    shell: Shell,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let mut tx = app.db.read().await?;
    let limit = PAGE as i64 + 1;
    let mut entries = audit::list(&mut tx, &wanted.filter(), wanted.before, limit).await?;
    let staff = staff::list(&mut tx).await?;
    let older = (PAGE < entries.len()).then(|| entries[PAGE - 1].id);
    entries.truncate(PAGE);
    let shell = shell.titled("操作記録").within(Area::Audit);
    let names = Names { titles: broadcasts::titles(&mut tx, &broadcasts_in(&entries)).await?, staff: &staff };
    let lines = entries.iter().map(|entry| line(entry, &names)).collect();
    let page = AuditPage { shell, lines, staff, wanted, older };
    layout::page(&page.shell, &page)
}

/// What the subjects of a page are called today; the log itself holds ids alone.
struct Names<'a> {
    titles: Vec<(BroadcastId, String)>,
    staff: &'a [Staff],
}

impl Names<'_> {
    fn of(&self, kind: &str, id: &str) -> String {
        let found = match kind {
            "broadcast" => {
                self.titles.iter().find(|(known, _)| known.to_string() == id).map(|(_, title)| title)
            }
            "staff" => self.staff.iter().find(|known| known.id.to_string() == id).map(|known| &known.login),
            _ => None,
        };
        found.cloned().unwrap_or_default()
    }
}

fn broadcasts_in(entries: &[Listed]) -> Vec<BroadcastId> {
    let of_broadcasts = entries.iter().filter(|entry| entry.subject_kind == "broadcast");
    let mut ids: Vec<_> = of_broadcasts.filter_map(|entry| BroadcastId::parse(&entry.subject_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn line(entry: &Listed, names: &Names<'_>) -> Line {
    Line {
        at: entry.at.tokyo().strftime("%Y-%m-%d %H:%M:%S").to_string(),
        who: entry.staff_name.clone().unwrap_or_else(|| "(自動)".to_owned()),
        what: words(&entry.action).unwrap_or(&entry.action).to_owned(),
        detail: details(&entry.detail),
        subject: format!("{}:{}", entry.subject_kind, entry.subject_id),
        kind: kind(&entry.subject_kind, &entry.subject_id),
        name: names.of(&entry.subject_kind, &entry.subject_id),
    }
}
