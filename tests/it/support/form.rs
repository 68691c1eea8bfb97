//! A form, filled in by its labels as a person does, or by its field names where there is no label.

use reqwest::{Method, Url};
use scraper::{ElementRef, Html};

use super::page::{seen, selector};

/// A form on its way back to the server.
#[derive(Clone, Debug)]
pub struct Form {
    pub(super) action: String,
    pub(super) method: Method,
    pub(super) fields: Vec<(String, String)>,
    controls: Vec<Control>,
}

/// One thing to fill in.
#[derive(Clone, Debug)]
struct Control {
    /// The legends around it, from the outside in, and its label.
    labels: Vec<String>,
    name: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Text,
    Tick { value: String },
    Radio { value: String },
    Choice { options: Vec<(String, String)> },
}

impl Form {
    pub(super) fn read(html: &Html, page: &Url, button: &str) -> Option<Self> {
        let buttons = selector("button, input[type=submit]");
        let (pressed, form) = html.select(&selector("form")).find_map(|form| {
            let fits =
                |one: &ElementRef<'_>| seen(*one).contains(button) || one.attr("value") == Some(button);
            let pressed = form.select(&buttons).find(fits)?;
            Some((pressed, form))
        })?;
        let action = pressed.attr("formaction").or(form.attr("action")).unwrap_or_default();
        let is_post = form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post"));
        let mut fields = filled_in(form);
        if let Some(name) = pressed.attr("name") {
            fields.push((name.to_owned(), pressed.attr("value").unwrap_or_default().to_owned()));
        }
        Some(Self {
            action: page.join(action).ok()?.into(),
            method: if is_post { Method::POST } else { Method::GET },
            fields,
            controls: form.select(&selector(CONTROLS)).filter_map(|found| control(html, found)).collect(),
        })
    }

    /// Writes into the field with this label; chooses by its text where it is a list.
    ///
    /// A label may name the legends around it as well: `家族1 / 生年月日`.
    #[track_caller]
    pub fn fill(self, label: &str, value: &str) -> Self {
        let control = self.find(label);
        let value = match &control.kind {
            Kind::Choice { options } => {
                let found = options
                    .iter()
                    .find(|(text, _)| text == value)
                    .or_else(|| options.iter().find(|(text, _)| text.contains(value)));
                found.unwrap_or_else(|| panic!("{label} offers {options:?}")).1.clone()
            }
            _ => value.to_owned(),
        };
        let name = control.name.clone();
        self.set(&name, &value)
    }

    /// Ticks the box, or takes the radio button, with this label.
    #[track_caller]
    pub fn tick(self, label: &str) -> Self {
        let Control { name, kind, .. } = self.find(label).clone();
        match kind {
            Kind::Radio { value } => self.set(&name, &value),
            Kind::Tick { value } => self.without(&name, &value).with(&name, &value),
            _ => panic!("{label} is no box to tick"),
        }
    }

    /// Takes the tick out of the box with this label.
    #[track_caller]
    pub fn untick(self, label: &str) -> Self {
        let Control { name, kind, .. } = self.find(label).clone();
        let Kind::Tick { value } = kind else { panic!("{label} is no box to tick") };
        self.without(&name, &value)
    }

    /// Gives a field one value, by its name.
    pub fn set(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, _)| known != name);
        self.with(name, value)
    }

    /// Adds a value to a field, by its name.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What a field holds now, by its name.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// What the field with this label holds now.
    #[track_caller]
    pub fn shown(&self, label: &str) -> Option<&str> {
        self.value(&self.find(label).name)
    }

    fn without(mut self, name: &str, value: &str) -> Self {
        self.fields.retain(|(known, held)| known != name || held != value);
        self
    }

    #[track_caller]
    fn find(&self, label: &str) -> &Control {
        let wanted: Vec<_> = label.split(" / ").collect();
        let fits = |matches: fn(&str, &str) -> bool| {
            self.controls.iter().find(|control| {
                let (last, around) = wanted.split_last().unwrap();
                let own = control.labels.last().is_some_and(|own| matches(own, last));
                own && around.iter().all(|part| control.labels.iter().any(|label| label.contains(part)))
            })
        };
        let found = fits(|own, label| {
            own.strip_prefix(label).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        });
        let found = found.or_else(|| fits(|own, label| own.starts_with(label)));
        let known = || self.controls.iter().map(|control| control.labels.join(" / ")).collect::<Vec<_>>();
        found.or_else(|| fits(|own, label| own.contains(label))).unwrap_or_else(|| {
            panic!("no field {label:?}, only {:?}", known());
        })
    }
}

