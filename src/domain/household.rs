//! One account with its persons, as a rule sees them.
