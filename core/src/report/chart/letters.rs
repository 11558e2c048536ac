//! How wide a text is, near enough never to be too narrow: the widths of a sans serif font, rounded up.

/// Hundredths of a pixel.
pub(super) type Length = i64;

/// The width of a text at a size in pixels.
pub(super) fn width(text: &str, size: i64) -> Length {
    text.chars().map(|letter| percent(letter) * size).sum()
}

/// Percent of the font's size.
fn percent(letter: char) -> i64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '·' => 30,
        'f' | 't' | 'r' | '(' | ')' | '[' | ']' | '/' | '\\' | '"' => 40,
        '-' => 48,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' | '—' => 95,
        'A'..='Z' => 70,
        '0'..='9' => 66,
        'a'..='z' | '+' | '−' | '–' | '_' | '=' | '<' | '>' | '#' | '$' | '&' | '*' => 60,
        letter if letter.is_ascii() => 60,
        letter if u32::from(letter) < 0x0500 => 72,
        _ => 105,
    }
}

/// The text if it is no wider than the room, else as much of it as fits and an ellipsis.
pub(super) fn shortened(text: &str, size: i64, room: Length) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut left = room - width("…", size);
    let kept: String = text
        .chars()
        .take_while(|letter| {
            left -= percent(*letter) * size;
            left >= 0
        })
        .collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::{shortened, width};

    #[test]
    fn a_long_label_is_shortened_to_its_room() {
        assert_eq!(shortened("marketing", 10, 10_000), "marketing");
        let short = shortened("marketing / launch / acme / writer", 10, 8_000);
        assert!(short.ends_with('…') && width(&short, 10) <= 8_000, "{short}");
        assert_eq!(shortened("東京東京東京", 10, 3_200), "東京…");
    }
}
