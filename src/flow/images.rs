//! A picture comes in from staff: looked at by its content, made anew, kept.
//!
//! What is served is never the uploaded file: it is decoded and encoded again, so that neither the place where a
//! photograph was taken nor anything that only pretends to be a picture gets out. LINE's sizes are kept: 10 MB, and 1 MB
//! and 1,024 pixels for what is shown in the talk and on cards.

use std::io::Cursor;
use std::time::Duration;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use serde_json::json;

use crate::app::App;
use crate::db;
use crate::domain::staff::{Right, StaffMember};
use crate::store::audit;
use crate::store::images::{self, File, New};

/// Bytes of an uploaded file at most.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// Bytes of the small picture at most (LINE, "Image message": 1 MB; the smaller reading is taken).
const LARGEST_SMALL: usize = 1_000_000;
/// Pixels of either side of what is kept.
const LONGEST_SIDE: u32 = 2_048;
/// Pixels of either side of the small picture (LINE, "Flex image").
const LONGEST_SMALL_SIDE: u32 = 1_024;
/// Pixels of either side of an upload that is decoded at all: 100 megapixels need 400 MB for a moment.
const LARGEST_SIDE: u32 = 10_000;
/// Pixels of an upload at most.
const MOST_PIXELS: u64 = 50_000_000;
/// Pixels of either side of a picture that can be made out on a phone.
const SHORTEST_SIDE: u32 = 100;

/// How long a picture stays that nothing shows.
const UNUSED: Duration = Duration::from_secs(30 * 24 * 3600);
/// The hours of the night in which it is looked for them, in Asia/Tokyo.
const HOURS: std::ops::Range<i8> = 2..6;
/// Pictures looked at in one round.
const AT_ONCE: i64 = 50;

/// A picture that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
}

/// Why a picture was not taken: a person can mend it, but for the last.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// The role doesn't grant it.
    #[error("画像を加える権限がありません。")]
    NotAllowed,
    /// The file is too large.
    #[error("画像は10MBまでです。小さくしてから選び直してください。")]
    TooLarge,
    /// Neither JPEG nor PNG, or broken.
    #[error("画像として読めません。JPEGかPNGのファイルを選んでください。")]
    NotAPicture,
    /// Too small to be made out.
    #[error("画像が小さすぎます({width}×{height})。縦も横も100ピクセル以上のものを選んでください。")]
    TooSmall {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// More pixels than we decode.
    #[error("画像の縦横が大きすぎます。1辺10000ピクセル、合わせて5000万画素までにしてください。")]
    TooWide,
    /// LINE's cards take no picture that is so high.
    #[error("画像が縦に長すぎます({width}×{height})。縦が横の3倍までのものを選んでください。")]
    TooHigh {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
    },
    /// So long that nothing could be made out of it once it is small enough to be kept.
    #[error(
        "画像が横に細長すぎます({width}×{height})。横が{LONGEST_SIDE}ピクセルを超える画像は、{LONGEST_SIDE}ピクセルまで縮めて送ります。この画像は縦が{left}ピクセルになり、読めません。縦が{SHORTEST_SIDE}ピクセル以上残るように、横を切り取ってください。"
    )]
    TooNarrow {
        /// Pixels from left to right.
        width: u32,
        /// Pixels from top to bottom.
        height: u32,
        /// Pixels that would be left from top to bottom.
        left: u32,
    },
    /// The database, or a failure of ours.
    #[error(transparent)]
    Db(#[from] db::Error),
}

/// Takes a picture in; the same one again is the same picture.
///
/// # Errors
/// [`ImageError`]; then nothing is kept.
pub async fn take_in(app: &App, staff: &StaffMember, bytes: Vec<u8>) -> Result<Kept, ImageError> {
    if !staff.may(Right::Draft) {
        return Err(ImageError::NotAllowed);
    }
    let made = tokio::task::spawn_blocking(move || make(&bytes)).await;
    let made = made.map_err(|_| ImageError::NotAPicture)??;
    // Keyed, so that nobody who has the same file can work out the address.
    let id = app.keyed("image", &made.whole.bytes);
    let (now, Made { width, height, whole, small }) = (app.clock.now(), &made);
    let mut tx = app.db.write().await?;
    let new = New { id: &id, width: *width, height: *height, whole, small };
    if images::insert(&mut tx, new, staff.id, now).await? {
        let detail = json!({ "width": width, "height": height, "bytes": whole.bytes.len() });
        audit::record(&mut tx, app.entry(Some(staff.id), "image.add", ("image", &id), detail)).await?;
    } else {
        images::touch(&mut tx, &id).await?;
    }
    tx.commit().await?;
    Ok(Kept { id, width: *width, height: *height })
}

