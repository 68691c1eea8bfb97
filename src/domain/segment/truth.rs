//! Kleene's three values: what can't be told stays untold, and is never sent.

/// True, false or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Truth {
    /// Certainly so.
    True,
    /// Certainly not so.
    False,
    /// A datum is missing.
    Unknown,
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

impl std::ops::Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
        }
    }
}

impl Truth {
    /// Both: false if one is false, true if both are true.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::False, _) | (_, Self::False) => Self::False,
            (Self::True, Self::True) => Self::True,
            _ => Self::Unknown,
        }
    }

    /// Either: true if one is true, false if both are false.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        !(!self).and(!other)
    }

    /// All of them.
    pub fn all(values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().fold(Self::True, Self::and)
    }

    /// Any of them.
    pub fn any(values: impl IntoIterator<Item = Self>) -> Self {
        values.into_iter().fold(Self::False, Self::or)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn de_morgan_holds_with_three_values() {
        let values = [Truth::True, Truth::False, Truth::Unknown];
        for left in values {
            for right in values {
                assert_eq!(!(left.and(right)), (!left).or(!right));
                assert_eq!(!(left.or(right)), (!left).and(!right));
            }
        }
        assert_eq!(Truth::Unknown.and(Truth::False), Truth::False);
        assert_eq!(Truth::Unknown.or(Truth::True), Truth::True);
        assert_eq!(Truth::all([]), Truth::True);
    }
}
