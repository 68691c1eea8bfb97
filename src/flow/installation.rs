//! Keeps a drill and the real thing apart: a database is for one purpose and one LINE account, for ever.
//!
//! The purpose is not a setting that one can forget to change: whoever speaks to LINE itself is live, and whoever speaks
//! to anything else, a played LINE, is in training.

use serde_json::json;

use crate::app::App;
use crate::db;
use crate::store::audit;
use crate::store::installation::{self, Installation};

/// Why a database may not be served with these settings.
#[derive(Debug, thiserror::Error)]
pub enum Mixed {
    /// A drill on the residents' database.
    #[error(
        "このデータベースは本番用です。訓練用の設定(LINE_API_BASE)では動かせません。訓練には別の DATABASE_URL を使ってください"
    )]
    TrainingOnLive,
    /// Invented people on the real LINE.
    #[error(
        "このデータベースは訓練用です。本番のLINEでは動かせません。本番用の DATABASE_URL を設定してください"
    )]
    LiveOnTraining,
    /// The residents of another account.
    #[error(
        "このデータベースは別のLINE公式アカウントのものです。LINE_CHANNEL_ID と DATABASE_URL の組み合わせを確かめてください"
    )]
    OtherAccount,
    /// The database.
    #[error("データベースを読めません: {0}")]
    Db(#[from] db::Error),
}

/// Says what the database is for where nobody has yet, and refuses it where that is something else.
///
/// # Errors
/// [`Mixed`]; then nothing may be served.
pub async fn claim(app: &App) -> Result<(), Mixed> {
    let live = app.config.line.is_live();
    let bot = app.config.line.bot_user_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let ours =
        Installation { purpose: (if live { "live" } else { "training" }).to_owned(), bot_user_id: bot };
    let mut tx = app.db.write().await?;
    match installation::find(&mut tx).await? {
        Some(found) if found == ours => Ok(()),
        Some(found) if found.purpose != ours.purpose => {
            Err(if live { Mixed::LiveOnTraining } else { Mixed::TrainingOnLive })
        }
        Some(_) => Err(Mixed::OtherAccount),
        None => {
            installation::insert(&mut tx, &ours, app.clock.now()).await?;
            let detail = json!({ "purpose": ours.purpose });
            audit::record(&mut tx, app.entry(None, "installation.claim", ("switch", "installation"), detail))
                .await?;
            Ok(tx.commit().await?)
        }
    }
}
