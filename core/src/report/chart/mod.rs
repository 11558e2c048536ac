//! Charts as SVG: columns, bars, lines and waterfalls, drawn in integers.
//!
//! The same chart gives the same bytes. Every coordinate is a whole number of hundredths of a pixel, every mark lies inside
//! of the picture, labels stand at what they name and never on each other, and what tells series apart is lightness first
//! and colour second. A chart rounds nothing: its values are what the tables print.

mod bars;
mod canvas;
mod columns;
mod figure;
mod letters;
mod lines;
mod palette;
mod scale;
mod stack;
#[cfg(test)]
mod tests;
mod waterfall;

use super::document::{Chart, ChartKind};
use canvas::Canvas;

/// What a chart is drawn for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChartStyle {
    /// A web page: colours by classes, which the page's style sheet gives for light and dark, and a title at every mark.
    Web,
    /// Paper: fixed colours, a named font, and no style sheet.
    Print,
}

/// The width of every chart in pixels.
const WIDTH: i64 = 720;
/// The height of charts with an upright axis.
const HEIGHT: i64 = 264;
/// The height of a bar with its gap, and what stands around the bars.
const BAR_HEIGHT: i64 = 26;
const BARS_MARGIN: i64 = 8;
/// Bars that are drawn; others are left out.
const MAX_BARS: usize = 40;

impl Chart {
    /// Width and height in pixels.
    ///
    /// # Examples
    /// ```
    /// use bursar::{Chart, ChartKind, ChartStyle, Series};
    /// let chart = Chart {
    ///     id: "teams".to_owned(),
    ///     title: "Cost by team".to_owned(),
    ///     alt: "Data cost twice what search did.".to_owned(),
    ///     kind: ChartKind::Bars,
    ///     unit: "USD".to_owned(),
    ///     categories: vec!["data".to_owned(), "search".to_owned()],
    ///     series: vec![Series {
    ///         name: "Cost".to_owned(),
    ///         values: vec![Some(20_000_000_000_000), Some(10_000_000_000_000)],
    ///     }],
    ///     level: None,
    /// };
    /// assert_eq!(chart.size(), (720, 60));
    /// assert!(chart.svg(ChartStyle::Print).contains(">20.00<"));
    /// ```
    pub fn size(&self) -> (u32, u32) {
        let height = match self.kind {
            ChartKind::Bars => {
                let bars = self.categories.len().clamp(1, MAX_BARS);
                i64::try_from(bars).unwrap_or(1) * BAR_HEIGHT + BARS_MARGIN
            }
            ChartKind::StackedColumns | ChartKind::Lines | ChartKind::Waterfall => HEIGHT,
        };
        (u32::try_from(WIDTH).unwrap_or(0), u32::try_from(height).unwrap_or(0))
    }

    /// The chart as one SVG element.
    pub fn svg(&self, style: ChartStyle) -> String {
        let mut canvas = Canvas::new(self, style);
        match self.kind {
            ChartKind::StackedColumns => columns::draw(self, &mut canvas),
            ChartKind::Bars => bars::draw(self, &mut canvas),
            ChartKind::Lines => lines::draw(self, &mut canvas),
            ChartKind::Waterfall => waterfall::draw(self, &mut canvas),
        }
        canvas.finish()
    }
}
