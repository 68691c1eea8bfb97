//! What happens, one story a file: the only place that changes anything.

pub mod alarm;
pub mod api_requests;
pub mod api_tokens;
mod audience;
pub mod backup;
pub mod broadcast;
pub mod deliver;
pub mod export;
pub mod follows;
pub mod guard;
mod hold;
pub mod images;
pub mod import;
pub mod inbound;
pub mod insight;
pub mod installation;
pub mod login;
mod milestone;
pub mod plan;
pub mod reconcile;
pub mod register;
mod render;
pub mod replies;
pub mod restore;
pub mod rules;
pub mod seed;
mod split;
pub mod staff;

pub use audience::{Audience, AudienceError};
use hold::Held;
use milestone::Milestones;
use render::Rendering;
use split::Split;
