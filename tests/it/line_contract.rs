//! What leaves the process, and what the small LINE answers, against LINE's published OpenAPI description, where a copy
//! lies at hand.
//!
//! Looks for the folder in `MUSUBI_LINE_OPENAPI`, then beside the repository; says so and passes where there is none,
//! because LINE's files are not part of this repository.

mod recorder;
mod schema;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::Duration;

use image::{DynamicImage, ImageFormat, RgbImage};
use jiff::civil::date;
use musubi::app::App;
use musubi::chance::Chance;
use musubi::db::Db;
use musubi::domain::message::Content;
use musubi::domain::staff::Role;
use musubi::flow::broadcast::{self, Draft};
use musubi::flow::images;
use musubi::line::client::ENDPOINTS;
use musubi::simulator::{Endpoint, Fault};
use musubi::worker;
use serde_json::{Map, Value, json};

use crate::support::TestApp;
use crate::support::broadcasts::to_everyone;
use recorder::{Passed, Recorder};
use schema::{Faults, Schemas};

/// LINE's files that describe what we call.
struct Published(Vec<Value>);

impl Published {
    /// The description of a call, with the file in which it stands.
    fn operation(&self, method: &str, path: &str) -> Option<(&Value, &Value)> {
        self.0.iter().find_map(|file| {
            let paths = file["paths"].as_object()?;
            let (_, at) = paths.iter().find(|(template, _)| is_at(template, path))?;
            at.get(method).map(|operation| (file, operation))
        })
    }

    /// What is wrong with a call and its answer.
    fn faults(&self, call: &Passed) -> Faults {
        let Some((file, operation)) = self.operation(&call.method, &call.path) else {
            return vec!["LINE has no such call".to_owned()];
        };
        let schemas = Schemas(file);
        let mut faults = in_query(schemas, operation, call);
        faults.extend(in_body(schemas, &operation["requestBody"], call));
        // That a server may fail is said of no call.
        if 500 <= call.status {
            return faults;
        }
        let answer = &operation["responses"][call.status.to_string()];
        let schema = answer.pointer("/content/application~1json/schema");
        match (answer.is_null(), schema) {
            (true, _) => faults.push(format!("LINE does not answer {}", call.status)),
            (false, Some(schema)) => {
                let said = serde_json::from_slice(&call.answer).unwrap_or(Value::Null);
                let wrong = schemas.faults(&said, schema);
                faults.extend(wrong.into_iter().map(|fault| format!("the answer {fault}")));
            }
            (false, None) => {}
        }
        faults
    }
}

/// Whether a path is one of a template such as `/v2/bot/profile/{userId}`.
fn is_at(template: &str, path: &str) -> bool {
    let (ours, theirs) = (path.split('/'), template.split('/'));
    ours.clone().count() == theirs.clone().count()
        && ours.zip(theirs).all(|(own, part)| own == part || part.starts_with('{'))
}

fn in_query(schemas: Schemas<'_>, operation: &Value, call: &Passed) -> Faults {
    let parameters: Vec<_> = operation["parameters"].as_array().into_iter().flatten().collect();
    let named = |place: &str, name: &str| {
        parameters.iter().copied().find(|known| known["in"] == place && known["name"] == name)
    };
    let mut faults = Faults::new();
    let mut given: Vec<_> = call.query.iter().map(|(name, value)| ("query", name.as_str(), value)).collect();
    given.extend(call.retry_key.iter().map(|key| ("header", "X-Line-Retry-Key", key)));
    for (place, name, value) in &given {
        let Some(parameter) = named(place, name) else {
            faults.push(format!("{name}: LINE does not know it"));
            continue;
        };
        let is_text = parameter["schema"]["type"] == "string";
        let typed = if is_text { json!(value) } else { serde_json::from_str(value).unwrap_or(json!(value)) };
        faults.extend(schemas.faults(&typed, &parameter["schema"]));
    }
    let required = parameters.iter().filter(|known| known["required"] == true && known["in"] == "query");
    let missing = required.filter(|known| !call.query.iter().any(|(name, _)| known["name"] == name.as_str()));
    faults.extend(missing.map(|known| format!("{} is missing", known["name"])));
    faults
}

