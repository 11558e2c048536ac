//! Ogg with Opus or Vorbis: the last page of each stream tells how many samples came before it.

use super::{File, MAX_PARTS};

/// Streams of one file that are told apart.
const MAX_STREAMS: usize = 64;

/// A stream: its number, its samples a second, and its samples so far.
struct Stream {
    serial: [u8; 4],
    rate: u64,
    samples: u64,
}

pub(super) fn seconds(file: File<'_>) -> Option<u64> {
    let (mut place, mut streams) = (0, Vec::<Stream>::new());
    for _ in 0..MAX_PARTS {
        let Some(page) = Page::at(file, place) else { break };
        match streams.iter_mut().find(|stream| stream.serial == page.serial) {
            Some(stream) => stream.samples = stream.samples.max(page.samples),
            None => streams.push(Stream { serial: page.serial, rate: rate(file, page.body)?, samples: 0 }),
        }
        if streams.len() > MAX_STREAMS {
            return None;
        }
        place = page.end;
    }
    let seconds: u64 = streams.iter().map(|stream| stream.samples.div_ceil(stream.rate)).sum();
    (seconds > 0).then_some(seconds)
}

/// The samples a second that the first packet of a stream tells; those of Opus are always counted at 48 kHz.
fn rate(file: File<'_>, body: u64) -> Option<u64> {
    match &file.at::<8>(body)? {
        b"OpusHead" => Some(48_000),
        [1, b'v', b'o', b'r', b'b', b'i', b's', _] => {
            Some(u64::from(u32::from_le_bytes(file.at(body + 12)?))).filter(|rate| *rate > 0)
        }
        _ => None,
    }
}

struct Page {
    serial: [u8; 4],
    samples: u64,
    body: u64,
    end: u64,
}

impl Page {
    fn at(file: File<'_>, place: u64) -> Option<Self> {
        if &file.at::<4>(place)? != b"OggS" {
            return None;
        }
        let [segments] = file.at(place + 26)?;
        let mut bytes = 0;
        for at in 0..u64::from(segments) {
            let [length] = file.at(place + 27 + at)?;
            bytes += u64::from(length);
        }
        let body = place + 27 + u64::from(segments);
        Some(Self {
            serial: file.at(place + 14)?,
            // A page on which no packet ends has minus one.
            samples: u64::try_from(i64::from_le_bytes(file.at(place + 6)?)).unwrap_or(0),
            body,
            end: body + bytes,
        })
    }
}
