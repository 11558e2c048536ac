//! The SVG text of a chart, mark by mark.

use super::letters::{Length, shortened, width};
use super::palette::{HAIR, INK, QUIET, hex, place};
use super::{Chart, ChartStyle};
use crate::report::markup::{escaped, visible};
use std::fmt::Write;

/// The size of labels, in pixels.
pub(super) const SIZE: i64 = 11;
/// A pixel in the hundredths that coordinates are.
pub(super) const PX: Length = 100;

/// A rectangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: Length,
    pub(super) top: Length,
    pub(super) right: Length,
    pub(super) bottom: Length,
}

/// Where a text stands at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// How a mark is filled.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fill {
    /// The colour of a series.
    Series(usize),
    /// The same, faint, as for a band.
    Faint(usize),
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// A hairline of the grid.
    Grid,
    /// The zero line.
    Axis,
    /// A level to compare with.
    Level,
    /// A series.
    Series(usize),
    /// A series that is dashed.
    Dashed(usize),
}

/// How a text is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tint {
    Plain,
    Quiet,
}

pub(super) struct Canvas {
    style: ChartStyle,
    text: String,
    width: Length,
    height: Length,
}

impl Canvas {
    pub(super) fn new(chart: &Chart, style: ChartStyle) -> Self {
        let (width, height) = chart.size();
        let mut text = String::new();
        // Writing to a text can't fail.
        let _ = match style {
            ChartStyle::Web => write!(
                text,
                "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\"><title>{}</title><desc>{}</desc>",
                escaped(&chart.title),
                escaped(&chart.alt)
            ),
            ChartStyle::Print => write!(
                text,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"Source Sans 3\" font-size=\"{SIZE}\">",
            ),
        };
        Self { style, text, width: i64::from(width) * PX, height: i64::from(height) * PX }
    }

    pub(super) fn width(&self) -> Length {
        self.width
    }

    pub(super) fn height(&self) -> Length {
        self.height
    }

    pub(super) fn finish(mut self) -> String {
        self.text.push_str("</svg>");
        self.text
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A filled rectangle that says its title when it is pointed at.
    pub(super) fn bar(&mut self, area: Area, fill: Fill, title: &str) {
        let shape = format!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{}",
            px(area.left),
            px(area.top),
            px(area.right - area.left),
            px(area.bottom - area.top),
            self.fill(fill)
        );
        self.mark(&shape, "rect", title);
    }

    /// A filled shape along points.
    pub(super) fn shape(&mut self, points: &[(Length, Length)], fill: Fill) {
        let (points, fill) = (listed(points), self.fill(fill));
        self.put(&format!("<polygon points=\"{points}\"{fill}/>"));
    }

    /// A line along points.
    pub(super) fn line(&mut self, points: &[(Length, Length)], stroke: Stroke) {
        let (points, stroke) = (listed(points), self.stroke(stroke));
        self.put(&format!("<polyline points=\"{points}\"{stroke}/>"));
    }

    /// An invisible strip that says its title when it is pointed at; nothing on paper.
    pub(super) fn hint(&mut self, area: Area, title: &str) {
        if self.style == ChartStyle::Web {
            let shape = format!(
                "<rect class=\"hint\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
                px(area.left),
                px(area.top),
                px(area.right - area.left),
                px(area.bottom - area.top)
            );
            self.mark(&shape, "rect", title);
        }
    }

    /// A text whose point is its end at the base line; it is shortened to the room.
    pub(super) fn label(
        &mut self,
        (x, y): (Length, Length),
        anchor: Anchor,
        tint: Tint,
        text: &str,
        room: Length,
    ) {
        let text = shortened(&text.chars().map(visible).collect::<String>(), SIZE, room);
        let wide = width(&text, SIZE);
        // A text that would leave the picture is moved into it.
        let x = match anchor {
            Anchor::Start => x.min(self.width - wide).max(0),
            Anchor::Middle => x.min(self.width - wide / 2).max(wide / 2),
            Anchor::End => x.max(wide).min(self.width),
        };
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let look = match (self.style, tint) {
            (ChartStyle::Web, Tint::Plain) => String::new(),
            (ChartStyle::Web, Tint::Quiet) => " class=\"quiet\"".to_owned(),
            (ChartStyle::Print, Tint::Plain) => format!(" fill=\"{INK}\""),
            (ChartStyle::Print, Tint::Quiet) => format!(" fill=\"{QUIET}\""),
        };
        let line = format!("<text x=\"{}\" y=\"{}\"{anchor}{look}>{}</text>", px(x), px(y), escaped(&text));
        self.put(&line);
    }

    fn mark(&mut self, shape: &str, name: &str, title: &str) {
        let mark = match self.style {
            ChartStyle::Web => format!("{shape}><title>{}</title></{name}>", escaped(title)),
            ChartStyle::Print => format!("{shape}/>"),
        };
        self.put(&mark);
    }

    fn fill(&self, fill: Fill) -> String {
        match (self.style, fill) {
            (ChartStyle::Web, Fill::Series(series)) => format!(" class=\"f{}\"", place(series)),
            (ChartStyle::Web, Fill::Faint(series)) => format!(" class=\"f{} faint\"", place(series)),
            (ChartStyle::Print, Fill::Series(series)) => format!(" fill=\"{}\"", hex(series)),
            (ChartStyle::Print, Fill::Faint(series)) => {
                format!(" fill=\"{}\" fill-opacity=\"0.16\"", hex(series))
            }
        }
    }

    fn stroke(&self, stroke: Stroke) -> String {
        if self.style == ChartStyle::Web {
            return match stroke {
                Stroke::Grid => " class=\"grid\"".to_owned(),
                Stroke::Axis => " class=\"axis\"".to_owned(),
                Stroke::Level => " class=\"level\"".to_owned(),
                Stroke::Series(series) => format!(" class=\"s{}\"", place(series)),
                Stroke::Dashed(series) => format!(" class=\"s{} dashed\"", place(series)),
            };
        }
        let (colour, width, dash) = match stroke {
            Stroke::Grid => (HAIR.to_owned(), "0.6", ""),
            Stroke::Axis => (QUIET.to_owned(), "0.8", ""),
            Stroke::Level => (INK.to_owned(), "1", " stroke-dasharray=\"2 3\""),
            Stroke::Series(series) => (hex(series), "2", ""),
            Stroke::Dashed(series) => (hex(series), "2", " stroke-dasharray=\"6 4\""),
        };
        format!(" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dash}")
    }
}

/// Hundredths of a pixel as pixels.
fn px(length: Length) -> String {
    let (sign, size) = (if length < 0 { "-" } else { "" }, length.unsigned_abs());
    match (size / 100, size % 100) {
        (whole, 0) => format!("{sign}{whole}"),
        (whole, rest) if rest % 10 == 0 => format!("{sign}{whole}.{}", rest / 10),
        (whole, rest) => format!("{sign}{whole}.{rest:02}"),
    }
}

fn listed(points: &[(Length, Length)]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", px(*x), px(*y))).collect::<Vec<_>>().join(" ")
}