fn in_body(schemas: Schemas<'_>, described: &Value, call: &Passed) -> Faults {
    let kind = call.kind.split(';').next().unwrap_or_default();
    let Some(content) = described["content"].as_object() else {
        let is_empty = call.body.is_empty();
        return if is_empty { Faults::new() } else { vec!["LINE wants no body".to_owned()] };
    };
    let Some(schema) = content.get(kind).map(|content| &content["schema"]) else {
        return vec![format!("LINE does not read {kind:?}")];
    };
    schemas.faults(&body(kind, &call.body), schema)
}

fn body(kind: &str, bytes: &[u8]) -> Value {
    if kind == "application/json" {
        return serde_json::from_slice(bytes).unwrap();
    }
    let text = std::str::from_utf8(bytes).unwrap();
    let form = reqwest::Url::parse(&format!("http://form/?{text}")).unwrap();
    let fields = form.query_pairs().map(|(name, value)| (name.into_owned(), json!(value)));
    Value::Object(fields.collect::<Map<_, _>>())
}

#[test]
fn every_path_and_method_we_call_is_published() {
    let Some(published) = published() else { return };
    // LINE Login's verification is documented, but described in no OpenAPI file of LINE's.
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.template != "/oauth2/v2.1/verify") {
        let (method, path) = (endpoint.method.as_str().to_lowercase(), endpoint.template);
        assert!(published.operation(&method, path).is_some(), "{method} {path}");
    }
}

/// The office once more, whose calls pass the recorder.
async fn recorded(app: &TestApp) -> (App, Recorder) {
    let recorder = Recorder::before(app.line()).await;
    let mut config = (*app.app().config).clone();
    config.line.api_base.clone_from(&recorder.base);
    config.line.api_data_base.clone_from(&recorder.base);
    let db = Db::open(app.database_url()).await.unwrap();
    (App::new(config, db, app.clock().clone(), Chance::seeded(6)).unwrap(), recorder)
}

/// Everything that a message can hold: bubbles of every kind, buttons of every kind, quick replies.
fn everything(picture: &images::Kept) -> Content {
    let image =
        json!({ "id": picture.id, "alt": "会場の地図", "width": picture.width, "height": picture.height });
    let button = |label: &str, target: Value| json!({ "label": label, "target": target });
    let facts = json!([{ "name": "日時", "text": "7月20日 10時" }, { "name": "場所", "text": "市役所" }]);
    let whole = json!({
        "image": image, "title": "特定健診", "text": "予約できます。", "facts": facts,
        "buttons": [
            button("予約する", json!({ "uri": "https://example.jp/yoyaku?a=1" })),
            button("電話する", json!({ "tel": "0853-21-2211" })),
            button("登録を見る", json!({ "liff": "/summary" })),
        ],
    });
    let plain = json!({
        "title": "がん検診", "text": "対象の方へ",
        "buttons": [button("この分野は不要", json!({ "deed": "decline_topic" }))],
    });
    let parts = json!([
        { "kind": "text", "text": "お知らせです。" },
        { "kind": "image", "id": picture.id, "alt": "会場の地図", "width": picture.width, "height": picture.height },
        { "kind": "card", "title": "特定健診", "text": "予約できます。", "facts": facts,
          "buttons": whole["buttons"], "image": image },
        { "kind": "cards", "cards": [whole, plain] },
    ]);
    let replies = json!([
        button("停止", json!({ "deed": "stop" })),
        button("再開", json!({ "deed": "resume" })),
        button("受け取る", json!({ "deed": "accept_topic" })),
        button("市のページ", json!({ "uri": "https://example.jp" })),
    ]);
    let body = json!({ "parts": parts, "quick_replies": replies });
    serde_json::from_value(json!({ "variants": { "ja": body } })).unwrap()
}

