//! What came back: a page as its reader sees it.

use reqwest::header::HeaderMap;
use reqwest::{Response, StatusCode, Url};
use scraper::{ElementRef, Html, Selector};

use super::form::Form;

/// A page, or any other answer of the server.
#[derive(Clone, Debug)]
pub struct Page {
    /// The status of the last answer.
    pub status: StatusCode,
    /// Where the redirects ended.
    pub url: Url,
    /// The headers of the last answer.
    pub headers: HeaderMap,
    /// The body.
    pub body: String,
}

impl Page {
    pub(super) async fn read(url: Url, response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, url, headers, body: response.text().await.unwrap() }
    }

    /// The same page, which must have come with 200.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, StatusCode::OK, "{}: {}", self.url.path(), self.text());
        self
    }

    /// Everything a reader sees, in one line.
    pub fn text(&self) -> String {
        let html = self.html();
        let body = html.select(&selector("body")).next();
        body.map(seen).unwrap_or_default()
    }

    /// The first heading.
    pub fn heading(&self) -> String {
        self.all("h1").into_iter().next().unwrap_or_default()
    }

    /// The text of each element that a CSS selector finds.
    pub fn all(&self, css: &str) -> Vec<String> {
        self.html().select(&selector(css)).map(seen).collect()
    }

    /// An attribute of each element that a CSS selector finds.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let html = self.html();
        html.select(&selector(css)).filter_map(|found| found.attr(name)).map(str::to_owned).collect()
    }

    /// Whether there is such an element.
    pub fn has(&self, css: &str) -> bool {
        self.html().select(&selector(css)).next().is_some()
    }

    /// The sentences that say what is wrong: alerts, and what wrong fields are described by.
    pub fn errors(&self) -> Vec<String> {
        let html = self.html();
        let mut found: Vec<_> = html.select(&selector("[role=alert], .error")).map(seen).collect();
        for field in html.select(&selector("[aria-invalid=true]")) {
            for id in field.attr("aria-describedby").unwrap_or_default().split_whitespace() {
                found.extend(html.select(&selector(&format!("[id='{id}']"))).map(seen));
            }
        }
        found.retain(|text| !text.is_empty());
        found
    }

    /// Where the link with this text leads.
    #[track_caller]
    pub fn link(&self, text: &str) -> String {
        let html = self.html();
        let links = selector("a[href]");
        let link = html.select(&links).find(|link| seen(*link).contains(text));
        link.unwrap_or_else(|| panic!("no link {text:?} on {}", self.text())).attr("href").unwrap().to_owned()
    }

    /// The form that has a button with this text, as it was filled in by the server; sent by that button.
    #[track_caller]
    pub fn form(&self, button: &str) -> Form {
        let found = Form::read(&self.html(), &self.url, button);
        found.unwrap_or_else(|| {
            panic!("no form with a button {button:?} on {}: {}", self.url.path(), self.text())
        })
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }

    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }
}

/// A CSS selector that is known to be right.
pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

/// The text of an element with single spaces, without scripts and styles, which nobody reads.
pub(super) fn seen(element: ElementRef<'_>) -> String {
    let texts = element.descendants().filter_map(|node| {
        let parent = node.parent().and_then(ElementRef::wrap).map(|parent| parent.value().name());
        let unread = matches!(parent, Some("script" | "style" | "template" | "noscript"));
        node.value().as_text().filter(|_| !unread).map(|text| text.to_string())
    });
    texts.collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
}
