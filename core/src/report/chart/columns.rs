//! Columns of series on top of each other, named at the last column.

use super::canvas::{Anchor, Area, Canvas, Fill, PX, SIZE, Stroke, Tint};
use super::letters::{Length, width};
use super::scale::Scale;
use super::{figure, stack};
use crate::report::document::{Chart, Series};

/// The widest name of a series.
const NAMES: Length = 150 * PX;
/// Names of series are so far apart.
const LINE: Length = 15 * PX;
/// Space for the names of categories under the plot, and for the unit above it.
pub(super) const FOOT: Length = 24 * PX;
const HEAD: Length = 22 * PX;
/// The sides of the little square before a series' name.
const SWATCH: Length = 8 * PX;

/// The plot within its axes.
pub(super) struct Plot {
    pub(super) area: Area,
    pub(super) scale: Scale,
}

impl Plot {
    /// Draws the axes; so much is kept free at the right for names of series, and at the foot for those of categories.
    pub(super) fn new(
        chart: &Chart,
        canvas: &mut Canvas,
        scale: Scale,
        (names, foot): (Length, Length),
    ) -> Self {
        let ticks: Vec<(i128, String)> =
            scale.ticks().map(|tick| (tick, figure::tick(tick, scale.step))).collect();
        let widest = ticks.iter().map(|(_, text)| width(text, SIZE)).max().unwrap_or(0);
        let area = Area {
            left: widest + 8 * PX,
            top: HEAD,
            right: canvas.width() - names,
            bottom: canvas.height() - foot,
        };
        canvas.label((0, 11 * PX), Anchor::Start, Tint::Quiet, &chart.unit, area.left.max(60 * PX));
        let plot = Self { area, scale };
        for (tick, text) in ticks {
            let y = plot.y(tick);
            let stroke = if tick == 0 { Stroke::Axis } else { Stroke::Grid };
            canvas.line(&[(area.left, y), (area.right, y)], stroke);
            canvas.label((widest, y + 4 * PX), Anchor::End, Tint::Quiet, &text, widest);
        }
        plot
    }

    /// The height of a value.
    pub(super) fn y(&self, value: i128) -> Length {
        self.scale.place(value, (self.area.bottom, self.area.top))
    }

    /// The left and the right end of a category's band.
    pub(super) fn band(&self, index: usize, count: usize) -> (Length, Length) {
        let (index, count) = (i64::try_from(index).unwrap_or(0), i64::try_from(count.max(1)).unwrap_or(1));
        let wide = self.area.right - self.area.left;
        (self.area.left + wide * index / count, self.area.left + wide * (index + 1) / count)
    }

    /// The names of the categories: all of them, or one of several where there is no room, the last one always.
    pub(super) fn categories(&self, chart: &Chart, canvas: &mut Canvas) {
        let count = chart.categories.len();
        let band = (self.area.right - self.area.left) / i64::try_from(count.max(1)).unwrap_or(1);
        let widest = chart.categories.iter().map(|name| width(name, SIZE)).max().unwrap_or(0).min(90 * PX);
        let every = usize::try_from((widest + 10 * PX) / band.max(1) + 1).unwrap_or(1);
        let room = band * i64::try_from(every).unwrap_or(1) - 8 * PX;
        for (index, name) in chart.categories.iter().enumerate() {
            if (count - 1 - index).is_multiple_of(every) {
                let (left, right) = self.band(index, count);
                let middle = Length::midpoint(left, right);
                let room = room.min(2 * middle).min(2 * (canvas.width() - middle));
                let at = (middle, self.area.bottom + 16 * PX);
                canvas.label(at, Anchor::Middle, Tint::Quiet, name, room);
            }
        }
    }
}

/// The space that the names of the series take at the right.
pub(super) fn names_width<'a>(names: impl Iterator<Item = &'a str>) -> Length {
    names.map(|name| width(name, SIZE)).max().unwrap_or(0).min(NAMES) + 24 * PX
}