fn drawing() -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::from(RgbImage::new(800, 600));
    image.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
    bytes
}

async fn step(office: &App) {
    while 0 < worker::step_all(office).await {}
}

/// Some days of the office: greetings, a test, a broadcast by multicast and by push, a repetition, a night, figures.
async fn days(app: &TestApp, office: &App) {
    let hanako = app.line().add_friend("見本 花子").await;
    app.line().says(&hanako, "登録").await;
    step(office).await;
    app.many_friends(1_000).await;
    let author = app.clerk("見本 起案", &[Role::Editor]).await;
    let picture = images::take_in(office, &author, drawing()).await.unwrap();
    let draft = Draft { content: everything(&picture), ..to_everyone("") };
    let id = broadcast::create(office, &author, draft).await.unwrap();
    broadcast::send_test(office, &author, id).await.unwrap();
    app.submit(&author, (id, 1)).await.unwrap();
    app.approve_by_others(id).await;
    app.line().fault(Endpoint::Multicast, Fault::AcceptThenServerError, 1);
    step(office).await;
    app.clock().advance(Duration::from_secs(5));
    step(office).await;
    for day in 2..=3 {
        app.set_tokyo(date(2026, 7, day).at(3, 0, 0, 0));
        step(office).await;
        app.set_tokyo(date(2026, 7, day).at(11, 0, 0, 0));
        step(office).await;
    }
    office.line.profile(&hanako).await.unwrap();
    office.line.bot_info().await.unwrap();
    office.line.start_loading(&hanako, 5).await.unwrap();
}

#[tokio::test]
async fn what_leaves_the_process_is_what_line_has_published_and_so_is_what_the_small_line_answers() {
    let Some(published) = published() else { return };
    let app = TestApp::start().await;
    let (office, recorder) = recorded(&app).await;
    days(&app, &office).await;
    let mut called = BTreeSet::new();
    for call in recorder.passed() {
        let faults = published.faults(&call);
        let body = String::from_utf8_lossy(&call.body);
        assert!(faults.is_empty(), "{} {} {}: {faults:#?}\n{body}", call.method, call.path, call.status);
        called.insert((call.path.clone(), call.status));
    }
    the_repetition_says_the_same(&recorder.passed());
    for (path, status) in [
        ("/oauth2/v3/token", 200),
        ("/v2/bot/message/reply", 200),
        ("/v2/bot/message/push", 200),
        ("/v2/bot/message/multicast", 200),
        ("/v2/bot/message/multicast", 409),
        ("/v2/bot/message/quota", 200),
        ("/v2/bot/followers/ids", 200),
        ("/v2/bot/message/aggregation/info", 200),
        ("/v2/bot/insight/message/event/aggregation", 200),
        ("/v2/bot/info", 200),
        ("/v2/bot/chat/loading/start", 202),
    ] {
        assert!(called.contains(&(path.to_owned(), status)), "{path} {status} is not among {called:?}");
    }
    office.db.close().await;
}

/// LINE answers a repeated key without reading its body: nobody else would notice another one.
fn the_repetition_says_the_same(calls: &[Passed]) {
    let again = calls.iter().find(|call| call.status == 409).unwrap();
    let same = calls.iter().filter(|call| call.retry_key == again.retry_key).map(|call| &call.body);
    let bodies: Vec<_> = same.collect();
    assert!(2 <= bodies.len() && bodies.iter().all(|body| *body == bodies[0]));
}

fn published() -> Option<Published> {
    let named = std::env::var_os("MUSUBI_LINE_OPENAPI").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/line-openapi");
    let found = named.or_else(|| beside.is_dir().then_some(beside));
    let Some(folder) = found else {
        println!("no copy of LINE's OpenAPI files: set MUSUBI_LINE_OPENAPI to check against them");
        return None;
    };
    let read = |name: &str| {
        let text =
            std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let names = ["messaging-api.yml", "channel-access-token.yml", "insight.yml"];
    Some(Published(names.map(read).into()))
}