/// Looks at night at some pictures whether anything shows them, and takes away what nothing has shown for 30 days;
/// answers how many were looked at.
///
/// # Errors
/// As [`db::Error`] says.
pub async fn clear_unused(app: &App) -> db::Result<usize> {
    let (now, today) = (app.clock.now(), app.clock.today());
    if !HOURS.contains(&now.tokyo().hour()) {
        return Ok(0);
    }
    let unchecked = images::list_unchecked(&mut app.db.read().await?, today, AT_ONCE).await?;
    for id in &unchecked {
        // Whether it is used is asked in the transaction that takes it away: a draft that was saved before counts.
        let mut tx = app.db.write().await?;
        let is_used = images::is_used(&mut tx, id).await?;
        images::note_use(&mut tx, id, is_used, now, today).await?;
        if images::delete_unused(&mut tx, id, now.minus(UNUSED)).await? {
            audit::record(&mut tx, app.entry(None, "image.remove", ("image", id), json!({}))).await?;
        }
        tx.commit().await?;
    }
    Ok(unchecked.len())
}

struct Made {
    width: u32,
    height: u32,
    whole: File,
    small: File,
}

fn make(bytes: &[u8]) -> Result<Made, ImageError> {
    if LARGEST < bytes.len() {
        return Err(ImageError::TooLarge);
    }
    let (format, picture) = decode(bytes)?;
    let picture = fitted(picture)?;
    let (width, height) = (picture.width(), picture.height());
    let whole = encode(&picture, format, LARGEST)?;
    let small = encode(&within(picture, LONGEST_SMALL_SIDE), format, LARGEST_SMALL)?;
    Ok(Made { width, height, whole, small })
}

/// As large as it is kept; what is wrong is said of the picture that was chosen, never of what we made of it.
fn fitted(picture: DynamicImage) -> Result<DynamicImage, ImageError> {
    let (width, height) = (picture.width(), picture.height());
    if width.min(height) < SHORTEST_SIDE {
        return Err(ImageError::TooSmall { width, height });
    }
    if width.saturating_mul(3) < height {
        return Err(ImageError::TooHigh { width, height });
    }
    let fitted = within(picture, LONGEST_SIDE);
    match fitted.height() {
        left if left < SHORTEST_SIDE => Err(ImageError::TooNarrow { width, height, left }),
        _ => Ok(fitted),
    }
}

/// By what the file holds, never by its name.
fn decode(bytes: &[u8]) -> Result<(ImageFormat, DynamicImage), ImageError> {
    let unreadable = |_| ImageError::NotAPicture;
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| ImageError::NotAPicture)?;
    let format = reader.format().filter(|format| matches!(format, ImageFormat::Jpeg | ImageFormat::Png));
    let format = format.ok_or(ImageError::NotAPicture)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(512 * 1024 * 1024);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let (width, height) = decoder.dimensions();
    if LARGEST_SIDE < width.max(height) || MOST_PIXELS < u64::from(width) * u64::from(height) {
        return Err(ImageError::TooWide);
    }
    // The camera was held upright or not: that alone of its notes is needed, and then gone with the others.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok((format, picture))
}

fn within(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        return picture;
    }
    picture.resize(side, side, FilterType::Triangle)
}

/// A drawing stays PNG where it is small enough; everything else becomes JPEG, worse and smaller until it fits.
fn encode(picture: &DynamicImage, format: ImageFormat, most: usize) -> Result<File, ImageError> {
    if format == ImageFormat::Png {
        let mut bytes = Vec::new();
        let eight_bits = DynamicImage::from(picture.to_rgba8());
        let done = eight_bits.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png);
        done.map_err(|_| ImageError::NotAPicture)?;
        if bytes.len() <= most {
            return Ok(File { kind: "png".to_owned(), bytes });
        }
    }
    let opaque = on_white(picture);
    for quality in [88, 80, 70, 55, 40] {
        let mut bytes = Vec::new();
        let done = JpegEncoder::new_with_quality(&mut bytes, quality).encode_image(&opaque);
        done.map_err(|_| ImageError::NotAPicture)?;
        if bytes.len() <= most {
            return Ok(File { kind: "jpeg".to_owned(), bytes });
        }
    }
    Err(ImageError::TooLarge)
}

fn on_white(picture: &DynamicImage) -> RgbImage {
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.to_rgba8().pixels()) {
        let [.., alpha] = from.0;
        for (to, from) in to.0.iter_mut().zip(from.0) {
            let mixed = u16::from(from) * u16::from(alpha) + 255 * (255 - u16::from(alpha));
            *to = u8::try_from(mixed / 255).unwrap_or(u8::MAX);
        }
    }
    opaque
}
