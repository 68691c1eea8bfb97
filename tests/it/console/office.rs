//! An office with its console, and browsers that keep cookies and follow no redirect by themselves.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::clock::Clock;
use musubi::config::{ANY_LOCAL_PORT, Config};
use musubi::domain::ids::StaffId;
use musubi::domain::staff::{Role, Roles};
use musubi::domain::timestamp::Timestamp;
use musubi::flow::staff::{self, Newcomer};
use musubi::web;
use scraper::{Html, Selector};
use tower::ServiceExt;

use crate::support::database::TestDatabase;
use crate::support::staff::add_series;

pub const PASSWORD: &str = "shinjiko no shijimi";

/// A console on a database of its own, on 2026-07-01 at 10:00 in Tokyo.
pub struct Office {
    pub app: App,
    router: Router,
    _database: TestDatabase,
}

impl Office {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let database = TestDatabase::migrated().await;
        let mut config = Config::local(database.url(), ANY_LOCAL_PORT, ANY_LOCAL_PORT, "secret");
        change(&mut config);
        let at = Timestamp::from("2026-07-01T10:00:00+09:00".parse::<jiff::Timestamp>().unwrap());
        let app = App::new(config, database.open().await, Clock::fixed(at), Chance::seeded(1)).unwrap();
        Self { router: web::router(app.clone()), app, _database: database }
    }

    pub async fn employ(&self, login: &str, name: &str, roles: &[Role]) -> StaffId {
        let newcomer = Newcomer {
            login: login.to_owned(),
            name: name.to_owned(),
            department: "広報課".to_owned(),
            roles: roles.iter().copied().collect::<Roles>(),
            password: PASSWORD.into(),
            line_user_id: None,
        };
        let id = staff::add(&self.app.base(), newcomer).await.unwrap();
        add_series(&self.app.db, id).await;
        // So that the next deed is surely later.
        self.app.clock.advance(Duration::from_millis(1));
        id
    }

    /// A browser at which somebody new with these roles has just logged in.
    pub async fn somebody(&self, login: &str, name: &str, roles: &[Role]) -> Browser {
        self.employ(login, name, roles).await;
        let browser = self.browser();
        let page = browser.log_in(login, PASSWORD).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        browser
    }

    pub fn browser(&self) -> Browser {
        self.browser_at("192.0.2.1")
    }

    pub fn browser_at(&self, address: &str) -> Browser {
        let address = SocketAddr::new(address.parse().unwrap(), 50_000);
        Browser { router: self.router.clone(), address, cookies: Mutex::default() }
    }
}

pub struct Browser {
    router: Router,
    address: SocketAddr,
    cookies: Mutex<BTreeMap<String, String>>,
}

impl Browser {
    pub async fn get(&self, path: &str) -> Page {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(form(path, fields).body(encode(fields).into()).unwrap()).await
    }

    pub async fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Page {
        let request =
            form(path, fields).header(header::ORIGIN, origin).header("sec-fetch-site", "cross-site");
        self.send(request.body(encode(fields).into()).unwrap()).await
    }

    pub async fn log_in(&self, login: &str, password: &str) -> Page {
        self.post("/console/login", &[("login", login), ("password", password)]).await
    }

    pub async fn send(&self, mut request: Request<Body>) -> Page {
        let cookies: Vec<_> =
            self.cookies.lock().unwrap().iter().map(|(name, value)| format!("{name}={value}")).collect();
        request.headers_mut().insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        request.headers_mut().insert(header::HOST, "console.test".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        self.keep(&parts.headers);
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Page { status: parts.status, headers: parts.headers, text }
    }

    fn keep(&self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            let mut cookies = self.cookies.lock().unwrap();
            match line.contains("Max-Age=0") {
                true => cookies.remove(name),
                false => cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub fn put_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), value.to_owned());
    }
}

fn form(path: &str, _: &[(&str, &str)]) -> axum::http::request::Builder {
    Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
}

fn encode(fields: &[(&str, &str)]) -> String {
    let mut url = reqwest::Url::parse("http://form/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

pub struct Page {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Page {
    pub fn goes_to(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |to| to.to_str().unwrap())
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The words inside the first element that a CSS selector finds, with single spaces.
    pub fn words(&self, selector: &str) -> String {
        self.all_words(selector).into_iter().next().unwrap_or_default()
    }

    pub fn all_words(&self, selector: &str) -> Vec<String> {
        let (html, selector) = (Html::parse_document(&self.text), Selector::parse(selector).unwrap());
        let joined = |words: String| words.split_whitespace().collect::<Vec<_>>().join(" ");
        html.select(&selector).map(|found| joined(found.text().collect::<Vec<_>>().join(" "))).collect()
    }

    /// The value of an attribute of the first element that a CSS selector finds.
    pub fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let (html, selector) = (Html::parse_document(&self.text), Selector::parse(selector).unwrap());
        html.select(&selector).next()?.value().attr(name).map(str::to_owned)
    }
}
