//! How many tokens an image is at the most, by its maker's published rule.
//!
//! The size is read from the head of the encoded file; where it can't be, the rule's own maximum counts. An image is
//! never scaled up beyond what a rule says, and no pixel is decoded.

use super::{family::Maker, file::File};

/// Bytes of an image in which its size mostly stands.
const HEAD_BYTES: usize = 768;
/// Bytes of an image that are looked at: a JPEG's size can stand behind long notes of a camera.
const MAX_HEAD_BYTES: usize = 192 * 1_024;

/// Width and height in pixels.
pub(super) type Size = (u64, u64);

/// The size that the head of an image tells.
pub(super) fn size(file: File<'_>) -> Option<Size> {
    let found = imagesize::blob_size(&file.head(HEAD_BYTES))
        .or_else(|_| imagesize::blob_size(&file.head(MAX_HEAD_BYTES)))
        .ok()?;
    Some((found.width as u64, found.height as u64)).filter(|(width, height)| *width > 0 && *height > 0)
}

/// The most tokens of one image, its size known or not.
pub(super) fn tokens(maker: Maker, model: &str, size: Option<Size>) -> u64 {
    match maker {
        Maker::Anthropic => anthropic(model, size),
        Maker::OpenAi => openai(model, size),
        Maker::Google => google(model, size),
        Maker::Meta => patches(size, 14, 6_656),
        Maker::Mistral => patches(size, 14, 4_352),
        Maker::Amazon => amazon(size),
        _ => patches(size, 14, 16_384),
    }
}

/// Squares of so many pixels, up to a cap; small images are scaled up to about a thousand of them.
fn patches(size: Option<Size>, pixels: u64, cap: u64) -> u64 {
    size.map_or(cap, |size| squares(size, pixels).max(1_024).min(cap))
}

const fn squares((width, height): Size, side: u64) -> u64 {
    width.div_ceil(side).saturating_mul(height.div_ceil(side))
}

/// Anthropic, "Vision": width × height / 750 in squares of 28 pixels, after scaling down; 1,600 tokens until the
/// models of 4.6, and 4,784 from those that see in high resolution.
fn anthropic(model: &str, size: Option<Size>) -> u64 {
    const BEFORE: &[&str] =
        &["claude-3", "-4-0", "-4-1", "-4-5", "-4-6", "-4.1", "-4.5", "-4.6", "-4-2025", "claude-2"];
    let cap = if BEFORE.iter().any(|part| model.contains(part)) { 1_640 } else { 4_784 };
    size.map_or(cap, |size| squares(size, 28).saturating_add(16).min(cap))
}

/// Amazon, "Image understanding": an image is scaled up until a side has 896 pixels, to the nearest of some shapes, and
/// has at most 8,000 × 8,000; its examples are of 506 to 700 pixels a token, and its nearest shape may be half as large
/// again.
fn amazon(size: Option<Size>) -> u64 {
    const MOST: u64 = 8_000;
    const SIDE: u64 = 896;
    let (width, height) = size.unwrap_or((MOST, MOST));
    let (short, long) = (width.min(height), width.max(height));
    // As long as it is wide at the scale at which the short side is large enough.
    let scaled = (long * SIDE.max(short)).div_ceil(short);
    (scaled.min(MOST) * SIDE.max(short).min(MOST)).div_ceil(350)
}

/// OpenAI, "Images and vision": a base and so much a tile of 512 pixels after scaling down, or squares of 32 pixels
/// times a factor.
fn openai(model: &str, size: Option<Size>) -> u64 {
    let has = |part: &str| model.contains(part);
    // What is to be changed faithfully is read a second time, in up to 6,240 tokens.
    if has("gpt-image") || has("chatgpt-image") {
        return tiles(size, 65, 129) + 6_240 + squares_times(size, 10_000, 100);
    }
    if has("gpt-4o-mini") {
        return tiles(size, 2_833, 5_667);
    }
    if has("gpt-4.1-mini") || has("gpt-4.1-nano") || has("o4-mini") {
        return squares_times(size, 1_536, 246);
    }
    if has("gpt-4o") || has("gpt-4.1") || has("gpt-4.5") || has("gpt-4-turbo") || has("chatgpt-4o") {
        return tiles(size, 85, 170);
    }
    if has("o1") || has("o3") {
        return tiles(size, 75, 150);
    }
    // The newest take up to 10,000 squares at their original size; factors reach 2.46.
    squares_times(size, 10_000, 246).max(tiles(size, 85, 170))
}

fn squares_times(size: Option<Size>, cap: u64, percent: u64) -> u64 {
    let count = size.map_or(cap, |size| squares(size, 32).min(cap));
    (count * percent).div_ceil(100)
}

/// Most tiles after scaling into 2,048 pixels and the short side to 768: 4 × 2.
const MOST_TILES: u64 = 8;

/// Tiles of 512 pixels, of an image that is scaled until its short side has 768, up as well as down, or not at all.
fn tiles(size: Option<Size>, base: u64, each: u64) -> u64 {
    let count = size.map_or(MOST_TILES, |(width, height)| {
        let (short, long) = (width.min(height), width.max(height));
        (2 * (long * 768).div_ceil(short).div_ceil(512)).max(squares((width, height), 512)).min(MOST_TILES)
    });
    base + count * each
}

/// Google, "Image understanding": 258 tokens a tile, whose side is the short side over 1.5, from 256 to 768 pixels,
/// in an image of at most 3,072 pixels; from Gemini 3 on up to 2,240 an image, whatever its size.
fn google(model: &str, size: Option<Size>) -> u64 {
    const TILE: u64 = 258;
    const MOST: u64 = 24;
    let is_tiled = ["gemini-1", "gemini-2", "gemini-pro-vision"].iter().any(|part| model.contains(part));
    if !is_tiled {
        return 2_240.max(if model.contains("gemini-3") { 0 } else { TILE * MOST });
    }
    let count = match size {
        None => MOST,
        Some((width, height)) if width <= 384 && height <= 384 => 1,
        Some((width, height)) => {
            let tile = (width.min(height) * 2 / 3).clamp(256, 768);
            // One more each way for a tile that is cut off.
            (width.div_ceil(tile) + 1).saturating_mul(height.div_ceil(tile) + 1).min(MOST)
        }
    };
    TILE * (count + 1)
}
