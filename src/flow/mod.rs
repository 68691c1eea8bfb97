//! What happens, one story a file: the only place that changes anything.

pub mod inbound;
pub mod login;
pub mod register;
pub mod replies;
pub mod seed;
pub mod staff;
