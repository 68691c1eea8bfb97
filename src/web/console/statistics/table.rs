//! Figures as a file for a spreadsheet: UTF-8 with a mark that Excel wants, each field in quotes.

use axum::http::header;
use axum::response::{IntoResponse, Response};

/// A table that is downloaded.
pub(super) struct Table(String);

impl Table {
    /// With these headings.
    pub(super) fn new(headings: &[&str]) -> Self {
        let mut table = Self("\u{feff}".to_owned());
        table.row(headings);
        table
    }

    /// Adds a row.
    pub(super) fn row<T: AsRef<str>>(&mut self, fields: &[T]) {
        let quoted: Vec<_> = fields.iter().map(|field| quoted(field.as_ref())).collect();
        self.0.push_str(&quoted.join(","));
        self.0.push_str("\r\n");
    }

    /// As an answer.
    pub(super) fn download(self, name: &str) -> Response {
        let headers = [
            (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
            (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        ];
        (headers, self.0).into_response()
    }
}

/// A field that begins like a formula is taken for text.
fn quoted(field: &str) -> String {
    let text =
        if field.starts_with(['=', '+', '-', '@', '\t']) { format!("'{field}") } else { field.to_owned() };
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_doubled_and_nothing_is_taken_for_a_formula() {
        let mut table = Table::new(&["件名", "人数"]);
        table.row(&["=HYPERLINK(1)", "「健診」の\"お知らせ\""]);
        assert_eq!(
            table.0,
            "\u{feff}\"件名\",\"人数\"\r\n\"'=HYPERLINK(1)\",\"「健診」の\"\"お知らせ\"\"\"\r\n"
        );
    }
}
