//! Our calls and bodies against LINE's published OpenAPI description, where a copy lies at hand.
//!
//! Looks for the folder in `MUSUBI_LINE_OPENAPI`, then beside the repository; says so and passes where there is none,
//! because LINE's files are not part of this repository. Reads their YAML by indentation only.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use musubi::domain::ids::LineUserId;
use musubi::line::client::{ENDPOINTS, Outgoing, body};
use musubi::line::event::ReplyToken;
use musubi::line::message::{Action, Card, Message};
use serde_json::Value;

#[test]
fn every_path_and_method_we_call_is_published() {
    let Some(folder) = folder() else { return };
    let names = ["messaging-api.yml", "channel-access-token.yml", "insight.yml"];
    let files = names.map(|name| read(&folder, name));
    // LINE Login's verification is documented, but described in no OpenAPI file of LINE's.
    for endpoint in ENDPOINTS.iter().filter(|endpoint| endpoint.template != "/oauth2/v2.1/verify") {
        let path = files.iter().find_map(|text| block(text, 2, endpoint.template));
        let path = path.unwrap_or_else(|| panic!("{} is not published", endpoint.template));
        let method = endpoint.method.as_str().to_lowercase();
        assert!(block(&path, 4, &method).is_some(), "{method} {}", endpoint.template);
    }
}

#[test]
fn every_body_we_send_has_what_is_required_and_nothing_unknown() {
    let Some(folder) = folder() else { return };
    let text = read(&folder, "messaging-api.yml");
    for (schema, value) in sent() {
        let block = block(&text, 4, schema).unwrap_or_else(|| panic!("{schema} is not published"));
        let ours: BTreeSet<_> = value.as_object().unwrap().keys().cloned().collect();
        let (required, known) = (names(&block, "required"), names(&block, "properties"));
        assert!(required.is_subset(&ours), "{schema} wants {required:?}, has {ours:?}");
        let inherited = ["type", "quickReply", "label"].map(str::to_owned).into();
        let unknown: Vec<_> = ours.difference(&(&known | &inherited)).cloned().collect();
        assert!(unknown.is_empty(), "{schema} does not know {unknown:?}, only {known:?}");
    }
}

/// One of everything we send, by the name of its schema.
fn sent() -> Vec<(&'static str, Value)> {
    let user = LineUserId::parse("U0123456789abcdef0123456789abcdef").unwrap();
    let buttons =
        vec![Action::uri("開く", "https://example.jp"), Action::postback_saying("はい", "v1:yes", "はい")];
    let card =
        Card { title: "健診".into(), text: "予約できます。".into(), buttons, ..Card::default() };
    let messages = [
        Message::text("健診").with_quick_replies(vec![Action::message("はい", "はい")]),
        Message::card("健診の予約ができます。", card),
        Message::image("https://example.jp/a.png", "https://example.jp/b.png"),
    ];
    let outgoing = Outgoing { is_silent: true, unit: Some("kenshin"), ..Outgoing::new(&messages) };
    let json = |bytes: Result<_, _>| serde_json::from_slice::<Value>(&bytes.map(Vec::from).unwrap()).unwrap();
    let push = json(body::push(&user, outgoing));
    let at = |path: &str| push.pointer(path).unwrap().clone();
    let bubble = "/messages/1/contents";
    vec![
        ("ReplyMessageRequest", json(body::reply(&ReplyToken::new("r"), outgoing))),
        ("MulticastRequest", json(body::multicast(&[user], outgoing))),
        ("TextMessage", at("/messages/0")),
        ("QuickReply", at("/messages/0/quickReply")),
        ("QuickReplyItem", at("/messages/0/quickReply/items/0")),
        ("MessageAction", at("/messages/0/quickReply/items/0/action")),
        ("FlexMessage", at("/messages/1")),
        ("FlexBubble", at(bubble)),
        ("FlexBox", at(&format!("{bubble}/body"))),
        ("FlexText", at(&format!("{bubble}/body/contents/0"))),
        ("FlexButton", at(&format!("{bubble}/footer/contents/0"))),
        ("URIAction", at(&format!("{bubble}/footer/contents/0/action"))),
        ("PostbackAction", at(&format!("{bubble}/footer/contents/1/action"))),
        ("ImageMessage", at("/messages/2")),
        ("PushMessageRequest", push),
    ]
}

fn folder() -> Option<PathBuf> {
    let named = std::env::var_os("MUSUBI_LINE_OPENAPI").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/line-openapi");
    let found = named.or_else(|| beside.is_dir().then_some(beside));
    if found.is_none() {
        println!("no copy of LINE's OpenAPI files: set MUSUBI_LINE_OPENAPI to check against them");
    }
    found
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The lines below the key `name` that stands at `indent`.
fn block(text: &str, indent: usize, name: &str) -> Option<String> {
    let starts = |line: &str| {
        depth(line) == indent
            && line.trim().split_once(':').is_some_and(|(key, _)| key.trim_matches(['"', '\'']) == name)
    };
    let mut lines = text.lines().skip_while(|line| !starts(line));
    lines.next()?;
    let below = lines.take_while(|line| line.trim().is_empty() || indent < depth(line));
    Some(below.map(|line| format!("{line}\n")).collect())
}

/// The entries of each list or map called `name` in a schema: the lines at the first depth below it.
fn names(schema: &str, name: &str) -> BTreeSet<String> {
    // A map may begin on the line of its list's dash.
    let flat: Vec<_> =
        schema.lines().map(|line| line.replacen("- properties:", "  properties:", 1)).collect();
    let mut found = BTreeSet::new();
    for (at, head) in flat.iter().enumerate().filter(|(_, line)| line.trim() == format!("{name}:")) {
        let below =
            flat[at + 1..].iter().take_while(|line| line.trim().is_empty() || depth(head) < depth(line));
        let below: Vec<_> = below.filter(|line| !line.trim().is_empty()).collect();
        let first = below.first().map_or(0, |line| depth(line));
        let entries = below.into_iter().filter(|line| depth(line) == first);
        found.extend(entries.map(|line| entry(line)));
    }
    found
}

fn entry(line: &str) -> String {
    let word = line.trim().trim_start_matches("- ");
    word.split(':').next().unwrap_or(word).trim_matches(['"', '\'']).to_owned()
}

fn depth(line: &str) -> usize {
    line.len() - line.trim_start().len()
}
