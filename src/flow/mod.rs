//! What happens, one story a file: the only place that changes anything.

pub mod login;
pub mod staff;
