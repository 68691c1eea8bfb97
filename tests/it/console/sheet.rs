//! The form of the builder, filled in and sent as a browser without JavaScript does it.

use axum::http::StatusCode;
use musubi::domain::sample_town::DEMO_SEED;
use musubi::flow::{register, seed};
use scraper::{Html, Selector};

use super::office::{Browser, Office, Page};

/// The fields of the builder as a browser would send them.
pub struct Sheet(Vec<(String, String)>);

impl Sheet {
    pub fn of(page: &Page) -> Self {
        let html = Html::parse_document(&page.text);
        let controls = Selector::parse("#rule [name]").unwrap();
        let mut fields = Vec::new();
        for control in html.select(&controls) {
            let element = control.value();
            let name = element.attr("name").unwrap().to_owned();
            let value = element.attr("value").unwrap_or_default().to_owned();
            match element.name() {
                "button" => {}
                "textarea" => {
                    let text: String = control.text().collect();
                    // As the parser of HTML does, a first line break belongs to the tag.
                    fields.push((name, text.strip_prefix('\n').unwrap_or(&text).replace('\n', "\r\n")));
                }
                "select" => {
                    let options = Selector::parse("option").unwrap();
                    let all: Vec<_> = control.select(&options).collect();
                    let chosen =
                        all.iter().find(|one| one.value().attr("selected").is_some()).or(all.first());
                    let value = chosen.and_then(|one| one.value().attr("value")).unwrap_or_default();
                    fields.push((name, value.to_owned()));
                }
                _ if element.attr("type") == Some("checkbox") => {
                    fields.extend(element.attr("checked").map(|_| (name, value)));
                }
                _ => fields.push((name, value)),
            }
        }
        Self(fields)
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }

    pub fn fill(mut self, name: &str, value: &str) -> Self {
        self.0.retain(|(key, _)| key != name);
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn tick(mut self, name: &str, value: &str) -> Self {
        self.0.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn text(&self) -> String {
        self.get("text").replace("\r\n", "\n")
    }

    pub async fn press(&self, browser: &Browser, deed: &str) -> Page {
        let pairs = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let pairs: Vec<_> = pairs.chain([("do", deed)]).collect();
        browser.post("/console/rules/build", &pairs).await
    }

    pub async fn next(&self, browser: &Browser, deed: &str) -> Self {
        let page = self.press(browser, deed).await;
        assert_eq!(page.status, StatusCode::OK, "{deed}: {}", page.words("#refused"));
        Self::of(&page)
    }
}

pub async fn town(office: &Office) {
    let town = seed::Town { seed: DEMO_SEED, accounts: 200, consent_version: register::CONSENT_VERSION };
    seed::seed(&office.app, town).await.unwrap();
}

pub async fn edited(browser: &Browser, path: &str) -> Sheet {
    let page = browser.get(&format!("/console/rules/edit/{path}")).await;
    assert_eq!(page.status, StatusCode::OK, "{path}");
    Sheet::of(&page)
}
