//! What the builder shows: the form with its figures, examples and faults, put together anew for every answer.
//!
//! It changes nothing and keeps nothing.

use std::sync::Arc;

use askama::Template;
use askama::filters::HtmlSafe;
use jiff::civil::Date;

use super::controls;
use super::diff::Compared;
use super::figures::{Difference, Figures, Samples, people};
use super::moves::Done;
use super::row_view::{self, Asked, RowView};
use super::sheet::Sheet;
use super::text::{At, Judged, Trouble};
use super::view::{self, Layout, NodeSaid, Nodes, TroubleView};
use crate::app::App;
use crate::domain::segment::Diagnostic;
use crate::domain::segment::rule::Expect;
use crate::web::error::WebError;

const UNITS: [(&str, &str); 4] = [
    ("friend", "本人(友だち)"),
    ("each", "家族をふくむ一人ひとり"),
    ("children", "子ども"),
    ("household", "世帯(アカウント)"),
];

const MODES: [(&str, &str); 4] = [
    ("all", "すべてに当てはまる人"),
    ("any", "いずれかに当てはまる人"),
    ("none", "いずれにも当てはまらない人"),
    ("everyone", "友だち全員(条件なし)"),
];

#[derive(Template)]
#[template(path = "web/console/rules/builder.html")]
pub(super) struct Builder {
    pub(super) sheet: Sheet,
    done: Done,
    refused: Option<String>,
    difference: Option<Compared>,
    path_error: Option<String>,
    why_error: Option<String>,
    judged: Judged,
    target: Nodes,
    target_said: NodeSaid,
    exclusions: Nodes,
    exclusions_said: NodeSaid,
    rows: Vec<RowView>,
    person: RowView,
    draws: bool,
    as_of: Date,
    totals: Totals,
    text: String,
    text_before: String,
    troubles: Vec<TroubleView>,
    troubles_of_text: bool,
    samples: Vec<Samples>,
    back: String,
}

/// The template has escaped what it shows.
impl HtmlSafe for Builder {}

#[derive(Template)]
#[template(path = "web/console/rules/totals.html")]
pub(super) struct Totals {
    figures: Option<Figures>,
    difference: Option<Difference>,
    /// Why there are no figures.
    why_not: &'static str,
}

/// The template has escaped what it shows.
impl HtmlSafe for Totals {}

pub(super) struct HeadField {
    id: &'static str,
    label: &'static str,
    value: String,
    size: &'static str,
    hint: &'static str,
    needed: bool,
    errors: Vec<String>,
}

impl Builder {
    fn head(&self) -> Vec<HeadField> {
        let head = &self.sheet.head;
        let field = |(id, word, label, value, size, hint, needed): (_, _, _, &String, _, _, _)| HeadField {
            id,
            label,
            value: value.clone(),
            size,
            hint,
            needed,
            errors: self
                .judged
                .at(&At::Head(word))
                .filter(|found| found.is_error() && !(value.is_empty() && self.sheet.is_begun_only()))
                .map(|found| match value.trim() {
                    "" => format!("{word}を入力してください。"),
                    _ => view::sentence(found),
                })
                .collect(),
        };
        [
            ("name", "名前", "名前", &head.name, "wide", "", true),
            ("purpose", "目的", "目的", &head.purpose, "wide", "", true),
            ("owner", "所管", "所管", &head.owner, "medium", "例 健康増進課", true),
            ("basis", "根拠", "根拠", &head.basis, "wide", "使ってよい理由となる法令や要綱", false),
            (
                "review_by",
                "見直し期限",
                "見直し期限",
                &head.review_by,
                "short",
                "例 2027-03-31、令和9年3月31日",
                false,
            ),
            ("from", "想定人数", "想定人数 これより少なければ知らせる", &head.from, "short", "", false),
        ]
        .into_iter()
        .map(field)
        .collect()
    }

    /// The head is folded where nothing in it has to be mended.
    fn head_open(&self) -> bool {
        let wrong = |trouble: &Trouble| matches!(trouble.at, At::Head(_)) && trouble.found.is_error();
        self.sheet.is_new || self.path_error.is_some() || self.judged.troubles.iter().any(wrong)
    }

    fn is_focus_in(&self, row: &RowView) -> bool {
        row.holds(&self.done.focus)
    }

    fn is_tried(&self) -> bool {
        !self.person.row.is_empty()
    }

    fn verdict_class(&self) -> &'static str {
        match self.person.verdict.as_ref().map(|verdict| verdict.kind) {
            Some(Expect::Target) => "good",
            Some(Expect::Unknown) => "wait",
            _ => "",
        }
    }
}

