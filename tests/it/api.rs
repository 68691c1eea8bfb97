//! The JSON API through its front door. Every answer that a test gets is held beside `openapi.json`.

mod broadcasts;
mod choices;
mod client;
mod contract;
mod docs;
mod doors;
mod once;
mod repeats;
mod segments;
mod sending;
mod tokens;
