//! What happens, one story a file: the only place that changes anything.

mod audience;
pub mod backup;
pub mod broadcast;
pub mod deliver;
pub mod follows;
pub mod guard;
mod hold;
pub mod images;
pub mod import;
pub mod inbound;
pub mod insight;
pub mod installation;
pub mod login;
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
use render::Rendering;
use split::Split;