/// What is shown beside the form itself.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) done: Done,
    pub(super) refused: Option<String>,
    pub(super) difference: Option<Compared>,
    pub(super) path_error: Option<String>,
    pub(super) why_error: Option<String>,
    /// The faults of a text that could not be read into the form.
    pub(super) of_text: Option<Vec<Diagnostic>>,
    pub(super) samples: bool,
}

/// Puts everything together for a form.
pub(super) async fn builder(app: &App, mut sheet: Sheet, mut beside: Beside) -> Result<Builder, WebError> {
    let today = app.clock.today();
    let as_of = sheet.as_of.parse().unwrap_or(today);
    if sheet.person.as_of.is_empty() {
        sheet.person.as_of = as_of.to_string();
    }
    let library = app.library().await?;
    let shared = library.files().iter().filter(|file| file.path.starts_with("共通/"));
    let shared: Vec<_> = shared.map(|file| file.path.clone()).collect();
    let words = app.rules.words(&mut app.db.read().await?).await?;
    let judged = Judged::new(&sheet, &library, &words, today);
    let figures = match (&judged.counted, &judged.sound) {
        (Some(segment), _) => Some(Figures::ask(app, segment, as_of).await?),
        (None, Some(sound)) => Some(Figures::ask_apart(app, sound, as_of).await?),
        (None, None) => None,
    };
    let difference = match &judged.counted {
        Some(segment) if !sheet.is_new => {
            Difference::since_last_run(app, &sheet.path, segment, as_of).await?
        }
        _ => None,
    };
    let samples = match (&judged.counted, &figures) {
        (Some(segment), Some(figures)) if beside.samples => Samples::of(app, segment, figures).await?,
        _ => Vec::new(),
    };
    if beside.samples && samples.is_empty() {
        let said = "条件に誤りがあるため、見本は選べません。".to_owned();
        beside.done = Done { focus: "h-count".to_owned(), said };
    }
    let kinds = Arc::new(controls::kinds(&app.catalogue));
    let layout = Layout {
        catalogue: &app.catalogue,
        judged: &judged,
        figures: figures.as_ref(),
        shared: &shared,
        kinds,
        is_begun_only: sheet.is_begun_only(),
    };
    let rows: Vec<_> = sheet.rows.iter().chain([&sheet.person]).collect();
    let asked = Asked::of(&sheet.target, &sheet.exclusions, &rows, &app.catalogue);
    // A text that was written by hand stays until it is read or dropped.
    let text = if sheet.has_own_text() || beside.of_text.is_some() {
        sheet.text.clone()
    } else {
        judged.text.clone()
    };
    let of_text = beside
        .of_text
        .map(|faults| faults.into_iter().map(|found| Trouble { at: At::Whole, found }).collect::<Vec<_>>());
    let troubles = match &of_text {
        Some(faults) => view::troubles(faults, &text),
        None => view::troubles(&judged.troubles, &judged.text),
    };
    let back = if sheet.is_new {
        "/console/segments".to_owned()
    } else {
        format!("/console/segments/{}", super::encoded(&sheet.path))
    };
    Ok(Builder {
        target: layout.nodes(&sheet.target, &[0], "対象の条件"),
        target_said: layout.said(&[0]),
        exclusions: layout.nodes(&sheet.exclusions, &[1], "除外の条件"),
        exclusions_said: layout.said(&[1]),
        rows: layout.rows(&sheet.rows, &asked),
        person: layout.row(&sheet.person, "t", &asked),
        draws: row_view::draws(judged.counted.as_ref(), &sheet.rows),
        text_before: if sheet.has_own_text() && beside_keeps(&sheet) {
            sheet.text_before.clone()
        } else {
            judged.text.clone()
        },
        troubles_of_text: of_text.is_some(),
        done: beside.done,
        refused: beside.refused,
        difference: beside.difference,
        path_error: beside.path_error,
        why_error: beside.why_error,
        totals: Totals {
            why_not: why_not(&sheet, figures.as_ref()),
            figures: figures.filter(|figures| !figures.apart),
            difference,
        },
        sheet,
        judged,
        as_of,
        text,
        troubles,
        samples,
        back,
    })
}

/// Why a rule is not counted as a whole.
fn why_not(sheet: &Sheet, figures: Option<&Figures>) -> &'static str {
    match figures {
        _ if sheet.target.is_empty() && sheet.mode != "everyone" => {
            "対象の条件がないため数えられません。条件を追加してください。"
        }
        Some(_) => "条件に誤りがあるため数えられません。条件のそばの人数は、その条件だけで数えたものです。",
        None => "条件に誤りがあるため数えられません。",
    }
}

/// Whether there is a text of the form to tell an own text from.
fn beside_keeps(sheet: &Sheet) -> bool {
    !sheet.text_before.is_empty()
}
