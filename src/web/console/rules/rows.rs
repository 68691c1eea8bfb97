//! What the buttons at examples do: add, copy and remove an example, somebody of a family, something that happened.
//!
//! A button names its place: `x.3` is the fourth example and its friend, `x.3.m.0` the first of the family, `t` the
//! made-up person, with `.e.0` behind it the first thing that happened to them. Nothing is saved.

use super::example::Row;
use super::moves::{Deed, Done};
use super::sheet::Sheet;
use super::somebody::{Happened, Somebody};

/// Does what a button at an example asks for. What can't be done changes nothing.
pub(super) fn act(sheet: &mut Sheet, deed: &Deed) -> Option<Done> {
    let place = deed.place.as_str();
    match deed.verb.as_str() {
        "row_add" => Some(row_add(sheet)),
        "row_copy" => row_copy(sheet, number(place.strip_prefix("x.")?)?),
        "row_remove" => row_remove(sheet, number(place.strip_prefix("x.")?)?),
        "member_add" => {
            let family = &mut row(sheet, place)?.family;
            family.push(Somebody::default());
            Some(done(&format!("{place}.m.{}", family.len() - 1), "家族を追加しました。"))
        }
        "member_remove" => {
            let (above, at) = place.rsplit_once(".m.")?;
            let left = without(&mut row(sheet, above)?.family, number(at)?)?;
            Some(done(&next(above, "m", "member-add", left), "家族を消しました。"))
        }
        "event_add" => {
            let events = &mut somebody(sheet, place)?.events;
            events.push(Happened::new());
            Some(done(&format!("{place}.e.{}", events.len() - 1), "できごとを追加しました。"))
        }
        "event_remove" => {
            let (above, at) = place.rsplit_once(".e.")?;
            let left = without(&mut somebody(sheet, above)?.events, number(at)?)?;
            Some(done(&next(above, "e", "event-add", left), "できごとを消しました。"))
        }
        _ => None,
    }
}

fn number(text: &str) -> Option<usize> {
    text.parse().ok()
}

fn done(place: &str, said: &str) -> Done {
    Done { focus: place.replace('.', "-"), said: said.to_owned() }
}

fn row<'a>(sheet: &'a mut Sheet, place: &str) -> Option<&'a mut Row> {
    match place.strip_prefix("x.") {
        Some(at) => sheet.rows.get_mut(number(at)?),
        None => Some(&mut sheet.person).filter(|_| place == "t"),
    }
}

fn somebody<'a>(sheet: &'a mut Sheet, place: &str) -> Option<&'a mut Somebody> {
    match place.rsplit_once(".m.") {
        Some((above, at)) => row(sheet, above)?.family.get_mut(number(at)?),
        None => Some(&mut row(sheet, place)?.me),
    }
}

/// Takes one out; answers the one that stands in its place now, or the last, if any is left.
fn without<T>(list: &mut Vec<T>, at: usize) -> Option<Option<usize>> {
    if list.len() <= at {
        return None;
    }
    list.remove(at);
    Some(list.len().checked_sub(1).map(|last| at.min(last)))
}

/// Where the eye goes after something was taken out: to what stands there now, else to the button that adds.
fn next(above: &str, list: &str, add: &str, left: Option<usize>) -> String {
    left.map_or_else(|| format!("{above}.{add}"), |at| format!("{above}.{list}.{at}"))
}

fn row_add(sheet: &mut Sheet) -> Done {
    let last = sheet.rows.last();
    let as_of = last.map_or_else(|| sheet.as_of.clone(), |row| row.as_of.clone());
    sheet.rows.push(Row { expect: "target".to_owned(), as_of, ..Row::default() });
    done(&format!("x.{}", sheet.rows.len() - 1), "例を追加しました。")
}

fn row_copy(sheet: &mut Sheet, at: usize) -> Option<Done> {
    let row = sheet.rows.get(at)?.clone();
    sheet.rows.insert(at + 1, row);
    Some(done(&format!("x.{}", at + 1), "例を写しました。"))
}

fn row_remove(sheet: &mut Sheet, at: usize) -> Option<Done> {
    let left = without(&mut sheet.rows, at)?;
    Some(done(&left.map_or_else(|| "row-add".to_owned(), |at| format!("x.{at}")), "例を消しました。"))
}
