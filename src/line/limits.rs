//! LINE's published limits, all in one place because LINE changes them.
//!
//! Source unless said otherwise: the Messaging API reference at developers.line.biz (sections "Message objects",
//! "Action objects", "Send multicast message", "Rate limits"), as read in August 2026. Numbers only; the checks stand
//! with the objects they concern. What staff have to see while they write comes from [`message`], which counts the same.

use crate::domain::message::limits as message;

/// Messages in one request, at least one.
pub const MESSAGES: usize = message::PARTS;
/// Characters of a text message, in UTF-16 units ("Character counting in a text").
pub const TEXT_UNITS: usize = message::TEXT_UNITS;
/// Characters of the alternative text of a Flex message, in UTF-16 units.
pub const ALT_TEXT_UNITS: usize = message::ALT_TEXT_UNITS;
/// Bytes of one Flex bubble's JSON. LINE says 30 KB; the smaller reading of "KB" is taken.
pub const BUBBLE_BYTES: usize = message::BUBBLE_BYTES;
/// Bytes of the JSON of cards side by side.
pub const CAROUSEL_BYTES: usize = message::CAROUSEL_BYTES;
/// Cards side by side.
pub const CAROUSEL_CARDS: usize = 12;
/// Graphemes of the label of a Flex button.
pub const BUTTON_LABEL: usize = message::LINE_BUTTON_GRAPHEMES;
/// Graphemes of the label of a quick reply.
pub const QUICK_REPLY_LABEL: usize = message::QUICK_REPLY_GRAPHEMES;
/// Characters of an action's URI, in UTF-16 units.
pub const URI_UNITS: usize = message::URI_UNITS;
/// Schemes LINE opens from an action.
pub const URI_SCHEMES: [&str; 4] = ["http", "https", "line", "tel"];
/// Characters of an image's addresses, in UTF-16 units; HTTPS only.
pub const IMAGE_URL_UNITS: usize = 2_000;
/// Characters of a postback's data, in UTF-16 units.
pub const POSTBACK_DATA_UNITS: usize = message::POSTBACK_DATA_UNITS;
/// Graphemes of a postback's displayed text and of a message action's text.
pub const ACTION_TEXT: usize = 300;
/// Quick replies under one message.
pub const QUICK_REPLIES: usize = message::QUICK_REPLIES;
/// Buttons on one card: ours, not LINE's; more than three are no longer read.
pub const CARD_BUTTONS: usize = message::BUTTONS;
/// User ids in one multicast.
pub const MULTICAST_RECIPIENTS: usize = 500;
/// Characters of an aggregation unit's name (`[A-Za-z0-9_]`).
pub const UNIT_NAME: usize = 30;
/// Bytes of a request ("Request above 2 MB": status 413).
pub const REQUEST_BYTES: usize = 2_000_000;
/// User ids on one page of the follower list.
pub const FOLLOWERS_PAGE: u16 = 1_000;
/// Seconds a loading indicator may be shown, in steps of five, from five.
pub const LOADING_SECONDS: u8 = 60;
/// Hours for which LINE remembers a retry key ("Retry failed API requests").
pub const RETRY_KEY_HOURS: u64 = 24;
/// Multicast requests a second for a channel.
pub const MULTICAST_PER_SECOND: u32 = 200;
/// Loading indicator requests a second for a channel.
pub const LOADING_PER_SECOND: u32 = 100;
/// Requests an hour for figures under a name ("Get statistics per unit").
pub const INSIGHTS_PER_HOUR: i64 = 60;
/// Requests a second for each other endpoint of a channel.
pub const OTHERS_PER_SECOND: u32 = 2_000;
/// Requests a second for tokens and ID tokens. LINE publishes none for these; its limit for the older short-lived
/// tokens is taken.
pub const OAUTH_PER_SECOND: u32 = 370;
