//! One rule as a file: handed out as it is kept, and read into the form from one that somebody chose.
//!
//! A file that is read in is not saved: it fills the form, where it is looked at and saved like anything written by
//! hand. The upload's own form (`multipart/form-data`) is read here, one text part after the other; it comes from
//! staff who are signed in and is no larger than a rule may be.

use askama::Template;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::encoded;
use super::page::{current_text, show, told};
use super::sheet::Sheet;
use crate::app::App;
use crate::domain::segment::RulePath;
use crate::store::rules as stored;
use crate::web::error::WebError;
use crate::web::layout::{self, Area, Shell};

#[derive(Deserialize)]
pub(in crate::web::console) struct Wanted {
    #[serde(default)]
    version: Option<i64>,
}

/// A rule as a file: the newest text, or an old version.
pub(in crate::web::console) async fn download(
    State(app): State<App>,
    Path(path): Path<String>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let rule = RulePath::parse(&path).ok_or(WebError::NotFound)?;
    let text = match wanted.version {
        Some(version) => {
            let found = stored::find_version(&mut app.db.read().await?, rule.as_str(), version).await?;
            found.map(|found| found.text)
        }
        None => current_text(&app, rule.as_str()).await?,
    };
    let name = encoded(rule.name());
    let about = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"rule.seg\"; filename*=UTF-8''{name}.seg"),
        ),
    ];
    Ok((about, text.ok_or(WebError::NotFound)?).into_response())
}

#[derive(Template)]
#[template(path = "web/console/rules/import.html")]
struct ImportPage {
    shell: Shell,
    refused: Option<&'static str>,
}

/// Asks for a file.
pub(in crate::web::console) async fn ask_import(shell: Shell) -> Result<Response, WebError> {
    asking(shell, None)
}

fn asking(shell: Shell, refused: Option<&'static str>) -> Result<Response, WebError> {
    let shell =
        shell.titled("ファイルから取り込む").within(Area::Segments).below("/console/segments", "条件");
    let page = ImportPage { shell, refused };
    let mut response = layout::page(&page.shell, &page)?;
    if refused.is_some() {
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    Ok(response)
}

/// Fills the form from a file; nothing is saved.
pub(in crate::web::console) async fn import(
    State(app): State<App>,
    shell: Shell,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, WebError> {
    let Some((name, bytes)) = boundary(&headers).and_then(|boundary| file(&body, &boundary)) else {
        return asking(shell, Some("ファイルを選んでください。"));
    };
    let Ok(text) = String::from_utf8(bytes.to_vec()) else {
        return asking(
            shell,
            Some("文字コードがUTF-8ではありません。UTF-8で保存してから、選び直してください。"),
        );
    };
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let path = wanted_path(&app, &name).await?;
    let current = stored::find(&mut app.db.read().await?, &path).await?;
    let is_new = current.is_none() && app.rules.file(&path).is_none();
    let seen = current.map_or(0, |current| current.version);
    let sheet = Sheet {
        path,
        seen,
        is_new,
        is_import: true,
        why: format!("ファイル「{name}」の取り込み"),
        ..Sheet::new()
    };
    let (sheet, beside) = told(&app, sheet, text);
    show(&app, shell, sheet, beside).await
}

/// The path that a file's name means: the one rule whose path ends in it, else the name itself.
async fn wanted_path(app: &App, name: &str) -> Result<String, WebError> {
    let plain = RulePath::parse(name).map(|path| path.as_str().to_owned()).unwrap_or_default();
    let library = app.library().await?;
    let ends = |path: &str| path == plain || path.ends_with(&format!("/{plain}"));
    let mut found = library.files().iter().map(|file| file.path.as_str()).filter(|path| ends(path));
    Ok(match (found.next(), found.next()) {
        (Some(only), None) => only.to_owned(),
        _ => plain,
    })
}

fn boundary(headers: &HeaderMap) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let (form, rest) = kind.split_once(';')?;
    let boundary = rest.trim().strip_prefix("boundary=")?.trim_matches('"');
    (form.trim() == "multipart/form-data" && !boundary.is_empty()).then(|| format!("--{boundary}"))
}

/// The name and the bytes of the first file in a form.
fn file<'a>(body: &'a [u8], boundary: &str) -> Option<(String, &'a [u8])> {
    let mut rest = body;
    while let Some(start) = find(rest, boundary.as_bytes()) {
        rest = rest.get(start + boundary.len()..)?.strip_prefix(b"\r\n")?;
        let head_end = find(rest, b"\r\n\r\n")?;
        let head = std::str::from_utf8(rest.get(..head_end)?).ok()?;
        let content = rest.get(head_end + 4..)?;
        let end = find(content, format!("\r\n{boundary}").as_bytes())?;
        if let Some(name) = file_name(head) {
            return content.get(..end).map(|bytes| (name, bytes));
        }
        rest = content.get(end + 2..)?;
    }
    None
}

fn file_name(head: &str) -> Option<String> {
    let (_, rest) = head.split_once("filename=\"")?;
    let (name, _) = rest.split_once('"')?;
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    (!name.is_empty()).then(|| name.to_owned())
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_file_of_a_form_is_found_and_nothing_else_is() {
        let body = "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a/健診.seg\"\r\nContent-Type: text/plain\r\n\r\n名前: 1\r\n2\r\n--b--\r\n";
        let (name, bytes) = file(body.as_bytes(), "--b").unwrap();
        assert_eq!((name.as_str(), std::str::from_utf8(bytes).unwrap()), ("健診.seg", "名前: 1\r\n2"));
        for broken in [
            "",
            "--b",
            "--b\r\n\r\n",
            "--b--\r\n",
            "--b\r\nContent-Disposition: form-data; filename=\"\"\r\n\r\n\r\n--b--",
        ] {
            assert!(file(broken.as_bytes(), "--b").is_none(), "{broken:?}");
        }
    }
}