pub(super) fn draw(chart: &Chart, canvas: &mut Canvas) {
    let names = names_width(chart.series.iter().map(|series| series.name.as_str()));
    let names = if chart.series.len() > 1 { names } else { 8 * PX };
    let level = chart.level.iter().map(|(_, level)| *level);
    let plot = Plot::new(chart, canvas, Scale::new(extremes(chart).chain(level)), (names, FOOT));
    let count = chart.categories.len();
    let mut last = Vec::new();
    for (index, category) in chart.categories.iter().enumerate() {
        last = column(chart, canvas, &plot, (index, count, category));
    }
    plot.categories(chart, canvas);
    if chart.series.len() > 1 {
        named(chart, canvas, &plot, &last);
    }
    level_line(chart, canvas, &plot);
}

/// The level to compare with, named at its left end.
pub(super) fn level_line(chart: &Chart, canvas: &mut Canvas, plot: &Plot) {
    if let Some((name, level)) = &chart.level {
        let y = plot.y(*level);
        canvas.line(&[(plot.area.left, y), (plot.area.right, y)], Stroke::Level);
        let text = format!("{name} {}", figure::with_unit(chart, *level));
        let room = plot.area.right - plot.area.left;
        canvas.label((plot.area.left + 4 * PX, y - 4 * PX), Anchor::Start, Tint::Plain, &text, room);
    }
}

fn value(series: &Series, index: usize) -> i128 {
    series.values.get(index).copied().flatten().unwrap_or(0)
}

/// The highest and the lowest end of each column.
fn extremes(chart: &Chart) -> impl Iterator<Item = i128> + '_ {
    (0..chart.categories.len()).flat_map(|index| {
        let values = chart.series.iter().map(move |series| value(series, index));
        let (mut up, mut down) = (0_i128, 0_i128);
        for value in values {
            (up, down) = (up.saturating_add(value.max(0)), down.saturating_add(value.min(0)));
        }
        [up, down]
    })
}

/// One column; gives the middle of each series' part.
fn column(
    chart: &Chart,
    canvas: &mut Canvas,
    plot: &Plot,
    (index, count, category): (usize, usize, &str),
) -> Vec<Length> {
    let (left, right) = plot.band(index, count);
    let inset = ((right - left) / 6).min(14 * PX).max((right - left - 56 * PX) / 2);
    let (mut up, mut down) = (0_i128, 0_i128);
    let mut middles = Vec::new();
    for (place, series) in chart.series.iter().enumerate() {
        let value = value(series, index);
        let from = if value < 0 { down } else { up };
        let to = from.saturating_add(value);
        if value < 0 {
            down = to;
        } else {
            up = to;
        }
        let (top, bottom) = (plot.y(from.max(to)), plot.y(from.min(to)));
        middles.push(Length::midpoint(top, bottom));
        if value != 0 {
            let area = Area { left: left + inset, top, right: right - inset, bottom };
            let title = format!("{category}, {}: {}", series.name, figure::with_unit(chart, value));
            canvas.bar(area, Fill::Series(place), &title);
        }
    }
    middles
}

/// The names of the series beside their parts of the last column, from the top down.
fn named(chart: &Chart, canvas: &mut Canvas, plot: &Plot, middles: &[Length]) {
    let mut order: Vec<(Length, usize)> =
        middles.iter().enumerate().map(|(place, middle)| (*middle, place)).collect();
    order.sort_by_key(|(middle, place)| (*middle, std::cmp::Reverse(*place)));
    let wished: Vec<Length> = order.iter().map(|(middle, _)| *middle).collect();
    let places = stack::spread(&wished, LINE, (plot.area.top + 4 * PX, plot.area.bottom - 4 * PX));
    let left = plot.area.right + 6 * PX;
    for (y, (_, place)) in places.into_iter().zip(order) {
        let Some(series) = chart.series.get(place) else { continue };
        let swatch = Area { left, top: y - SWATCH / 2, right: left + SWATCH, bottom: y + SWATCH / 2 };
        canvas.bar(swatch, Fill::Series(place), &series.name);
        canvas.label((left + SWATCH + 5 * PX, y + 4 * PX), Anchor::Start, Tint::Plain, &series.name, NAMES);
    }
}
