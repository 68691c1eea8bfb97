//! Whose day an occasion is: the rule of what comes again, for those alone who have a day of their own then.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::Refusal;
use super::occasion::occasions_from;
use crate::app::App;
use crate::domain::attribute::AttributeId;
use crate::domain::broadcast::rhythm::Rhythm;
use crate::domain::segment::check::is_for_nobody;
use crate::domain::segment::library::Library;
use crate::domain::segment::rule::{
    AttributeCondition, DateRange, Group, HowMany, Mode, Node, Relatives, Rule, Target, Test, Unit,
};
use crate::domain::segment::{Segment, text};
use crate::store::repeats::Repeat;

/// So many occasions are looked at before it is said that nobody can ever fit.
const LOOKED_AT: usize = 3;

/// Whether nobody at all can fit the rule of a repeat on the day on which it goes out: it asks for the age of 3, say, two
/// weeks before the third birthday. That nobody is registered who fits is another matter.
#[must_use]
pub fn never_fits(app: &App, library: &Library, repeat: &Repeat) -> bool {
    let (Some(rhythm), Some(segment)) = (Rhythm::parse(&repeat.rhythm), library.get(&repeat.segment_path))
    else {
        return false;
    };
    if !matches!(rhythm, Rhythm::Anniversary { .. }) {
        return false;
    }
    let ahead = occasions_from(repeat, repeat.begins.0.max(app.clock.today()), LOOKED_AT);
    let nobody_fits = |occasion: Date, day: Date| {
        let of_day = narrowed(app, segment, &rhythm, occasion);
        of_day.is_ok_and(|of_day| is_for_nobody(&of_day, &app.catalogue, day))
    };
    !ahead.is_empty() && ahead.iter().all(|(occasion, at)| nobody_fits(*occasion, at.tokyo_date()))
}

/// The rule for an occasion: as it is, or for those alone whose day it is, with that day's values of its parameters.
pub(super) fn of_the_day(
    app: &App,
    segment: &Segment,
    rhythm: &Rhythm,
    occasion: Date,
    path: &str,
) -> std::result::Result<Segment, Refusal> {
    if !matches!(rhythm, Rhythm::Anniversary { .. }) {
        return Ok(segment.clone());
    }
    let of_day = narrowed(app, segment, rhythm, occasion)?;
    // Checked as any other rule, so that one about households is not asked about a person's date.
    let sources = vec![(path.to_owned(), text::print(&of_day, &app.catalogue))];
    let library = Library::from_sources(sources, &app.catalogue, app.clock.today());
    library.get(path).cloned().ok_or(Refusal::NotRepeatable)
}

/// The rule with one line more, where those who are meant have a day of their own.
fn narrowed(
    app: &App,
    segment: &Segment,
    rhythm: &Rhythm,
    occasion: Date,
) -> std::result::Result<Segment, Refusal> {
    let Rhythm::Anniversary { attribute, .. } = rhythm else { return Ok(segment.clone()) };
    let (from, to) = rhythm.dates_of(occasion).ok_or(Refusal::Rhythm)?;
    let mut of_day = segment.frozen(&app.catalogue, occasion).map_err(|_| Refusal::RuleUnreadable)?;
    let whose_day = Node::from(Rule::Attribute(AttributeCondition {
        attribute: AttributeId::from(attribute.as_str()),
        test: Test::Date(DateRange { from: Some(from), to: Some(to) }),
    }));
    // A household has no date of its own: it is the day of somebody in it.
    let whose_day = match of_day.header.unit {
        Unit::Household => Node::from(Rule::Relatives(Relatives {
            relations: BTreeSet::new(),
            count: HowMany::Someone,
            group: Group { mode: Mode::All, members: vec![whose_day] },
        })),
        _ => whose_day,
    };
    let members = match of_day.target {
        Target::Everyone => vec![whose_day],
        Target::Group(Group { mode: Mode::All, mut members }) => {
            members.push(whose_day);
            members
        }
        Target::Group(group) => vec![Node::from(Rule::Group(group)), whose_day],
    };
    of_day.target = Target::Group(Group { mode: Mode::All, members });
    of_day.examples.clear();
    of_day.header.expected = None;
    Ok(of_day)
}
