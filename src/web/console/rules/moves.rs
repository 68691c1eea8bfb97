//! What the buttons at conditions do: add, remove, move, nest. Nothing is saved by them.

use super::node::{Kind, MAX_DEPTH, Node};
use super::rows;
use super::sheet::Sheet;
use super::words;
use crate::domain::attribute::Catalogue;

/// What a button asks for: a verb, and the way to a condition or a place among the examples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub verb: String,
    pub place: String,
    pub path: Vec<usize>,
}

impl Deed {
    /// Reads `up:0.2.1` or `event_add:x.3`.
    pub fn parse(value: &str) -> Self {
        let (verb, place) = value.split_once(':').unwrap_or((value, ""));
        let path = place.split('.').filter_map(|part| part.parse().ok()).collect();
        Self { verb: verb.to_owned(), place: place.to_owned(), path }
    }
}

/// What a button did: where the eye goes, and one sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// The id of the element that gets the focus.
    pub focus: String,
    pub said: String,
}

impl Done {
    fn at(path: &[usize], said: impl Into<String>) -> Self {
        Self { focus: format!("n-{}", dashed(path)), said: said.into() }
    }
}

/// `0-2-1`.
pub fn dashed(path: &[usize]) -> String {
    path.iter().map(usize::to_string).collect::<Vec<_>>().join("-")
}

/// Does what a button asks for; `kind` is what the list beside it says. What can't be done changes nothing.
pub fn act(sheet: &mut Sheet, deed: &Deed, kind: &str, catalogue: &Catalogue) -> Option<Done> {
    match deed.verb.as_str() {
        "add" => add(sheet, &deed.path, kind, catalogue),
        "remove" => remove(sheet, &deed.path, catalogue),
        "up" => shift(sheet, &deed.path, -1, catalogue),
        "down" => shift(sheet, &deed.path, 1, catalogue),
        "in" => inwards(sheet, &deed.path, catalogue),
        "out" => outwards(sheet, &deed.path, catalogue),
        "wrap" => wrap(sheet, &deed.path, catalogue),
        _ => rows::act(sheet, deed),
    }
}

fn add(sheet: &mut Sheet, path: &[usize], kind: &str, catalogue: &Catalogue) -> Option<Done> {
    let kind = Kind::parse(kind, catalogue)?;
    if MAX_DEPTH < path.len() {
        return None;
    }
    let members = sheet.members(path)?;
    members.push(Node::new(kind, catalogue));
    let at = members.len() - 1;
    Some(Done::at(&[path, &[at]].concat(), "条件を追加しました。"))
}

fn said(node: &Node, catalogue: &Catalogue) -> String {
    words::line(node, catalogue).trim().to_owned()
}

fn remove(sheet: &mut Sheet, path: &[usize], catalogue: &Catalogue) -> Option<Done> {
    let (last, above) = path.split_last()?;
    let members = sheet.members(above)?;
    if members.len() <= *last {
        return None;
    }
    let gone = members.remove(*last);
    let focus = match members.len() {
        0 => format!("add-{}", dashed(above)),
        left => format!("n-{}", dashed(&[above, &[(*last).min(left - 1)]].concat())),
    };
    Some(Done { focus, said: format!("「{}」を消しました。", said(&gone, catalogue)) })
}

fn shift(sheet: &mut Sheet, path: &[usize], by: isize, catalogue: &Catalogue) -> Option<Done> {
    let (last, above) = path.split_last()?;
    let members = sheet.members(above)?;
    let to = last.checked_add_signed(by).filter(|to| *to < members.len())?;
    members.swap(*last, to);
    let way = if by < 0 { "上" } else { "下" };
    let said = format!("「{}」を{way}へ動かしました。", said(members.get(to)?, catalogue));
    Some(Done::at(&[above, &[to]].concat(), said))
}

/// Into the group just above, at its end; else into the one just below, at its beginning.
fn inwards(sheet: &mut Sheet, path: &[usize], catalogue: &Catalogue) -> Option<Done> {
    let (last, above) = path.split_last()?;
    let members = sheet.members(above)?;
    let is_group =
        |at: Option<usize>| at.filter(|at| members.get(*at).is_some_and(|node| node.kind.has_members()));
    let (group, at_end) = match is_group(last.checked_sub(1)) {
        Some(group) => (group, true),
        None => (is_group(Some(last + 1))?, false),
    };
    if *last >= members.len() {
        return None;
    }
    let node = members.remove(*last);
    let group = if at_end { group } else { group - 1 };
    let name = said(&node, catalogue);
    let inner = &mut members.get_mut(group)?.members;
    let at = if at_end { inner.len() } else { 0 };
    inner.insert(at, node);
    Some(Done::at(&[above, &[group, at]].concat(), format!("「{name}」をグループの中へ入れました。")))
}

/// Out of its group, just behind it.
fn outwards(sheet: &mut Sheet, path: &[usize], catalogue: &Catalogue) -> Option<Done> {
    let (last, group) = path.split_last()?;
    let (at, above) = group.split_last().filter(|(_, above)| !above.is_empty())?;
    let members = sheet.members(group)?;
    if members.len() <= *last {
        return None;
    }
    let node = members.remove(*last);
    let name = said(&node, catalogue);
    sheet.members(above)?.insert(at + 1, node);
    Some(Done::at(&[above, &[at + 1]].concat(), format!("「{name}」をグループの外へ出しました。")))
}

/// Puts a new group around it.
fn wrap(sheet: &mut Sheet, path: &[usize], catalogue: &Catalogue) -> Option<Done> {
    if MAX_DEPTH <= path.len() {
        return None;
    }
    let place = sheet.node(path)?;
    let inner = std::mem::take(place);
    let name = said(&inner, catalogue);
    *place = Node { members: vec![inner], ..Node::new(Kind::Group, catalogue) };
    Some(Done::at(path, format!("「{name}」をグループで囲みました。")))
}
