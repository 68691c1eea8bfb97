//! A browser without a screen: keeps cookies, follows redirects, says where a form comes from.
//!
//! It stands apart from [`Page`], which only reads what came.

use std::collections::BTreeMap;

use reqwest::header::{CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, Response, Url};

use super::form::Form;
use super::page::Page;

const HOPS: usize = 5;

/// One browser with its own cookies.
#[derive(Clone)]
pub struct Browser {
    client: Client,
    base: Url,
    cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A browser that has never been anywhere; paths are meant at `base`.
    pub fn new(base: &str) -> Self {
        let client = Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Self { client, base: base.parse().unwrap(), cookies: BTreeMap::new() }
    }

    /// Opens a path or a whole address.
    pub async fn get(&mut self, path: &str) -> Page {
        self.go(Method::GET, path, |request| request).await
    }

    /// Sends fields as a form does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.go(Method::POST, path, |request| request.form(fields)).await
    }

    /// Sends JSON as a script on the page does.
    pub async fn post_json(&mut self, path: &str, body: &serde_json::Value) -> Page {
        self.go(Method::POST, path, |request| request.json(body)).await
    }

    /// Sends a form that was filled in.
    pub async fn submit(&mut self, form: Form) -> Page {
        if form.method == Method::GET {
            let mut action: Url = form.action.parse().unwrap();
            action.query_pairs_mut().clear().extend_pairs(&form.fields);
            return self.get(action.as_str()).await;
        }
        self.go(Method::POST, &form.action, |request| request.form(&form.fields)).await
    }

    /// Sends a form with a file, as browsers do where a form has one.
    pub async fn submit_with(&mut self, form: Form, field: &str, bytes: &[u8]) -> Page {
        const EDGE: &str = "the-edge-between-two-parts";
        let mut body = Vec::new();
        for (name, value) in form.fields.iter().filter(|(name, _)| name != field) {
            let head = format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let file = format!("name=\"{field}\"; filename=\"picture.bin\"\r\nContent-Type: image/jpeg\r\n\r\n");
        let head = format!("--{EDGE}\r\nContent-Disposition: form-data; {file}");
        body.extend([head.as_bytes(), bytes, format!("\r\n--{EDGE}--\r\n").as_bytes()].concat());
        let kind = format!("multipart/form-data; boundary={EDGE}");
        self.go(Method::POST, &form.action, |request| request.header(CONTENT_TYPE, kind).body(body)).await
    }

    /// The value of a cookie.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Loses every cookie.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    async fn go(
        &mut self,
        method: Method,
        path: &str,
        fill: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Page {
        let mut url = self.base.join(path).unwrap();
        let mut response = self.send(fill(self.client.request(method, url.clone()))).await;
        for _ in 0..HOPS {
            let Some(next) = response.headers().get(LOCATION).filter(|_| response.status().is_redirection())
            else {
                break;
            };
            url = url.join(next.to_str().unwrap()).unwrap();
            response = self.send(self.client.get(url.clone())).await;
        }
        Page::read(url, response).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Response {
        let mut request = request.build().unwrap();
        let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !pairs.is_empty() {
            request.headers_mut().insert(COOKIE, pairs.join("; ").parse().unwrap());
        }
        if request.method() != Method::GET && !request.headers().contains_key(ORIGIN) {
            let origin = self.base.origin().ascii_serialization();
            request.headers_mut().insert(ORIGIN, origin.parse().unwrap());
        }
        let response = self.client.execute(request).await.unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            self.keep(cookie.to_str().unwrap());
        }
        response
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.to_lowercase().contains("max-age=0") {
            self.cookies.remove(name.trim());
        } else {
            self.cookies.insert(name.trim().to_owned(), value.trim().to_owned());
        }
    }
}
