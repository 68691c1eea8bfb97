//! Freezing: a rule with the parameters' values of one day written out, as it is submitted and approved.
//!
//! After it, neither a changed `parameters.toml` nor another day changes whom the rule means. The law or decision behind
//! each value stays beside it as a comment.

use jiff::civil::Date;

use super::rule::{AgeCondition, ElapsedCondition, Node, Relatives, Rule, Segment, Target};
use crate::domain::attribute::{Catalogue, ParameterId};

/// A parameter has no value on the day: nobody may be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the parameter {0} has no value on the day")]
pub struct NoValue(pub ParameterId);

impl Segment {
    /// The same rule with the values that its parameters have on a day (a civil date in Asia/Tokyo); it has no examples
    /// any more where there was a parameter.
    ///
    /// # Errors
    /// [`NoValue`] where one of them has none.
    pub fn frozen(&self, catalogue: &Catalogue, day: Date) -> Result<Self, NoValue> {
        let mut frozen = self.clone();
        if let Target::Group(group) = &mut frozen.target {
            group.members.iter_mut().try_for_each(|node| freeze(node, catalogue, day))?;
        }
        frozen.exclusions.iter_mut().try_for_each(|node| freeze(node, catalogue, day))?;
        if frozen != *self {
            // The examples were about the written rule; those of other years would disagree with this year's value.
            frozen.examples.clear();
        }
        Ok(frozen)
    }
}

fn freeze(node: &mut Node, catalogue: &Catalogue, day: Date) -> Result<(), NoValue> {
    let (ranges, parameter) = match &mut node.rule {
        Rule::Group(group) | Rule::Relatives(Relatives { group, .. }) => {
            return group.members.iter_mut().try_for_each(|node| freeze(node, catalogue, day));
        }
        Rule::Age(AgeCondition { ranges, parameter, .. })
        | Rule::Elapsed(ElapsedCondition { ranges, parameter, .. }) => (ranges, parameter),
        _ => return Ok(()),
    };
    let Some(id) = parameter.take() else { return Ok(()) };
    let known = catalogue.parameter(id.as_str());
    let (known, value) = known.and_then(|known| Some((known, known.value_on(day)?))).ok_or(NoValue(id))?;
    ranges.clone_from(&value.ranges);
    node.above.push(format!("{{{}}} {}から {}", known.word, value.from, value.source));
    Ok(())
}
