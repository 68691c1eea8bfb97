//! 保存 in the builder: the rule as it stands becomes a new version, or the form comes back with the reason why not.

use axum::response::Response;

use super::builder::Beside;
use super::diff::Compared;
use super::sheet::Sheet;
use super::text::Judged;
use super::view;
use crate::app::App;
use crate::domain::segment::RulePath;
use crate::flow::rules::{self, Origin, Refusal, RuleError, Saving};
use crate::store::rules as stored;
use crate::web::console::deeds::member;
use crate::web::error::WebError;
use crate::web::layout::{Said, go_and_say};
use crate::web::session::SignedIn;

/// Saves, or says why not.
pub(super) async fn save(
    app: &App,
    staff: &SignedIn,
    sheet: &mut Sheet,
) -> Result<Result<Response, Box<Beside>>, WebError> {
    let refuse =
        |refused: &str| Ok(Err(Box::new(Beside { refused: Some(refused.to_owned()), ..Beside::default() })));
    if sheet.has_own_text() {
        return refuse(
            "文が書き換えられていますが、まだフォームに読み込まれていません。「文から読み直す」か「フォームから書き直す」を選んでください。",
        );
    }
    let Some(path) = RulePath::parse(&sheet.path) else {
        let sentence =
            "ファイルの名前は、文字と数字と「-」「_」で、フォルダーを「/」で区切って入力してください。";
        let path_error = Some(sentence.to_owned());
        return Ok(Err(Box::new(Beside {
            path_error,
            refused: Some(sentence.to_owned()),
            ..Beside::default()
        })));
    };
    let judged = Judged::new(sheet, &*app.library().await?, &app.catalogue, app.clock.today());
    if judged.segment.is_none() {
        return refuse("直すところがあります。各欄と「直すところ」を見てください。");
    }
    let origin = if sheet.is_import { Origin::Import } else { Origin::Console };
    let saving = Saving {
        path: &path,
        text: &judged.text,
        why: &sheet.why,
        seen: sheet.seen,
        is_new: sheet.is_new,
        origin,
    };
    match rules::save(&app.base(), &app.rules, Some(&member(staff)), saving).await {
        Ok(_) => Ok(Ok(go_and_say(
            &format!("/console/segments/{}", super::encoded(path.as_str())),
            Said::RuleSaved,
        ))),
        Err(RuleError::Db(error)) => Err(error.into()),
        Err(RuleError::Refused(refusal)) => {
            Ok(Err(Box::new(refused(app, sheet, &judged.text, refusal).await?)))
        }
    }
}

async fn refused(app: &App, sheet: &Sheet, text: &str, refusal: Refusal) -> Result<Beside, WebError> {
    let mut beside = Beside { refused: Some(refusal.to_string()), ..Beside::default() };
    match refusal {
        Refusal::NotAllowed => return Err(WebError::Forbidden("条件を変える権限がありません。")),
        Refusal::NoReason => beside.why_error = Some(refusal.to_string()),
        Refusal::Taken => beside.path_error = Some(refusal.to_string()),
        Refusal::Changed(version) => {
            let found = stored::find_version(&mut app.db.read().await?, &sheet.path, version).await?;
            let theirs = found.map(|found| found.text).unwrap_or_default();
            beside.difference =
                Some(Compared::new((&theirs, &format!("版{version}(保存済み)")), (text, "あなたの入力")));
        }
        // What is wrong only among all rules together (a shared condition, say) is not at any field.
        Refusal::Faulty(found) => {
            let said: Vec<_> = found.iter().filter(|one| one.is_error()).map(view::sentence).collect();
            beside.refused = Some(format!("直すところがあります。{}", said.join(" ")));
        }
        Refusal::Breaks(_) | Refusal::Same | Refusal::NotFound => {}
    }
    Ok(beside)
}
