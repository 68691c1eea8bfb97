//! What is done by the clock and not by an event: comparing who follows, asking LINE for its figures, clearing pictures
//! away.

use crate::app::App;
use crate::db;
use crate::flow::{follows, images, insight};

/// Compares who follows with what LINE says, at night; answers whether it was due.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn compare_follows(app: &App) -> db::Result<usize> {
    follows::compare_due(app).await
}

/// Asks LINE what it counted of our broadcasts; answers about how many.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn fetch_insights(app: &App) -> db::Result<usize> {
    insight::fetch_due(app).await
}

/// Takes pictures away that nothing has shown for long; answers how many were looked at.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn clear_pictures(app: &App) -> db::Result<usize> {
    images::clear_unused(app).await
}
