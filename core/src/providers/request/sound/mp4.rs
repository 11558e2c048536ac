//! MP4, M4A and MOV: the movie's head has its length.

use super::{File, MAX_PARTS};

pub(super) fn seconds(file: File<'_>) -> Option<u64> {
    let (mut place, mut length) = (0, None);
    for _ in 0..MAX_PARTS {
        let Some(found) = Box::at(file, place) else { return length };
        match &found.name {
            b"moov" => length = within(file, &found),
            // What comes in fragments isn't in the length.
            b"moof" => return None,
            _ => {}
        }
        place = found.end;
    }
    None
}

/// Seconds by the head within a movie's box.
fn within(file: File<'_>, movie: &Box) -> Option<u64> {
    let mut place = movie.body;
    while place < movie.end {
        let found = Box::at(file, place)?;
        if &found.name == b"mvhd" {
            return head(file, found.body);
        }
        place = found.end;
    }
    None
}

fn head(file: File<'_>, body: u64) -> Option<u64> {
    let [version, ..] = file.at::<4>(body)?;
    let (scale, length) = if version == 1 {
        (u32::from_be_bytes(file.at(body + 20)?), u64::from_be_bytes(file.at(body + 24)?))
    } else {
        (u32::from_be_bytes(file.at(body + 12)?), u64::from(u32::from_be_bytes(file.at(body + 16)?)))
    };
    if scale == 0 || length == 0 { None } else { Some(length.div_ceil(u64::from(scale))) }
}

/// A box: its name, where its body begins, and where it ends.
struct Box {
    name: [u8; 4],
    body: u64,
    end: u64,
}

impl Box {
    fn at(file: File<'_>, place: u64) -> Option<Self> {
        let [a, b, c, d, name @ ..] = file.at::<8>(place)?;
        let (head, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, file.bytes().saturating_sub(place)),
            1 => (16, u64::from_be_bytes(file.at(place + 8)?)),
            size => (8, u64::from(size)),
        };
        let end = place.checked_add(size.max(head))?;
        Some(Self { name, body: place + head, end })
    }
}
