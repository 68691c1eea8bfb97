//! The small LINE Platform behaves as LINE's reference says; the rest of the suite leans on it.

mod login;
mod phone;
mod sending;
mod support;
mod webhooks;
