//! The ladder of modules holds, and each kind of work stands where a reader looks for it.
//!
//! `ARCHITECTURE.md` explains the rules; here they are checked against the paths that the source really uses.

use std::collections::BTreeSet;
use std::path::Path;

use crate::support::source::{self, SourceFile};

/// The rungs, low to high. A module uses only rungs below its own, never a neighbour on its rung.
const LADDER: &[&[&str]] = &[
    &["domain"],
    &["clock", "chance", "failpoint"],
    &["line", "db", "config"],
    &["store"],
    &["population"],
    &["app"],
    &["flow"],
    &["web", "worker", "simulator"],
    &["main", "command"],
];

/// The simulator plays somebody else's platform: it may not know how ours remembers or decides.
const SIMULATOR_MAY_USE: &[&str] = &["domain", "clock", "chance", "line"];

/// Whether a file, by its path, may hold a word.
type MayStandIn = &'static dyn Fn(&str) -> bool;

/// The bench's questions in SQL, to be compared with: in files that go away.
const RIVALS: [&str; 2] = ["src/command/bench/segments/own.rs", "src/command/bench/segments/rival.rs"];

/// What is said in the talk: no story of its own, so every flow may use it. It remembers nothing.
const WORDS: &str = "replies";

#[test]
fn a_module_uses_only_rungs_below_its_own() {
    let wrong: Vec<_> = source::files().iter().flat_map(|file| breaches(&file.path, &file.code)).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_path_up_the_ladder_or_beside_it_is_found_however_it_is_written() {
    for (file, code) in [
        ("src/domain/segment/text.rs", "use crate::clock::Clock;"),
        ("src/store/inbox.rs", "use crate::{db::{self, Tx}, flow::inbound};"),
        ("src/web/webhook.rs", "fn f() { crate::worker::wake(); }"),
        ("src/line/client.rs", "use super::super::db::Db;"),
        ("src/simulator/phone.rs", "use crate::store::inbox;"),
        ("src/simulator/mod.rs", "use crate::flow;"),
        ("src/flow/broadcast/mod.rs", "use crate::flow::register;"),
        ("src/flow/broadcast/plan.rs", "use super::super::register::save;"),
        ("src/flow/register.rs", "use super::{self as flow, inbound::handle};"),
        ("src/population/mod.rs", "use crate::app::App;"),
        ("src/app.rs", "use crate::nowhere::Thing;"),
    ] {
        assert_eq!(breaches(Path::new(file), code).len(), 1, "{file}: {code}");
    }
    for (file, code) in [
        ("src/store/inbox.rs", "use crate::{db::{self, Tx}, domain::ids::LineUserId, sql};"),
        (
            "src/flow/broadcast/plan.rs",
            "use super::submit; use crate::flow::broadcast::draft; use crate::store;",
        ),
        ("src/main.rs", "use musubi::web; mod command;"),
        ("src/simulator/webhook.rs", "use crate::line::signature; use super::talk;"),
    ] {
        assert_eq!(breaches(Path::new(file), code), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn each_kind_of_work_stands_in_its_own_folder() {
    let rules: &[(&str, MayStandIn)] = &[
        ("AssertSqlSafe", &|path| path.starts_with("src/db/") || RIVALS.contains(&path)),
        ("sqlx::query", &|path| path.starts_with("src/db/") || RIVALS.contains(&path)),
        ("sql!(", &|path| path.starts_with("src/store/") || path.starts_with("src/db/")),
        // What makes and drops databases is a self-test's.
        ("throwaway", &|path| path.starts_with("src/db/") || path.starts_with("src/command/selftest/")),
        ("bulk!(", &|path| path.starts_with("src/store/") || path.starts_with("src/db/")),
        ("async ", &|path| !path.starts_with("src/domain/")),
        (".await", &|path| !path.starts_with("src/domain/")),
        ("store", &|path| path != "src/flow/replies.rs"),
        ("reqwest::", &|path| !path.starts_with("src/domain/") && !path.starts_with("src/store/")),
        ("axum::", &|path| {
            ["src/web/", "src/simulator/", "src/command/"].iter().any(|at| path.starts_with(at))
        }),
        (".unwrap()", &|_| false),
        ("todo!(", &|_| false),
        ("unimplemented!(", &|_| false),
    ];
    let mut wrong = Vec::new();
    for SourceFile { path, code, .. } in source::files() {
        let path = path.to_str().unwrap();
        let here = rules.iter().filter(|(word, allowed)| code.contains(word) && !allowed(path));
        wrong.extend(here.map(|(word, _)| format!("{path}: {word}")));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent = |file: &SourceFile| !file.text.starts_with("//! ");
    let silent: Vec<_> = source::files().into_iter().filter(silent).map(|file| file.path).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

/// What one file uses and must not.
fn breaches(path: &Path, code: &str) -> Vec<String> {
    let place = place(path);
    let Some(home) = place.first().cloned() else { return Vec::new() };
    let Some(own) = rung(&home) else { return vec![format!("{}: {home} has no rung", path.display())] };
    let judge = |used: &Vec<String>| -> Option<&str> {
        let module = used.first()?;
        if *module == home {
            return (home == "flow" && calls_another_flow(&place, used))
                .then_some("a flow doesn't call a flow");
        }
        match rung(module) {
            None => Some("it has no rung"),
            Some(_) if home == "simulator" && !SIMULATOR_MAY_USE.contains(&module.as_str()) => {
                Some("the simulator knows only LINE's side")
            }
            Some(rung) if own <= rung => Some("it is not below"),
            Some(_) => None,
        }
    };
    let used = paths(&place, code);
    let told =
        |used: &Vec<String>| Some(format!("{}: {}: {}", path.display(), used.join("::"), judge(used)?));
    used.iter().filter_map(told).collect()
}

fn rung(module: &str) -> Option<usize> {
    LADDER.iter().position(|rung| rung.contains(&module))
}

fn calls_another_flow(place: &[String], used: &[String]) -> bool {
    // Items of flow/mod.rs itself begin with a capital letter or stand alone; they belong to every flow.
    let story = |path: &[String]| path.get(1).filter(|name| name.starts_with(char::is_lowercase)).cloned();
    matches!((story(place), story(used)), (Some(own), Some(other)) if own != other && other != WORDS)
}

/// The module a file is: `src/web/console/mod.rs` is `web, console`; the crate root is nothing.
fn place(path: &Path) -> Vec<String> {
    let path = path.strip_prefix("src").unwrap().with_extension("");
    let mut names: Vec<_> = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
    if names.last().is_some_and(|name| name == "mod" || name == "lib") {
        names.pop();
    }
    names
}

/// Every path into this crate that a text names, from the crate's root on.
fn paths(place: &[String], code: &str) -> BTreeSet<Vec<String>> {
    let binary = place.first().is_some_and(|name| name == "main" || name == "command");
    let mut found = BTreeSet::new();
    for (word, up) in [("crate::", None), ("musubi::", None), ("super::", Some(1)), ("self::", Some(0))] {
        for (at, _) in code.match_indices(word) {
            let joined =
                code[..at].ends_with(|before: char| before.is_alphanumeric() || "_:".contains(before));
            if joined || (word == "crate::" && binary) {
                continue;
            }
            let (mut root, mut rest) = (up.map_or(&[][..], |up| parent(place, up)), &code[at + word.len()..]);
            while let Some(after) = rest.strip_prefix("super::") {
                (root, rest) = (parent(root, 1), after);
            }
            read_tree(root, rest, &mut found);
        }
    }
    found
}

fn parent(place: &[String], up: usize) -> &[String] {
    &place[..place.len().saturating_sub(up)]
}

/// Reads `a::{b, c::d}` and adds each leaf; answers what follows it.
fn read_tree<'a>(root: &[String], text: &'a str, found: &mut BTreeSet<Vec<String>>) -> &'a str {
    let mut rest = text.trim_start();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside.trim_start();
        while !rest.is_empty() && !rest.starts_with('}') {
            rest = read_tree(root, rest, found);
            let next = rest.find([',', '}']).unwrap_or(rest.len());
            rest = rest[next..].trim_start_matches(',').trim_start();
        }
        return rest.strip_prefix('}').unwrap_or(rest);
    }
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let (name, after) = rest.split_at(end);
    let mut path = root.to_vec();
    if !name.is_empty() && name != "self" {
        path.push(if matches!(name, "sql" | "bulk") && root.is_empty() { "db" } else { name }.to_owned());
    }
    match after.strip_prefix("::") {
        Some(deeper) => read_tree(&path, deeper, found),
        None => {
            found.insert(path);
            after
        }
    }
}
