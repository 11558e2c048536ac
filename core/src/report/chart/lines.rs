//! Lines over the categories, with a band between a series `low` and one `high`, and a level to compare with.

use super::canvas::{Anchor, Area, Canvas, Fill, PX, Stroke, Tint};
use super::columns::{FOOT, Plot, level_line, names_width};
use super::letters::Length;
use super::scale::Scale;
use super::{figure, stack};
use crate::report::document::{Chart, Series};

/// Names of lines are so far apart.
const LINE: Length = 15 * PX;
const NAMES: Length = 150 * PX;
/// The borders of the band.
const LOW: &str = "low";
const HIGH: &str = "high";

pub(super) fn draw(chart: &Chart, canvas: &mut Canvas) {
    let drawn: Vec<&Series> = chart.series.iter().filter(|own| own.name != LOW && own.name != HIGH).collect();
    let names = names_width(drawn.iter().map(|series| series.name.as_str()));
    let all = chart.series.iter().flat_map(|series| series.values.iter().copied().flatten());
    let scale = Scale::new(all.chain(chart.level.iter().map(|(_, level)| *level)));
    let plot = Plot::new(chart, canvas, scale, (names, FOOT));
    band(chart, canvas, &plot);
    level_line(chart, canvas, &plot);
    for (place, series) in drawn.iter().enumerate() {
        // The first line is what happened; others are what is expected.
        let stroke = if place == 0 { Stroke::Series(place) } else { Stroke::Dashed(place_of(place)) };
        for part in parts(chart, series, &plot) {
            canvas.line(&part, stroke);
        }
    }
    hints(chart, canvas, &plot, &drawn);
    plot.categories(chart, canvas);
    named(chart, canvas, &plot, &drawn);
}

/// Dark colours for lines: every second one of the palette is light.
fn place_of(line: usize) -> usize {
    line * 2
}

fn middle(plot: &Plot, index: usize, count: usize) -> Length {
    let (left, right) = plot.band(index, count);
    Length::midpoint(left, right)
}

/// The stretches of a line between categories without a value.
fn parts(chart: &Chart, series: &Series, plot: &Plot) -> Vec<Vec<(Length, Length)>> {
    let count = chart.categories.len();
    let mut parts = vec![Vec::new()];
    for (index, value) in series.values.iter().take(count).enumerate() {
        match (value, parts.last_mut()) {
            (Some(value), Some(part)) => part.push((middle(plot, index, count), plot.y(*value))),
            _ => parts.push(Vec::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

fn band(chart: &Chart, canvas: &mut Canvas, plot: &Plot) {
    let border = |name: &str| chart.series.iter().find(|series| series.name == name);
    let (Some(low), Some(high)) = (border(LOW), border(HIGH)) else { return };
    let count = chart.categories.len();
    let both = low.values.iter().zip(&high.values).take(count).enumerate();
    let both: Vec<_> = both
        .filter_map(|(index, (low, high))| {
            Some((middle(plot, index, count), plot.y((*low)?), plot.y((*high)?)))
        })
        .collect();
    let upper = both.iter().map(|(x, _, high)| (*x, *high));
    let lower = both.iter().rev().map(|(x, low, _)| (*x, *low));
    let points: Vec<_> = upper.chain(lower).collect();
    if both.len() > 1 {
        canvas.shape(&points, Fill::Faint(0));
    }
}

/// All figures of a category, told where it is pointed at.
fn hints(chart: &Chart, canvas: &mut Canvas, plot: &Plot, drawn: &[&Series]) {
    let count = chart.categories.len();
    for (index, category) in chart.categories.iter().enumerate() {
        let (left, right) = plot.band(index, count);
        let value = |series: &&Series| {
            let value = series.values.get(index).copied().flatten()?;
            Some(format!("{} {}", series.name, figure::with_unit(chart, value)))
        };
        let values: Vec<String> = drawn.iter().filter_map(value).collect();
        if !values.is_empty() {
            let area = Area { left, right, ..plot.area };
            canvas.hint(area, &format!("{category}: {}", values.join(", ")));
        }
    }
}

/// The name of each line at its end.
fn named(chart: &Chart, canvas: &mut Canvas, plot: &Plot, drawn: &[&Series]) {
    let count = chart.categories.len();
    let ends = drawn.iter().filter_map(|series| {
        let last = series.values.iter().take(count).rposition(Option::is_some)?;
        let value = series.values.get(last).copied().flatten()?;
        Some((plot.y(value), (middle(plot, last, count), last + 1 == count), series.name.as_str()))
    });
    let (mut ends, early): (Vec<_>, Vec<_>) = ends.partition(|(_, (_, is_last), _)| *is_last);
    for (y, (x, _), name) in early {
        let y = (y - 8 * PX).max(plot.area.top);
        canvas.label((x, y), Anchor::End, Tint::Plain, name, NAMES);
    }
    ends.sort_by_key(|(y, ..)| *y);
    let wished: Vec<Length> = ends.iter().map(|(y, ..)| *y).collect();
    let places = stack::spread(&wished, LINE, (plot.area.top + 4 * PX, plot.area.bottom - 4 * PX));
    for (y, (_, _, name)) in places.into_iter().zip(ends) {
        let at = (plot.area.right + 6 * PX, y + 4 * PX);
        canvas.label(at, Anchor::Start, Tint::Plain, name, NAMES);
    }
}
