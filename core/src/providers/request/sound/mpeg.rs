//! MP3 and AAC: frames one after another, each of which tells its length and its samples.

use super::{File, MAX_PARTS};

/// Bytes between frames that are skipped in search of the next, in all.
const MAX_GAP_BYTES: u64 = 64 * 1_024;
/// Bytes before the first frame.
const MAX_NOISE_BYTES: u64 = 16;

/// Kilobits a second of layer III, in MPEG 1, and in MPEG 2 and 2.5.
const RATES: [[u64; 16]; 2] = [
    [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0],
    [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0],
];
/// Samples a second of AAC.
const AAC_SAMPLES: [u64; 13] =
    [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350];

/// A frame: its bytes, its samples, and how many of them a second takes.
struct Frame {
    bytes: u64,
    samples: u64,
    rate: u64,
}

pub(super) fn seconds(file: File<'_>) -> Option<u64> {
    let (mut place, mut gap) = (behind_tag(file)?, 0);
    let (mut micros, mut frames) = (0_u64, 0);
    while let Some(head) = file.at::<7>(place) {
        if let Some(frame) = Frame::read(head) {
            micros += (frame.samples * 1_000_000).div_ceil(frame.rate);
            place += frame.bytes;
            frames += 1;
        } else if head.starts_with(b"TAG") || head.starts_with(b"APETAG") {
            break;
        } else {
            place += 1;
            gap += 1;
        }
        // What doesn't begin with a frame is another kind of file, in which any two bytes may look like one.
        let most = if frames == 0 { MAX_NOISE_BYTES } else { MAX_GAP_BYTES };
        if gap > most || frames > MAX_PARTS {
            return None;
        }
    }
    (frames > 0).then(|| micros.div_ceil(1_000_000))
}

/// Where the frames begin.
fn behind_tag(file: File<'_>) -> Option<u64> {
    let [a, b, c, _, _, flags, size @ ..] = file.at::<10>(0)?;
    if &[a, b, c] != b"ID3" {
        return Some(0);
    }
    let size = size.iter().fold(0, |size, byte| (size << 7) | u64::from(byte & 0x7f));
    Some(10 + size + if flags & 0x10 == 0 { 0 } else { 10 })
}

impl Frame {
    fn read([first, second, third, fourth, fifth, sixth, seventh]: [u8; 7]) -> Option<Self> {
        if first != 0xff || second & 0xe0 != 0xe0 {
            return None;
        }
        let frame = if second & 0xf6 == 0xf0 {
            let rate = *AAC_SAMPLES.get(usize::from(third >> 2 & 15))?;
            let bytes = u64::from(fourth & 3) << 11 | u64::from(fifth) << 3 | u64::from(sixth >> 5);
            Self { bytes, samples: 1_024 * u64::from(1 + (seventh & 3)), rate }
        } else {
            Self::layer_three(second, third)?
        };
        (frame.bytes > 6).then_some(frame)
    }

    fn layer_three(second: u8, third: u8) -> Option<Self> {
        let (version, layer) = (second >> 3 & 3, second >> 1 & 3);
        // A version of one is none, and so is a layer of none; the other layers are out of use.
        if version == 1 || layer != 1 {
            return None;
        }
        let is_first = version == 3;
        let kilobits = *RATES.get(usize::from(!is_first))?.get(usize::from(third >> 4))?;
        let rate = *[44_100_u64, 48_000, 32_000].get(usize::from(third >> 2 & 3))?;
        let rate = match version {
            3 => rate,
            2 => rate / 2,
            _ => rate / 4,
        };
        let samples = if is_first { 1_152 } else { 576 };
        let bytes = samples / 8 * kilobits * 1_000 / rate + u64::from(third >> 1 & 1);
        Some(Self { bytes, samples, rate })
    }
}
