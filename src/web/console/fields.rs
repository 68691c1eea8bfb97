//! A form with files, as a browser sends it; and the same form without them.
//!
//! A file that is too large is read to its end and dropped, so that the rest of the form, which somebody has typed, is
//! not lost with it.

use axum::Form;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header;

use crate::app::App;
use crate::flow::images::LARGEST;
use crate::web::error::WebError;

/// The largest form that is read at all: five bubbles with a picture each, and the words.
pub const LARGEST_FORM: usize = 64 * 1024 * 1024;

/// What a form sent.
#[derive(Default)]
pub struct Fields {
    /// Names and texts in their order.
    pub texts: Vec<(String, String)>,
    /// The files that were chosen.
    pub files: Vec<Upload>,
}

/// One file.
pub struct Upload {
    /// The field.
    pub name: String,
    /// What it holds; `None` where it is larger than [`LARGEST`].
    pub bytes: Option<Vec<u8>>,
}

impl Fields {
    /// The first text of this name; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.texts.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }
}

impl FromRequest<App> for Fields {
    type Rejection = WebError;

    async fn from_request(request: Request, app: &App) -> Result<Self, WebError> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            let form = Form::<Vec<(String, String)>>::from_request(request, app).await;
            let Form(texts) = form.map_err(|_| WebError::Unreadable)?;
            return Ok(Self { texts, files: Vec::new() });
        }
        let mut parts = Multipart::from_request(request, app).await.map_err(|_| WebError::Unreadable)?;
        let mut fields = Self::default();
        while let Some(part) = parts.next_field().await.map_err(|_| WebError::Unreadable)? {
            let name = part.name().unwrap_or_default().to_owned();
            if part.file_name().is_some() {
                fields.files.extend(file(name, part).await?);
            } else {
                fields.texts.push((name, part.text().await.map_err(|_| WebError::Unreadable)?));
            }
        }
        Ok(fields)
    }
}

/// `None` where no file was chosen, which browsers send as an empty one.
async fn file(name: String, mut part: Field<'_>) -> Result<Option<Upload>, WebError> {
    let (mut bytes, mut fits) = (Vec::new(), true);
    while let Some(chunk) = part.chunk().await.map_err(|_| WebError::Unreadable)? {
        fits = fits && bytes.len() + chunk.len() <= LARGEST;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    let chosen = !fits || !bytes.is_empty();
    Ok(chosen.then_some(Upload { name, bytes: fits.then_some(bytes) }))
}