const CONTROLS: &str = "input:not([type=hidden]):not([type=submit]), select, textarea";

fn control(html: &Html, found: ElementRef<'_>) -> Option<Control> {
    let value = || found.attr("value").unwrap_or("on").to_owned();
    let kind = match (found.value().name(), found.attr("type")) {
        ("select", _) => Kind::Choice {
            options: found
                .select(&selector("option"))
                .map(|option| (seen(option), option_value(option)))
                .collect(),
        },
        (_, Some("checkbox")) => Kind::Tick { value: value() },
        (_, Some("radio")) => Kind::Radio { value: value() },
        _ => Kind::Text,
    };
    Some(Control { labels: labels(html, found), name: found.attr("name")?.to_owned(), kind })
}

/// The legends around a control, and last its own label.
fn labels(html: &Html, control: ElementRef<'_>) -> Vec<String> {
    let around: Vec<_> = control.ancestors().filter_map(ElementRef::wrap).collect();
    let legend = |set: &ElementRef<'_>| set.select(&selector("legend")).next().map(seen);
    let mut labels: Vec<_> =
        around.iter().rev().filter(|one| one.value().name() == "fieldset").filter_map(legend).collect();
    let wrapping = around.iter().find(|one| one.value().name() == "label").copied();
    let by_id = || {
        let id = control.attr("id")?;
        html.select(&selector(&format!("label[for='{id}']"))).next()
    };
    let own = wrapping.or_else(by_id).map(seen).or(control.attr("aria-label").map(str::to_owned));
    labels.push(own.unwrap_or_default());
    labels
}

/// What the form would send if nobody touched it.
fn filled_in(form: ElementRef<'_>) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for control in form.select(&selector("input, select, textarea")) {
        let Some(name) = control.attr("name").filter(|_| control.attr("disabled").is_none()) else {
            continue;
        };
        let value = match (control.value().name(), control.attr("type").unwrap_or("text")) {
            ("select", _) => chosen(control),
            ("textarea", _) => Some(control.text().collect::<String>().trim_start_matches('\n').to_owned()),
            (_, "checkbox" | "radio") => {
                control.attr("checked").map(|_| control.attr("value").unwrap_or("on").to_owned())
            }
            (_, "submit" | "button" | "reset") => None,
            _ => Some(control.attr("value").unwrap_or_default().to_owned()),
        };
        fields.extend(value.map(|value| (name.to_owned(), value)));
    }
    fields
}

fn chosen(select: ElementRef<'_>) -> Option<String> {
    let marked = select.select(&selector("option[selected]")).next();
    marked.or_else(|| select.select(&selector("option")).next()).map(option_value)
}

fn option_value(option: ElementRef<'_>) -> String {
    option.attr("value").map_or_else(|| seen(option), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_filled_in_by_what_a_person_reads() {
        let html = Html::parse_document(
            "<form method=post action=save><input type=hidden name=csrf value=1>\
             <label for=d>生年月日 <em>必須</em></label><input id=d name=birth value=x>\
             <fieldset><legend>家族1</legend><label>生年月日<input name=birth1></label></fieldset>\
             <label><input type=checkbox name=topic value=a checked>健診</label>\
             <label><input type=checkbox name=topic value=b>子育て</label>\
             <label>言語<select name=lang><option value=ja>日本語<option value=en>English</select></label>\
             <button name=go value=1>登録する</button></form>",
        );
        let form = Form::read(&html, &"http://x/liff/".parse().unwrap(), "登録").unwrap();
        assert_eq!((form.action.as_str(), form.shown("生年月日")), ("http://x/liff/save", Some("x")));
        let form = form
            .fill("生年月日", "1986-04-01")
            .fill("家族1 / 生年月日", "2020-02-29")
            .fill("言語", "English");
        let form = form.tick("子育て").untick("健診");
        let mut fields: Vec<_> = form.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fields.sort();
        assert_eq!(fields, ["birth1=2020-02-29", "birth=1986-04-01", "csrf=1", "go=1", "lang=en", "topic=b"]);
    }
}
