//! How long a file of sound or video takes to play, as its own headers tell.
//!
//! Nothing is decoded. A kind that isn't known, or a file that doesn't tell its length, has none, and its bytes have to
//! do. A file is as long as it says that it is: like the size of an image, that is taken from the one who sends it.

mod mp4;
mod mpeg;
mod ogg;

use super::file::File;

/// Pages, chunks and boxes of one file that are looked at.
const MAX_PARTS: usize = 1 << 20;

/// Seconds, rounded up; nothing where the file doesn't tell.
pub(super) fn seconds(file: File<'_>) -> Option<u64> {
    let head = file.at::<12>(0)?;
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E'] => wave(file),
        [b'f', b'L', b'a', b'C', ..] => flac(file),
        [b'O', b'g', b'g', b'S', ..] => ogg::seconds(file),
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => mp4::seconds(file),
        _ => mpeg::seconds(file),
    }
}

/// WAVE: what is left after the head of its data, at the rate that its format tells.
fn wave(file: File<'_>) -> Option<u64> {
    let (mut place, mut rate) = (12, None);
    for _ in 0..MAX_PARTS {
        let [a, b, c, d, size @ ..] = file.at::<8>(place)?;
        let size = u64::from(u32::from_le_bytes(size));
        match &[a, b, c, d] {
            b"fmt " => rate = Some(u64::from(u32::from_le_bytes(file.at(place + 16)?))),
            // A size that isn't known yet when a stream begins is often a wrong one, so the file's own counts.
            b"data" => {
                let rate = rate.filter(|rate| *rate > 0)?;
                return Some(file.bytes().saturating_sub(place + 8).div_ceil(rate));
            }
            _ => {}
        }
        place = place.checked_add(8 + size + size % 2)?;
    }
    None
}

/// FLAC: the samples and the rate in its first block; one that was streamed doesn't tell.
fn flac(file: File<'_>) -> Option<u64> {
    let packed = u64::from_be_bytes(file.at(18)?);
    let (rate, samples) = (packed >> 44, packed & ((1 << 36) - 1));
    if rate == 0 || samples == 0 { None } else { Some(samples.div_ceil(rate)) }
}

#[cfg(test)]
mod tests {
    use super::{super::file::File, seconds};

    fn wave(rate: u32, bytes: usize) -> Vec<u8> {
        let mut file = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
        file.extend(rate.to_le_bytes());
        file.extend((rate * 2).to_le_bytes());
        file.extend(b"\x02\0\x10\0data\xff\xff\xff\xff");
        file.extend(vec![0; bytes]);
        file
    }

    fn page(serial: u8, flags: u8, granule: i64, body: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(granule.to_le_bytes());
        page.extend([serial, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, u8::try_from(body.len()).unwrap()]);
        page.extend(body);
        page
    }

    #[test]
    fn a_wave_plays_as_long_as_its_bytes_whatever_its_head_says() {
        assert_eq!(seconds(File::Raw(&wave(8_000, 16_000 * 3))), Some(3));
        assert_eq!(seconds(File::Raw(&wave(8_000, 16_000 * 3 + 1))), Some(4));
        assert_eq!(seconds(File::Raw(&wave(0, 100))), None);
    }

    #[test]
    fn silence_in_flac_is_as_long_as_its_head_says() {
        let mut file = b"fLaC\0\0\0\x22\x10\0\x10\0\0\0\0\0\0\0".to_vec();
        file.extend(((16_000_u64 << 44) | (16_000 * 3_600)).to_be_bytes());
        assert_eq!(seconds(File::Raw(&file)), Some(3_600));
    }

    #[test]
    fn streams_of_an_ogg_that_follow_each_other_add_up() {
        let mut file = page(1, 2, 0, b"OpusHead\x01\x01");
        file.extend(page(1, 4, 48_000 * 5, b"sound"));
        file.extend(page(2, 2, 0, b"\x01vorbis\0\0\0\0\x01\x40\x1f\0\0"));
        file.extend(page(2, 4, 8_000 * 2, b"sound"));
        assert_eq!(seconds(File::Raw(&file)), Some(7));
        file.truncate(file.len() - 3);
        assert_eq!(seconds(File::Raw(&file)), Some(7));
        assert_eq!(seconds(File::Raw(&page(1, 2, 0, b"Speex   "))), None);
    }

    #[test]
    fn frames_of_an_mp3_are_counted_behind_its_tag() {
        // 128 kbit/s at 44.1 kHz: 417 bytes and 1,152 samples a frame.
        let mut frame = vec![0xff, 0xfb, 0x90, 0x00];
        frame.resize(417, 0);
        let mut file = b"ID3\x04\0\0\0\0\0\x05hello".to_vec();
        for _ in 0..100 {
            file.extend(&frame);
        }
        assert_eq!(seconds(File::Raw(&file)), Some(3));
        file.extend(b"TAG and what else");
        assert_eq!(seconds(File::Raw(&file)), Some(3));
        assert_eq!(seconds(File::Raw(b"neither sound nor video")), None);
    }

    #[test]
    fn frames_of_an_aac_are_counted() {
        // 8 kHz and 1,024 samples a frame of 32 bytes.
        let mut frame = vec![0xff, 0xf1, 0x2c, 0x40, 0x04, 0x1f, 0xfc];
        frame.resize(32, 0);
        let file: Vec<u8> = std::iter::repeat_n(frame, 16).flatten().collect();
        assert_eq!(seconds(File::Raw(&file)), Some(3));
    }

    #[test]
    fn a_video_is_as_long_as_its_head_says_unless_it_comes_in_fragments() {
        let boxed = |name: &[u8; 4], body: &[u8]| {
            let size = u32::try_from(body.len() + 8).unwrap();
            [&size.to_be_bytes()[..], name, body].concat()
        };
        let head = |duration: u32| {
            let body = [[0; 4], [0; 4], [0; 4], 1_000_u32.to_be_bytes(), duration.to_be_bytes()].concat();
            boxed(b"moov", &boxed(b"mvhd", &body))
        };
        let video = [boxed(b"ftyp", b"isom"), boxed(b"mdat", &[7; 99]), head(2_001)].concat();
        assert_eq!(seconds(File::Raw(&video)), Some(3));
        let fragments = [boxed(b"ftyp", b"isom"), head(1), boxed(b"moof", b"")].concat();
        assert_eq!(seconds(File::Raw(&fragments)), None);
        assert_eq!(seconds(File::Raw(&[boxed(b"ftyp", b"isom"), head(0)].concat())), None);
    }
}
