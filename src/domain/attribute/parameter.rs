//! Parameters: the numbers that a law or the city changes from year to year, each with the day from which it holds.
//!
//! `segments/parameters.toml` keeps them apart from the rules, so that a rule written once picks next year's value by
//! its as-of date. Every value names its source. A day before the first value has none, which is *unknown*.

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::catalogue::Reader;
use super::{Catalogue, CatalogueError, ParameterId};
use crate::domain::segment::rule::Range;
use crate::domain::segment::text::number_ranges;

/// One parameter with all its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its id in stored rules.
    pub id: ParameterId,
    /// What a rule file writes between `{` and `}`.
    pub word: String,
    /// One sentence for staff: what it is.
    pub note: String,
    /// In the order of their days; at least one.
    pub values: Vec<ParameterValue>,
}

/// What a parameter is from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterValue {
    /// The first as-of date (a civil date in Asia/Tokyo) for which it holds.
    pub from: Date,
    /// The numbers: `40〜74`, or `65, 70, 75`.
    pub ranges: Vec<Range>,
    /// The law, guideline or decision that says so.
    pub source: String,
}

impl Parameter {
    /// The value that holds on a day.
    #[must_use]
    pub fn value_on(&self, day: Date) -> Option<&ParameterValue> {
        self.values.iter().rev().find(|value| value.from <= day)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    parameter: Vec<RawParameter>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawParameter {
    id: Spanned<String>,
    word: String,
    note: String,
    value: Vec<RawValue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawValue {
    from: Spanned<String>,
    value: Spanned<String>,
    source: String,
}

impl Catalogue {
    /// Adds the parameters of a TOML text, in the place of those it had.
    ///
    /// # Errors
    /// The first thing that is wrong, with its line in that text.
    pub fn with_parameters(self, text: &str) -> Result<Self, CatalogueError> {
        let reader = Reader { text };
        let file: File = toml::from_str(text)
            .map_err(|error| reader.wrong(error.span().map_or(0, |span| span.start), error.message()))?;
        reader.distinct(file.parameter.iter().map(|parameter| &parameter.id))?;
        let mut parameters: Vec<Parameter> = Vec::with_capacity(file.parameter.len());
        for raw in file.parameter {
            let at = raw.id.span().start;
            let parameter = reader.parameter(raw)?;
            if parameters.iter().any(|known| known.word == parameter.word) {
                return Err(reader.wrong(at, format!("「{}」が二度あります。", parameter.word)));
            }
            parameters.push(parameter);
        }
        Ok(Self { parameters, ..self })
    }
}

impl Reader<'_> {
    fn parameter(&self, raw: RawParameter) -> Result<Parameter, CatalogueError> {
        let at = raw.id.span().start;
        let values: Vec<_> =
            raw.value.into_iter().map(|value| self.parameter_value(value)).collect::<Result<_, _>>()?;
        if values.is_empty() {
            return Err(self.wrong(at, "値(value)を一つ以上書いてください。"));
        }
        if !values.is_sorted_by(|one, next| one.from < next.from) {
            return Err(self.wrong(at, "値は from の早い順に、同じ日がないように書いてください。"));
        }
        let word = self.word(at, raw.word)?;
        Ok(Parameter { id: ParameterId(raw.id.into_inner()), word, note: raw.note, values })
    }

    fn parameter_value(&self, raw: RawValue) -> Result<ParameterValue, CatalogueError> {
        let (day, value) = (raw.from.span().start, raw.value.span().start);
        let from = raw.from.get_ref().parse();
        let from = from.map_err(|_| self.wrong(day, "from は「2026-04-01」のように書いてください。"))?;
        let ranges = number_ranges(raw.value.get_ref());
        let ranges = ranges
            .ok_or_else(|| self.wrong(value, "value は「40〜74」「65, 70, 75」のように書いてください。"))?;
        if raw.source.trim().is_empty() {
            return Err(self.wrong(value, "source に、法令・指針・要綱の名前を書いてください。"));
        }
        Ok(ParameterValue { from, ranges, source: raw.source })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    const TEXT: &str = "[[parameter]]\nid = \"x\"\nword = \"対象年齢\"\nnote = \"試し\"\n\
        [[parameter.value]]\nfrom = \"2024-04-01\"\nvalue = \"40〜74\"\nsource = \"要綱\"\n\
        [[parameter.value]]\nfrom = \"2027-04-01\"\nvalue = \"35, 40〜74\"\nsource = \"改正要綱\"\n";

    fn read(text: &str) -> Result<Catalogue, CatalogueError> {
        Catalogue::builtin().with_parameters(text)
    }

    #[test]
    fn next_year_has_next_years_value_and_the_time_before_has_none() {
        let catalogue = read(TEXT).unwrap();
        let on = |year, month, day| {
            catalogue.parameter("x").unwrap().value_on(date(year, month, day)).map(|value| value.ranges.len())
        };
        assert_eq!(
            [on(2024, 3, 31), on(2024, 4, 1), on(2027, 3, 31), on(2027, 4, 1)],
            [None, Some(1), Some(1), Some(2)]
        );
    }

    #[test]
    fn a_slip_is_named_with_its_line() {
        for (from, to, line) in [
            ("2024-04-01", "2024-4-1", 6),
            ("\"40〜74\"", "\"74〜40\"", 7),
            ("\"要綱\"", "\" \"", 7),
            ("2027-04-01", "2023-04-01", 2),
            ("対象年齢", "対象 年齢", 2),
        ] {
            assert_eq!(read(&TEXT.replacen(from, to, 1)).unwrap_err().line, line, "{to}");
        }
    }
}
