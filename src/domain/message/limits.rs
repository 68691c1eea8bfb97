//! How long and how many: LINE's published limits and our own, and how each is counted.
//!
//! The only place for numbers about messages; the wire (`line/limits.rs`) takes LINE's from here. LINE counts texts in
//! UTF-16 units and labels in graphemes (Messaging API reference, "Character counting in a text", as read in August
//! 2026). Numbers only: what is wrong with a content says `check`.

use unicode_segmentation::UnicodeSegmentation;

/// Bubbles of one broadcast: messages in one request (LINE).
pub const PARTS: usize = 5;
/// Characters of a text message, in UTF-16 units (LINE, "Text message").
pub const TEXT_UNITS: usize = 5_000;
/// Characters of a card's title, in UTF-16 units: ours, so that it stays a title on a small phone.
pub const TITLE_UNITS: usize = 60;
/// Characters of a card's text, in UTF-16 units: ours, well within LINE's 30 KB for a bubble.
pub const CARD_TEXT_UNITS: usize = 1_000;
/// Characters of a text on a card that stands beside others, in UTF-16 units: ours, because all become as high as one.
pub const NARROW_TEXT_UNITS: usize = 300;
/// Cards side by side: ours; LINE takes 12, and nobody swipes that far.
pub const CARDS: usize = 10;
/// Rows of facts on a card: ours.
pub const FACTS: usize = 4;
/// Characters of the name of a fact, in UTF-16 units: ours.
pub const FACT_NAME_UNITS: usize = 10;
/// Characters of a fact, in UTF-16 units: ours.
pub const FACT_UNITS: usize = 100;
/// Buttons of one card: ours, not LINE's; more than three are no longer read.
pub const BUTTONS: usize = 3;
/// Graphemes of a button's label (LINE allows 40 on a card; more than 20 are cut off on a phone).
pub const LABEL_GRAPHEMES: usize = 20;
/// Graphemes of the label of a button on a card (LINE, "Button").
pub const LINE_BUTTON_GRAPHEMES: usize = 40;
/// Quick replies under the last message (LINE, "Quick reply").
pub const QUICK_REPLIES: usize = 13;
/// Graphemes of the label of a quick reply (LINE).
pub const QUICK_REPLY_GRAPHEMES: usize = 20;
/// Characters of a button's address, in UTF-16 units (LINE, "URI action").
pub const URI_UNITS: usize = 1_000;
/// Characters of what an image shows in words, in UTF-16 units: ours; it has room beside a title in LINE's 1,500.
pub const ALT_UNITS: usize = 100;
/// Characters of the alternative text of a card, in UTF-16 units (LINE, "Flex message").
pub const ALT_TEXT_UNITS: usize = 1_500;
/// Bytes of one card's JSON. LINE says 30 KB; the smaller reading of "KB" is taken.
pub const BUBBLE_BYTES: usize = 30_000;
/// Bytes of the JSON of cards side by side. LINE says 50 KB.
pub const CAROUSEL_BYTES: usize = 50_000;
/// Characters of a postback's data, in UTF-16 units (LINE).
pub const POSTBACK_DATA_UNITS: usize = 300;

/// The length of a text as LINE counts it: UTF-16 units, so an emoji is 2.
#[must_use]
pub fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The length of a label as LINE counts it: graphemes, so a family emoji is 1.
#[must_use]
pub fn graphemes(text: &str) -> usize {
    text.graphemes(true).count()
}

/// The text, or so many graphemes of it with 「…」 for the rest: nothing is cut inside a character.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    if graphemes(text) <= most {
        return text.to_owned();
    }
    text.graphemes(true).take(most).chain(["…"]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_counted_as_line_counts_them() {
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        assert_eq!((units("健診"), units("\u{1f600}"), units(family)), (2, 2, 8));
        assert_eq!((graphemes("健診"), graphemes(family)), (2, 1));
    }

    #[test]
    fn a_text_is_cut_between_characters_and_only_where_it_is_too_long() {
        let families = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}".repeat(3);
        assert_eq!(shortened(&families, 3), families);
        assert_eq!(shortened(&families, 1), "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}…");
    }
}
