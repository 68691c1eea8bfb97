//! As much of YAML as LINE's files use: maps and lists by indentation, texts over several lines, lists in brackets.

use serde_json::{Map, Value};

/// Reads a document; what is not understood is a panic with its line.
pub fn parse(text: &str) -> Value {
    let lines = text.lines().enumerate().map(|(at, line)| Line { at: at + 1, text: line.to_owned() });
    let mut reader = Reader { lines: lines.collect(), next: 0 };
    reader.block(0)
}

struct Line {
    at: usize,
    text: String,
}

impl Line {
    fn depth(&self) -> usize {
        self.text.len() - self.text.trim_start().len()
    }

    fn is_empty(&self) -> bool {
        self.text.trim().is_empty() || self.text.trim_start().starts_with('#')
    }

    fn is_item(&self) -> bool {
        self.text.trim_start().starts_with("- ")
    }
}

struct Reader {
    lines: Vec<Line>,
    next: usize,
}

impl Reader {
    /// The next line that says something.
    fn peek(&mut self) -> Option<&Line> {
        while self.lines.get(self.next)?.is_empty() {
            self.next += 1;
        }
        self.lines.get(self.next)
    }

    /// The map or list whose lines stand at least so deep.
    fn block(&mut self, least: usize) -> Value {
        let Some((depth, is_item)) = self.peek().map(|line| (line.depth(), line.is_item())) else {
            return Value::Null;
        };
        match (depth < least, is_item) {
            (true, _) => Value::Null,
            (false, true) => self.list(depth),
            (false, false) => self.map(depth),
        }
    }

    fn list(&mut self, depth: usize) -> Value {
        let mut items = Vec::new();
        while self.peek().is_some_and(|line| line.depth() == depth && line.is_item()) {
            let line = &mut self.lines[self.next];
            // What stands behind the dash stands as deep as if the dash were a space.
            line.text = line.text.replacen("- ", "  ", 1);
            let inner = line.text.trim().to_owned();
            if key(&inner).is_some() && !inner.starts_with('[') {
                items.push(self.block(depth + 1));
            } else {
                self.next += 1;
                items.push(scalar(&inner));
            }
        }
        Value::Array(items)
    }

    fn map(&mut self, depth: usize) -> Value {
        let mut map = Map::new();
        while self.peek().is_some_and(|line| line.depth() == depth && !line.is_item()) {
            let (at, text) = (self.lines[self.next].at, self.lines[self.next].text.trim().to_owned());
            let (key, rest) = key(&text).unwrap_or_else(|| panic!("line {at}: {text}"));
            self.next += 1;
            let value = match rest {
                "" => self.below(depth),
                _ if rest.starts_with(['|', '>']) => self.text(depth),
                _ => scalar(rest),
            };
            map.insert(key, value);
            self.text(depth); // a plain text may go on on the next lines
        }
        Value::Object(map)
    }

    /// What belongs to a key with nothing behind it; a list may stand as deep as its key.
    fn below(&mut self, depth: usize) -> Value {
        let is_list = self.peek().is_some_and(|line| line.depth() == depth && line.is_item());
        if is_list { self.list(depth) } else { self.block(depth + 1) }
    }

    /// The lines of a text, which stand deeper than its key.
    fn text(&mut self, depth: usize) -> Value {
        let mut lines = Vec::new();
        while let Some(line) = self.lines.get(self.next) {
            if !line.text.trim().is_empty() && line.depth() <= depth {
                break;
            }
            lines.push(line.text.trim().to_owned());
            self.next += 1;
        }
        Value::String(lines.join("\n"))
    }
}

/// A key, and what stands behind it on its line.
fn key(text: &str) -> Option<(String, &str)> {
    if let Some(quote) = text.chars().next().filter(|first| ['"', '\''].contains(first)) {
        let (key, rest) = text[1..].split_once(quote)?;
        return Some((key.to_owned(), rest.strip_prefix(':')?.trim()));
    }
    let (key, rest) = text.split_once(": ").or_else(|| Some((text.strip_suffix(':')?, "")))?;
    Some((key.to_owned(), rest.trim()))
}

fn scalar(text: &str) -> Value {
    let quoted = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    if let Some(inner) = quoted('"').or_else(|| quoted('\'')) {
        return Value::String(inner.to_owned());
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let items = inner.split(',').map(str::trim).filter(|item| !item.is_empty());
        return Value::Array(items.map(scalar).collect());
    }
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        number => number.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), Value::from),
    }
}

#[test]
fn maps_lists_and_texts_of_several_lines_are_read() {
    let read = parse(
        "openapi: \"3.0.0\"\n# a remark\npaths:\n  \"/v2/bot/info\":\n    get:\n      tags:\n        - one\n        - \"two\"\n      description: |+\n        A text: with a colon.\n\n        - and a dash\n      parameters:\n      - in: query\n        name: from\n        required: true\n        maximum: 30\nlist: [ a, 7 ]\n",
    );
    let get = &read["paths"]["/v2/bot/info"]["get"];
    assert_eq!(read["openapi"], "3.0.0");
    assert_eq!(get["tags"], serde_json::json!(["one", "two"]));
    let parameter = serde_json::json!([{ "in": "query", "name": "from", "required": true, "maximum": 30 }]);
    assert_eq!(get["parameters"], parameter);
    assert_eq!(read["list"], serde_json::json!(["a", 7]));
}
