//! Who asks: LINE, residents, staff, probes. The whole router stands in this file.
//!
//! A page may read through the store; every change goes through a flow.

pub mod api;
pub mod assets;
pub mod console;
pub mod error;
pub mod form;
pub mod health;
pub mod layout;
pub mod ledger;
pub mod media;
pub mod metrics;
pub mod resident;
pub mod server;
pub mod session;
pub mod webhook;

use axum::Router;

use crate::app::App;

/// What those who look after the machine ask, on a port of its own.
pub fn admin_router(app: App) -> Router {
    Router::new().merge(health::routes()).merge(metrics::routes()).with_state(app)
}

/// Every route there is.
pub fn router(app: App) -> Router {
    Router::new()
        .merge(webhook::routes())
        .merge(health::routes())
        .merge(assets::routes())
        .merge(media::routes())
        .merge(api::routes(&app))
        .merge(console::routes(&app))
        .merge(resident::routes(&app))
        .with_state(app)
}
