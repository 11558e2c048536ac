//! How cells look.

use crate::report::document::Theme;
use rust_xlsxwriter::{Color, Format, FormatAlign, FormatBorder};

/// The colour of heads when the theme has none.
const ACCENT: u32 = 0x001F_4E79;

/// The formats of a workbook.
#[derive(Clone, Debug)]
pub(super) struct Style {
    pub(super) title: Format,
    pub(super) heading: Format,
    pub(super) label: Format,
    pub(super) plain: Format,
    pub(super) wrapped: Format,
    pub(super) head: Format,
    pub(super) head_right: Format,
    accent: Color,
}

impl Style {
    pub(super) fn of(theme: &Theme) -> Self {
        let accent =
            theme.accent.as_deref().and_then(|accent| u32::from_str_radix(accent.get(1..)?, 16).ok());
        let accent = Color::RGB(accent.unwrap_or(ACCENT));
        let bold = Format::new().set_bold();
        let head = bold.clone().set_font_color(Color::White).set_background_color(accent).set_text_wrap();
        Self {
            title: bold.clone().set_font_size(16).set_font_color(accent),
            heading: bold.clone().set_font_color(accent),
            label: Format::new().set_font_color(Color::Gray),
            plain: Format::new(),
            wrapped: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            head_right: head.clone().set_align(FormatAlign::Right),
            head,
            accent,
        }
    }

    /// A number of a row, or of the total.
    pub(super) fn number(&self, format: &str, is_total: bool) -> Format {
        let own = Format::new().set_num_format(format).set_align(FormatAlign::Right);
        if is_total { self.total(own) } else { own }
    }

    /// Words of a row, indented by its level, or of the total.
    pub(super) fn words(&self, level: u8, is_right: bool, is_total: bool) -> Format {
        let own = Format::new().set_indent(level.min(15));
        let own = if is_right { own.set_align(FormatAlign::Right) } else { own };
        if is_total { self.total(own) } else { own }
    }

    fn total(&self, own: Format) -> Format {
        own.set_bold().set_border_top(FormatBorder::Thin).set_border_color(self.accent)
    }
}
