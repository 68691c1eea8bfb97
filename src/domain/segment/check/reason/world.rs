//! What is left of the data of one person and one account after some conditions: a set for each datum.
//!
//! "Not known" is one more value of each datum, so that unknown answers are reasoned about as exactly as the others.

use std::rc::Rc;

use super::Want;
use super::counts::Counts;
use super::intervals::Intervals;
use super::meaning::{Datum, Meaning};

/// The conditions so far, as what they leave.
#[derive(Clone, Default)]
pub(super) struct World<'a> {
    data: Vec<(Datum<'a>, Left)>,
    pub(super) counts: Counts<'a>,
}

/// What one datum can still be.
#[derive(Clone)]
struct Left {
    known: Known,
    missing: bool,
}

#[derive(Clone)]
enum Known {
    /// One value of these.
    One(Rc<Intervals>),
    /// Several values, none of them in `absent` and at least one in each of `hits`; or no known value at all.
    Several { absent: Intervals, hits: Vec<Intervals>, possible: bool },
}

impl<'a> World<'a> {
    /// Takes a condition into account; answers whether anything is left of its datum.
    pub(super) fn narrow(&mut self, meaning: &Meaning<'a>, want: Want) -> bool {
        match meaning {
            Meaning::In { datum, whole, fits } => {
                let allowed = if want.holds() { Rc::clone(fits) } else { Rc::new(fits.outside(*whole)) };
                self.within(*datum, *whole, &allowed, want.may_be_missing())
            }
            Meaning::Hits { datum, sets } if want.holds() => self.several(*datum, want, None, sets),
            // That not all are hit is a choice between them; with a single one there is none.
            Meaning::Hits { datum, sets } => self.several(*datum, want, sets.first(), &[]),
            Meaning::Misses { datum, set } if want.holds() => self.several(*datum, want, Some(set), &[]),
            Meaning::Misses { datum, set } => self.several(*datum, want, None, std::slice::from_ref(set)),
            Meaning::Missing { datum, whole } => self.missing(*datum, *whole, want.holds()),
            Meaning::Opaque => true,
        }
    }

    /// How much is known, which is what a copy costs.
    pub(super) fn len(&self) -> usize {
        let hits = self.data.iter().map(|(_, left)| match &left.known {
            Known::One(_) => 0,
            Known::Several { hits, .. } => hits.len(),
        });
        self.data.len() + self.counts.len() + hits.sum::<usize>()
    }

    /// Leaves only values of a set, and "not known" only if it may be.
    pub(super) fn within(
        &mut self,
        datum: Datum<'a>,
        whole: (i64, i64),
        allowed: &Rc<Intervals>,
        may_be_missing: bool,
    ) -> bool {
        let left = self.left(datum, || one(whole));
        left.missing &= may_be_missing;
        if let Known::One(values) = &mut left.known {
            *values = Rc::new(values.and(allowed));
        }
        left.possible()
    }

    fn several(&mut self, datum: Datum<'a>, want: Want, miss: Option<&Intervals>, hit: &[Intervals]) -> bool {
        let left = self.left(datum, several);
        left.missing &= want.may_be_missing();
        if let Known::Several { absent, hits, .. } = &mut left.known {
            *absent = miss.map_or_else(|| absent.clone(), |miss| absent.or(miss));
            hits.extend(hit.iter().cloned());
        }
        left.possible()
    }

    fn missing(&mut self, datum: Datum<'a>, whole: Option<(i64, i64)>, is_missing: bool) -> bool {
        let left = self.left(datum, || whole.map_or_else(several, one));
        if !is_missing {
            left.missing = false;
            return left.possible();
        }
        match &mut left.known {
            Known::One(values) => *values = Rc::default(),
            Known::Several { possible, .. } => *possible = false,
        }
        left.possible()
    }

    fn left(&mut self, datum: Datum<'a>, fresh: impl FnOnce() -> Known) -> &mut Left {
        let at = self.data.iter().position(|(known, _)| *known == datum).unwrap_or_else(|| {
            self.data.push((datum, Left { known: fresh(), missing: true }));
            self.data.len() - 1
        });
        &mut self.data[at].1
    }

    /// What is left of the account, for another person of it.
    pub(super) fn of_account(&self) -> Self {
        let of_account = |(datum, _): &&(Datum<'a>, Left)| !matches!(datum, Datum::Person(_));
        let data = self.data.iter().filter(of_account).cloned().collect();
        World { data, counts: self.counts.of_account() }
    }
}

fn one(whole: (i64, i64)) -> Known {
    Known::One(Rc::new(Intervals::of([whole])))
}

fn several() -> Known {
    Known::Several { absent: Intervals::default(), hits: Vec::new(), possible: true }
}

impl Left {
    fn possible(&self) -> bool {
        self.missing
            || match &self.known {
                Known::One(values) => !values.is_empty(),
                Known::Several { absent, hits, possible } => {
                    *possible && hits.iter().all(|hit| !hit.within(absent))
                }
            }
    }
}
