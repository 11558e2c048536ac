//! The colours of series: dark and light in turn, so that neighbours differ in print without colours too, and hues that
//! differ for every kind of colour vision.

/// Colours for paper, as red, green and blue. The style sheet of the web page has the same for light backgrounds.
pub(in crate::report) const COLOURS: [(u8, u8, u8); 6] = [
    (0x1b, 0x4b, 0x72), // navy
    (0xe8, 0xb0, 0x4a), // amber
    (0x0f, 0x7b, 0x6c), // teal
    (0x8c, 0xc4, 0xe8), // sky
    (0xb5, 0x4a, 0x1c), // rust
    (0xc9, 0xcd, 0xd2), // grey
];

/// Text, quiet text, hairlines.
pub(super) const INK: &str = "#1f2933";
pub(super) const QUIET: &str = "#5b6672";
pub(super) const HAIR: &str = "#d9dee4";

/// The place of a series in the palette.
pub(super) fn place(series: usize) -> usize {
    series % COLOURS.len()
}

/// A series' colour as `#rrggbb`.
pub(super) fn hex(series: usize) -> String {
    let (red, green, blue) = COLOURS.get(place(series)).copied().unwrap_or_default();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::COLOURS;

    /// What is left of a colour in grey, of 255,000.
    fn lightness((red, green, blue): (u8, u8, u8)) -> i32 {
        299 * i32::from(red) + 587 * i32::from(green) + 114 * i32::from(blue)
    }

    #[test]
    fn neighbours_differ_in_grey_by_a_fifth_of_the_range() {
        for pair in COLOURS.windows(2) {
            let apart = (lightness(pair[0]) - lightness(pair[1])).abs();
            assert!(apart >= 51_000, "{pair:?}: {apart}");
        }
    }
}
