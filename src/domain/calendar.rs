//! Civil dates as Japanese administration counts them: ages, fiscal years, 和暦.
